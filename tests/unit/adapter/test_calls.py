"""Tool calls put together from any pieces: the same calls, or a broken one; never wrong arguments."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import Any

from assembled_calls import NAMES, OBJECTS, assembled, merged
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.endpoint.reply import BrokenCall, Call
from graph.testing.model import Turn
from graph.testing.pieces import CallWriter
from graph.testing.script import Call as Said
from graph.testing.wire import Wire

SAID = st.lists(st.builds(Said, st.sampled_from(NAMES), OBJECTS), min_size=1, max_size=3)
QUIRKS: dict[str, Any] = {
    "call_id": st.sampled_from(["unique", "unique", "empty", "null", "absent", "shared"]),
    "next_id": st.sampled_from(["absent", "empty", "null", "repeated", "new"]),
    "next_name": st.sampled_from(["absent", "empty", "null", "repeated"]),
    "call_type": st.sampled_from(["first", "every", "never"]),
    "index": st.sampled_from(["ordinal", "absent", "null", "shared", "restarted", "one-based", "by-function"]),
    "arguments": st.sampled_from(["text", "text", "object", "double-encoded"]),
    "first_arguments": st.sampled_from(["absent", "null", "empty", "begun"]),
    "whole_calls": st.booleans(),
    "calls_together": st.booleans(),
    "interleaved": st.booleans(),
    "trailing_piece": st.sampled_from(
        ["none", "empty-function", "null-arguments", "empty-arguments", "null-function", "no-function"]
    ),
    "chunk_size": st.integers(1, 12),
}
WIRES = st.builds(Wire, **QUIRKS)


def tells_apart(wire: Wire) -> bool:
    """Whether each piece says to which call it belongs; pieces that alternate without that are nowhere known."""
    if not wire.interleaved or wire.whole_calls or wire.calls_together or wire.arguments == "object":
        return True
    own_index = wire.index in {"ordinal", "one-based"}
    return own_index or (wire.next_id == "repeated" and wire.call_id == "unique" and wire.index in {"absent", "null"})


def pieces(said: list[Said], wire: Wire) -> list[dict[str, Any]]:
    writer = CallWriter(wire, count(1), list(NAMES))
    turn = Turn("", "", tuple(said), "tool_calls", forced=False, usage={})
    return [piece for group in writer.streamed(turn) for piece in group]


def distinct(calls: list[Any]) -> list[Any]:
    return [call for place, call in enumerate(calls) if call not in calls[:place]]


@given(SAID, WIRES)
def test_the_same_calls_or_a_broken_one(said: list[Said], wire: Wire) -> None:
    assume(tells_apart(wire))
    calls, deltas = assembled(pieces(said, wire))
    good = [(call.name, call.args) for call in calls if isinstance(call, Call)]
    meant = [(call.name, dict(call.arguments)) for call in said]  # type: ignore[arg-type]
    if all(isinstance(call, Call) for call in calls):
        # Whole once more under the same id, a call is the same call.
        assert good == meant or (wire.call_id == "shared" and distinct(good) == distinct(meant))
    else:
        rest = iter(meant)
        assert all(one in rest for one in good), "a call ran that was not meant, or out of order"
    assert len({call.id for call in calls}) == len(calls)
    shown = merged(deltas)
    assert [(call["id"], call["name"], call["args"]) for call in shown.tool_calls] == [
        (call.id, call.name, call.args) for call in calls if isinstance(call, Call)
    ]


SOME_WITHOUT = st.lists(
    st.builds(Said, st.sampled_from(["read", "read_file", "now"]), st.none() | st.just({}) | OBJECTS), max_size=3
)


@given(SOME_WITHOUT, WIRES)
def test_a_call_without_arguments_never_gets_those_of_another(said: list[Said], wire: Wire) -> None:
    assume(tells_apart(wire))
    assume(wire.arguments == "text" or all(one.arguments is not None for one in said))
    calls, deltas = assembled(pieces(said, wire))
    good = [(call.name, call.arguments) for call in calls if isinstance(call, Call)]
    meant = [(one.name, json.dumps(one.arguments or {}, ensure_ascii=False)) for one in said]
    ran = [(name, json.dumps(json.loads(arguments), ensure_ascii=False)) for name, arguments in good]
    assert not Counter(ran) - Counter(meant), "a call ran that was not meant"
    assert [call["id"] for call in merged(deltas).tool_calls] == [c.id for c in calls if isinstance(c, Call)]


@given(SAID, st.integers(1, 12))
def test_the_standard_wire_loses_nothing(said: list[Said], size: int) -> None:
    calls, _ = assembled(pieces(said, Wire(chunk_size=size)))
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [(one.name, one.arguments) for one in said]


@given(SAID, WIRES, st.data())
def test_a_stream_that_stops_anywhere_gives_no_wrong_arguments(
    said: list[Said], wire: Wire, data: st.DataObject
) -> None:
    assume(tells_apart(wire))
    raw = pieces(said, wire)
    raw = raw[: data.draw(st.integers(0, len(raw)))]
    calls, deltas = assembled(raw, cut="broke off")
    rest = iter([(call.name, call.arguments) for call in said])
    assert all((call.name, call.args) in rest for call in calls if isinstance(call, Call))
    assert not calls or isinstance(calls[-1], BrokenCall)
    assert [call["id"] for call in merged(deltas).tool_calls] == [c.id for c in calls if isinstance(c, Call)]
