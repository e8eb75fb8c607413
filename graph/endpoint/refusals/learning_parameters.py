"""What the rows of the table of teachings change that concern caps, sampling, thinking and other parameters.

See `learning`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.refusals.learning import strict, thinks_after_all
from graph.endpoint.refusals.overflow import find_cap_too_large
from graph.endpoint.refusals.request import CAPS, cap_of, format_of, keeps_from_thinking, messages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.endpoint.profile import Profile
    from graph.endpoint.refusals.learning import Changes, Match

_ESSENTIAL: Final = frozenset({"model", "messages", "tools", "stream", *CAPS})
"""Fields that cannot be left out, or that have flags of their own."""

_LEAST_CAP: Final = 16
"""Tokens: a smaller number in a refusal of the cap is hardly the largest one."""

_WITH_PROMPT: Final = re.compile(r"(?i)\b(?:prompt|context|inputs?[` ]*(?:tokens|length)|sum|total|together)\b")
"""Words of a limit on prompt and reply together."""


def _caught(found: Match) -> str | None:
    """The first named group that caught something."""
    return next((value for value in found.groupdict().values() if value), None)


# Caps and sampling


def newer_cap(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """OpenAI's reasoning models."""
    return {"token_cap": "max_completion_tokens"} if "max_tokens" in request else None


def cap_range(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """The largest cap stands in the refusal, or the first that is too large (Vertex)."""
    sentence = re.split(r"[;\n]|\. ", found.string[: found.end()])[-1]
    if _WITH_PROMPT.search(sentence):
        return None
    limit = int(_caught(found) or 0) - (1 if found["beyond"] else 0)
    return {"max_output_tokens": limit} if _LEAST_CAP <= limit < cap_of(request) else None


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


def temperature_above_zero(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Text Generation Inference, GigaChat, MiniMax."""
    return {"temperature_above_zero": True} if request.get("temperature") == 0 else None


def no_top_p(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope; 0 is below its range, and the model's own value is nearest to saying nothing."""
    return _without({"top_p"} & request.keys(), profile) if request.get("top_p") == 0 else None


def temperature_or_top_p(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Claude's newer models; the temperature is what most users mean to set."""
    return {"temperature_with_top_p": False} if {"temperature", "top_p"} <= request.keys() else None


def temperature_range(found: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """The largest temperature stands in the refusal, or what it must be below: a round bracket, or 1.0001 (Vertex)."""
    limit = float(next(found[kind] for kind in ("limit", "limit2", "limit3", "limit4", "beyond") if found[kind]))
    exclusive = found["end"] == ")" or bool(found["beyond"])
    if exclusive and limit != (whole := math.floor(limit * 100) / 100):
        limit, exclusive = whole, False
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


def no_echo(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """Cerebras, Mistral: the field in which reasoning was given back."""
    given = any(profile.reasoning_echo_field in message for message in messages_of(request))
    return {"reasoning_echo": "never"} if given else None


def always_thinks(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """DashScope, OpenRouter, Gemini: a switch was sent and may not be."""
    return {"thinking": "always", "thinking_off": {}} if keeps_from_thinking(request) else None


def no_thinking_budget(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """Left out, the model's own budget holds."""
    return _without({"thinking_budget"} & request.keys(), profile)


# Any other parameter


def unsupported(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """The parameters that the refusal names, of which each was sent and can be left out."""
    changes: dict[str, Any] = {}
    left_out: set[str] = set()
    for one in found.re.finditer(found.string):
        for caught in re.findall(r"[A-Za-z_][\w.\[\]]*", _caught(one) or ""):
            name = _sent_as(caught.removeprefix("body.").split(".")[0].split("[")[0], request)
            if caught.endswith("strict"):
                changes |= strict(found, request, profile) or {}
            elif name == "response_format":
                changes["json_schema" if format_of(request) == "json_schema" else "json_object"] = False
            elif name in _FLAG_OF:
                changes |= _FLAG_OF[name]
            elif name is not None and name not in _ESSENTIAL:
                left_out.add(name)
    return changes | (_without(left_out, profile) or {}) or None


def _sent_as(name: str, request: Mapping[str, Any]) -> str | None:
    """The field of the request that is meant; xAI names it as its own code does, `presencePenalty`."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return next((one for one in (name, snake) if one in request), None)


_FLAG_OF: Final[dict[str, dict[str, Any]]] = {
    "max_completion_tokens": {"token_cap": "max_tokens"},
    "max_tokens": {"token_cap": "max_completion_tokens"},
    "parallel_tool_calls": {"parallel_tool_calls_parameter": False},
    "stream_options": {"stream_usage": False},
}


def _without(names: Iterable[str], profile: Profile) -> Changes:
    more = frozenset(names) - profile.unsupported_parameters
    return {"unsupported_parameters": profile.unsupported_parameters | more} if more else None
