"""What each row of the table of teachings changes, if the request holds what the refusal speaks of.

Here: tools and their choice, streaming, structured output. Caps, sampling, thinking and any other parameter stand in
`learning_parameters`, the form of the messages in `learning_messages`.

Every function takes what the words caught, the body that was sent and the profile that it was made by, and returns the
flags to change, or None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.refusals.request import choice_of, chosen_name, format_of, functions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.profile import Profile

Changes = dict[str, Any] | None
Match = re.Match[str]


def thinks_after_all(profile: Profile) -> dict[str, Any]:
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
    return {"tool_choice_in_thinking": kept, **thinks_after_all(profile), **narrower}


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


def choice_not_taken(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """The form that was sent is not taken; the others may be. That a named tool does not exist is no matter of form."""
    choice = choice_of(request)
    if choice not in {"required", "named", "none"} or _NO_SUCH_TOOL.search(found.string):
        return None
    if choice == "named" and chosen_name(request) not in {function.get("name") for function in functions_of(request)}:
        return None
    return {
        "tool_choice": profile.tool_choice - {choice},
        "tool_choice_in_thinking": profile.tool_choice_in_thinking - {choice},
    }


_NO_SUCH_TOOL: Final = re.compile(
    r"(?i)no function named|not found|was specified|correct usage|(?:does|did) not match any"
)
"""OpenAI's, vLLM's and Azure's words for a choice that names none of the tools."""


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
    learned: dict[str, Any] = {"thinking_needs_stream": True, **thinks_after_all(profile)}
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
    """The format that was sent is not served; the words around its name must say so, or which are."""
    kind, offered = format_of(request), _OFFERED.search(found.string)
    if not _REFUSES.search(found.string) and not (offered and kind and kind not in offered["kinds"]):
        return None
    match kind:
        case "json_schema":
            return None if _BAD_SCHEMA.search(found.string) else {"json_schema": False}
        case "json_object":
            return {"json_object": False}
        case _:
            return None


_REFUSES: Final = re.compile(
    r"(?i)unavailable|not (?:be )?(?:supported|available|allowed|permitted|valid)|unsupported|does(?: not|n't) support"
    r"|unknown|unrecognized|extra|invalid value|unexpected|enabled only for"
)
_OFFERED: Final = re.compile(
    r"(?i)type['\"`]? must be (?:one of )?(?P<kinds>['\"`]\w+['\"`](?:(?:,| or|, or) ['\"`]\w+['\"`])+)"
)
"""LM Studio's and llama.cpp's list of the types that they serve."""
_BAD_SCHEMA: Final = re.compile(
    r"(?i)invalid (?:json )?schema|is not a valid (?:json )?schema|(?:un|not )supported json schema|/properties/"
)
"""Words of OpenAI, Groq and Cerebras for a fault of the schema itself, which another mode would only hide."""


def json_word(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """JSON mode was asked for."""
    return {"json_object_needs_word": True} if format_of(request) == "json_object" else None


def no_json_in_thinking(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """DashScope."""
    return {"json_mode_in_thinking": False, **thinks_after_all(profile)} if format_of(request) else None
