"""The four levels of compatibility, and what to do about it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.doctor.agents_sdk import sdk_advice, sdk_state
from graph.doctor.checks.calling import refused_for_server
from graph.doctor.report import CheckResult, Level, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.doctor.bench import Bench
    from graph.endpoint.profile import Profile

TITLES: Final = ("Chat Completions", "Function calling", "The agent's loop", "Responses API (OpenAI Agents SDK)")
_WRONG_URL: Final = "Check OPENAI_API_BASE: requests go to /chat/completions below it, so it mostly ends in /v1."
_GOOD: Final = frozenset({"honoured", "flaky"})


def _of(results: Sequence[CheckResult], name: str) -> CheckResult:
    missing = CheckResult(name=name, title=name, why="", outcome="skipped", summary="not asked")
    return next((result for result in results if result.name == name), missing)


def _sdk_needs(results: Sequence[CheckResult]) -> dict[str, CheckResult]:
    return {name: _of(results, name) for name in ("responses", "tools", "loop")}


def levels_of(results: Sequence[CheckResult], bench: Bench) -> list[Level]:
    """The levels, from the lowest."""
    chat, tools, agent = (_of(results, name) for name in ("chat", "tools", "agent"))
    found: list[tuple[State, str]] = [
        (_plain_state(chat), chat.summary),
        _tools_state(tools, bench),
        _agent_state(agent, tools, bench),
        sdk_state(_sdk_needs(results), bench),
    ]
    return [
        Level(number=number, title=title, state=state, summary=summary)
        for number, (title, (state, summary)) in enumerate(zip(TITLES, found, strict=True), 1)
    ]


def _plain_state(result: CheckResult) -> State:
    if result.outcome in _GOOD:
        return "yes"
    return "unknown" if result.outcome in ("inconclusive", "skipped") else "no"


def _tools_state(tools: CheckResult, bench: Bench) -> tuple[State, str]:
    if tools.outcome == "broken" and bench.effective.profile.leaks_tool_calls:
        return "partly", tools.summary
    return ("partly" if tools.outcome == "flaky" else _plain_state(tools)), tools.summary


def _agent_state(agent: CheckResult, tools: CheckResult, bench: Bench) -> tuple[State, str]:
    if agent.outcome == "flaky":
        return "partly", agent.summary
    if agent.outcome in _GOOD:
        adapted = tools.outcome == "broken" or bench.effective.profile.reasoning_echo != "never"
        return "yes", agent.summary + (" (with Portolan's adaptations)" if adapted else "")
    if agent.outcome == "skipped" and tools.outcome in ("rejected", "inconclusive"):
        return ("no" if tools.outcome == "rejected" else "unknown"), tools.summary
    return _plain_state(agent), agent.summary


def recommend(results: Sequence[CheckResult], levels: Sequence[Level], bench: Bench) -> Iterator[str]:
    """What works here, what to set, what to avoid."""
    if not any(result.requests for result in results):
        return
    if levels[0].state == "no":
        remedy = bench.remedy or _WRONG_URL
        yield f"{remedy} Nothing else can be said before that."
        return
    if levels[2].state == "yes":
        kept = "; what was measured is kept, and used from now on" if bench.keep else ""
        yield f"Portolan's agent works here{kept}."
    yield from _ways_out(levels[2], _of(results, "responses"), bench)
    yield from _servers_side(results, bench)
    yield from _users_side(results, bench)
    yield from sdk_advice(levels[3], _sdk_needs(results), bench)


def _ways_out(loop: Level, responses: CheckResult, bench: Bench) -> Iterator[str]:
    """Which kind of compatibility it has, and which of the ways out in docs/DASHSCOPE_INTEGRATION.md fit."""
    if loop.state == "unknown" or responses.outcome in ("skipped", "inconclusive"):
        return
    chat, also = loop.state != "no", bench.effective.profile.responses_api == "yes"
    if chat and also:
        yield (
            "It has both kinds of compatibility, Chat Completions and Responses: of the four ways out, the loop on "
            "Chat Completions (Portolan) and the Agents SDK on a service with Responses are both open."
        )
    elif chat:
        yield (
            "It has one kind of compatibility, Chat Completions: of the four ways out, the loop on Chat Completions "
            "fits, which is Portolan."
        )
    elif also:
        yield "It has one kind of compatibility, Responses: AGENT_API=responses"
    else:
        yield (
            "It has neither kind of compatibility that an agent needs: of the four ways out, OpenAI, a vLLM server "
            "with the fitting parser, or another service is left."
        )


def _users_side(results: Sequence[CheckResult], bench: Bench) -> Iterator[str]:
    """What whoever writes `.env` can set, or should not ask for."""
    profile = bench.effective.profile
    if profile.reasoning_echo != "never":
        yield "Reasoning is given back. To save its tokens instead: AGENT_THINKING=off"
    elif profile.thinking == "on" and profile.thinking_off:
        yield "The model thinks unless told otherwise. For quick and cheap turns: AGENT_THINKING=off"
    forms = profile.tool_choice_in_thinking if bench.thinks else profile.tool_choice
    if "required" not in forms and _asked(results, "tool-choice"):
        instead = " Without thinking it is taken: AGENT_THINKING=off" if bench.thinks and _forced(profile) else ""
        yield f"Do not force tools here: a forced call is refused, and Portolan sends `auto`.{instead}"
    cap = _of(results, "token-cap")
    held = bench.effective.facts["token_cap"]
    if cap.outcome == "ignored" and held.source == "measured" and held.value == "max_tokens":
        yield "Other clients: cap replies with `max_tokens`; ChatOpenAI sends `max_completion_tokens` alone."
    elif cap.outcome == "ignored" or held.value == "none":
        yield "No cap on tokens holds here: other clients get replies without bound. Portolan breaks them off."
    misread = [one.title for one in results if any("LangChain" in said for said in (one.summary, *one.details))]
    if misread:
        yield f"Do not use plain ChatOpenAI here: it misreads what comes ({', '.join(misread)}). Portolan does not."


def _forced(profile: Profile) -> bool:
    """Whether a call can be forced where the model does not think, and it can be kept from that."""
    return "required" in profile.tool_choice and bool(profile.thinking_off)


def _asked(results: Sequence[CheckResult], name: str) -> bool:
    return _of(results, name).outcome != "skipped"


def _servers_side(results: Sequence[CheckResult], bench: Bench) -> Iterator[str]:
    """What whoever runs the server can set."""
    tools = _of(results, "tools")
    profile = bench.effective.profile
    if tools.outcome == "rejected":
        flag = refused_for_server(tools.summary)
        if flag in ("--enable-auto-tool-choice", "--tool-call-parser"):
            yield "Start vLLM with: --enable-auto-tool-choice --tool-call-parser hermes (or what fits the model)"
        elif flag:
            yield f"Start the server with: {flag}"
        else:
            yield "Choose a model that takes tools: AGENT_MODEL=…"
    if profile.leaks_tool_calls:
        yield (
            "Calls come as text. Start the server with the tool parser that fits the model's template; until then "
            "Portolan recovers them (AGENT_RECOVER_TOOL_CALLS=auto), and other clients do not."
        )
    if profile.thinking_tags_in_content:
        yield "Start the server with the reasoning parser that fits the model (vLLM: --reasoning-parser)."
    if profile.truncates_prompt:
        yield "The prompt is cut silently; give the server a larger window (Ollama: OLLAMA_CONTEXT_LENGTH)."
