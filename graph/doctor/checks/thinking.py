"""Whether the model thinks, where that shows, and how it is switched."""

from __future__ import annotations

from typing import Any, Final

from graph.doctor.bench import PLAIN, THINKING_ROOM, Bench
from graph.doctor.check import Check, Verdict
from graph.doctor.shapes import REASONING_FIELDS, reasoning_fields

OFF: Final[tuple[dict[str, Any], ...]] = (
    {"enable_thinking": False},
    {"chat_template_kwargs": {"enable_thinking": False}},
    {"thinking": {"type": "disabled"}},
    {"reasoning_effort": "none"},
    {"reasoning": {"enabled": False}},
)
"""The switches in use: DashScope and SiliconFlow; vLLM, SGLang and llama.cpp; DeepSeek, Moonshot, Zhipu and Ark; OpenAI
and Ollama; OpenRouter."""

ON: Final[tuple[dict[str, Any], ...]] = (
    {"enable_thinking": True},
    {"chat_template_kwargs": {"enable_thinking": True}},
    {"thinking": {"type": "enabled"}},
    {"reasoning_effort": "low"},
    {"reasoning": {"enabled": True}},
)


def _shown(bench: Bench, extra: dict[str, Any] | None = None) -> tuple[bool | None, dict[str, Any]]:
    """Whether the model thought (None: refused), and what that says of the fields."""
    seen = bench.answer if extra is None and bench.answer else bench.ask(PLAIN, fields=extra or {})
    if seen.error is not None:
        return None, {}
    names = reasoning_fields(seen)
    tagged = "</think>" in seen.content or "<think>" in seen.content
    if not names and not tagged:
        return bool(seen.reply and _counted(seen.reply.usage.raw if seen.reply.usage else {})), {}
    facts: dict[str, Any] = {"thinking_tags_in_content": tagged and not names}
    if tagged and not names:
        facts["thinking_opened"] = "<think>" not in seen.content
    if names:
        facts["reasoning_fields"] = tuple(name for name in REASONING_FIELDS if name in names)
    return True, facts


def _counted(usage: dict[str, Any]) -> int:
    details = usage.get("completion_tokens_details")
    count = details.get("reasoning_tokens") if isinstance(details, dict) else 0
    return count if isinstance(count, int) else 0


def _reasoning(bench: Bench) -> Verdict:
    thinks, facts = _shown(bench)
    if bench.call is not None and not thinks and reasoning_fields(bench.call):
        thinks = True
    bench.thinks = thinks
    if not thinks:
        return Verdict("honoured", "no reasoning shows")
    bench.room = THINKING_ROOM
    facts["thinking"] = "on"
    if facts.get("thinking_tags_in_content"):
        said = "reasoning stands within the answer, in <think> tags; start the server with its reasoning parser"
        return Verdict("broken", said, facts)
    names = " and ".join(facts.get("reasoning_fields", ())) or "the token count alone"
    return Verdict("honoured", f"the model thinks unless told otherwise; reasoning comes in {names}", facts)


def _switch(bench: Bench) -> Verdict:
    if bench.thinks:
        return _switch_off(bench)
    for fields in _first(ON, bench.known.profile.thinking_on):
        room, bench.room = bench.room, THINKING_ROOM
        thinks, facts = _shown(bench, fields)
        if thinks:
            said = f"the model thinks only when told: {_spelled(fields)}"
            off = next((dict(off) for off, on in zip(OFF, ON, strict=True) if on == fields), {})
            return Verdict("honoured", said, {**facts, "thinking": "off", "thinking_on": fields, "thinking_off": off})
        bench.room = room
    return Verdict("honoured", "no switch makes the model think, as far as it shows")


def _switch_off(bench: Bench) -> Verdict:
    refused = []
    for fields in _first(OFF, bench.known.profile.thinking_off):
        seen = bench.ask(PLAIN, fields=fields)
        if seen.error is not None:
            refused.append(f"{_spelled(fields)}: {seen.words}")
            continue
        if not reasoning_fields(seen) and "</think>" not in seen.content and not _counts(seen.reply):
            facts: dict[str, Any] = {"thinking": "on", "thinking_off": fields}
            return Verdict("honoured", f"thinking is switched off by {_spelled(fields)}", facts)
    facts = {"thinking": "always", "thinking_off": {}}
    outcome = "rejected" if refused else "ignored"
    return Verdict(outcome, "no switch keeps the model from thinking", facts, tuple(refused))  # type: ignore[arg-type]  # mypy widens the two words


def _counts(reply: Any) -> bool:
    return bool(reply and reply.usage and _counted(reply.usage.raw))


def _first(switches: tuple[dict[str, Any], ...], known: Any) -> tuple[dict[str, Any], ...]:
    """The switches to try, the one that is believed first."""
    return (dict(known), *(one for one in switches if one != dict(known))) if known else switches


def _spelled(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in fields.items())


CHECKS = (
    Check(
        name="reasoning",
        title="Reasoning",
        sends="nothing more: looks at the plain answer for reasoning in fields of its own and in the text",
        expects="reasoning, if there is any, in a field, and none in the text",
        why="thoughts in the text reach users and break JSON; the field's name differs from server to server",
        run=_reasoning,
        requests=0,
        decides=("thinking", "reasoning_fields", "thinking_tags_in_content", "thinking_opened"),
        needs=("chat",),
    ),
    Check(
        name="thinking-switch",
        title="Switching thinking",
        sends="the plain question with each switch in use, until one works",
        expects="200, and reasoning gone (or there, for a model that does not think by itself)",
        why="thinking costs time and money, and some endpoints force calls or JSON only without it",
        run=_switch,
        tokens=100,
        requests=5,
        full=True,
        decides=(
            *("thinking", "thinking_off", "thinking_on"),
            *("reasoning_fields", "thinking_tags_in_content", "thinking_opened"),
        ),
        needs=("reasoning",),
    ),
)
