"""Rules about a request's parameters and tools. Each check gives the facts of the breach, or None."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graph.testing.model import prompt_tokens
from graph.testing.provider import Provider, switched, thinks

if TYPE_CHECKING:
    from collections.abc import Iterable

Body = Mapping[str, Any]
Facts = Mapping[str, object] | None
Check = Callable[[Body, Provider], Facts]
_FINE: Facts = None


def when(condition: object, **facts: object) -> Facts:
    """The facts, if the condition holds."""
    return facts if condition else _FINE


def _first(found: Iterable[Facts]) -> Facts:
    return next((facts for facts in found if facts is not None), _FINE)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _named(body: Body) -> str | None:
    choice = body.get("tool_choice")
    if not isinstance(choice, Mapping):
        return None
    return str(choice.get("function", choice).get("name"))


def _forced(body: Body) -> bool:
    return body.get("tool_choice") == "required" or isinstance(body.get("tool_choice"), Mapping)


def _functions(body: Body) -> list[Mapping[str, Any]]:
    return [tool.get("function") or {} for tool in body.get("tools") or ()]


def _unknown_parameter(body: Body, provider: Provider) -> Facts:
    known = provider.rules.limits.parameters
    return _first(when(name not in known, name=name) for name in body)


def _output_range(body: Body, provider: Provider) -> Facts:
    top = provider.rules.limits.output
    caps = ((name, _number(body.get(name))) for name in ("max_tokens", "max_completion_tokens"))
    return _first(when(not 1 <= cap <= top, name=name, cap=int(cap), top=top) for name, cap in caps if cap is not None)


def _temperature(body: Body, provider: Provider) -> Facts:
    value, limits = _number(body.get("temperature")), provider.rules.limits
    if value is None:
        return _FINE
    low, high = limits.temperature
    over = value > high or (value == high and limits.temperature_top == "open")
    return when(value < low or over, temperature=body["temperature"], low=low, high=high)


def _overflow(body: Body, provider: Provider) -> Facts:
    window, used = provider.rules.limits.window, prompt_tokens(body)
    return when(used > window, tokens=used, tokens_number=used, window=window, over=window + 1)


def _overflow_output(body: Body, provider: Provider) -> Facts:
    window, used = provider.rules.limits.window, prompt_tokens(body)
    cap = _number(body.get("max_completion_tokens", body.get("max_tokens"))) or 0
    return when(used + cap > window, tokens=used, cap=int(cap), total=int(used + cap), window=window)


def _without_function(body: Body, _: Provider) -> Facts:
    tools = enumerate(body.get("tools") or ())
    return _first(when("function" not in tool, place=place) for place, tool in tools)


def _without_name(body: Body, _: Provider) -> Facts:
    written = json.dumps(body.get("tools"), indent=2)
    return _first(
        when(not function.get("name"), place=place, tools=written) for place, function in enumerate(_functions(body))
    )


def _tool_name(body: Body, provider: Provider) -> Facts:
    bad = provider.rules.limits.tool_names
    return _first(when(function.get("name") in bad, name=function.get("name")) for function in _functions(body))


def _budget(body: Body, provider: Provider) -> Facts:
    budget, top = _number(body.get("thinking_budget")), provider.rules.limits.thinking_budget
    return when(budget is not None and not 0 < budget <= top, top=top)


def _format(body: Body) -> str | None:
    value = body.get("response_format")
    return value.get("type") if isinstance(value, Mapping) else None


def _off(body: Body, provider: Provider) -> bool:
    return any(switched(body, switch) is False for switch in provider.behaviour.switches)


def _says(name: str) -> Check:
    return lambda body, _: when(body.get(name) is not None)


PARAMETER_CHECKS: tuple[tuple[str, Check], ...] = (
    ("unknown_model", lambda body, provider: when(body.get("model") != provider.model, served=provider.model)),
    ("unknown_parameter", _unknown_parameter),
    ("no_messages", lambda body, _: when(not isinstance(body.get("messages"), list) or not body["messages"])),
    ("stream_only", lambda body, _: when(body.get("stream") is not True)),
    ("plain_only", lambda body, _: when(body.get("stream") is True)),
    ("stream_options_plain", lambda body, _: when(body.get("stream_options") and body.get("stream") is not True)),
    ("max_tokens_name", _says("max_tokens")),
    ("max_completion_tokens_name", _says("max_completion_tokens")),
    ("both_caps", lambda body, _: when(None not in (body.get("max_tokens"), body.get("max_completion_tokens")))),
    ("output_range", _output_range),
    ("temperature_range", _temperature),
    (
        "temperature_fixed",
        lambda body, provider: when(
            body.get("temperature", provider.rules.limits.fixed_temperature) != provider.rules.limits.fixed_temperature,
            temperature=body.get("temperature"),
        ),
    ),
    ("n_range", lambda body, provider: when((body.get("n") or 1) > provider.rules.limits.n, n=body.get("n"))),
    ("n_greedy", lambda body, _: when((body.get("n") or 1) > 1 and body.get("temperature") == 0, n=body.get("n"))),
    ("n_with_tools", lambda body, _: when((body.get("n") or 1) > 1 and body.get("tools"))),
    ("empty_tools", lambda body, _: when(body.get("tools") == [])),
    (
        "too_many_tools",
        lambda body, provider: when(
            len(body.get("tools") or ()) > provider.rules.limits.tools,
            count=len(body.get("tools") or ()),
            most=provider.rules.limits.tools,
        ),
    ),
    ("tool_without_function", _without_function),
    ("tool_without_name", _without_name),
    ("tool_name", _tool_name),
    ("strict", lambda body, _: when(any("strict" in function for function in _functions(body)))),
    ("choice_without_tools", lambda body, _: when(body.get("tool_choice") is not None and not body.get("tools"))),
    ("parallel_parameter", _says("parallel_tool_calls")),
    ("parallel_without_tools", lambda body, _: when("parallel_tool_calls" in body and not body.get("tools"))),
    (
        "choice_unknown_tool",
        lambda body, _: when(
            _named(body) is not None and _named(body) not in [function.get("name") for function in _functions(body)],
            tool=_named(body),
        ),
    ),
    ("choice_required", lambda body, _: when(body.get("tool_choice") == "required")),
    ("choice_named", lambda body, _: when(_named(body) is not None, tool=_named(body))),
    ("tools_unsupported", lambda body, _: when(body.get("tools") and body.get("tool_choice") != "none")),
    ("tools_need_no_effort", lambda body, _: when(body.get("tools") and body.get("reasoning_effort") != "none")),
    ("reasoning_effort", _says("reasoning_effort")),
    ("two_thinking_switches", lambda body, _: when("thinking" in body and "reasoning_effort" in body)),
    ("thinking_disabled", lambda body, provider: when(_off(body, provider))),
    ("thinking_budget", _budget),
    (
        "thinking_plain",
        lambda body, provider: when(body.get("stream") is not True and thinks(body, provider.behaviour)),
    ),
    ("choice_forced_thinking", lambda body, provider: when(_forced(body) and thinks(body, provider.behaviour))),
    ("json_schema", lambda body, _: when(_format(body) == "json_schema")),
    ("json_object", lambda body, _: when(_format(body) == "json_object")),
    (
        "json_without_word",
        lambda body, _: when(
            _format(body) == "json_object" and "json" not in str(body.get("messages")).lower(),
        ),
    ),
    (
        "json_thinking",
        lambda body, provider: when(_format(body) == "json_object" and thinks(body, provider.behaviour)),
    ),
    ("json_with_forced_choice", lambda body, _: when(_format(body) not in (None, "text") and _forced(body))),
    ("context_overflow", _overflow),
    ("context_overflow_output", _overflow_output),
)
"""Rule, and how to see that it is broken."""
