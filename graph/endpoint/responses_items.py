"""The items of a reply on the Responses wire: what is kept of them beside the message, and how they go back.

OpenAI wants reasoning back with the item that it led to right behind it, llama.cpp wants it with its content, and none
knows what another endpoint made. So their order is kept with the message, the reasoning whole, and all else as a mark:
text and calls stand in the message, which may be edited, and are taken from there.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

Item = dict[str, Any]

KEPT: Final = "responses_output"
"""Where a message keeps its items, in `additional_kwargs`: `endpoint`, which made them, and `items`."""

SEPARATOR: Final = "\n\n"
"""What stands between two texts of one reply."""

ARGUMENT: Final = "__arg1"
"""LangChain's name for what a custom tool, whose input is plain text, is called with."""

CALLS: Final = ("function_call", "custom_tool_call")
"""Items that are calls of the agent's own tools."""

_TOLD: Final = ("id", "phase", "annotations")
_REASONING: Final = ("id", "summary", "content", "encrypted_content")


def dicts(value: object) -> list[Item]:
    """The objects of a list; of anything else none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def mark(item: Mapping[str, Any], *, length: int = 0, call_id: str = "") -> Item:
    """What is kept of an item: a text's length, a call's id, and anything else as it came."""
    kind = item["type"]
    if kind == "message":
        notes = [note for part in dicts(item.get("content")) for note in part.get("annotations") or ()]
        told = {**item, "annotations": notes}
        return {"type": kind, "length": length, **{key: told[key] for key in _TOLD if told.get(key)}}
    if kind in CALLS:
        return {"type": kind, "call_id": call_id, **({"id": item["id"]} if item.get("id") else {})}
    if kind == "reasoning":
        return {"type": kind, "summary": [], **{key: item[key] for key in _REASONING if item.get(key)}}
    return dict(item)


def plain(items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a message alone says as much: one text, calls behind it, and nothing that the marks would add."""
    kinds = [item["type"] for item in items]
    texts = kinds.count("message")
    told = any(item.get("phase") or item.get("annotations") for item in items)
    return not told and texts <= 1 and "message" not in kinds[1:] and set(kinds) <= {"message", "function_call"}


def name_of(marks: Sequence[Mapping[str, Any]]) -> bytes:
    """What the items of one message are known by, wherever the message goes."""
    return sha256(json.dumps(marks, sort_keys=True, default=str).encode()).digest()


class Replay:
    """Lays out the assistant's messages of one request as items.

    Args:
        endpoint: whose items may go back as they were; those of others are told anew.
        stored: the endpoint may have stored what it made, so that an id alone says something.
        refused: messages to tell anew, since their items were refused (`name_of`).

    Attributes:
        customs: the ids of calls whose input is plain text.
        used: the messages of which something went back that the endpoint may refuse (`name_of`).
    """

    def __init__(self, endpoint: str, *, stored: bool, refused: Collection[bytes]) -> None:
        self._endpoint, self._stored, self._refused = endpoint, stored, refused
        self._ids: set[str] = set()
        self.customs: set[str] = set()
        self.used: set[bytes] = set()

    def items(self, message: Mapping[str, Any]) -> list[Item]:
        """The items of one message in the form of Chat Completions."""
        kept, text = message.get(KEPT), message.get("content")
        text = text if isinstance(text, str) else ""
        calls = {str(call.get("id")): call for call in message.get("tool_calls") or ()}
        marks = dicts(kept.get("items")) if isinstance(kept, dict) else []
        marks = [one for one in marks if isinstance(one.get("type"), str)]
        customs = {str(one.get("call_id")) for one in marks if one["type"] == "custom_tool_call"}
        self.customs |= customs
        own = isinstance(kept, dict) and kept.get("endpoint") == self._endpoint
        name = name_of(marks) if own else b""
        own = own and name not in self._refused
        told = [str(one.get("call_id")) for one in marks if one["type"] in CALLS]
        if own and len(set(told)) == len(told) and set(told) <= calls.keys():
            laid_out = self._laid_out(marks, text, calls)
            if any(one["type"] == "reasoning" or "id" in one for one in laid_out):
                self.used.add(name)
            return laid_out
        texts = [_text(text, {})] if text else []
        return [*texts, *(_call(call, custom=call_id in customs) for call_id, call in calls.items())]

    def _laid_out(self, marks: list[Item], text: str, calls: Mapping[str, Any]) -> list[Item]:
        found, left = list[Item](), dict(calls)
        for one, piece in _with_pieces(marks, text):
            if one["type"] in CALLS:
                call = left.pop(one["call_id"])
                found.append(_call(call, custom=one["call_id"] in self.customs) | self._id(one))
            elif one["type"] == "message" and piece:
                found.append(_text(piece, one) | self._id(one))
            elif one["type"] != "message" and (one["type"] != "reasoning" or self._whole(one)):
                found.append(one)
            else:
                _drop_reasoning(found)
        _drop_reasoning(found)
        found += [_call(call, custom=False) for call in left.values()]
        return found

    def _id(self, item: Item) -> Item:
        """The id of an item, if it says something, and once."""
        one = item.get("id")
        if not one or not self._stored or one in self._ids:
            return {}
        self._ids.add(one)
        return {"id": one}

    def _whole(self, reasoning: Item) -> bool:
        """Whether an item of reasoning can be read where it goes, and was not sent under this id before."""
        one = reasoning.get("id")
        if one in self._ids or not (reasoning.get("content") or reasoning.get("encrypted_content") or self._stored):
            return False
        self._ids |= {one} if one else set()
        return True


def _drop_reasoning(items: list[Item]) -> None:
    """Drop reasoning at the end: what it led to does not follow, and so it is refused."""
    while items and items[-1]["type"] == "reasoning":
        items.pop()


def _with_pieces(marks: list[Item], text: str) -> Iterator[tuple[Item, str]]:
    """The marks, each `message` with its text; the first has all of it, if it is not what the marks were made of."""
    pieces, start = list[str](), 0
    for one in marks:
        length = int(one.get("length") or 0) if one["type"] == "message" else 0
        pieces.append(text[start : start + length])
        start += length + len(SEPARATOR) if length else 0
    if SEPARATOR.join(filter(None, pieces)) != text:
        places = [place for place, one in enumerate(marks) if one["type"] == "message"]
        pieces = [text if [place] == places[:1] else "" for place in range(len(marks))]
        if not places:
            yield {"type": "message"}, text
    yield from zip(marks, pieces, strict=True)


def _text(text: str, told: Mapping[str, Any]) -> Item:
    part = {"type": "output_text", "text": text, "annotations": told.get("annotations") or []}
    phase = {"phase": told["phase"]} if told.get("phase") else {}
    return {"type": "message", "role": "assistant", "content": [part], **phase}


def _call(call: Mapping[str, Any], *, custom: bool) -> Item:
    function = call.get("function") or {}
    said, arguments = {"call_id": call.get("id"), "name": function.get("name")}, str(function.get("arguments") or "{}")
    if custom:
        return {"type": "custom_tool_call", **said, "input": str(json.loads(arguments).get(ARGUMENT, ""))}
    return {"type": "function_call", **said, "arguments": arguments}
