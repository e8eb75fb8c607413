"""Whether it answers at all, plain and streamed, and what it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from graph.doctor.bench import PLAIN, THINKING_ROOM, Bench
from graph.doctor.check import Check, Verdict
from graph.doctor.shapes import reasoning_fields, stream_oddities
from graph.doctor.wire import UnreachableEndpointError
from graph.endpoint.known import Server, recognise
from graph.endpoint.refusals import classify
from graph.errors import ServerError

if TYPE_CHECKING:
    from graph.doctor.wire import Seen

_COUNT_TOLERANCE = 0.2
"""Share by which the counted prompts of a plain and of a streamed question may differ."""

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)+\S*$")
_SLOW_SHARE = 0.5
"""Share of the time-out that a stream may stand still before that is said."""


def _chat(bench: Bench) -> Verdict:
    details = _models(bench)
    seen = bench.ask(PLAIN, stream=False)
    if seen.error is None and reasoning_fields(seen) | _tagged(seen.content):
        bench.room = THINKING_ROOM
    if seen.error is None and not seen.text and seen.finish_reasons[-1:] == ["length"]:
        bench.room = THINKING_ROOM
        seen = bench.ask(PLAIN, stream=False)
    if seen.error is not None:
        endpoint = bench.wire.endpoint
        typed = classify(seen.error, profile=bench.effective.profile, endpoint=endpoint.label)
        redirected = seen.error.status is not None and 300 <= seen.error.status < 400  # noqa: PLR2004 - HTTP's own
        bench.remedy = "" if redirected else typed.remedy
        if isinstance(typed, ServerError):
            return Verdict("broken", f"a plain question fails: {seen.words}", details=details)
        return Verdict("rejected", f"a plain question is refused: {seen.words}", details=details)
    _identify(bench, seen.headers, *seen.events)
    _version(bench)
    bench.answer = seen
    usage = seen.reply.usage if seen.reply and not seen.streamed else None
    bench.prompt_tokens = usage.prompt if usage else None
    missing = [name for name in ("model", "usage") if not any(event.get(name) for event in seen.events)]
    if not seen.text:
        return Verdict("broken", f"the reply has no text: {seen.raw[:200]}", details=details)
    details += tuple(f"the reply has no `{name}`" for name in missing)
    echoed = seen.reply.model if seen.reply else None
    if echoed and echoed != bench.wire.endpoint.model:
        details += (f"the reply names another model, {echoed}",)
    return Verdict("honoured", f"answers in {seen.seconds:.1f} s", details=details)


def _tagged(content: str) -> set[str]:
    return {"content"} if "</think>" in content or "<think>" in content else set()


def _identify(bench: Bench, headers: object, *bodies: object) -> None:
    for body in bodies:
        found = recognise(headers, body)  # type: ignore[arg-type]  # both come from JSON and are mappings
        if found is not None and (bench.server is None or found.version):
            bench.server = found


_VERSIONS: Final = {"vllm": "/version", "ollama": "/api/version"}
"""Where a server tells its version, from the root. vLLM signs replies with it only of late: 0.32 does, 0.9 not."""


def _version(bench: Bench) -> None:
    """Ask who serves for its version, where its replies do not tell: what is known of vLLM depends on it."""
    server = bench.server
    path = _VERSIONS.get(server.name) if server and server.version is None else None
    if server is None or path is None:
        return
    parts = urlsplit(bench.wire.endpoint.base_url)
    try:
        seen = bench.wire.get(path, root=f"{parts.scheme}://{parts.netloc}")
    except UnreachableEndpointError:
        return
    told = seen.events[0].get("version") if seen.error is None and seen.events else None
    if isinstance(told, str) and _NUMBER.match(told):
        bench.server = Server(server.name, told)


def _models(bench: Bench) -> tuple[str, ...]:
    """Look at the list of models, which costs nothing and often tells who serves, and how large the window is."""
    try:
        seen = bench.wire.get("/models")
    except UnreachableEndpointError as error:  # whether that holds for the endpoint, the next request shows
        return (f"the list of models is not served ({error})",)
    if seen.error is not None or not seen.events:
        return (f"the list of models is not served ({seen.words})",)
    _identify(bench, seen.headers, *seen.events)
    cards = [card for card in seen.events[0].get("data") or () if isinstance(card, dict)]
    card = next((card for card in cards if card.get("id") == bench.wire.endpoint.model), None)
    if card is None:
        names = ", ".join(str(card.get("id")) for card in cards[:8])
        return (f"the model is not in the list of models, which begins with: {names}",) if cards else ()
    meta = card.get("meta")
    window = card.get("max_model_len") or card.get("context_length")
    window = window or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    if isinstance(window, int) and window > 0:
        bench.note("context_tokens", window, "the list of models says so")
    return ()


def _streamed(bench: Bench) -> Verdict:
    """Both ways have been asked by then; only what differs is asked anew."""
    seen = bench.ask(PLAIN, stream=True)
    if bench.effective.profile.serves == "plain_only":
        return Verdict("rejected", "only plain requests are served", {"serves": "plain_only"})
    if seen.error is not None:
        return Verdict("broken", f"a streamed question fails: {seen.words}")
    _identify(bench, seen.headers, *seen.events)
    if bench.answer is None or not bench.answer.streamed:
        bench.answer = seen
    oddities = (*stream_oddities(seen), *stream_times(bench, seen))
    if not seen.text:
        return Verdict("broken", f"the stream has no text: {seen.raw[:200]}", details=oddities)
    return _ways(bench, oddities)


def _ways(bench: Bench, oddities: tuple[str, ...]) -> Verdict:
    """What the plain and the streamed question together say."""
    profile = bench.effective.profile
    facts: dict[str, object] = {"serves": profile.serves, "thinking_needs_stream": profile.thinking_needs_stream}
    if profile.serves == "stream_only":
        del facts["thinking_needs_stream"]
        return Verdict("rejected", "only streamed requests are served", facts, oddities)
    if profile.thinking_needs_stream:
        return Verdict("rejected", "plain requests are refused while the model thinks", facts, oddities)
    return Verdict("honoured", "plain and streamed requests are both served", facts, oddities)


def stream_times(bench: Bench, seen: Seen) -> tuple[str, ...]:
    """How long the stream stood still, and whether that is near the time-out."""
    if not seen.streamed:
        return ()
    said = f"the first byte came after {seen.first_s:.1f} s, the longest silence after that was {seen.silence_s:.1f} s"
    limit = bench.settings.stream_timeout_s
    if max(seen.first_s, seen.silence_s) < _SLOW_SHARE * limit:
        return (said,)
    return (said, f"that is near the time-out of {limit:g} s; raise AGENT_STREAM_TIMEOUT")


def _usage(bench: Bench) -> Verdict:
    if not bench.effective.profile.stream_usage:
        return Verdict("rejected", "`stream_options` is refused, so streams count no tokens", {"stream_usage": False})
    seen = bench.answer if bench.answer and bench.answer.streamed else bench.ask(PLAIN, stream=True)
    if seen.error is not None or not seen.streamed:
        return Verdict("inconclusive", "no stream came to look at")
    counts = [event["usage"] for event in seen.events if isinstance(event.get("usage"), dict) and event["usage"]]
    facts = {"stream_usage": True}
    if not counts:
        return Verdict("ignored", "`include_usage` is accepted and no usage comes", facts)
    if len(counts) > 1:
        said = f"usage comes {len(counts)} times in one stream; LangChain adds it up, Portolan takes the largest"
        return Verdict("broken", said, facts)
    if seen.reply is None or seen.reply.usage is None or not seen.reply.usage.total:
        return Verdict("broken", f"usage that is no count: {counts[0]}", facts)
    plain, streamed = bench.prompt_tokens, seen.reply.usage.prompt
    differs = plain is not None and abs(plain - streamed) > _COUNT_TOLERANCE * plain
    odd = (f"the same prompt counts {streamed} tokens streamed, and {plain} plain",) if differs else ()
    return Verdict("honoured", f"usage comes once: {seen.reply.usage.total} tokens", facts, odd)


CHECKS = (
    Check(
        name="chat",
        title="Chat Completions",
        sends="GET /models, and a plain question without tools; where vLLM or Ollama serves, a request for its version",
        expects="200, a message of the assistant with text, a finish reason, the model's name, counted tokens",
        why="shows that base URL, key, region and model are right, before anything else is asked",
        run=_chat,
        tokens=20,
        requests=3,
        decides=("token_cap", "temperature_fixed", "serves", "thinking_needs_stream", "context_tokens"),
    ),
    Check(
        name="streaming",
        title="Plain and streamed",
        sends="the same question as a stream",
        expects="both are served; how long until the first byte, and between two, is told",
        why="an agent may be invoked or streamed; models that think often serve only one of the two",
        run=_streamed,
        tokens=20,
        decides=("serves", "thinking_needs_stream"),
        needs=("chat",),
    ),
    Check(
        name="stream-usage",
        title="Usage in streams",
        sends="nothing more: `stream_options.include_usage` was in the streamed question",
        expects="exactly one chunk with the usage, at the end, and the prompt counted as in the plain reply",
        why="without it a streamed agent keeps no budget; where it comes in each chunk, LangChain adds it up",
        run=_usage,
        requests=0,
        decides=("stream_usage",),
        needs=("streaming",),
    ),
)
