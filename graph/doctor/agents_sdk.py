"""Level 4: whether the OpenAI Agents SDK works here, in which of its modes, and under which conditions.

What the SDK sends and takes was read in openai-agents 0.24.0 (November 2026) and run with it; the test that compares
the two is `tests/integration/test_agents_sdk.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graph.doctor.shapes import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graph.doctor.bench import Bench
    from graph.doctor.report import CheckResult, Level, State

_GOOD: Final = frozenset({"honoured", "flaky"})
_UNKNOWN: Final = frozenset({"inconclusive", "skipped"})
_STREAMED: Final = "only streamed (Runner.run_streamed)"
_PLAIN: Final = "only without streaming (Runner.run)"
_NO_EFFORT: Final = 'with ModelSettings(reasoning=Reasoning(effort="none"))'
_NO_INSTRUCTIONS: Final = "without instructions"


@dataclass(frozen=True, slots=True)
class _ChatMode:
    """The SDK in its Chat Completions mode.

    Attributes:
        works: None where it is not known.
        why: what stands against it, or why it is not known.
        conditions: without which it does not work.
    """

    works: bool | None
    why: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def terms(self) -> str:
        """The conditions, to be added to a sentence."""
        return "".join(f", {condition}" for condition in self.conditions)


def sdk_state(results: Mapping[str, CheckResult], bench: Bench) -> tuple[State, str]:
    """Whether the OpenAI Agents SDK works by default, only in its Chat Completions mode, or not at all.

    Args:
        results: of all checks, by name.
        bench: what was measured.
    """
    responses, root = results["responses"], bench.effective.profile.responses_base_url
    works, words = _default_mode(responses, bench)
    if works:
        if root is None:
            return "yes", "the OpenAI Agents SDK works here by default"
        return "partly", f"the OpenAI Agents SDK works by default with another base URL, {root}"
    chat = _chat_mode(results, bench)
    if works is None:
        also = f"; the OpenAI Agents SDK works in its Chat Completions mode{chat.terms}" if chat.works else ""
        return "unknown", f"Responses: {words}{also}"
    said = f"(Responses: {words})"
    if chat.works is None:
        return "unknown", f"the OpenAI Agents SDK does not work here by default {said}; Chat Completions: {chat.why}"
    if chat.works:
        return "partly", f"the OpenAI Agents SDK works only in its Chat Completions mode{chat.terms} {said}"
    said = f"(Responses: {words}; Chat Completions: {chat.why})"
    return "no", f"the OpenAI Agents SDK does not work here in either mode {said}"


def sdk_advice(level: Level, results: Mapping[str, CheckResult], bench: Bench) -> Iterator[str]:
    """What to do with the OpenAI Agents SDK."""
    if level.state == "yes":
        yield "The OpenAI Agents SDK works here by default. Portolan on the same wire: AGENT_API=responses"
    elif level.state == "partly" and bench.effective.profile.responses_base_url is None:
        yield (
            'The OpenAI Agents SDK works here after set_default_openai_api("chat_completions"), with '
            "set_tracing_disabled(True) so that no trace goes to OpenAI with this key"
            f"{_chat_mode(results, bench).terms}."
        )
    elif level.state == "no":
        yield "Do not use the OpenAI Agents SDK here; AGENT_API=responses does not work here either."


def _default_mode(responses: CheckResult, bench: Bench) -> tuple[bool | None, str]:
    """Whether the SDK works over Responses, and why or why not.

    It does not force calls. A server whose parser does not fit the model gives none then, and whole ones where they are
    forced, since it writes those by the schema (vLLM 0.32, run in November 2026).
    """
    if responses.outcome not in _UNKNOWN | {"honoured"}:
        return False, responses.summary
    if any("input" in seen.body and seen.body.get("tool_choice") == "required" for seen in bench.wire.log):
        said = "a tool is called only where that is forced, which the SDK does not do"
        return (False if bench.effective.profile.leaks_tool_calls else None), said
    return (True if responses.outcome == "honoured" else None), responses.summary


def _chat_mode(results: Mapping[str, CheckResult], bench: Bench) -> _ChatMode:
    if obstacle := next(_obstacles(results, bench), ""):
        return _ChatMode(works=False, why=obstacle)
    if unknown := next((one for one in (results["tools"], results["loop"]) if one.outcome in _UNKNOWN), None):
        return _ChatMode(works=None, why=unknown.summary)
    plain, streamed = _plain_obstacle(bench), _streamed_obstacle(bench)
    if plain and streamed:
        return _ChatMode(works=False, why=plain)
    profile = bench.effective.profile
    found = (
        (_STREAMED, plain),
        (_PLAIN, streamed),
        (_NO_EFFORT, profile.tools_need_reasoning_effort_none),
        (_NO_INSTRUCTIONS, profile.system_messages == "none"),
    )
    return _ChatMode(works=True, conditions=tuple(condition for condition, holds in found if holds))


def _obstacles(results: Mapping[str, CheckResult], bench: Bench) -> Iterator[str]:
    """What stops the SDK, however it is called."""
    tools, loop, profile = results["tools"], results["loop"], bench.effective.profile
    if tools.outcome not in _GOOD | _UNKNOWN:
        yield tools.summary
    if loop.outcome not in _GOOD | _UNKNOWN and not (
        profile.reasoning_echo != "never" and _gives_reasoning_back(bench)
    ):
        yield loop.summary
    if not profile.strict_tools:
        yield "`strict`, which the SDK sends with every tool, is refused"
    if profile.assistant_content_with_calls == "empty":
        yield "`content: null` beside calls, which the SDK sends, is refused"


def _plain_obstacle(bench: Bench) -> str:
    """What stops `Runner.run`."""
    profile = bench.effective.profile
    if profile.serves == "stream_only" or (profile.thinking_needs_stream and bench.thinks):
        return "plain requests are refused"
    return _unfit(bench, streamed=False)


def _streamed_obstacle(bench: Bench) -> str:
    """What stops `Runner.run_streamed`."""
    if bench.effective.profile.serves == "plain_only":
        return "streams are refused"
    return _unfit(bench, streamed=True)


def _gives_reasoning_back(bench: Bench) -> bool:
    """Whether the SDK gives reasoning back under the name under which it is wanted.

    It does where reasoning came as `reasoning` alone, under that name; else to models named deepseek, as
    `reasoning_content` (`agents/models/chatcmpl_converter.py`, `reasoning_content_replay.py`).
    """
    profile = bench.effective.profile
    if profile.reasoning_fields == ("reasoning",):
        return profile.reasoning_echo_field == "reasoning"
    return profile.reasoning_echo_field == "reasoning_content" and "deepseek" in bench.wire.endpoint.model.lower()


def _unfit(bench: Bench, *, streamed: bool) -> str:
    """What the SDK stumbles over in the calls that came: Portolan reads more shapes than it does."""
    single = (
        seen for seen in bench.wire.log if seen.reply and len(seen.reply.calls) == 1 and seen.streamed == streamed
    )
    return next(filter(None, (_unfit_call(pieces(seen), streamed=streamed) for seen in single)), "")


def _unfit_call(call: Sequence[Mapping[str, Any]], *, streamed: bool) -> str:
    """The same of one call, given its pieces; those of a call that was recovered from text are none."""
    if not call:
        return ""
    functions = [piece.get("function") for piece in call]
    given = [function.get("arguments") for function in functions if isinstance(function, dict)]
    arguments = [part for part in given if part is not None]
    if not call[0].get("id") or not isinstance(call[0]["id"], str):
        return "a call comes without an id, which the SDK takes for an error"
    if not all(isinstance(part, str) for part in arguments):
        return "arguments come as an object, which the SDK cannot read"
    if _is_text("".join(arguments)):
        return "arguments come encoded twice, so that every tool fails"
    if not streamed and call[0].get("type") != "function":
        return "a call comes without its type, and the SDK passes over it"
    return ""


def _is_text(arguments: str) -> bool:
    """Whether JSON holds a string."""
    try:
        return isinstance(json.loads(arguments), str)
    except ValueError:
        return False
