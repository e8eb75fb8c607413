"""Caps, windows and the other limits of a request."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from graph.doctor.bench import PLAIN, Bench, tool, user
from graph.doctor.check import Check, Verdict
from graph.endpoint.profile import Profile
from graph.endpoint.refusals import classify, left_without_cap, lesson_from
from graph.errors import ContextOverflowError

if TYPE_CHECKING:
    from graph.doctor.wire import Seen

_CAPS: Final = ("max_completion_tokens", "max_tokens")
_BOTH_CAPS: Final = Profile(token_cap="both")  # noqa: S106 - tokens of text
_CAP: Final = 8
_LONG: Final = "Count from 1 to 60, with a comma after each number, and nothing else."
_HUGE: Final = 1_000_000_000
_SMALL_WINDOW: Final = 8192
_MORE: Final = 1.3
_TOO_HOT: Final = 2.0
_FAULT: Final = 500
_OF_IMAGES: Final = re.compile(r"(?i)image|multi-?modal|vision|mmproj")
_RED: Final = b"\xff\0\0"
_SIDE: Final = 56
"""Pixels: two patches of 28, as Qwen's vision models count; DashScope refuses sides of 10 and less."""


def _cap(bench: Bench) -> Verdict:
    """Each name for itself; the other one must not be there."""
    held: dict[str, bool | None] = {}
    unknown: set[str] = set()
    said: list[str] = []
    for name in _CAPS:
        seen = _capped(bench, name)
        if seen.error is not None:
            held[name] = None
            left_without_cap(lesson_from(seen.error, seen.body, _BOTH_CAPS), unknown)
            said.append(f"`{name}` is refused: {seen.words}")
            continue
        held[name] = not seen.text.rstrip().rstrip(".").endswith("60")
        if not held[name]:
            said.append(f"`{name}` has no effect: {len(seen.text)} characters came, and {_CAP} tokens were allowed")
        elif seen.finish_reasons[-1:] != ["length"]:
            said.append(f"a reply cut by `{name}` ends with {seen.finish_reasons[-1:]}, not length")
    best = next((name for name in reversed(_CAPS) if held[name]), None)
    facts: dict[str, Any] = {"token_cap": best} if best else {}
    if unknown >= {*_CAPS}:
        return Verdict("rejected", "no cap on the reply is taken", {"token_cap": "none"}, tuple(said))
    if best is None:
        return Verdict(
            "ignored",
            "no cap on the reply holds; Portolan breaks off a reply that runs far past it",
            facts,
            tuple(said),
        )
    if said:
        return Verdict("ignored" if False in held.values() else "rejected", said[0], facts, tuple(said[1:]))
    return Verdict("honoured", "both names of the cap hold", facts)


def _capped(bench: Bench, name: str) -> Seen:
    body = bench.body([user(_LONG)], cap=_CAP, stream=None, fields={})
    body = {key: value for key, value in body.items() if key not in _CAPS}
    return bench.wire.post("/chat/completions", {**body, **bench.effective.profile.thinking_off, name: _CAP})


def _cut_call(bench: Bench) -> Verdict:
    fields: dict[str, Any] = {
        "tools": [tool("save_text", text={"type": "string"})],
        **bench.effective.profile.thinking_off,
    }
    room, bench.room = bench.room, bench.room if not bench.effective.profile.thinking_off else 0
    seen = bench.ask(f"Call save_text with this text: {_LONG * 3}", cap=20, stream=True, fields=fields)
    bench.room = room
    if seen.error is not None:
        return Verdict("broken", f"fails: {seen.words}")
    finish = seen.finish_reasons[-1:] or ["none"]
    whole = seen.reply.calls if seen.reply else ()
    if whole:
        return Verdict("inconclusive", "the call was not cut")
    if not (seen.reply and seen.reply.broken) and "save_text" not in seen.content:
        return Verdict("inconclusive", f"no call was begun: {seen.text[:120]!r}")
    if finish != ["length"]:
        said = f"a call that the cap cut ends with {finish[0]}, as if it were whole; LangChain would run it"
        return Verdict("broken", said)
    return Verdict("honoured", "a call that the cap cuts ends with length; Portolan does not run it")


def _temperature(bench: Bench) -> Verdict:
    profile = bench.effective.profile
    if profile.temperature_fixed is not None:
        facts = {"temperature_fixed": profile.temperature_fixed}
        return Verdict("rejected", f"the temperature is fixed at {profile.temperature_fixed}", facts)
    seen = bench.ask(PLAIN, cap=4, fields={"temperature": _TOO_HOT}, adapt=False)
    if seen.error is None:
        return Verdict("honoured", "a temperature of 2 is accepted")
    lesson = lesson_from(seen.error, seen.body, profile)
    facts = {flag: value for flag, value in lesson.changes if flag.startswith("temperature_")} if lesson else {}
    if not facts and "temperature" in seen.words.lower():
        facts = {"temperature_max": _TOO_HOT, "temperature_max_exclusive": True}
    return Verdict("rejected", f"a temperature of 2 is refused: {seen.words}", facts)


