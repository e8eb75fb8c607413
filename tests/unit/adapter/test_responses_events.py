"""Events of the Responses wire in every form become the reply that was meant, or a broken one, and never another."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.assemble import ReplyAssembler
from graph.endpoint.expectation import Expectation
from graph.endpoint.reply import Reply
from graph.endpoint.responses_events import ResponseEvents
from graph.endpoint.responses_items import Replay
from graph.endpoint.sse import BodyReader

Item = dict[str, Any]
RECORDINGS = Path(__file__).parents[2] / "endpoints" / "recordings"
TOOLS: dict[str, Item] = {"add": {}, "calculator": {}}


def assembled(events: list[Any], *, streamed: bool = True) -> tuple[Reply, list[Item]]:
    """The reply that comes of events, and what is kept of its items."""
    translated = ResponseEvents((), None)
    assembler = ReplyAssembler(Expectation(TOOLS, needs_end=True, recover=False))
    for event in events:
        for chunk in translated.feed(event):
            for _ in assembler.feed(chunk):
                pass
    for _ in assembler.finish(ended=translated.ended, streamed=streamed):
        pass
    assert assembler.reply is not None
    return assembler.reply, translated.marks()


def call(number: int) -> Item:
    """A call as an item."""
    arguments = json.dumps({"a": number, "b": [number]})
    return {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": "add"} | {
        "arguments": arguments
    }


REASONING: Item = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I think."}]}
TEXT: Item = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "So: 你好"}],
}
OUTPUT = [REASONING, TEXT, call(1), call(2), call(3)]


def events_of(item: Item) -> list[Item]:
    """The events of one item, in pieces of four characters."""
    field, name, empty = {
        "reasoning": ("summary", "reasoning_summary_text", []),
        "message": ("content", "output_text", []),
        "function_call": ("arguments", "function_call_arguments", ""),
    }[item["type"]]
    whole = item[field] if isinstance(item[field], str) else item[field][0]["text"]
    key = "arguments" if item["type"] == "function_call" else "text"
    pieces = [whole[start : start + 4] for start in range(0, len(whole), 4)]
    at = {"item_id": item["id"]}
    return [
        {"type": "response.output_item.added", "item": {**item, field: empty, "status": "in_progress"}},
        *({"type": f"response.{name}.delta", **at, "delta": piece} for piece in pieces),
        {"type": f"response.{name}.done", **at, key: whole},
        {"type": "response.output_item.done", "item": item},
    ]


def without_ids(event: Item) -> Item:
    """An event that names no item."""
    kept = {key: value for key, value in event.items() if key != "item_id"}
    if "item" in kept:
        kept["item"] = {key: value for key, value in kept["item"].items() if key != "id"}
    return kept


def stream(places: str, ids: str, left_out: frozenset[str], output: list[Item]) -> list[Item]:
    """A whole stream in one of its forms."""
    found: list[Item] = []
    for place, item in enumerate(output):
        at = {"own": {"output_index": place}, "none": {}, "zero": {"output_index": 0}}[places]
        events = [{**event, **at} for event in events_of(item) if event["type"].rpartition(".")[2] not in left_out]
        found += [without_ids(event) if ids == "none" else event for event in events]
    return [*found, {"type": "response.completed", "response": {"status": "completed", "output": output}}]


PLACES, IDS = ["own", "none", "zero"], ["own", "none"]
LEFT_OUT = [
    frozenset[str](),
    frozenset({"delta"}),
    frozenset({"done"}),
    frozenset({"added"}),
    frozenset({"added", "done"}),
]


@pytest.mark.parametrize(("places", "ids", "left_out"), list(itertools.product(PLACES, IDS, LEFT_OUT)))
def test_every_form_is_the_same_reply(places: str, ids: str, left_out: frozenset[str]) -> None:
    reply, marks = assembled(stream(places, ids, left_out, OUTPUT))
    broken = {one.reason for one in reply.broken}
    known = ids == "own" or places == "own" or "added" not in left_out
    if known:
        assert broken == set()
        assert [json.loads(one.arguments)["a"] for one in reply.calls] == [1, 2, 3]
        assert [one["type"] for one in marks] == ["reasoning", "message", *["function_call"] * 3]
    assert (reply.text, reply.reasoning) == ("So: 你好", "I think.")
    assert all(json.loads(one.arguments) in [{"a": n, "b": [n]} for n in (1, 2, 3)] for one in reply.calls)


@given(st.data())
def test_streams_that_stop_anywhere_run_nothing(data: st.DataObject) -> None:
    """Whatever the form: without the end, no call is whole."""
    form = (data.draw(st.sampled_from(PLACES)), data.draw(st.sampled_from(IDS)), data.draw(st.sampled_from(LEFT_OUT)))
    events = stream(*form, OUTPUT)
    reply, _ = assembled(events[: data.draw(st.integers(0, len(events) - 1))])
    assert reply.calls == ()
    assert reply.fault is not None


@given(st.permutations(range(3)), st.sampled_from(PLACES), st.randoms(use_true_random=False))
def test_calls_that_alternate_keep_their_arguments(order: list[int], places: str, random: Any) -> None:
    """Each item is named by its id: in which order pieces of several come does not matter."""
    queues = [
        [{**event, **({"output_index": place} if places == "own" else {})} for event in events_of(call(place + 1))]
        for place in order
    ]
    mixed: list[Item] = []
    while any(queues):
        mixed.append(random.choice([queue for queue in queues if queue]).pop(0))
    output = [call(place + 1) for place in order]
    reply, _ = assembled(
        [*mixed, {"type": "response.completed", "response": {"status": "completed", "output": output}}]
    )
    assert reply.broken == ()
    assert {one.id: json.loads(one.arguments)["a"] for one in reply.calls} == {f"call_{n}": n for n in (1, 2, 3)}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "item",
                        "id",
                        "item_id",
                        "output_index",
                        "delta",
                        "arguments",
                        "content",
                        "summary",
                        "text",
                        "response",
                        "output",
                        "call_id",
                        "name",
                        "usage",
                        "status",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_nothing_that_comes_raises(value: Any) -> None:
    kinds = [
        "response.output_item.added",
        "response.output_item.done",
        "response.function_call_arguments.delta",
        "response.output_text.done",
    ]
    items = ["message", "reasoning", "function_call", "custom_tool_call", "web_search_call"]
    events: list[Any] = [
        {"type": kind, "item": value, "delta": value, "arguments": value, "text": value} for kind in kinds
    ]
    for kind in items:
        item = (
            {**value, "type": kind} if isinstance(value, dict) else {"type": kind, "content": value, "arguments": value}
        )
        events += [{"type": "response.output_item.added", "item": item, "output_index": value}]
        events += [{"type": "response.output_item.done", "item": item}]
    output = value if isinstance(value, list) else [value]
    reply, marks = assembled([*events, {"type": "response.completed", "response": {"output": output, "usage": value}}])
    assert isinstance(reply, Reply)
    Replay("here", stored=False, refused=()).items(
        {"content": reply.text, "responses_output": {"endpoint": "here", "items": marks}}
    )


@pytest.mark.parametrize("server", ["vllm-xlam", "llamacpp-xlam"])
def test_recorded_streams(server: str) -> None:
    _, _, body = (RECORDINGS / server / "43-responses-tools-stream.resp.txt").read_bytes().partition(b"\n\n")
    reader = BodyReader()
    events = [*reader.feed(body), *reader.close()]
    reply, _ = assembled(events)
    assert [(one.name, one.args) for one in reply.calls] == [("calculator", {"expression": "23*19"})]
    assert reply.broken == ()
    assert reply.usage is not None
    assert reply.usage.completion > 0


@pytest.mark.parametrize("server", ["vllm", "llamacpp"])
def test_recorded_replies(server: str) -> None:
    _, _, body = (RECORDINGS / server / "40-responses-plain.resp.txt").read_bytes().partition(b"\n\n")
    reply, marks = assembled([json.loads(body)], streamed=False)
    assert (reply.text, reply.finish_reason, reply.fault) == ("Hello!", "stop", None)
    assert marks == []


def test_what_a_tool_of_the_provider_did_is_kept() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "x"}}
    note = {"type": "url_citation", "url": "https://x.test", "start_index": 0, "end_index": 2}
    text = {**TEXT, "content": [{**TEXT["content"][0], "annotations": [note]}]}
    _, marks = assembled([{"status": "completed", "output": [search, text]}], streamed=False)
    assert marks == [search, {"type": "message", "length": 6, "id": "msg_1", "annotations": [note]}]
    message = {"content": "So: 你好", "responses_output": {"endpoint": "here", "items": marks}}
    sent = Replay("here", stored=False, refused=()).items(message)
    assert sent[0] == search
    assert sent[1]["content"][0]["annotations"] == [note]


def test_a_tool_of_plain_text() -> None:
    custom = {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_1", "name": "run", "input": "ls 'x'"}
    reply, marks = assembled([{"status": "completed", "output": [custom]}], streamed=False)
    assert [(one.id, one.args) for one in reply.calls] == [("call_1", {"__arg1": "ls 'x'"})]
    replay = Replay("here", stored=False, refused=())
    called = {"id": "call_1", "function": {"name": "run", "arguments": reply.calls[0].arguments}}
    kept = {"endpoint": "elsewhere", "items": marks}
    assert replay.items({"tool_calls": [called], "responses_output": kept}) == [
        {"type": "custom_tool_call", "call_id": "call_1", "name": "run", "input": "ls 'x'"}
    ]
    assert replay.customs == {"call_1"}
