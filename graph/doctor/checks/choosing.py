"""Forcing a tool, forbidding it, and whether that binds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.doctor.bench import ONE_CALL, PLAIN, Bench, tool
from graph.doctor.check import Check, Verdict

if TYPE_CHECKING:
    from graph.doctor.wire import Seen

_NAMED: Final = {"type": "function", "function": {"name": "get_weather"}}
_FORMS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("required", "required", PLAIN),
    ("named", _NAMED, ONE_CALL),
    ("none", "none", ONE_CALL),
)
"""Each asks for what the model would not do by itself."""


def _binds(form: str, seen: Seen) -> bool:
    calls = seen.reply.calls if seen.reply else ()
    if form == "none":
        return not calls
    return bool(calls) and (form == "required" or all(call.name == "get_weather" for call in calls))


def _choice(bench: Bench) -> Verdict:
    tools = [tool(), tool("get_weather", city={"type": "string"})]
    facts: dict[str, Any] = {}
    refused: list[str] = []
    bound: dict[str, bool] = {}
    for thinks, extra in bench.modes():
        accepted = {"auto"}
        for form, choice, prompt in _FORMS:
            seen = bench.ask(prompt, cap=80, fields={"tools": tools, "tool_choice": choice, **extra})
            if seen.error is not None:
                refused.append(f"{form}{' while thinking' if thinks else ''}: {seen.words}")
                continue
            accepted.add(form)
            bound[form] = bound.get(form, True) and _binds(form, seen)
        facts["tool_choice_in_thinking" if thinks else "tool_choice"] = frozenset(accepted)
    forced = [bound[form] for form in ("required", "named") if form in bound]
    if forced:
        facts["tool_choice_enforced"] = all(forced)
    loose = [form for form, binds in bound.items() if not binds]
    details = tuple(refused)
    if loose:
        return Verdict(
            "ignored", f"accepted without effect: {', '.join(loose)}; Portolan checks the reply", facts, details
        )
    if refused:
        return Verdict("rejected", f"refused: {refused[0]}", facts, details[1:])
    return Verdict("honoured", "required, named and none all bind", facts)


CHECKS = (
    Check(
        name="tool-choice",
        title="Forced tools",
        sends="tool_choice required, a named function, and none, each against what the model would do by itself",
        expects="a call; a call of that function; no call",
        why="structured output and forced first steps stand on it; a silent ignore ends them silently",
        run=_choice,
        tokens=500,
        requests=6,
        full=True,
        decides=("tool_choice", "tool_choice_in_thinking", "tool_choice_enforced"),
        needs=("tools",),
    ),
)