def _largest(bench: Bench) -> Verdict:
    if bench.effective.profile.token_cap == "none":  # noqa: S105 - tokens of text
        return Verdict("skipped", "no cap on the reply is taken")
    seen = bench.ask(PLAIN, fields={bench.cap_name: _HUGE}, adapt=False)
    if seen.error is None:
        return Verdict("honoured", "a cap of any size is accepted")
    lesson = lesson_from(seen.error, seen.body)
    facts = dict(lesson.changes) if lesson else {}
    if "context_tokens" in facts:  # the window, and no limit of the cap's own
        facts.pop("max_output_tokens", None)
    facts = {flag: value for flag, value in facts.items() if flag in ("context_tokens", "max_output_tokens")}
    return Verdict("rejected", f"the cap has a limit: {seen.words}", facts)


def _overflow(bench: Bench) -> Verdict:
    window = bench.effective.profile.context_tokens
    if window is None:
        return Verdict("skipped", "the window's size is not known")
    if window > _SMALL_WINDOW and not bench.overflow:
        return Verdict("skipped", f"a window of {window} tokens is filled only with --overflow")
    words = " port" * int(window * _MORE)
    seen = bench.ask(f"{words}\n{PLAIN}", adapt=False)
    facts: dict[str, Any] = {}
    if seen.error is None:
        usage = seen.reply.usage if seen.reply else None
        if usage and usage.prompt and usage.prompt <= window:
            facts["truncates_prompt"] = True
            said = f"a prompt longer than the window is cut without a word, to {usage.prompt} tokens"
            return Verdict("ignored", said, facts)
        return Verdict("honoured", "a prompt longer than the window that is told is accepted")
    facts["truncates_prompt"] = False
    error = classify(seen.error, profile=bench.effective.profile, endpoint=bench.wire.endpoint.label)
    if isinstance(error, ContextOverflowError):
        return Verdict("honoured", f"a prompt that is too long is refused, and understood: {seen.words}", facts)
    return Verdict(
        "broken", f"a prompt that is too long is refused in words that are not understood: {seen.words}", facts
    )


def _images(bench: Bench) -> Verdict:
    """A red square; a refusal of it is one of images, since the plain question was answered."""
    parts = [{"type": "text", "text": "Which colour is this? One word."}]
    url = f"data:image/png;base64,{base64.b64encode(_png(_SIDE, _RED)).decode()}"
    image = {"type": "image_url", "image_url": {"url": url, "detail": "low"}}
    seen = bench.ask([{"role": "user", "content": [*parts, image]}], adapt=False)
    if seen.error is not None:
        if seen.status >= _FAULT and not _OF_IMAGES.search(seen.words):
            return Verdict("broken", f"a request with an image fails: {seen.words}")
        return Verdict("rejected", f"images are refused: {seen.words}", {"images": False})
    if "red" in seen.text.lower():
        return Verdict("honoured", "an image is seen", {"images": True})
    return Verdict("ignored", f"an image is accepted, and its colour is not told: {seen.text[:80]!r}")


def _png(side: int, colour: bytes) -> bytes:
    """A square of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


CHECKS = (
    Check(
        name="token-cap",
        title="Cap on the reply",
        sends="a question with a long answer, and a cap of 8 tokens, once by each of its two names",
        expects="8 tokens, and the finish reason length",
        why="ChatOpenAI sends only the newer name; where that is ignored, the reply is unbounded",
        run=_cap,
        tokens=120,
        requests=2,
        full=True,
        decides=("token_cap",),
        needs=("chat",),
    ),
    Check(
        name="cut-call",
        title="A call that is cut",
        sends="a call with a long argument, and a cap of 20 tokens, streamed",
        expects="the finish reason length",
        why="LangChain closes the argument that was cut and runs the tool on half of it",
        run=_cut_call,
        tokens=140,
        full=True,
        needs=("tools",),
    ),
    Check(
        name="temperature",
        title="Temperature",
        sends="a temperature of 2",
        expects="200",
        why="a value out of range is refused in the middle of a run",
        run=_temperature,
        tokens=20,
        full=True,
        decides=("temperature_fixed", "temperature_max", "temperature_max_exclusive"),
        needs=("chat",),
    ),
    Check(
        name="largest-cap",
        title="Largest cap",
        sends="a cap of a thousand million tokens",
        expects="400 that names the limit",
        why="a cap above the limit is refused; the limit is often all that tells the window",
        run=_largest,
        tokens=20,
        full=True,
        decides=("max_output_tokens", "context_tokens"),
        needs=("chat",),
    ),
    Check(
        name="images",
        title="Images",
        sends="a red square of 56 pixels, and which colour it is",
        expects="red",
        why="tools that look at screens and pages return images; most models are blind, and some servers do not say so",
        run=_images,
        tokens=90,
        full=True,
        decides=("images",),
        needs=("chat",),
    ),
    Check(
        name="overflow",
        title="Prompt beyond the window",
        sends="a prompt of 1.3 windows, if the window is known and small",
        expects="400 that names the limit",
        why="compaction begins there; a server that cuts the prompt silently forgets the system message",
        run=_overflow,
        full=True,
        decides=("truncates_prompt",),
        needs=("chat",),
    ),
)
