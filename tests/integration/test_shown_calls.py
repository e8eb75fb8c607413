"""A call that a reply shows and that may be meant is asked about once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from shown_calls import CALL, DOUBTFUL, FENCED, MAIL, MARKED, MODES, QUESTION, TOOLS, notes, sent

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


@MODES
@pytest.mark.parametrize(
    "again", [Reply(FENCED), Reply(calls=[Call("send_email", {"to": "bob@example.org", "text": "hi"})])]
)
def test_what_may_be_meant_is_asked_about(again: Reply, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL), again, Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == "Done."
    assert "it shows a call of send_email, and nothing ran" in notes(endpoint)[0]


@MODES
def test_an_example_is_answered_without_it(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL), Reply("I can send it for you.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == []
    assert [message.text for message in messages] == [QUESTION, "I can send it for you."]


@MODES
@pytest.mark.parametrize("max_repairs", [0, 1, 2])
def test_in_doubt_again_it_is_the_answer(
    max_repairs: int, mode: str, runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING, "portolan"),
        EmulatedEndpoint("vllm-0.32", lambda _: Reply(DOUBTFUL)) as endpoint,
    ):
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512, max_repairs=max_repairs), QUESTION)
    assert sent == []
    assert [message.text for message in messages] == [QUESTION, DOUBTFUL]
    assert len(endpoint.bodies) == 1 + min(max_repairs, 1)
    assert "fault" not in messages[-1].response_metadata
    said = [record.message for record in caplog.records if "send_email" in record.message]
    assert len(said) == 1
    assert "did not run" in said[0]


@MODES
def test_after_another_repair_it_is_asked_about_or_the_answer(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    for limit, requests in ((1, 2), (2, 3)):
        with EmulatedEndpoint("vllm-0.32", [Reply(""), *[Reply(DOUBTFUL)] * (requests - 1)]) as endpoint:
            messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512, max_repairs=limit), QUESTION)
        assert messages[-1].text == DOUBTFUL
        assert len(endpoint.bodies) == requests
    assert sent == []


@MODES
def test_the_next_message_begins_anew(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [*[Reply(DOUBTFUL)] * 3, Reply(FENCED), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        graph = build(endpoint, TOOLS, max_tokens=512)
        first = runner(mode)(graph, QUESTION)
        assert len(endpoint.bodies) == 2
        messages = runner(mode)(graph, [*first, HumanMessage("Really do it.")])
    assert messages[-1].text == "Done."
    assert sent == ["bob@example.org: hi"]


@MODES
def test_an_answer_in_json_may_be_a_call(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply('{"sent": true}')]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), f"{QUESTION} Answer in JSON.")
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == '{"sent": true}'


def test_the_adapter_alone_says_what_it_found() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL)]) as endpoint:
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        reply = model.bind_tools(TOOLS).invoke(QUESTION)
    assert (reply.text, reply.tool_calls) == (DOUBTFUL, [])
    assert reply.response_metadata["fault"] == "leaked"
    assert reply.response_metadata["shown_calls"] == ["send_email"]


@MODES
@pytest.mark.parametrize(
    "prompt",
    [
        "Give me an example of a greeting: mail hi to bob@example.org.",
        "Write a sample greeting to bob@example.org.",
        "Greet bob@example.org and show me the text in a code block.",
        "举个例子：向 bob@example.org 问好。",
    ],
)
@pytest.mark.parametrize("leak", [FENCED, MAIL, f"I will send it:\n\n{FENCED}"])
def test_words_that_want_an_example_of_something_leave_a_call_in_doubt(
    leak: str, prompt: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply(calls=[CALL]), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), prompt)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."
    assert "it shows a call of send_email, and nothing ran" in notes(endpoint)[0]


@MODES
@pytest.mark.parametrize("leak", [FENCED, MARKED])
def test_a_call_sent_alone_in_answer_to_the_question_is_meant(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    """An endpoint that leaks every call leaks this one, too."""
    script = [Reply(f"I will send it, for example:\n\n{FENCED}"), Reply(leak), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert (sent, messages[-1].text) == (["bob@example.org: hi"], "Done.")


@MODES
@pytest.mark.parametrize("leak", [MARKED, f"functools[{MAIL}]"])
def test_a_marked_call_alone_is_asked_about_where_one_was_to_be_shown(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply("Like this.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), "How do I call send_email?")
    assert (sent, messages[-1].text, len(notes(endpoint))) == ([], "Like this.", 1)


@MODES
@pytest.mark.parametrize(
    "reply",
    [
        f"> {MARKED.replace(chr(10), '')}",
        f'The page says: "{MARKED.replace(chr(10), "")}" and nothing else.',
    ],
)
def test_a_quotation_with_a_marker_is_told(
    reply: str, mode: str, runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(reply)]) as endpoint:
        answer = runner(mode)(build(endpoint, TOOLS, max_tokens=512), "What does the page say?")[-1]
    assert (sent, answer.text) == ([], reply)
    assert answer.response_metadata["shown_calls"] == ["send_email"]
    assert any("shows a call of send_email that did not run" in one for one in caplog.messages)


def test_a_recap_of_what_ran_is_not(build: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    script = [Reply(calls=[CALL]), Reply(f"I sent it by the call\n\n> {MARKED.replace(chr(10), '')}\n\nas you asked.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        answer = build(endpoint, TOOLS, max_tokens=512).invoke({"messages": [("user", QUESTION)]})["messages"][-1]
    assert "shown_calls" not in answer.response_metadata
    assert not any("did not run" in one for one in caplog.messages)
