"""What each row of the table of teachings changes, if the request holds what the refusal speaks of.

What concerns the form of the messages stands in `learning_messages`.

Every function takes what the words caught, the body that was sent and the profile that it was made by, and returns the
flags to change, or None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.refusals.overflow import find_cap_too_large
from graph.endpoint.refusals.request import (
    CAPS,
    cap_of,
    choice_of,
    format_of,
    functions_of,
    messages_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.endpoint.profile import Profile

Changes = dict[str, Any] | None
Match = re.Match[str]

_ESSENTIAL: Final = frozenset({"model", "messages", "tools", "stream", *CAPS})
"""Fields that cannot be left out, or that have flags of their own."""


def _caught(found: Match) -> str | None:
    """The first named group that caught something."""
    return next((value for value in found.groupdict().values() if value), None)


def _thinks_after_all(profile: Profile) -> dict[str, Any]:
    """The refusal shows that the model thinks, where the profile did not know."""
    return {"thinking": "on"} if profile.thinking in {"none", "unknown"} else {}


# Tools and their choice


def tools_need_effort_none(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """OpenAI from gpt-5.4 on."""
    sent_none = request.get("reasoning_effort") == "none"
    return {"tools_need_reasoning_effort_none": True} if request.get("tools") and not sent_none else None


def choice_not_in_thinking(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope, DeepSeek, Moonshot."""
    if choice_of(request) not in {"required", "named"}:
        return None
    kept = profile.tool_choice_in_thinking & {"auto", "none"}
    # Where the profile believed that the model does not think, the set for thinking was not asked: then both narrow.
    known = profile.thinking in {"on", "always"} and kept != profile.tool_choice_in_thinking
    narrower = {} if known else {"tool_choice": profile.tool_choice & {"auto", "none"}}
    return {"tool_choice_in_thinking": kept, **_thinks_after_all(profile), **narrower}


