"""Calls whose ids, names, indexes and ends say too little or too much, case by case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from assembled_calls import NAMES, assembled, merged

from graph.endpoint.calls import CallAssembler
from graph.endpoint.reply import BrokenCall, Call


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


def test_pieces_that_alternate_and_say_nothing_are_broken() -> None:
    raw: list[dict[str, Any]] = [
        {"id": "a", "function": {"name": "add"}},
        {"id": "b", "function": {"name": "read_file"}},
        {"function": {"arguments": "{}"}},
        {"function": {"arguments": '{"path": "x"}'}},
    ]
    calls, _ = assembled(raw)
    assert all(isinstance(call, BrokenCall) for call in calls)


def test_two_calls_without_arguments_and_without_index() -> None:
    raw = [{"id": "a", "function": {"name": "now"}}, {"id": "b", "function": {"name": "add", "arguments": "{}"}}]
    calls, _ = assembled(raw)
    assert [(call.name, call.arguments) for call in calls] == [("now", "{}"), ("add", "{}")]


def test_a_last_piece_that_repeats_id_and_name_is_no_second_call() -> None:
    raw: list[dict[str, Any]] = [
        {"index": 0, "id": "a", "function": {"name": "now", "arguments": "{}"}},
        {"index": 0, "id": "a", "function": {"name": "now", "arguments": None}},
    ]
    calls, _ = assembled(raw)
    assert [call.name for call in calls] == ["now"]


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
