"""A response told in the words of Chat Completions, event by event, so that one assembler reads both wires.

What comes is keyed as far as servers allow: by the item's id, else by `output_index`, which llama.cpp leaves out and
gateways send as 0 throughout, else an event belongs to what was begun last. The last event holds the whole response:
what no event brought is taken from there, and where the two differ, the call counts as broken; so does a call whose own
`status` is `incomplete`, whatever the response's is (openai-python, types/responses/response_function_tool_call.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.reply import new_call_id
from graph.endpoint.responses_items import ARGUMENT, CALLS, SEPARATOR, Item, dicts, mark, plain
from graph.endpoint.responses_words import FIELD_OF, TEXT_OF, about, call_delta, delta_with, same_json, texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_FILTERED: Final = frozenset({"content_filter", "sensitive"})
_UNFINISHED: Final = frozenset({"in_progress", "queued", "cancelled"})
_TERMINAL: Final = frozenset({"response.completed", "response.incomplete", "response.cancelled"})
_BEGUN: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_ITEM_OF: Final = {
    "output_text": "message",
    "refusal": "message",
    "reasoning_text": "reasoning",
    "reasoning_summary_text": "reasoning",
    "function_call_arguments": "function_call",
}
"""Of which kind the item is that an event adds to, by the event's name between `response.` and `.delta` or `.done`."""


@dataclass(slots=True, eq=False)
class _Building:
    """An item under way; `said` has the pieces that were handed on, by what they are pieces of."""

    item: Item
    place: object
    number: int = 0
    call_id: str = ""
    said: dict[str, list[str]] = field(default_factory=dict)
    part: object = None
    announced: bool = False
    done: bool = False

    @property
    def kind(self) -> str:
        return str(self.item.get("type"))

    def may_be(self, one: object, place: object) -> bool:
        """Whether an event that names another id, or none, may belong to it all the same, as ids differ by event."""
        known = self.item.get("id")
        moved = place is not None and self.place is not None and place != self.place
        return not self.done and not moved and (self.announced or not one or not known or one == known)

    def so_far(self, what: str) -> str:
        return "".join(self.said.get(what, ()))


