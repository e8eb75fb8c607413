"""Reasoning and the other items of a reply go back as they came, in their order, and only to where they came from."""

from __future__ import annotations

import asyncio
import json
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from responses_replies import Added, Item, message, reasoning, response, script, sum_of

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.responses_items import KEPT
from graph.testing import Call, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from graph.testing import RecordedRequest

PROVIDERS = ["openai-reasoning", "openai-gpt-5.6", "dashscope-thinking", "vllm-0.32", "llamacpp", "ollama", "sglang"]
CONFIG = {"configurable": {"thread_id": "1"}}


def thoughts(request: RecordedRequest) -> list[Item]:
    """The items of reasoning in a request."""
    return [item for item in request.body["input"] if item["type"] == "reasoning"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_thread_with_reasoning_goes_on_everywhere(provider: str, run: Any, build: Callable[..., Any]) -> None:
    """Strict endpoints refuse what they do not know, half of it, and what stands alone; nothing here is refused."""
    replies = [
        Reply("Let me see.", [Call("add", {"a": 1, "b": 2}), Call("add", {"a": 3, "b": 4})], reasoning="I add."),
        Reply("3 and 7", reasoning="So it is."),
        Reply(calls=[Call("add", {"a": 5, "b": 6})], reasoning="Once more."),
        Reply("11"),
    ]
    saver = InMemorySaver()
    with EmulatedEndpoint(provider, replies, behaviour={"parallel_default": True}) as endpoint:
        graph = build(endpoint, checkpointer=saver, api="responses")
        assert run(graph, "?", config=CONFIG)[-1].text == "3 and 7"
        assert run(graph, "And?", config=CONFIG)[-1].text == "11"
        assert [request.status for request in endpoint.requests] == [200] * 4
        returned = [len(thoughts(request)) for request in endpoint.requests]
        bodies = [request.body for request in endpoint.requests]
    whole = provider.startswith(("openai", "vllm", "llamacpp"))  # the others' summaries are nothing to go back
    assert returned == ([0, 1, 2, 3] if whole else [0, 0, 0, 0])
    assert {body["store"] for body in bodies} == {False}
    assert not any("id" in item for item in bodies[-1]["input"] if item["type"] != "reasoning")
    assert not any(item.get("status") for item in bodies[-1]["input"])


def test_reasoning_goes_back_with_its_content(run: Any, build: Callable[..., Any]) -> None:
    first = response(reasoning("let me think", status="completed", encrypted_content=""), sum_of(1, 2))
    with EmulatedEndpoint("llamacpp", script(first, response(message("Done")))) as endpoint:
        assert run(build(endpoint, api="responses"), "?")[-1].text == "Done"
        found = thoughts(endpoint.requests[-1])
    content = [{"type": "reasoning_text", "text": "let me think"}]
    assert found == [{"type": "reasoning", "id": "rs_1", "summary": [], "content": content}]


def test_the_order_of_items_is_kept(run: Any, build: Callable[..., Any]) -> None:
    said = message("Wait.") | {"phase": "commentary"}
    first = response(reasoning("a"), sum_of(1, 2, 1), reasoning("b", 2), said, reasoning("c", 3), sum_of(3, 4, 2))
    tool = Added()
    with EmulatedEndpoint("vllm-0.32", script(first, response(message("Done")))) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses"), "?")
        items = endpoint.requests[-1].body["input"][2:8]
    assert [item.get("id") or item.get("call_id") or item["content"][0]["text"] for item in items] == [
        "rs_1",
        "call_1",
        "rs_2",
        "Wait.",
        "rs_3",
        "call_2",
    ]
    assert items[3]["phase"] == "commentary"
    assert messages[1].text == "Wait."
    assert sorted(tool.seen) == [(1, 2), (3, 4)]


def test_two_texts_stand_apart_and_go_back_apart(run: Any, build: Callable[..., Any]) -> None:
    first = response(message("I look it up.", "msg_1"), reasoning("a"), message("It is 3.", "msg_2"))
    with EmulatedEndpoint("vllm-0.32", script(first, response(message("Yes")))) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
        run(build(endpoint, api="responses"), [*messages, ("user", "Sure?")])
        items = endpoint.requests[-1].body["input"][2:5]
    assert messages[-1].text == "I look it up.\n\nIt is 3."
    assert [item.get("id") or item["content"][0]["text"] for item in items] == ["I look it up.", "rs_1", "It is 3."]


def test_reasoning_that_led_to_nothing_does_not_go_back(run: Any, build: Callable[..., Any]) -> None:
    cut = response(message("Half"), reasoning("and"), status="incomplete", incomplete_details={"reason": "length"})
    with EmulatedEndpoint("vllm-0.32", script(cut, response(message("Yes")))) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
        run(build(endpoint, api="responses"), [*messages, ("user", "Go on")])
        assert thoughts(endpoint.requests[-1]) == []


@pytest.mark.parametrize(("first", "second"), [("vllm-0.32", "openai-reasoning"), ("openai-reasoning", "vllm-0.32")])
def test_another_endpoint_does_not_get_them(first: str, second: str, run: Any, build: Callable[..., Any]) -> None:
    saver = InMemorySaver()
    with EmulatedEndpoint(first, [Reply("Hi", reasoning="I think")]) as one:
        run(build(one, checkpointer=saver, api="responses"), "?", config=CONFIG)
    with EmulatedEndpoint(second, [Reply("Yes")]) as other:
        assert run(build(other, checkpointer=saver, api="responses"), "And?", config=CONFIG)[-1].text == "Yes"
        assert len(other.requests) == 1
        assert thoughts(other.requests[-1]) == []


def test_another_model_does_not_get_them(run: Any, build: Callable[..., Any]) -> None:
    saver = InMemorySaver()
    with EmulatedEndpoint(
        "ollama", script(response(reasoning("Hm"), message("Hi"))), rules={"unknown_model": None}
    ) as (endpoint):
        graph = build(endpoint, checkpointer=saver, api="responses")
        run(graph, "?", config=CONFIG)
        run(graph, "And?", config=CONFIG)
        assert len(thoughts(endpoint.requests[-1])) == 1
        run(graph, "And?", config=CONFIG, context={"model": "another"})
        assert thoughts(endpoint.requests[-1]) == []


UNKNOWN = "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."
REFUSED = [
    (404, {"message": UNKNOWN, "type": "invalid_request_error", "param": "input", "code": None}),
    (400, {"message": "The encrypted content could not be verified.", "code": "invalid_encrypted_content"}),
    (400, {"message": "Encrypted content is not supported.", "type": "BadRequestError", "code": 400}),
    (400, {"message": "item['content'] is empty", "type": "invalid_request_error", "code": 400}),
]


@pytest.mark.parametrize(("status", "error"), REFUSED)
def test_items_that_are_refused_are_left_out_once(
    status: int, error: Item, run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    replies = script(response(reasoning("Hm"), sum_of(1, 2)), response(message("Done")))

    def answer(request: RecordedRequest) -> Raw:
        return Raw(json.dumps({"error": error}).encode(), status=status) if thoughts(request) else replies(request)

    with EmulatedEndpoint("ollama", answer) as endpoint:
        assert run(build(endpoint, api="responses"), "?")[-1].text == "Done"
        assert len(endpoint.requests) == 3
    assert "does not take earlier reasoning back" in caplog.text


def test_items_that_were_refused_are_not_sent_again_and_newer_ones_are(run: Any, build: Callable[..., Any]) -> None:
    """As after a change of key or of organisation: what was encrypted before it is unknown, what comes after is not."""
    saver = InMemorySaver()
    thought = [reasoning(f"Hm {n}", n, encrypted_content=f"gAAA{n}") for n in range(6)]
    told = [response(one, message("So it is.")) for one in thought]
    replies, lost = script(*told), set[str]()

    def answer(request: RecordedRequest) -> Raw:
        sent = {item["encrypted_content"] for item in request.body["input"] if item["type"] == "reasoning"}
        if sent & lost:
            return Raw(json.dumps({"error": REFUSED[1][1]}).encode(), status=400)
        return replies(request)

    with EmulatedEndpoint("ollama", answer) as endpoint:
        for question in ("one", "two"):
            run(build(endpoint, checkpointer=saver, api="responses"), question, config=CONFIG)
        lost |= {"gAAA0", "gAAA1"}
        for question in ("three", "four", "five", "six"):
            run(build(endpoint, checkpointer=saver, api="responses"), question, config=CONFIG)
        assert [request.status for request in endpoint.requests] == [200, 200, 400, 200, 200, 200, 200]
        kept = thoughts(endpoint.requests[-1])
    assert [item["encrypted_content"] for item in kept] == ["gAAA2", "gAAA3", "gAAA4"]


@pytest.mark.parametrize("same", ["resp_same", "", None])
def test_ids_of_responses_and_items_that_repeat(same: Any, run: Any, build: Callable[..., Any]) -> None:
    saver = InMemorySaver()
    bodies = [response(item, id=same) for item in (sum_of(1, 2), message("First"), message("Second"), message("Third"))]
    with EmulatedEndpoint("vllm-0.32", script(*bodies, same_id=True)) as endpoint:
        graph = build(endpoint, checkpointer=saver, api="responses")
        for question in ("one", "two", "three"):
            messages = run(graph, question, config=CONFIG)
        items = endpoint.requests[-1].body["input"]
    kinds = [HumanMessage, AIMessage, ToolMessage, AIMessage, HumanMessage, AIMessage, HumanMessage, AIMessage]
    assert [type(one) for one in messages] == kinds
    assert [one.text for one in messages if isinstance(one, AIMessage)] == ["", "First", "Second", "Third"]
    texts = [item["content"][0]["text"] for item in items if item.get("role") == "assistant"]
    assert texts == ["First", "Second"]
    if same:
        assert messages[-1].response_metadata["id"] == same


def model_at(endpoint: EmulatedEndpoint, **fields: Any) -> ChatEndpoint:
    """The adapter by itself."""
    where = {"model": endpoint.model, "base_url": endpoint.base_url, "api_key": endpoint.api_key}
    return ChatEndpoint(**where, use_responses_api=True, **fields)


def test_what_the_user_stores_is_named_by_its_id() -> None:
    question = HumanMessage("?")
    with EmulatedEndpoint("openai-reasoning", [Reply("Hi", reasoning="Hm"), Reply("Yes")]) as endpoint:
        model = model_at(endpoint, store=True)
        first = model.invoke([question])
        model.invoke([question, first, HumanMessage("And?")])
        thought, text = endpoint.requests[-1].body["input"][1:3]
        assert "include" not in endpoint.requests[-1].body
    assert (set(thought), set(text)) == ({"type", "id", "summary"}, {"type", "id", "role", "content"})


def test_only_what_is_new_follows_a_stored_response() -> None:
    thread = [HumanMessage("?"), AIMessage("Hi", response_metadata={"id": "resp_7"}), HumanMessage("And?")]
    with EmulatedEndpoint("ollama", script(response(message("Yes")))) as endpoint:
        model_at(endpoint, use_previous_response_id=True).invoke(thread)
        body = endpoint.requests[-1].body
    assert body["previous_response_id"] == "resp_7"
    assert body["store"] is True
    assert [item["content"] for item in body["input"]] == ["And?"]


async def merged(pieces: AsyncIterator[Any]) -> Any:
    return reduce(operator.add, [piece async for piece in pieces])


@pytest.mark.parametrize("how", ["stream", "astream"])
def test_no_request_follows_a_response_that_broke_off(how: str) -> None:
    """It was not stored, so that each request that follows it would be refused."""
    question, lost = HumanMessage("?"), Fault("disconnect", Reply("Half of an answer that is long."), after=6)
    with EmulatedEndpoint("ollama", [Reply("Hi"), lost, Reply("Yes")]) as endpoint:
        model = model_at(endpoint, use_previous_response_id=True, max_retries=0)
        stored = model.invoke([question])
        thread = [question, stored, HumanMessage("And?")]
        half = (
            reduce(operator.add, model.stream(thread))
            if how == "stream"
            else asyncio.run(merged(model.astream(thread)))
        )
        model.invoke([*thread, half, HumanMessage("Go on.")])
        bodies = [request.body for request in endpoint.requests]
    assert half.response_metadata["fault"] == "cut_off"
    assert half.response_metadata["id"].startswith("resp_")
    known = stored.response_metadata["id"]
    assert [body.get("previous_response_id") for body in bodies] == [None, known, known]
    said = [item.get("content") for item in bodies[-1]["input"]]
    assert (said[0], said[-1], len(said)) == ("And?", "Go on.", 3)


@pytest.mark.parametrize(
    ("fault", "follows"), [("cut_off", False), ("error", False), ("overrun", False), ("calls", True)]
)
def test_only_a_response_that_came_to_its_end_is_followed(fault: str, *, follows: bool) -> None:
    reply = AIMessage("Hi", response_metadata={"id": "resp_7", "fault": fault})
    with EmulatedEndpoint("ollama", script(response(message("Yes")))) as endpoint:
        model_at(endpoint, use_previous_response_id=True).invoke([HumanMessage("?"), reply, HumanMessage("And?")])
        body = endpoint.requests[-1].body
    assert body.get("previous_response_id") == ("resp_7" if follows else None)
    assert len(body["input"]) == (1 if follows else 3)


def test_an_edited_message_goes_back_as_it_was_edited(run: Any, build: Callable[..., Any]) -> None:
    first = response(reasoning("Hm"), message("The code is 1234."), sum_of(1, 2))
    with EmulatedEndpoint("vllm-0.32", script(first, response(message("Done")))) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
        assert KEPT in messages[1].additional_kwargs
        messages[1] = messages[1].model_copy(update={"content": "The code is hidden."})
        run(build(endpoint, api="responses"), [*messages, ("user", "And?")])
        items = endpoint.requests[-1].body["input"][2:5]
    assert [item["type"] for item in items] == ["reasoning", "message", "function_call"]
    assert items[1]["content"][0]["text"] == "The code is hidden."


FOREIGN = [
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "text", "text": "Let me see.", "id": "msg_1"},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": '{"a": 1, "b": 2}'},
]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_thread_of_the_stock_code_goes_on(api: str, run: Any, build: Callable[..., Any]) -> None:
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "call_1"}
    thread = [("user", "?"), AIMessage(FOREIGN, tool_calls=[call]), ToolMessage("3", tool_call_id="call_1")]
    with EmulatedEndpoint("ollama", lambda _: Reply("It is 3.")) as endpoint:
        assert run(build(endpoint, api=api), thread)[-1].text == "It is 3."
        body = endpoint.requests[-1].body
    if api == "chat":
        assert body["messages"][2]["content"] == "Let me see."
        assert [one["id"] for one in body["messages"][2]["tool_calls"]] == ["call_1"]
    else:
        assert [item["type"] for item in body["input"][2:]] == ["message", "function_call", "function_call_output"]
