"""Lessons that did not help are taken back, whatever else the words hold; and no key stays in one that did."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from graph import Endpoint, Settings
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.errors import PortolanError, RefusedRequestError
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from graph.testing import RecordedRequest


def adapter(endpoint: EmulatedEndpoint) -> ChatEndpoint:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    return ChatEndpoint.at(where, Settings(max_retries=0))


def refuse(words: str) -> Fault:
    return Fault(status=400, body={"error": {"message": words, "type": "invalid_request_error"}})


def ask(model: ChatEndpoint, messages: Any, *, stream: bool, **options: Any) -> str:
    if not stream:
        return model.invoke(messages, **options).text
    return "".join(chunk.text for chunk in model.stream(messages, **options))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "ending",
    ["", " (request id: 2025112209{}ab)", " Request ID: 0217{}.", " trace_id={}-x", " [at 17324412{:06}]"],
)
def test_all_lessons_of_the_same_words_are_taken_back(
    ending: str, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Two neighbours are merged first, then the system message goes into the user's; neither was the reason."""
    numbers = itertools.count()

    def say(_: RecordedRequest) -> Fault:
        return refuse(
            "Conversation roles must alternate user/assistant/user/assistant/..." + ending.format(next(numbers))
        )

    with EmulatedEndpoint("openai", say) as endpoint:
        model = adapter(endpoint)
        before = model.endpoint_profile.profile
        thread = [SystemMessage("S"), HumanMessage("a"), HumanMessage("b")]
        with pytest.raises(RefusedRequestError):
            ask(model, thread, stream=stream)
        assert len(endpoint.requests) == 3
        assert model.endpoint_profile.profile == before
        assert store.load(endpoint.base_url, endpoint.model) == {}
    assert {record.message.split()[0] for record in caplog.records} == {"Learned", "Taken"}


@pytest.mark.parametrize(
    ("says", "flag"),
    [
        ("Your prompt was rejected by policy: 'What about Unsupported parameter: max_tokens?'", "token_cap"),
        ("Streaming is not supported while the maintenance window lasts", "serves"),
    ],
)
def test_what_was_refused_all_the_same_is_taken_back(says: str, flag: str, caplog: pytest.LogCaptureFixture) -> None:
    script = [Fault("refuse", status=400, message=says)] * 2
    with EmulatedEndpoint("openai", script) as endpoint:
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        model, other = (ChatEndpoint.at(where, Settings(max_retries=0)) for _ in "12")
        default = other.endpoint_profile.facts[flag]
        with pytest.raises(PortolanError):
            list(model.stream("Hi", max_tokens=9))
        assert len(endpoint.bodies) == 2
        assert model.endpoint_profile.facts[flag] == other.endpoint_profile.facts[flag] == default
        assert flag not in store.load(endpoint.base_url, endpoint.model)
    assert [record.message.split()[0] for record in caplog.records] == ["Learned", "Taken"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_lesson_of_other_words_stays(stream: bool) -> None:
    says = iter(["Unrecognized request argument supplied: top_k"] + ["Conversation roles must alternate"] * 3)
    with EmulatedEndpoint("hostile", lambda _: refuse(next(says))) as endpoint:
        model = adapter(endpoint)
        thread = [SystemMessage("S"), HumanMessage("a"), HumanMessage("b")]
        with pytest.raises(RefusedRequestError):
            ask(model, thread, stream=stream, extra_body={"top_k": 5})
        assert {*store.load(endpoint.base_url, endpoint.model)} == {"unsupported_parameters"}


@pytest.mark.parametrize("stream", [False, True])
def test_no_key_in_what_is_said_and_stored_of_a_lesson(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    with EmulatedEndpoint("hostile") as endpoint:
        words = f"Unsupported parameter: 'top_k' is not supported. It came with {endpoint.api_key}"
        endpoint.say_next(refuse(words), Reply("Understood."))
        assert ask(adapter(endpoint), "Hi", stream=stream, extra_body={"top_k": 5}) == "Understood."
        kept = store.path_of(endpoint.base_url, endpoint.model).read_text(encoding="utf-8")
        for text in (caplog.text, kept):
            assert "It came with [redacted]" in text
            assert endpoint.api_key not in text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "message",
    [
        "Invalid value for 'tool_choice': no function named 'nope' was specified in the 'tools' parameter.",
        "Tool choice 'function' not found in 'tools' parameter.",
        "The value is wrong.",
    ],
)
def test_a_choice_that_names_no_tool_teaches_nothing_and_calls_no_other(message: str, stream: bool) -> None:
    tools = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}]
    nope = {"type": "function", "function": {"name": "nope"}}
    error = {"message": message, "type": "invalid_request_error", "param": "tool_choice", "code": None}

    def say(request: RecordedRequest) -> Fault | Reply:
        if request.body.get("tool_choice") == nope:
            return Fault(status=400, body={"error": error})
        return Reply(calls=[Call("add")])

    with EmulatedEndpoint("hostile", say, behaviour={"obeys": ()}) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), "Hi", stream=stream, tools=tools, tool_choice=nope)
        assert len(endpoint.requests) == 1
        assert store.load(endpoint.base_url, endpoint.model) == {}