class ResponseEvents:
    """Feed it the events of one response; it yields chunks of Chat Completions.

    Args:
        taken: ids of the thread's earlier calls; a call never gets one of them.
        cap: the cap on the reply that was asked for; llama.cpp does not say that a reply ended there.
    """

    def __init__(self, taken: Collection[str], cap: int | None) -> None:
        self._taken, self._cap = set(taken), cap
        self._items: list[_Building] = []
        self._calls = 0
        self._spoken = False
        self.ended = False
        self.count = 0

    def feed(self, event: Mapping[str, Any], name: str = "") -> Iterator[Item]:
        """Take in one event.

        Args:
            event: its data; without a `type` it is the whole response, unless it has a name.
            name: what stood in the line `event:`.
        """
        kind = str(event.get("type") or name or "response.completed")
        response = event.get("response")
        if kind in _TERMINAL:
            yield from self._finish(response if isinstance(response, dict) else event)
            return
        self.count += kind.startswith("response.")
        if kind in _BEGUN:
            yield about(response if isinstance(response, dict) else {})
        what, _, way = kind.removeprefix("response.").rpartition(".")
        item = event.get("item")
        if what == "output_item" and isinstance(item, dict) and isinstance(item.get("type"), str):
            yield from self._item(item, event, done=way == "done")
        elif what in _ITEM_OF and way in {"delta", "done"}:
            building = self._building(_ITEM_OF[what], event, {})
            if building is None:
                building = self._open({"type": _ITEM_OF[what], "id": event.get("item_id")}, event)
            if way == "delta":
                part = event.get("content_index", event.get("summary_index"))
                yield from self._add(building, what, event.get("delta"), part)
            elif what == "function_call_arguments" or not building.said.get(what):
                yield from self._complete(building, what, event.get(TEXT_OF.get(what, "text")))

    def marks(self) -> list[Item]:
        """What is to be kept of the items beside the message; nothing, if the message alone says as much."""
        made = [mark(one.item, length=len(one.so_far("output_text")), call_id=one.call_id) for one in self._items]
        return [] if plain(made) else made

    def _building(self, kind: str, event: Mapping[str, Any], item: Mapping[str, Any]) -> _Building | None:
        """The item that an event speaks of: by its id, its place, or as the last one of its kind."""
        call_id, one, place = item.get("call_id"), item.get("id") or event.get("item_id"), event.get("output_index")
        same = [
            building
            for building in self._items
            if building.kind == kind and (not call_id or building.item.get("call_id") in (None, "", call_id))
        ]
        by_id = [building for building in same if one and building.item.get("id") == one]
        by_place = [building for building in same if place is not None and building.place == place]
        both = [building for building in by_id if building in by_place]
        under_way = [building for building in same if building.may_be(one, place)]
        here = [building for building in under_way if building in by_place]
        return next((found[-1] for found in (both, by_id, here, under_way) if found), None)

    def _open(self, item: Mapping[str, Any], event: Mapping[str, Any]) -> _Building:
        building = _Building(dict(item), event.get("output_index"))
        if building.kind in CALLS:
            building.number, self._calls = self._calls, self._calls + 1
        self._items.append(building)
        return building

    def _item(self, item: Mapping[str, Any], event: Mapping[str, Any], *, done: bool) -> Iterator[Item]:
        building = self._building(str(item.get("type")), event, item)
        if building is not None and self._is_another(building, item, event, done=done):
            building = None
        if building is None:
            building = self._open(item, event)
        building.done, building.announced = done, True
        yield from self._update(building, item, done=done)

    @staticmethod
    def _is_another(building: _Building, item: Mapping[str, Any], event: Mapping[str, Any], *, done: bool) -> bool:
        """Whether an item that is announced, or told whole, is not the one that was found, whatever they share."""
        one, known, place = item.get("id"), building.item.get("id"), event.get("output_index")
        strange = bool(one and known and one != known)
        moved = place is not None and building.place is not None and place != building.place
        return (building.done and (not done or strange or moved)) or (not done and (strange or not one))

    def _update(self, building: _Building, item: Mapping[str, Any], *, done: bool) -> Iterator[Item]:
        """Take in what is said of an item as a whole."""
        known = building.item
        known.update({key: value for key, value in item.items() if value or key not in known})
        match building.kind:
            case "function_call":
                yield from self._head(building)
                if done or item.get("arguments"):
                    yield from self._complete(building, "function_call_arguments", item.get("arguments"))
            case "custom_tool_call":
                yield from self._head(building)
                if done:
                    text = json.dumps({ARGUMENT: item.get("input")}, ensure_ascii=False)
                    yield from self._complete(building, "function_call_arguments", text)
            case "message":
                for what in ("output_text", "refusal"):
                    yield from self._complete(building, what, texts_of(item.get("content"), what))
            case "reasoning":
                yield from self._complete(building, "reasoning_text", texts_of(item.get("content")))
                yield from self._complete(
                    building, "reasoning_summary_text", texts_of(item.get("summary"), between=SEPARATOR)
                )
        if done and building.kind in CALLS and item.get("status") == "incomplete":
            yield call_delta(building.number, status="incomplete", function={})

    def _head(self, building: _Building) -> Iterator[Item]:
        """A call's id and name, once; its name may come later than the rest."""
        name, fresh = building.item.get("name"), not building.call_id
        if fresh:
            given = building.item.get("call_id")
            kept = isinstance(given, str) and given and given not in self._taken
            building.call_id = str(given) if kept else new_call_id(self._taken)
            self._taken.add(building.call_id)
        named = isinstance(name, str) and bool(name) and "name" not in building.said
        if named:
            building.said["name"] = [str(name)]
        if fresh or named:
            yield call_delta(building.number, id=building.call_id, function={"name": name} if named else {})

    def _add(self, building: _Building, what: str, value: object, part: object = None) -> Iterator[Item]:
        """Hand on a piece."""
        if what == "function_call_arguments":
            if value is None or value == "":
                return
            yield from self._head(building)
            building.said.setdefault(what, []).append(value if isinstance(value, str) else json.dumps(value))
            yield call_delta(building.number, function={"arguments": value})
            return
        if not isinstance(value, str) or not value:
            return
        said = building.said.setdefault(what, [])
        if what == "reasoning_summary_text" and said and part != building.part:
            value = SEPARATOR + value
        building.part = part
        if what == "output_text" and not said and self._spoken:
            yield delta_with(content=SEPARATOR)
        self._spoken = self._spoken or what == "output_text"
        said.append(value)
        yield delta_with(**{FIELD_OF[what]: value})

    def _complete(self, building: _Building, what: str, whole: object) -> Iterator[Item]:
        """Hand on what is missing of a whole text; arguments that came otherwise before are made to break the call."""
        if not whole:
            return
        said = building.so_far(what)
        text = whole if isinstance(whole, str) else json.dumps(whole)
        if not said:
            yield from self._add(building, what, whole)
        elif text.startswith(said):
            yield from self._add(building, what, text[len(said) :], building.part)
        elif what == "function_call_arguments" and not same_json(said, text):
            yield from self._add(building, what, text)  # once more: then it is not one object any more

    def _finish(self, response: Mapping[str, Any]) -> Iterator[Item]:
        self.ended = True
        output = [item for item in dicts(response.get("output")) if isinstance(item.get("type"), str)]
        yield from self._compare(output) if self._items else self._whole(output)
        status, details = response.get("status"), response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        usage = response.get("usage")
        usage = dict(usage) if isinstance(usage, dict) else {}
        written = usage.get("output_tokens")
        finish = "tool_calls" if self._calls else "stop"
        if reason in _FILTERED:
            finish = str(reason)
        elif status == "incomplete" or (self._cap and isinstance(written, int) and written >= self._cap):
            finish = "length"
        elif status in _UNFINISHED:
            finish = "cancelled"
        for side, old in (("prompt", "input"), ("completion", "output")):
            usage.setdefault(f"{side}_tokens_details", usage.get(f"{old}_tokens_details"))
        told = {"usage": usage} if response.get("usage") else {}
        yield about(response) | told | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}

    def _compare(self, output: list[Item]) -> Iterator[Item]:
        """Take from the whole response what no event brought: an item is known by its ids, else by kind and order."""
        left, strange = list(self._items), list[Item]()
        for item in output:
            keys = [key for key in ("call_id", "id") if item.get(key)]
            known = (one for one in left if one.kind == item.get("type"))
            found = next((one for one in known if any(one.item.get(key) == item[key] for key in keys)), None)
            if found is None:
                strange.append(item)
                continue
            left.remove(found)
            yield from self._update(found, item, done=True)
        for item in strange:
            alike = (
                one for one in left if one.kind == item["type"] and one.item.get("name") in (None, item.get("name"))
            )
            found = next(alike, None)
            if found is None:
                found = self._open(item, {})
            else:
                left.remove(found)
            yield from self._update(found, item, done=True)

    def _whole(self, output: list[Item]) -> Iterator[Item]:
        """A response that came in one piece, as one message."""
        chunks = [chunk for item in output for chunk in self._update(self._open(item, {}), item, done=True)]
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
        message: Item = {"role": "assistant"}
        for name in ("content", "reasoning_content", "refusal"):
            message[name] = "".join(delta[name] for delta in deltas if name in delta)
        calls: dict[int, Item] = {}
        for piece in (call for delta in deltas for call in delta.get("tool_calls", ())):
            call = calls.setdefault(piece["index"], {"id": piece.get("id"), "function": {}})
            call.update({"status": piece["status"]} if "status" in piece else {})
            call["function"].update({key: value for key, value in piece["function"].items() if value != ""})
        message["tool_calls"] = list(calls.values())
        yield {"choices": [{"index": 0, "message": message, "finish_reason": None}]}
