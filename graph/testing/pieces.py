"""Tool calls on the wire: whole in a plain message, or in the pieces of a stream."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from graph.testing.model import argument_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graph.testing.model import Turn
    from graph.testing.script import Call
    from graph.testing.wire import Presence, Wire

Piece = dict[str, Any]
_WHOLE = object()


def presence(key: str, how: Presence) -> Piece:
    """A key that is absent, null or empty."""
    return {} if how == "absent" else {key: None if how == "null" else ""}


def cut(text: str, size: int) -> list[str]:
    """Text in pieces of a size."""
    return [text[start : start + size] for start in range(0, len(text), size)]


class CallWriter:
    """Writes the calls of one turn.

    Args:
        wire: How.
        number: Gives the next number for an id.
        functions: Names of the request's tools, for the index by function.
    """

    def __init__(self, wire: Wire, number: Iterator[int], functions: list[str]) -> None:
        self._wire, self._number, self._functions = wire, number, functions

    def whole(self, turn: Turn) -> list[Piece]:
        """The calls of a plain message."""
        written = []
        for place, (call, call_id) in enumerate(zip(turn.calls, self._ids(turn), strict=True)):
            function = {"name": call.name, **self._arguments(call)}
            index = self._index(call, place) if self._wire.message_call_index else {}
            kind = {} if self._wire.call_type == "never" else {"type": "function"}
            written.append({**index, **call_id, **kind, "function": function})
        return written

    def streamed(self, turn: Turn) -> list[list[Piece]]:
        """What `tool_calls` is in each delta, in order."""
        runs = [
            self._run(call, call_id, place)
            for place, (call, call_id) in enumerate(zip(turn.calls, self._ids(turn), strict=True))
        ]
        if self._wire.calls_together:
            return [[piece for run in runs for piece in run]] if runs else []
        if self._wire.interleaved:
            return [[piece] for column in zip_longest(*runs) for piece in column if piece is not None]
        return [[piece] for run in runs for piece in run]

    def _run(self, call: Call, call_id: Piece, place: int) -> list[Piece]:
        """The pieces of one call."""
        wire, index = self._wire, self._index(call, place)
        first_kind = {} if wire.call_type == "never" else {"type": "function"}
        in_one = wire.whole_calls or wire.calls_together or wire.arguments in ("object", "null", "absent")
        if in_one:
            return [{**index, **call_id, **first_kind, "function": {"name": call.name, **self._arguments(call)}}]
        parts = cut(self._text(call), wire.chunk_size)
        begun: Piece
        if wire.first_arguments == "begun":
            begun, parts = {"arguments": parts[0] if parts else ""}, parts[1:]
        else:
            begun = presence("arguments", wire.first_arguments)
        pieces: list[Piece] = [{**index, **call_id, **first_kind, "function": {"name": call.name, **begun}}]
        for number, part in enumerate((*parts, *self._trailing())):
            pieces.append({**index, **self._next(call, call_id, number), **self._function(call, part)})
        return pieces

    def _trailing(self) -> tuple[object, ...]:
        trailing = self._wire.trailing_piece
        known: Mapping[str, tuple[object, ...]] = {"none": (), "null-arguments": (None,), "empty-arguments": ("",)}
        return known.get(trailing, (_WHOLE,))

    def _function(self, call: Call, part: object) -> Piece:
        if part is _WHOLE:
            trailing = self._wire.trailing_piece
            return {} if trailing == "no-function" else {"function": None if trailing == "null-function" else {}}
        how = self._wire.next_name
        name = {"name": call.name} if how == "repeated" else presence("name", how)
        return {"function": {**name, "arguments": part}}

    def _next(self, call: Call, call_id: Piece, number: int) -> Piece:
        """Id and type of a later piece."""
        wire = self._wire
        kind = {"type": "function"} if wire.call_type == "every" else {}
        if wire.next_id == "repeated":
            return {**call_id, **kind}
        if wire.next_id == "new":
            return {"id": f"{call_id.get('id') or call.name}-{number + 1}", **kind}
        if wire.next_id == "absent":
            return kind
        return {"id": None if wire.next_id == "null" else "", **kind}

    def _text(self, call: Call) -> str:
        text = argument_text(call)
        return json.dumps(text, ensure_ascii=False) if self._wire.arguments == "double-encoded" else text

    def _arguments(self, call: Call) -> Piece:
        """The whole arguments, in the wire's form."""
        form = self._wire.arguments
        if form == "absent" or (call.arguments is None and form == "text"):
            return {}
        if form == "null":
            return {"arguments": None}
        if form == "object":
            return {"arguments": call.arguments}
        return {"arguments": self._text(call)}

    def _ids(self, turn: Turn) -> list[Piece]:
        """The id of each call; numbers are used up whether or not they show."""
        wire, shared, ids = self._wire, "", []
        for place, call in enumerate(turn.calls):
            made = wire.id_format.format(n=next(self._number), i=place, name=call.name)
            shared = shared or made
            shown: Mapping[str, Piece] = {
                "unique": {"id": made},
                "empty": {"id": ""},
                "null": {"id": None},
                "absent": {},
                "shared": {"id": shared},
            }
            ids.append({"id": call.id} if call.id is not None else shown[wire.call_id])
        return ids

    def _index(self, call: Call, place: int) -> Piece:
        if call.index is not None:
            return {"index": call.index}
        by_function = self._functions.index(call.name) if call.name in self._functions else 0
        known: Mapping[str, Piece] = {
            "ordinal": {"index": place},
            "absent": {},
            "null": {"index": None},
            "shared": {"index": 0},
            "restarted": {"index": place % 2},
            "one-based": {"index": place + 1},
            "by-function": {"index": by_function},
        }
        return known[self._wire.index]
