"""Streams of the Responses wire as servers send them: numbered, numbered wrongly or not at all, in part or whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from responses_replies import (
    Added,
    Item,
    events_of,
    function_call,
    message,
    reasoning,
    refusal,
    response,
    script,
    sum_of,
    written,
)

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import ServerError
from graph.testing import EmulatedEndpoint, Raw

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = pytest.mark.parametrize("places", ["own", "none", "zero"])
STREAMS = pytest.mark.parametrize("mode", ["stream", "astream"])


@PLACES
def test_parallel_calls_all_run(places: Any, run: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    calls = [sum_of(number, number, number) for number in (1, 2, 3)]
    bodies = script(response(*calls), response(message("Done")), places=places)
    with EmulatedEndpoint("llamacpp", bodies) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses"), "?")
        items = endpoint.requests[-1].body["input"]
    assert sorted(tool.seen) == [(1, 1), (2, 2), (3, 3)]
    assert [one.text for one in messages if isinstance(one, ToolMessage)] == ["2", "4", "6"]
    sent = [json.loads(item["arguments"])["a"] for item in items if item["type"] == "function_call"]
    assert sent == [1, 2, 3]


@PLACES
def test_reasoning_and_text_stay_apart(places: Any, run: Any, build: Callable[..., Any]) -> None:
    body = response(reasoning("let me think about it"), message("The answer."))
    with EmulatedEndpoint("llamacpp", script(body, places=places)) as endpoint:
        last = run(build(endpoint, api="responses"), "?")[-1]
    assert last.text == "The answer."
    assert last.additional_kwargs["reasoning_content"] == "let me think about it"
    shown = "".join(token.additional_kwargs.get("reasoning_content", "") for token in run.tokens)
    assert shown == ("let me think about it" if run.streamed else "")


@PLACES
def test_calls_whose_pieces_alternate(places: Any, runner: Any, build: Callable[..., Any]) -> None:
    events = events_of(response(sum_of(1, 2, 1), sum_of(3, 4, 2)), places)
    begun, (head, piece, done, other_head, other_piece, other_done), end = events[0], events[1:7], events[7]
    mixed = written([begun, head, other_head, other_piece, piece, other_done, done, end])
    tool = Added()
    with EmulatedEndpoint("vllm-0.32", script(mixed, response(message("Done")))) as endpoint:
        messages = runner("stream")(build(endpoint, [tool.tool()], api="responses"), "?")
    assert sorted(tool.seen) == [(1, 2), (3, 4)]
    assert messages[-1].text == "Done"


@STREAMS
@pytest.mark.parametrize("kept", [{"response.created"}, {"response.created", "response.output_item.done"}])
def test_what_no_event_brought_is_in_the_whole_response(
    kept: set[str], mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    tool = Added()
    events = events_of(response(reasoning("Hm"), message("So:"), sum_of(1, 2, 1), sum_of(3, 4, 2)))
    few = [event for event in events if event["type"] in kept or event is events[-1]]
    with EmulatedEndpoint("vllm-0.32", script(written(few), response(message("Done")))) as endpoint:
        messages = runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")
    assert sorted(tool.seen) == [(1, 2), (3, 4)]
    assert messages[1].text == "So:"
    assert messages[1].additional_kwargs["reasoning_content"] == "Hm"
    assert messages[-1].text == "Done"


@STREAMS
def test_a_call_that_only_the_whole_response_has(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    one, both = response(sum_of(1, 2, 1)), response(sum_of(1, 2, 1), sum_of(3, 4, 2))
    events = [*events_of(one)[:-1], events_of(both)[-1]]
    with EmulatedEndpoint("vllm-0.32", script(written(events), response(message("Done")))) as endpoint:
        runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")
    assert sorted(tool.seen) == [(1, 2), (3, 4)]


@STREAMS
def test_a_call_that_ends_otherwise_than_it_came_does_not_run(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    tool = Added()
    events = [*events_of(response(sum_of(1, 2)))[:-1], events_of(response(sum_of(1, 999)))[-1]]
    with EmulatedEndpoint("vllm-0.32", script(written(events), response(message("No")))) as endpoint:
        assert runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")[-1].text == "No"
    assert tool.seen == []


@STREAMS
def test_the_same_arguments_written_otherwise_are_the_same(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    events = events_of(response(sum_of(1, 2)))
    events[-2] = {**events[-2], "item": function_call('{"b":2,"a":1}')}
    with EmulatedEndpoint("vllm-0.32", script(written(events), response(message("Done")))) as endpoint:
        runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")
    assert tool.seen == [(1, 2)]


@STREAMS
@pytest.mark.parametrize("left_out", ["response.output_text.delta", "response.output_item.done"])
def test_a_text_that_comes_only_at_its_end(left_out: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    body = response(message("Hello there"))
    events = [event for event in events_of(body) if event["type"] != left_out]
    done = {"type": "response.output_text.done", "item_id": "msg_1", "output_index": 0, "text": "Hello there"}
    events.insert(-1, done)
    events[-1] = {**events[-1], "response": {**body, "output": []}}
    with EmulatedEndpoint("vllm-0.32", script(written(events))) as endpoint:
        assert runner(mode)(build(endpoint, api="responses"), "?")[-1].text == "Hello there"


def named_alone(events: list[Item]) -> Raw:
    """Events whose kind stands in the line `event:` alone."""
    parts = []
    for event in events:
        data = json.dumps({key: value for key, value in event.items() if key != "type"})
        parts.append(f"event: {event['type']}\ndata: {data}\n\n".encode())
    return Raw(parts, headers={"content-type": "text/event-stream"})


@STREAMS
def test_events_that_only_their_line_names(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    first, second = (named_alone(events_of(response(item))) for item in (sum_of(1, 2), message("It is 3")))
    with EmulatedEndpoint("vllm-0.32", script(first, second)) as endpoint:
        messages = runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")
    assert tool.seen == [(1, 2)]
    assert messages[-1].text == "It is 3"


@STREAMS
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_an_error_event_of_plain_words(api: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    began = {
        "chat": b'data: {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": null}]}\n\n',
        "responses": b'data: {"type": "response.created", "response": {"id": "resp_1"}}\n\n',
    }
    error = b"event: error\ndata: The pod is gone\n\n"
    said = Raw([began[api], error], headers={"content-type": "text/event-stream"})
    with EmulatedEndpoint("ollama", lambda _: said) as endpoint, pytest.raises(ServerError, match="The pod is gone"):
        runner(mode)(build(endpoint, api=api, max_retries=0), "?")


@STREAMS
def test_arguments_are_shown_as_they_come(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    events = events_of(response(sum_of(1, 2)))
    pieces = [{**events[2], "delta": piece} for piece in ('{"a": 1', ', "b"', ": 2}")]
    stream = written([*events[:2], *pieces, *events[3:]])
    run = runner(mode)
    with EmulatedEndpoint("vllm-0.32", script(stream, response(message("Done")))) as endpoint:
        run(build(endpoint, api="responses"), "?")
    chunks = [chunk for token in run.tokens for chunk in getattr(token, "tool_call_chunks", ())]
    assert [chunk["args"] for chunk in chunks if chunk["args"]] == ['{"a": 1', ', "b"', ": 2}"]
    assert [chunk["name"] for chunk in chunks if chunk["name"]] == ["add"]


@pytest.mark.parametrize("end", [3, 4, 5])
def test_a_call_that_was_shown_and_broke_off_never_looks_whole(end: int) -> None:
    """Each stop within the stream: after a piece of the arguments, after all of them, after the item."""
    events = events_of(response(sum_of(1, 2)))
    pieces = [{**events[2], "delta": piece} for piece in ('{"a": 1', ', "b": 2}')]
    stream = written([*events[:2], *pieces, *events[3:]][:end])
    with EmulatedEndpoint("vllm-0.32", script(stream)) as endpoint:
        model = ChatEndpoint(
            model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key, use_responses_api=True
        )
        chunks = list(model.stream("?"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert isinstance(whole, AIMessage)
    assert whole.tool_calls == []
    assert [call["id"] for call in whole.invalid_tool_calls] == ["call_1"]


def test_a_refusal_is_an_answer(run: Any, build: Callable[..., Any]) -> None:
    said = "I can't help with that."
    with EmulatedEndpoint("vllm-0.32", script(response(refusal(said)), response(message("Yes")))) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
        assert len(endpoint.requests) == 1
        assert messages[-1].additional_kwargs["refusal"] == said
        run(build(endpoint, api="responses"), [*messages, ("user", "And?")])
        told = endpoint.requests[-1].body["input"][-2]
    assert (told["role"], told["content"][0]["text"]) == ("assistant", said)
