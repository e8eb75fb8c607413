"""What goes wrong on the Responses wire: an error, a broken reply or a repair, and never a silent answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from responses_replies import Added, Item, events_of, function_call, message, response, script, sum_of, written

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import (
    AuthenticationError,
    BrokenReplyError,
    ContentFilterError,
    ModelNotFoundError,
    PortolanError,
    RateLimitError,
    ServerError,
)
from graph.testing import Call, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable


FAILURES = [
    ({"code": "rate_limit_exceeded", "message": "Slow down"}, RateLimitError),
    ({"code": "server_error", "message": "It broke inside"}, ServerError),
    ({"code": "invalid_api_key", "message": "bad key sk-abcdefgh12345678"}, AuthenticationError),
]


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_a_response_that_failed_is_the_typed_error(
    error: Item, kind: type[PortolanError], run: Any, build: Callable[..., Any]
) -> None:
    failed = response(status="failed", error=error)
    with EmulatedEndpoint("openai-reasoning", script(failed)) as endpoint, pytest.raises(kind) as caught:
        run(build(endpoint, api="responses", max_retries=0), "?")
    said = str(caught.value)
    assert endpoint.base_url in said
    assert error["message"].split(" sk-", maxsplit=1)[0] in said
    assert caught.value.remedy
    assert "sk-abcdefgh" not in said


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down", "param": None},
        {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow down"}},
    ],
)
@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_an_error_event_before_anything_is_shown_is_tried_again(
    event: Item, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    first = written([events_of(response())[0], event])
    with EmulatedEndpoint("openai-reasoning", script(first, response(message("Yes")))) as endpoint:
        assert runner(mode)(build(endpoint, api="responses"), "?")[-1].text == "Yes"
        assert len(endpoint.requests) == 2


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_an_error_event_within_the_text_is_named_when_no_repair_is_left(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    event = {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down sk-abcdefgh12345678"}
    cut = written([*events_of(response(message("Half an answer")))[:4], event])
    with (
        EmulatedEndpoint("openai-reasoning", script(cut)) as endpoint,
        pytest.raises(RateLimitError, match="Slow down") as said,
    ):
        runner(mode)(build(endpoint, api="responses", max_repairs=0), "?")
    assert "sk-abcdefgh" not in str(said.value)


@pytest.mark.parametrize("close", [False, True])
@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_text_that_breaks_off_is_asked_for_again(
    mode: str, runner: Any, build: Callable[..., Any], *, close: bool
) -> None:
    cut = written(events_of(response(message("Half an answer that ends here")))[:5], close=close)
    with EmulatedEndpoint("openai-reasoning", script(cut, response(message("Whole")))) as endpoint:
        assert runner(mode)(build(endpoint, api="responses"), "?")[-1].text == "Whole"
        assert len(endpoint.requests) == 2


def test_a_text_that_breaks_off_says_so() -> None:
    cut = written(events_of(response(message("Half an answer that ends here")))[:5])
    with EmulatedEndpoint("openai-reasoning", script(cut)) as endpoint:
        model = ChatEndpoint(
            model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key, use_responses_api=True
        )
        chunks = list(model.stream("?"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.response_metadata["fault"] == "cut_off"
    assert "response.completed" in whole.response_metadata["why"]
    assert whole.text.startswith("Half an")


@pytest.mark.parametrize("last", [-1, -2])
@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_calls_of_a_stream_that_breaks_off_do_not_run(
    last: int, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    tool = Added()
    both = response(function_call('{"a": 1, "b": 2}'), function_call('{"a": 3, "b": 4}', "call_2", item_id="fc_2"))
    cut = written(events_of(both)[:last])
    with EmulatedEndpoint("openai-reasoning", script(cut, response(message("No")))) as endpoint:
        assert runner(mode)(build(endpoint, [tool.tool()], api="responses"), "?")[-1].text == "No"
    assert tool.seen == []


@pytest.mark.parametrize("place", [0, 1])
def test_a_call_that_is_said_to_be_incomplete_does_not_run(place: int, run: Any, build: Callable[..., Any]) -> None:
    """Its arguments may be whole to look at: a server may have closed what the model had not."""
    tool, calls = Added(), [sum_of(1, 2, 1), sum_of(3, 4, 2)]
    calls[place]["status"] = "incomplete"
    with EmulatedEndpoint("openai-reasoning", script(response(*calls), response(message("No")))) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses"), "?")
    assert messages[-1].text == "No"
    assert tool.seen == [(3, 4) if place == 0 else (1, 2)]
    [broken] = messages[1].invalid_tool_calls
    assert (broken["args"], "is incomplete" in broken["error"]) == (calls[place]["arguments"], True)


def test_the_content_filter(run: Any, build: Callable[..., Any]) -> None:
    filtered = response(message("Half"), status="incomplete", incomplete_details={"reason": "content_filter"})
    with (
        EmulatedEndpoint("openai-reasoning", script(filtered)) as endpoint,
        pytest.raises(ContentFilterError) as caught,
    ):
        run(build(endpoint, api="responses"), "?")
    assert endpoint.base_url in str(caught.value)


def test_the_token_cap_is_an_answer_that_says_so(run: Any, build: Callable[..., Any]) -> None:
    cut = response(message("Half"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    with EmulatedEndpoint("openai-reasoning", script(cut)) as endpoint:
        last = run(build(endpoint, api="responses"), "?")[-1]
    assert last.text == "Half"
    assert last.response_metadata["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", BrokenReplyError, "empty"),
        (b"<html><title>Login</title></html>", ModelNotFoundError, "HTML"),
        (b"[1]", ServerError, "failed"),
        (b'{"object": "response", "id": "r", "status": "completed"}', BrokenReplyError, "neither text nor"),
        (b'{"choices": [{"message": {"content": "Hello"}}]}', BrokenReplyError, "AGENT_API=chat"),
        (b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\n', BrokenReplyError, "AGENT_API=chat"),
    ],
)
def test_a_body_that_is_no_response(
    body: bytes, kind: type[PortolanError], words: str, run: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("openai-reasoning", script(Raw(body))) as endpoint, pytest.raises(kind, match=words):
        run(build(endpoint, api="responses", max_retries=0), "?")


@pytest.mark.parametrize(
    ("arguments", "seen"), [(None, (0, 0)), ("", (0, 0)), ("null", (0, 0)), ({"a": 1, "b": 2}, (1, 2))]
)
def test_arguments_that_are_no_string(
    arguments: Any, seen: tuple[int, int], run: Any, build: Callable[..., Any]
) -> None:
    tool = Added()
    bodies = script(response(function_call(arguments)), response(message("Done")))
    with EmulatedEndpoint("openai-reasoning", bodies) as endpoint:
        assert run(build(endpoint, [tool.tool()], api="responses"), "?")[-1].text == "Done"
        items = endpoint.requests[-1].body["input"]
    assert tool.seen == [seen]
    sent = next(item for item in items if item.get("type") == "function_call")
    assert isinstance(json.loads(sent["arguments"]), dict)


@pytest.mark.parametrize("arguments", ["[1, 2]", '{"a": 1', [1, 2], "7"])
def test_arguments_that_are_no_object_go_back_as_one(arguments: Any, run: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    good = function_call('{"a": 1, "b": 2}', "call_2", item_id="fc_2")
    bodies = script(response(good, function_call(arguments)), response(message("Done")))
    with EmulatedEndpoint("openai-reasoning", bodies) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses"), "?")
        items = endpoint.requests[-1].body["input"]
    assert messages[-1].text == "Done"
    assert tool.seen == [(1, 2)]
    sent = [json.loads(item["arguments"]) for item in items if item.get("type") == "function_call"]
    assert [type(one) for one in sent] == [dict, dict]
    assert sent[0] == {"a": 1, "b": 2}


@pytest.mark.parametrize("ids", [("", ""), ("call_1", "call_1"), (None, None)])
def test_ids_that_are_empty_or_repeated(ids: tuple[Any, Any], run: Any, build: Callable[..., Any]) -> None:
    two = response(function_call('{"a": 1, "b": 2}', ids[0]), function_call('{"a": 3, "b": 4}', ids[1]))
    again = response(function_call('{"a": 5, "b": 6}', ids[0]))
    with EmulatedEndpoint("openai-reasoning", script(two, again, response(message("Done")))) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
        items = endpoint.requests[-1].body["input"]
    assert [one.text for one in messages if isinstance(one, ToolMessage)] == ["3", "7", "11"]
    calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
    assert len(set(calls)) == len(calls) == 3
    results = {item["call_id"]: item["output"] for item in items if item.get("type") == "function_call_output"}
    assert [results[one] for one in calls] == ["3", "7", "11"]


def test_a_thread_with_repeated_ids_is_paired(run: Any, build: Callable[..., Any]) -> None:
    def said(a: int) -> list[Any]:
        args = {"a": a, "b": 0}
        block = function_call(json.dumps(args), "call_1")
        call = {"name": "add", "args": args, "id": "call_1"}
        return [AIMessage([block], tool_calls=[call]), ToolMessage(str(a), tool_call_id="call_1")]

    thread = [("user", "?"), *said(1), *said(2), ("user", "And?")]
    with EmulatedEndpoint("openai-reasoning", script(response(message("Done")))) as endpoint:
        run(build(endpoint, api="responses"), thread)
        items = endpoint.requests[-1].body["input"]
    calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
    results = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
    assert calls == results
    assert len(set(calls)) == 2


LEAKED = 'Let me see.\n<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'


def test_a_call_written_as_text_is_recovered(run: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    with EmulatedEndpoint("vllm-0.32", script(response(message(LEAKED)), response(message("3")))) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses", recover_tool_calls="on"), "What is 1 + 2?")
        items = endpoint.requests[-1].body["input"]
    assert tool.seen == [(1, 2)]
    assert "<tool_call>" not in messages[1].text
    assert messages[1].text.strip() == "Let me see."
    assert messages[1].response_metadata["recovered_calls"] == 1
    assert [item["type"] for item in items[-2:]] == ["function_call", "function_call_output"]
    assert run.tokens == [] or all("<tool_call>" not in token.text for token in run.tokens)


def test_recovery_that_is_off_leaves_the_text(run: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    with EmulatedEndpoint("vllm-0.32", script(response(message(LEAKED)))) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses", recover_tool_calls="off"), "What is 1 + 2?")
    assert messages[-1].text == LEAKED
    assert tool.seen == []


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_a_plain_body_that_breaks_off_is_tried_again(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai-reasoning", [Fault("disconnect"), Reply("Whole")]) as endpoint:
        assert runner(mode)(build(endpoint, api="responses"), "?")[-1].text == "Whole"


@pytest.mark.parametrize("kind", ["json-for-stream", "sse-for-plain"])
def test_the_other_form_than_was_asked_for(kind: Any, run: Any, build: Callable[..., Any]) -> None:
    calls = Fault(kind, Reply(calls=[Call("add", {"a": 1, "b": 2})]))
    with EmulatedEndpoint("openai-reasoning", [calls, Fault(kind, Reply("It is 3"))]) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
    assert [one.text for one in messages if isinstance(one, ToolMessage)] == ["3"]
    assert messages[-1].text == "It is 3"
