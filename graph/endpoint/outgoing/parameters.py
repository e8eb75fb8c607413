"""The fields of a request beside its messages: token cap, tools, thinking, sampling, structured output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from graph.endpoint.notices import say_once
from graph.endpoint.outgoing.messages import flatten
from graph.endpoint.refusals.request import CAPS, keeps_from_thinking
from graph.errors import RefusedRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.endpoint.profile import Profile

Payload = dict[str, Any]
Thinking = Literal["auto", "on", "off"]

_LEAST_CAP = 256
"""A reply's cap is not lowered below this many tokens: the endpoint then says that the prompt is too long."""

_LEAST_TEMPERATURE = 0.01
"""Next to the likeliest token always, where 0 is refused."""


def shape_parameters(payload: Payload, profile: Profile, *, thinking: Thinking, endpoint: str) -> Payload:
    """The payload with every field as the endpoint accepts it; the one given is not changed.

    Raises:
        RefusedRequestError: a tool has a name that the endpoint forbids, there are more tools than it takes, or the
            tool that has to be called is none of them.
    """
    payload = dict(payload)
    _tools(payload, profile, endpoint)
    if thinking != "auto" or profile.thinking == "always":
        _thinking(payload, profile, thinking, endpoint)
    if profile.tools_need_reasoning_effort_none:
        _effort(payload, endpoint)
    thinks = _thinks(payload, profile, thinking)
    if payload.get("tool_choice") is not None:
        _tool_choice(payload, profile, endpoint, payload["tool_choice"], thinks=thinks)
    _token_cap(payload, profile, endpoint)
    if payload.get("temperature") is not None:
        _temperature(payload, profile, endpoint)
    if "response_format" in payload:
        _response_format(payload, profile, endpoint, thinks=thinks)
    if payload.get("stream"):
        if not profile.stream_usage:
            payload.pop("stream_options", None)
    else:
        payload.pop("stream_options", None)
    for name in profile.unsupported_parameters & payload.keys():
        if name not in {"model", "messages"}:
            del payload[name]
            say_once(f"{endpoint} does not take the parameter {name}; it is left out.")
    return payload


def _tools(payload: Payload, profile: Profile, endpoint: str) -> None:
    tools = payload.get("tools")
    if tools and not profile.tools:
        say_once(f"{endpoint} takes no tools, so the model works without them here. Choose a model that has them.")
        tools = None
    if not tools:
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            payload.pop(name, None)
        return
    _check_tools(tools, profile, endpoint)
    if not profile.strict_tools and any("strict" in tool.get("function", {}) for tool in tools):
        payload["tools"] = [_without_strict(tool) for tool in tools]
        if any(tool.get("function", {}).get("strict") for tool in tools):
            say_once(f"{endpoint} does not take strict in a tool, so arguments may come that do not fit its schema.")
    if not profile.parallel_tool_calls_parameter:
        if payload.pop("parallel_tool_calls", None) is False:
            say_once(f"{endpoint} does not take parallel_tool_calls, so several calls may come in one reply.")
    elif not profile.parallel_tool_calls_default:
        payload.setdefault("parallel_tool_calls", True)


def _check_tools(tools: Sequence[dict[str, Any]], profile: Profile, endpoint: str) -> None:
    names = [tool.get("function", {}).get("name") for tool in tools]
    if forbidden := sorted(profile.forbidden_tool_names & set(names)):
        msg = f"a tool named {forbidden[0]!r} is not allowed"
        raise RefusedRequestError(msg, endpoint=endpoint, remedy="Rename the tool; the request was not sent.")
    if profile.max_tools is not None and len(tools) > profile.max_tools:
        msg = f"{len(tools)} tools are more than the {profile.max_tools} that may be sent"
        raise RefusedRequestError(msg, endpoint=endpoint, remedy="Give the agent fewer tools.")


def _without_strict(tool: dict[str, Any]) -> dict[str, Any]:
    function = {key: value for key, value in tool.get("function", {}).items() if key != "strict"}
    return {**tool, "function": function}


def _thinking(payload: Payload, profile: Profile, thinking: Thinking, endpoint: str) -> None:
    switch = {"on": profile.thinking_on, "off": profile.thinking_off, "auto": {}}[thinking]
    wanted = {"on": ("off", "unknown"), "off": ("on", "unknown", "always"), "auto": ()}[thinking]
    if profile.thinking in wanted and not switch:
        say_once(
            f"No switch is known that turns thinking {thinking} at {endpoint}; it stays as it is. "
            f"AGENT_PROFILE_THINKING_{thinking.upper()} sets the fields to send."
        )
    if profile.thinking == "always":
        for name in keeps_from_thinking(payload):
            del payload[name]
            say_once(f"{endpoint} cannot be kept from thinking; {name} is left out.")
    for name, value in switch.items():
        known = payload.get(name)
        payload[name] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value


def _effort(payload: Payload, endpoint: str) -> None:
    """After the switch for thinking, since that may be the same field."""
    if not payload.get("tools"):
        return
    if payload.get("reasoning_effort") not in {None, "none"}:
        say_once(f"{endpoint} takes tools only with reasoning_effort none; AGENT_API=responses reasons with tools.")
    payload["reasoning_effort"] = "none"


def _thinks(payload: Payload, profile: Profile, thinking: Thinking) -> bool:
    """Whether the model will think on this request, as far as is known."""
    if profile.thinking == "always":
        return True
    kept_from_it = profile.tools_need_reasoning_effort_none and payload.get("tools")
    if thinking == "off" or kept_from_it or _has(payload, profile.thinking_off):
        return False
    return profile.thinking == "on" or thinking == "on" or _has(payload, profile.thinking_on)


def _has(payload: Payload, fields: Mapping[str, Any]) -> bool:
    return bool(fields) and all(payload.get(name) == value for name, value in fields.items())


