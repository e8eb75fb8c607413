"""What the rows of the table of teachings change that concern caps, sampling, thinking and other parameters.

See `learning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.refusals.learning import strict, thinks_after_all
from graph.endpoint.refusals.overflow import find_cap_too_large
from graph.endpoint.refusals.request import CAPS, cap_of, format_of, messages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.endpoint.profile import Profile
    from graph.endpoint.refusals.learning import Changes, Match

_ESSENTIAL: Final = frozenset({"model", "messages", "tools", "stream", *CAPS})
"""Fields that cannot be left out, or that have flags of their own."""


def _caught(found: Match) -> str | None:
    """The first named group that caught something."""
    return next((value for value in found.groupdict().values() if value), None)


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
        **thinks_after_all(profile),
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
