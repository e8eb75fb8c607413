"""Ids of tool calls in the form that the endpoint takes: those that do not fit are told by others, the same each time.

A thread may hold ids that another endpoint made, or another model at the same one: `functions.get:0` (Kimi), or
`chatcmpl-tool-` and 32 hex digits (vLLM). Where such an id is refused, it is refused for ever.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.reply import CALL_ID_ALPHABET, CALL_ID_CHARS
from graph.endpoint.responses_items import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from graph.endpoint.profile import CallIds, Profile

Message = dict[str, Any]

_FORMS: Final[Mapping[CallIds, re.Pattern[str]]] = {
    "any": re.compile(r".*", re.DOTALL),
    "plain": re.compile(r"[A-Za-z0-9_-]{1,40}"),
    "nine": re.compile(r"[A-Za-z0-9]{9}"),
}


def ids_in(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of the calls in the messages, in order."""
    calls = [call for message in messages for call in message.get("tool_calls") or () if isinstance(call, dict)]
    return [call["id"] for call in calls if isinstance(call.get("id"), str)]


def unfit(ids: Iterable[str], form: CallIds) -> list[str]:
    """Those that do not have the form."""
    return [one for one in dict.fromkeys(ids) if not _FORMS[form].fullmatch(one)]


def fit_call_ids(messages: Sequence[Message], profile: Profile) -> list[Message]:
    """The messages with ids of calls that the endpoint takes. The dicts given are not changed.

    An id that fits stays, and one that does not is told by a digest of it, so that a call and its result keep the same
    one, in this request and in later ones, and no two calls get one.
    """
    if profile.call_ids == "any":
        return list(messages)
    ids = ids_in(messages)
    wrong = unfit(ids, profile.call_ids)
    if not wrong:
        return list(messages)
    taken, told = set(ids), dict[str, str]()
    for one in wrong:
        told[one] = _digest(one, taken)
        taken.add(told[one])
    return [_retold(message, told) for message in messages]


def _digest(one: str, taken: set[str]) -> str:
    number = 0
    while True:
        value = int.from_bytes(hashlib.sha256(f"{number} {one}".encode()).digest())
        made = ""
        for _ in range(CALL_ID_CHARS):
            value, place = divmod(value, len(CALL_ID_ALPHABET))
            made += CALL_ID_ALPHABET[place]
        if made not in taken:
            return made
        number += 1


def _retold(message: Message, told: Mapping[str, str]) -> Message:
    """A message with other ids wherever it names a call: in its calls, as a result, in what goes back beside it."""
    message = dict(message)
    if isinstance(calls := message.get("tool_calls"), list):
        message["tool_calls"] = [_with(call, "id", told) for call in calls]
    if isinstance(details := message.get("reasoning_details"), list):  # Gemini's, at OpenRouter, name their call
        message["reasoning_details"] = [_with(one, "id", told) for one in details]
    if isinstance(kept := message.get(KEPT), dict) and isinstance(kept.get("items"), list):
        message[KEPT] = {**kept, "items": [_with(one, "call_id", told) for one in kept["items"]]}
    return dict(_with(message, "tool_call_id", told))


def _with(holder: Any, key: str, told: Mapping[str, str]) -> Any:
    one = holder.get(key) if isinstance(holder, dict) else None
    return {**holder, key: told[one]} if isinstance(one, str) and one in told else holder
