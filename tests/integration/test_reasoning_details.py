"""OpenRouter's `reasoning_details`: kept beside the message, and given back as they came, to where they came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graph import Agent, Endpoint, Settings, build_graph
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.known import known_facts
from graph.endpoint.reasoning_details import DETAILS
from graph.testing import Call, EmulatedEndpoint, Fault, Raw, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conftest import Run

    from graph.testing import RecordedRequest

MISSING = Refusal(
    400,
    "Gemini models require OpenRouter reasoning details to be preserved in each request. Please refer to our docs: "
    "https://openrouter.ai/docs/guides/best-practices/reasoning-tokens#preserving-reasoning-blocks.",
)
GEMINI: Mapping[str, Any] = {"wire": {"reasoning": "signed"}, "rules": {"signature_missing": MISSING}}
"""OpenRouter with Gemini 3 behind it."""

ADD = Reply(calls=[Call("add", {"a": 1, "b": 2})], reasoning="I have to add these two numbers.")
DONE = Reply("3.")
THREAD = {"configurable": {"thread_id": "t"}}
CALL = {"type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def gemini(endpoint: EmulatedEndpoint) -> Any:
    """A graph that knows of the endpoint what the table says of OpenRouter."""
    facts = known_facts("https://openrouter.ai/api/v1", endpoint.model)
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    model = ChatEndpoint.at(where, Settings(max_retries=0), profile_overrides=facts)
    return build_graph(Agent(tools=[add], endpoint=model), checkpointer=InMemorySaver())


def details_in(endpoint: EmulatedEndpoint) -> list[Any]:
    """What went back with each message of the assistant, in the last request."""
    messages = endpoint.requests[-1].messages
    return [message.get(DETAILS) for message in messages if message["role"] == "assistant"]


def test_a_known_endpoint_gets_them_back(run: Run) -> None:
    with EmulatedEndpoint("openrouter", [ADD, DONE, ADD, DONE], **GEMINI) as endpoint:
        graph = gemini(endpoint)
        run(graph, "1 + 2?", config=THREAD)
        messages = run(graph, "Again?", config=THREAD)
        first, answer, second = details_in(endpoint)
    assert [request.refused for request in endpoint.requests] == [None] * 4
    assert first[0] == {"type": "reasoning.text", "text": ADD.reasoning, "format": "unknown", "index": 0}
    assert (
        [one["type"] for one in first] == [one["type"] for one in second] == ["reasoning.text", "reasoning.encrypted"]
    )
    assert answer is None
    called = messages[1]
    assert called.additional_kwargs["reasoning_content"] == ADD.reasoning
    assert called.content == ""
    assert DETAILS not in called.response_metadata
    assert json.loads(json.dumps(called.additional_kwargs[DETAILS])) == called.additional_kwargs[DETAILS]


def test_an_unknown_endpoint_teaches_it(run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openrouter", [ADD, DONE], **GEMINI) as endpoint:
        assert run(build(endpoint, tools=[add]), "1 + 2?")[-1].text == "3."
        assert [bool(request.refused) for request in endpoint.requests] == [False, True, False]
        assert store.load(endpoint.base_url, endpoint.model)["reasoning_details"].value == "always"


def test_no_other_endpoint_sees_them(run: Run) -> None:
    with EmulatedEndpoint("openrouter", [ADD, DONE], **GEMINI) as endpoint:
        messages = run(gemini(endpoint), "1 + 2?", config=THREAD)
    with EmulatedEndpoint("openrouter", [DONE]) as other:
        run(gemini(other), [*messages, ("user", "Well?")], config=THREAD)
        assert details_in(other) == [None, None]


def test_a_renamed_call_keeps_its_signature(run: Run) -> None:
    again = Reply(calls=[Call("add", {"a": 1, "b": 2}, id="tool_0_add")], reasoning="I add.")
    with EmulatedEndpoint("openrouter", [again, again, DONE], **GEMINI) as endpoint:
        assert run(gemini(endpoint), "1 + 2?", config=THREAD)[-1].text == "3."
    assert [request.refused for request in endpoint.requests] == [None] * 3


SIGNED = [
    {
        "type": "reasoning.text",
        "text": "Let me think.",
        "signature": "Et8B",
        "format": "anthropic-claude-v1",
        "index": 0,
    },
    {"type": "reasoning.encrypted", "data": "AAAA", "format": "anthropic-claude-v1", "index": 1, "id": "e1"},
    {"type": "reasoning.encrypted", "data": "BBBB", "format": "anthropic-claude-v1", "index": 1, "id": "e2"},
    {"type": "reasoning.text", "text": "Now.", "signature": "Fu9C", "format": "anthropic-claude-v1", "index": 2},
]
PIECES = [
    [{"type": "reasoning.text", "text": "Let", "format": "anthropic-claude-v1", "index": 0}],
    [{"type": "reasoning.text", "text": " me think.", "signature": None, "format": "anthropic-claude-v1", "index": 0}],
    [{"type": "reasoning.text", "signature": "Et8B", "format": "anthropic-claude-v1", "index": 0}, *SIGNED[1:2]],
    SIGNED[2:3],
    [{"type": "reasoning.text", "text": "No", "format": "anthropic-claude-v1", "index": 2}],
    [{"type": "reasoning.text", "text": "w.", "format": "anthropic-claude-v1", "index": 2}],
    [{"type": "reasoning.text", "text": "", "signature": "Fu9C", "format": "anthropic-claude-v1", "index": 2}],
]


def streamed(pieces: Sequence[list[dict[str, Any]]], *end: dict[str, Any]) -> Raw:
    """A call behind reasoning in pieces, as a stream."""
    deltas = [{"content": "", DETAILS: piece} for piece in pieces]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices += [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c1", **CALL}]}, "finish_reason": None}]
    choices += [*end, {"index": 0, "delta": {}, "finish_reason": "tool_calls"}]
    events = [json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [one]}) for one in choices]
    return Raw(
        "".join(f"data: {event}\n\n" for event in (*events, "[DONE]")).encode(),
        headers={"content-type": "text/event-stream"},
    )


def plain(details: list[dict[str, Any]]) -> Raw:
    """The same, whole."""
    message = {"role": "assistant", "content": "", DETAILS: details, "tool_calls": [{"id": "c1", **CALL}]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return Raw(json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode())


def test_pieces_become_what_a_plain_reply_has(run: Run) -> None:
    first = streamed(PIECES) if run.streamed else plain(SIGNED)
    with EmulatedEndpoint("openrouter", [first, DONE]) as endpoint:
        messages = run(gemini(endpoint), "1 + 2?", config=THREAD)
        assert details_in(endpoint) == [SIGNED]
    assert messages[1].additional_kwargs["reasoning_content"] == "Let me think.Now."


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_pieces_without_an_index_are_joined_where_they_stand_side_by_side(mode: str, runner: Any) -> None:
    text, data = {"type": "reasoning.text"}, {"type": "reasoning.encrypted", "data": "AAAA"}
    pieces = [[{**text, "text": "I "}], [{**text, "text": "add."}], [data], [{**text, "text": "So."}]]
    with EmulatedEndpoint("openrouter", [streamed(pieces), DONE]) as endpoint:
        runner(mode)(gemini(endpoint), "1 + 2?", config=THREAD)
        assert details_in(endpoint) == [[{**text, "text": "I add."}, data, {**text, "text": "So."}]]


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_whole_message_at_the_end_says_it_all(mode: str, runner: Any) -> None:
    end = {"index": 0, "message": {"role": "assistant", "content": "", DETAILS: SIGNED}, "finish_reason": None}
    with EmulatedEndpoint("openrouter", [streamed(PIECES[:2], end), DONE]) as endpoint:
        runner(mode)(gemini(endpoint), "1 + 2?", config=THREAD)
        assert details_in(endpoint) == [SIGNED]


def test_a_signature_that_is_not_taken_any_more_is_left_out(run: Run) -> None:
    script = iter([ADD, DONE, ADD, DONE])
    error = {"message": "Corrupted thought signature.", "code": 400}

    def say(request: RecordedRequest) -> Any:
        roles = [message["role"] for message in request.messages]
        turn = len(roles) - 1 - roles[::-1].index("user")
        if any(DETAILS in message for message in request.messages[:turn]):
            return Fault(status=400, body={"error": error})
        return next(script)

    with EmulatedEndpoint("openrouter", say, wire=GEMINI["wire"]) as endpoint:
        graph = gemini(endpoint)
        run(graph, "1 + 2?", config=THREAD)
        assert run(graph, "Again?", config=THREAD)[-1].text == "3."
        earlier, _, later = details_in(endpoint)
        stored = store.load(endpoint.base_url, endpoint.model)
    assert (earlier, bool(later)) == (None, True)
    assert stored["reasoning_details"].value == "turn"