def _tool_choice(payload: Payload, profile: Profile, endpoint: str, choice: object, *, thinks: bool) -> None:
    form = "named" if isinstance(choice, dict) else str(choice)
    form = "required" if form == "any" else form
    accepted = profile.tool_choice & profile.tool_choice_in_thinking if thinks else profile.tool_choice
    named = _named(payload, choice) if isinstance(choice, dict) else []
    if named and not (form in accepted and profile.tool_choice_enforced):
        payload["tools"] = named  # to offer that tool alone is the nearest to naming it
    if form in accepted:
        return
    when = " while the model thinks" if thinks else ""
    if form == "none":
        say_once(f"{endpoint} does not take tool_choice none{when}; the tools are left out of such a request instead.")
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            payload.pop(name, None)
        return
    if form == "named" and isinstance(choice, dict) and not named:
        msg = f"tool_choice names {choice.get('function', {}).get('name')!r}, which is none of the tools"
        raise RefusedRequestError(msg, endpoint=endpoint, remedy="Name one of them; the request was not sent.")
    lower = "required" if form == "named" and "required" in accepted else "auto"
    say_once(f"{endpoint} does not take tool_choice {form}{when}; {lower} is sent, so the model may not call a tool.")
    if lower in accepted:
        payload["tool_choice"] = lower
    else:
        del payload["tool_choice"]


def _named(payload: Payload, choice: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tool that a choice names, as a list of it alone; an empty one if it is not offered."""
    name = choice.get("function", {}).get("name")
    return [tool for tool in payload["tools"] if tool.get("function", {}).get("name") == name]


def _token_cap(payload: Payload, profile: Profile, endpoint: str) -> None:
    given = [payload.pop(name) for name in CAPS if payload.get(name) is not None]
    if not given:
        return
    cap = min(given)
    if profile.max_output_tokens is not None and cap > profile.max_output_tokens:
        say_once(f"{endpoint} takes a cap of {profile.max_output_tokens} tokens at most; {cap} is lowered to that.")
        cap = profile.max_output_tokens
    if profile.context_tokens is not None:  # a cap that the window cannot hold beside the prompt is refused
        cap = min(cap, max(profile.context_tokens - prompt_tokens(payload), _LEAST_CAP))
    if profile.token_cap == "none":  # noqa: S105 - tokens of text
        say_once(f"{endpoint} takes no cap on the reply; AGENT_MAX_TOKENS is not sent, and holds only about.")
        return
    both = profile.token_cap == "both"  # noqa: S105 - tokens of text
    for name in CAPS if both else (profile.token_cap,):
        payload[name] = cap


def prompt_tokens(payload: Payload) -> int:
    """About how many tokens a prompt has, rather too many: a token is three bytes of UTF-8 or more in most texts."""
    return len(json.dumps([payload["messages"], payload.get("tools")], ensure_ascii=False).encode()) // 3


def _temperature(payload: Payload, profile: Profile, endpoint: str) -> None:
    value = payload["temperature"]
    if profile.temperature_fixed is not None:
        del payload["temperature"]
        if value != profile.temperature_fixed:
            say_once(f"{endpoint} takes no temperature but {profile.temperature_fixed}; {value} is not sent.")
    elif value == 0 and profile.temperature_above_zero:
        payload["temperature"] = _LEAST_TEMPERATURE
    elif profile.temperature_max is not None and value >= profile.temperature_max:
        step = 0.01 if profile.temperature_max_exclusive else 0
        lowered = round(profile.temperature_max - step, 2)
        if lowered != value:
            say_once(f"{endpoint} takes no higher temperature than {lowered}; {value} is lowered to that.")
        payload["temperature"] = lowered
    if not profile.temperature_with_top_p and "temperature" in payload and payload.pop("top_p", None) is not None:
        say_once(f"{endpoint} does not take temperature and top_p together; top_p is left out.")


def _response_format(payload: Payload, profile: Profile, endpoint: str, *, thinks: bool) -> None:
    wanted = payload.get("response_format")
    if not isinstance(wanted, dict):
        return
    kind = wanted.get("type")
    barred = thinks and not profile.json_mode_in_thinking
    schema = wanted.get("json_schema", {}).get("schema") if kind == "json_schema" else None
    if kind == "json_schema" and (barred or not profile.json_schema):
        kind = "json_object"
        _instruct(payload, f"Reply with one JSON object that fits this JSON Schema, and nothing else:\n{_dump(schema)}")
        say_once(
            f"{endpoint} does not take response_format json_schema; the schema is given in words and checked here."
        )
        payload["response_format"] = {"type": "json_object"}
    if kind == "json_object":
        if barred or not profile.json_object:
            del payload["response_format"]
            if schema is None:
                _instruct(payload, "Reply with one JSON object, and nothing else.")
                when = " while the model thinks" if barred and profile.json_object else ""
                say_once(f"{endpoint} does not take response_format json_object{when}; it is asked for in words.")
        elif profile.json_object_needs_word and not _mentions_json(payload):
            _instruct(payload, "Reply in JSON.")


def _dump(schema: object) -> str:
    return json.dumps(schema, ensure_ascii=False)


def _mentions_json(payload: Payload) -> bool:
    return any("json" in flatten(message.get("content")).lower() for message in payload["messages"])


def _instruct(payload: Payload, text: str) -> None:
    """Add a sentence to the leading system message, or put one there."""
    messages = list(payload["messages"])
    if messages and messages[0]["role"] in {"system", "developer"}:
        messages[0] = {**messages[0], "content": f"{flatten(messages[0].get('content'))}\n\n{text}"}
    else:
        messages.insert(0, {"role": "system", "content": text})
    payload["messages"] = messages
