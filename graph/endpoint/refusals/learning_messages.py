"""What the rows of the table of teachings change that concern the form of the messages; see `learning`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from graph.endpoint.outgoing.call_ids import ids_in, unfit
from graph.endpoint.outgoing.images import has_image
from graph.endpoint.reasoning_details import DETAILS
from graph.endpoint.refusals.request import messages_of, roles_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.profile import Profile
    from graph.endpoint.refusals.learning import Changes, Match


def content_is_string(found: Match, request: Mapping[str, Any], _: Profile) -> Changes:
    """Of the message that the refusal names, else of all that hold lists of text; where none does, null is meant."""
    messages = messages_of(request)
    index = next((int(v) for k, v in found.groupdict().items() if k.startswith("index") and v), None)
    named = messages[index : index + 1] if index is not None else messages
    if any(map(_is_bare, named)) and not any(isinstance(m.get("content"), list) for m in named):
        return {"assistant_content_with_calls": "empty"}
    lists = [m for m in named if isinstance(m.get("content"), list)]
    roles = {m.get("role") for m in lists}
    changes: dict[str, Any] = {}
    if "tool" in roles:
        changes["tool_content_parts"] = False
    if roles - {"tool"}:
        changes["content_parts"] = False
    return changes or None


def content_not_null(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """An assistant message with calls was sent without text."""
    return {"assistant_content_with_calls": "empty"} if any(map(_is_bare, messages_of(request))) else None


def _is_bare(message: Mapping[str, Any]) -> bool:
    return bool(message.get("tool_calls")) and message.get("content") is None


def no_images(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """A message of the user held one; a thread that keeps it would be refused for ever."""
    return {"images": False} if any(map(has_image, messages_of(request))) else None


def no_system(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Gemma, o1-mini; a system message that is not the first is what MiniMax means."""
    if "system" in roles_of(request)[1:]:
        return {"system_messages": "leading_one"}
    return {"system_messages": "none"} if "system" in roles_of(request) else None


def system_first(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Templates of Qwen3.5 and others."""
    return {"system_messages": "leading_one"} if "system" in roles_of(request)[1:] else None


def alternate(found: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """Neighbours of one role are merged, and a word of the assistant goes between a result and a user's message.

    Templates of Mistral count neither calls nor results, so that this user's message follows the one before the calls.
    Where there is neither, it is the system message that upsets the count.
    """
    roles = roles_of(request)
    if "system" in roles[1:]:
        return {"system_messages": "leading_one"}
    if any(a == b for a, b in itertools.pairwise(roles) if a != "tool") and not profile.alternating_roles:
        return {"alternating_roles": True}
    if bridged := no_user_after_tool(found, request, profile):
        return bridged
    return {"system_messages": "none"} if "system" in roles else None


def no_user_after_tool(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """A user's message stands right behind a tool's result."""
    return {"user_after_tool": False} if ("tool", "user") in itertools.pairwise(roles_of(request)) else None


def ids_of_nine(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Mistral's API, and templates of its models; an id that is no nine letters and digits was sent."""
    return {"call_ids": "nine"} if unfit(ids_in(messages_of(request)), "nine") else None


def plain_ids(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Claude's pattern, OpenAI's length; an id that is long or holds another character was sent."""
    return {"call_ids": "plain"} if unfit(ids_in(messages_of(request)), "plain") else None


def details_wanted(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """Calls went back without the list that came beside them."""
    bare = any(m.get("tool_calls") and DETAILS not in m for m in messages_of(request))
    return {"reasoning_details": "always"} if bare else None


def signature_refused(_: Match, request: Mapping[str, Any], profile: Profile) -> Changes:
    """A list that went back is not taken any more: first those of earlier turns are left out, then all."""
    messages = messages_of(request)
    turn = max((place for place, role in enumerate(roles_of(request)) if role == "user"), default=-1)
    given = [place for place, message in enumerate(messages) if DETAILS in message]
    if not given:
        return None
    return {"reasoning_details": "turn" if profile.reasoning_details == "always" and given[0] < turn else "never"}


def no_developer(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """A developer message was sent."""
    return {"developer_role": False} if "developer" in roles_of(request) else None


def needs_user(_: Match, request: Mapping[str, Any], __: Profile) -> Changes:
    """None was sent."""
    return None if "user" in roles_of(request) else {"needs_user_message": True}