def choice_from_list(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope's older models: the list of what is taken stands in the refusal."""
    allowed = set(re.findall(r"[a-z]+", found["allowed"])) & {"auto", "none", "required"}
    choice = choice_of(request)
    if choice is None or choice in allowed:
        return None
    return {
        "tool_choice": profile.tool_choice & allowed,
        "tool_choice_in_thinking": profile.tool_choice_in_thinking & allowed,
    }


def choice_not_taken(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """The form that was sent is not taken; the others may be."""
    choice = choice_of(request)
    if choice not in {"required", "named", "none"}:
        return None
    return {
        "tool_choice": profile.tool_choice - {choice},
        "tool_choice_in_thinking": profile.tool_choice_in_thinking - {choice},
    }


def forbidden_names(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope."""
    names = set(re.findall(r"[\w-]+", found["names"]))
    used = {f.get("name") for f in functions_of(request)} & names
    return {"forbidden_tool_names": profile.forbidden_tool_names | names} if used else None


def max_tools(found: Match, request: Mapping[str, Any], _: Profile) -> Changes:
    """OpenAI."""
    limit = int(found["limit"])
    return {"max_tools": limit} if 0 < limit < len(functions_of(request)) else None


def strict(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Only where a function says strict."""
    return {"strict_tools": False} if any("strict" in f for f in functions_of(request)) else None


# Streaming


def thinking_streams(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope's open-weight Qwen3."""
    if request.get("stream"):
        return None
    learned: dict[str, Any] = {"thinking_needs_stream": True, **_thinks_after_all(profile)}
    if profile.thinking == "off" and not request.get("enable_thinking"):
        learned["thinking"] = "on"
    # The profile knew all that and a plain request went out: then nothing but streaming is left.
    return {"serves": "stream_only"} if profile.thinking_needs_stream else learned


def stream_only(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """A plain request was sent."""
    return None if request.get("stream") else {"serves": "stream_only"}


def plain_only(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """A streamed request was sent."""
    return {"serves": "plain_only"} if request.get("stream") else None


def no_stream_usage(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Usage was asked for."""
    return {"stream_usage": False} if "stream_options" in request else None


# Structured output


def response_format(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """The format that was sent is not served; the words around its name must say so."""
    if not _REFUSES.search(found.string):
        return None
    match format_of(request):
        case "json_schema":
            return None if _BAD_SCHEMA.search(found.string) else {"json_schema": False}
        case "json_object":
            return {"json_object": False}
        case _:
            return None


_REFUSES: Final = re.compile(
    r"(?i)unavailable|not (?:be )?(?:supported|available|allowed|permitted|valid)|unsupported|does(?: not|n't) support"
    r"|unknown|unrecognized|extra|invalid value|unexpected"
)
_BAD_SCHEMA: Final = re.compile(r"(?i)invalid schema for response_format|is not a valid (?:json )?schema")
"""OpenAI's words for a fault of the schema itself, which another mode would only hide."""


def json_word(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """JSON mode was asked for."""
    return {"json_object_needs_word": True} if format_of(request) == "json_object" else None


def no_json_in_thinking(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope."""
    return {"json_mode_in_thinking": False, **_thinks_after_all(profile)} if format_of(request) else None


# Caps and sampling


def newer_cap(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """OpenAI's reasoning models."""
    return {"token_cap": "max_completion_tokens"} if "max_tokens" in request else None


def cap_range(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """The largest cap stands in the refusal."""
    limit = int(_caught(found) or 0)
    return {"max_output_tokens": limit} if 0 < limit < cap_of(request) else None


def cap_beyond_window(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """A server with a small window (vLLM): half of it for the reply leaves the other half to the prompt."""
    too_large = find_cap_too_large(found.string)
    if too_large is None or cap_of(request) <= too_large.limit_tokens // 2:
        return None
    half = max(1, too_large.limit_tokens // 2)
    known = profile.max_output_tokens
    return {"context_tokens": too_large.limit_tokens, "max_output_tokens": min(half, known) if known else half}


def fixed_temperature(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """OpenAI's reasoning models, Kimi from K2.5 on."""
    return {"temperature_fixed": float(_caught(found) or 1)} if "temperature" in request else None


def temperature_range(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """The largest temperature stands in the refusal, with a round or a square bracket."""
    limit = float(found["limit"] or found["limit2"])
    exclusive = found["end"] == ")"
    sent = request.get("temperature")
    if not isinstance(sent, (int, float)) or sent < limit or (sent == limit and not exclusive):
        return None
    return {"temperature_max": limit, "temperature_max_exclusive": exclusive}


# Thinking


def echo_reasoning(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DeepSeek and Moonshot: of the turns with tool calls; of all, if that was done already."""
    assistants = [m for m in messages_of(request) if m.get("role") == "assistant"]
    if all(m.get("reasoning_content") for m in assistants):
        return None
    with_calls = any(m.get("tool_calls") and not m.get("reasoning_content") for m in assistants)
    return {
        "reasoning_echo": "tool_calls" if with_calls and profile.reasoning_echo == "never" else "always",
        "reasoning_echo_field": "reasoning_content",
        "reasoning_echo_placeholder": True,
        **_thinks_after_all(profile),
    }


def always_thinks(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """DashScope: the switch was sent and may not be."""
    return {"thinking": "always", "thinking_off": {}} if request.get("enable_thinking") is False else None


def no_thinking_budget(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """Left out, the model's own budget holds."""
    return _without({"thinking_budget"} & request.keys(), profile)


# Any other parameter


def unsupported(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """The parameter that the refusal names, if it was sent and can be left out."""
    caught = _caught(found) or ""
    name = caught.removeprefix("body.").split(".")[0].split("[")[0]
    if caught.endswith("strict"):
        return strict(found, request, profile)
    if name not in request:
        return None
    if name == "response_format":
        return {"json_schema" if format_of(request) == "json_schema" else "json_object": False}
    return _FLAG_OF.get(name) or _without({name} - _ESSENTIAL, profile)


_FLAG_OF: Final[dict[str, dict[str, Any]]] = {
    "max_completion_tokens": {"token_cap": "max_tokens"},
    "max_tokens": {"token_cap": "max_completion_tokens"},
    "parallel_tool_calls": {"parallel_tool_calls_parameter": False},
    "stream_options": {"stream_usage": False},
}


def _without(names: Iterable[str], profile: Profile) -> Changes:
    more = frozenset(names) - profile.unsupported_parameters
    return {"unsupported_parameters": profile.unsupported_parameters | more} if more else None
