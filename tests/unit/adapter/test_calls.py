"""Tool calls put together from any pieces: the same calls, or a broken one; never wrong arguments."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.utils.json import parse_partial_json

from graph.endpoint.arguments import seal
from graph.endpoint.calls import CallAssembler
from graph.endpoint.reply import BrokenCall, Call, Delta
from graph.testing.model import Turn
from graph.testing.pieces import CallWriter
from graph.testing.script import Call as Said
from graph.testing.wire import Wire

NAMES = ("add", "read", "read_file", "now")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.text(max_size=8)
    | st.sampled_from(['"}', "{", "\\", "]}", "é{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "path", "q{"]), JSON, max_size=3)
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


def assembled(raw: list[dict[str, Any]], cut: str = "") -> tuple[list[Call | BrokenCall], list[Delta]]:
    assembler = CallAssembler(NAMES)
    deltas = [delta for piece in raw for delta in assembler.delta(piece)]
    ended = list(assembler.finish(cut=cut))
    return [call for call, _ in ended], [*deltas, *(delta for _, delta in ended)]


def merged(deltas: list[Delta]) -> AIMessageChunk:
    """What LangChain makes of the deltas that are shown."""
    whole = AIMessageChunk("")
    for delta in deltas:
        if delta.call_index is not None:
            piece = tool_call_chunk(
                name=delta.call_name, args=delta.arguments, id=delta.call_id, index=delta.call_index
            )
            whole += AIMessageChunk("", tool_call_chunks=[piece])  # type: ignore[assignment]
    return whole + AIMessageChunk("", chunk_position="last")  # type: ignore[return-value]


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


@given(OBJECTS, st.data())
def test_arguments_cut_anywhere_are_broken(arguments: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(arguments, ensure_ascii=False)
    kept = text[: data.draw(st.integers(1, len(text) - 1))]
    calls, deltas = assembled([{"index": 0, "id": "c", "function": {"name": "add", "arguments": kept}}])
    assert isinstance(calls[0], BrokenCall)
    assert calls[0].arguments == kept
    assert merged(deltas).tool_calls == []
    assert len(merged(deltas).invalid_tool_calls) == 1


SCRAPS = st.text(st.sampled_from('{}[]":,\\ antrue1.é\n'), max_size=30)


@given(st.one_of(SCRAPS, OBJECTS.map(json.dumps), st.tuples(OBJECTS.map(json.dumps), SCRAPS).map("".join)))
def test_nobody_completes_what_was_sealed(text: str) -> None:
    try:
        value = parse_partial_json(text + seal(text))
    except ValueError:
        return
    assert not isinstance(value, dict), value


@given(OBJECTS, st.integers(0, 40))
def test_nobody_completes_a_cut_object_that_was_sealed(arguments: dict[str, Any], at: int) -> None:
    text = json.dumps(arguments)
    kept = text[:at]
    assume(kept)
    try:
        value = parse_partial_json(kept + seal(kept))
    except ValueError:
        return
    assert not isinstance(value, dict), value


def test_ids_of_the_thread_are_not_given_again() -> None:
    assembler = CallAssembler(NAMES, {"call_1"})
    list(assembler.delta({"index": 0, "id": "call_1", "function": {"name": "now", "arguments": "{}"}}))
    ((call, _),) = assembler.finish()
    assert call.id not in {"", "call_1"}


def test_a_name_in_pieces() -> None:
    raw = [
        {"index": 0, "id": "c", "function": {"name": "read", "arguments": ""}},
        {"index": 0, "function": {"name": "_file", "arguments": "{}"}},
    ]
    calls, deltas = assembled(raw)
    assert [call.name for call in calls] == ["read_file"]
    assert merged(deltas).tool_calls[0]["name"] == "read_file"


def test_a_call_of_a_tool_whose_name_begins_another() -> None:
    raw = [{"index": 0, "id": "c", "function": {"name": "read", "arguments": ""}}]
    calls, deltas = assembled(raw)
    assert [call.name for call in calls] == ["read"]
    assert merged(deltas).tool_calls[0]["name"] == "read"


def head(index: int | None, given: str, name: str, arguments: str | None = "") -> dict[str, Any]:
    return {"index": index, "id": given, "function": {"name": name, "arguments": arguments}}


def piece(index: int | None, arguments: str, given: str | None = None) -> dict[str, Any]:
    return {"index": index, "id": given, "function": {"arguments": arguments}}


SIGNS_AT_ODDS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str]]]] = {
    "one id for two calls, the first without arguments": (
        [head(0, "x", "now"), head(1, "x", "read", '{"path": "/x"}')],
        [("now", "{}"), ("read", '{"path": "/x"}')],
    ),
    "one id for two calls whose pieces alternate": (
        [
            head(0, "x", "read"),
            head(1, "x", "add"),
            piece(0, '{"path"'),
            piece(1, '{"a"'),
            piece(0, ': "/d"}'),
            piece(1, ": 1}"),
        ],
        [("read", '{"path": "/d"}'), ("add", '{"a": 1}')],
    ),
    "one index for all, and ids in every piece": (
        [head(0, "a", "add"), head(0, "b", "read"), piece(0, '{"a": 1}', "a"), piece(0, '{"path": "/x"}', "b")],
        [("add", '{"a": 1}'), ("read", '{"path": "/x"}')],
    ),
    "an empty object that stands for the arguments to come": (
        [head(0, "a", "read", "{}"), piece(0, '{"path"'), piece(0, ': "/x"}')],
        [("read", '{"path": "/x"}')],
    ),
    "an empty object and nothing else": ([head(0, "a", "now", "{}")], [("now", "{}")]),
    "an empty list for no arguments": ([head(0, "a", "now", "[]")], [("now", "{}")]),
    "a call once more, whole": (
        [head(0, "a", "add", '{"a"'), piece(0, ": 1}"), head(0, "a", "add", '{"a": 1}')],
        [("add", '{"a": 1}')],
    ),
    "another call under the same id": (
        [head(0, "a", "add", '{"a": 1}'), head(0, "a", "add", '{"a": 2}')],
        [("add", '{"a": 1}'), ("add", '{"a": 2}')],
    ),
    "a character cut in two": (
        [head(0, "a", "read", '{"path": "\ud83d'), piece(0, '\ude00"}')],
        [("read", '{"path": "😀"}')],
    ),
}


@pytest.mark.parametrize("case", SIGNS_AT_ODDS)
def test_signs_that_are_at_odds(case: str) -> None:
    raw, meant = SIGNS_AT_ODDS[case]
    calls, deltas = assembled(raw)
    assert [(call.name, call.arguments) for call in calls if isinstance(call, Call)] == meant
    assert len(calls) == len(meant)
    shown = merged(deltas)
    assert [(call["name"], call["args"]) for call in shown.tool_calls] == [(n, json.loads(a)) for n, a in meant]


def test_heads_of_one_event_are_calls_of_their_own() -> None:
    assembler = CallAssembler(NAMES)
    raws: list[dict[str, Any]] = [{"id": "a", "function": {"name": "now"}}, head(None, "b", "now", '{"zone": "UTC"}')]
    list(assembler.deltas(raws))
    assert [(call.name, call.arguments) for call, _ in assembler.finish()] == [
        ("now", "{}"),
        ("now", '{"zone": "UTC"}'),
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ([head(0, "x", "now"), head(1, "x", "now")], "one call or two"),
        ([head(0, "a", "now", '{"a": ' + "[" * 200 + "]" * 200 + "}")], "nested more than 100 levels"),
    ],
)
def test_what_nobody_can_tell_is_broken(raw: list[dict[str, Any]], reason: str) -> None:
    calls, deltas = assembled(raw)
    assert reason in next(call.reason for call in calls if isinstance(call, BrokenCall))
    good = [call.id for call in calls if isinstance(call, Call)]
    assert [call["id"] for call in merged(deltas).tool_calls] == good


def test_no_arguments_count_only_where_something_says_that_none_were_to_come() -> None:
    assembler = CallAssembler(NAMES)
    list(assembler.deltas([head(0, "a", "now"), head(1, "b", "read"), head(2, "c", "read", "{}")]))
    ended = [call for call, _ in assembler.finish(unproved={"read"})]
    assert [type(call) for call in ended] == [Call, BrokenCall, Call]


ENDS: list[tuple[list[dict[str, Any]], list[str]]] = [
    ([head(0, "z", "add", '{"a": 1}')], ['{"a": 1}']),
    ([head(0, "z", "add", '{ "a":1 }')], ['{"a": 1}']),
    ([head(0, "z", "add", '{"a": 2}')], []),
    ([head(0, "z", "now", "{}")], []),
    ([], ['{"a": 1}']),
]


@pytest.mark.parametrize(("said", "good"), ENDS)
def test_a_whole_message_at_the_end_of_a_stream(said: list[dict[str, Any]], good: list[str]) -> None:
    assembler = CallAssembler(NAMES)
    deltas = [*assembler.delta(head(0, "a", "add", '{"a"')), *assembler.delta(piece(0, ": 1}"))]
    deltas += assembler.recap(said)
    ended = list(assembler.finish())
    assert [call.arguments for call, _ in ended if isinstance(call, Call)] == good
    shown = merged([*deltas, *(delta for _, delta in ended)])
    assert [json.dumps(call["args"]) for call in shown.tool_calls] == good


def test_what_only_the_message_at_the_end_says() -> None:
    assembler = CallAssembler(NAMES)
    deltas = list(assembler.recap([head(0, "a", "now", "{}")]))
    ended = list(assembler.finish())
    assert [(call.name, call.arguments) for call, _ in ended] == [("now", "{}")]
    assert len(merged([*deltas, *(delta for _, delta in ended)]).tool_calls) == 1


def test_two_calls_without_arguments_and_without_index() -> None:
    raw = [{"id": "a", "function": {"name": "now"}}, {"id": "b", "function": {"name": "add", "arguments": "{}"}}]
    calls, _ = assembled(raw)
    assert [(call.name, call.arguments) for call in calls] == [("now", "{}"), ("add", "{}")]


def test_whole_calls_of_a_plain_reply() -> None:
    assembler = CallAssembler(NAMES)
    raws: list[dict[str, Any]] = [
        {"function": {"name": "add", "arguments": {"a": 1}}},
        {"function": {"name": "add", "arguments": None}},
        {"function": {"name": "add", "arguments": '"{\\"a\\": 2}"'}},
        {"function": {"name": "add", "arguments": "[1]"}},
        {"function": {"name": "add", "arguments": '{"a": '}},
        {"function": None},
    ]
    for raw in raws:
        list(assembler.whole(raw))
    calls = [call for call, _ in assembler.finish()]
    assert [call.args for call in calls if isinstance(call, Call)] == [{"a": 1}, {}, {"a": 2}]
    reasons = [call.reason for call in calls if isinstance(call, BrokenCall)]
    assert ["list" in reasons[0], "whole JSON" in reasons[1], "no name" in reasons[2]] == [True] * 3
    assert len({call.id for call in calls}) == 6


def test_pieces_that_alternate_and_say_nothing_are_broken() -> None:
    raw: list[dict[str, Any]] = [
        {"id": "a", "function": {"name": "add"}},
        {"id": "b", "function": {"name": "read_file"}},
        {"function": {"arguments": "{}"}},
        {"function": {"arguments": '{"path": "x"}'}},
    ]
    calls, _ = assembled(raw)
    assert all(isinstance(call, BrokenCall) for call in calls)


def test_a_last_piece_that_repeats_id_and_name_is_no_second_call() -> None:
    raw: list[dict[str, Any]] = [
        {"index": 0, "id": "a", "function": {"name": "now", "arguments": "{}"}},
        {"index": 0, "id": "a", "function": {"name": "now", "arguments": None}},
    ]
    calls, _ = assembled(raw)
    assert [call.name for call in calls] == ["now"]
