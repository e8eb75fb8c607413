"""A server that refuses the request when it cannot read what the model wrote (Groq): the reply is at fault, not it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint import store
from graph.errors import BrokenReplyError, TransientError
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

WORDS = "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."


def failed(text: str | None, code: str = "tool_use_failed", **fault: Any) -> Fault:
    error: dict[str, Any] = {"message": WORDS, "type": "invalid_request_error", "code": code}
    if text is not None:
        error["failed_generation"] = text
    return Fault(status=400, body={"error": error}, headers={"retry-after": "0"}, **fault)


@pytest.mark.parametrize(
    "text",
    [
        '<function=add>{"a": 1, "b": 2}</function>',
        'I add them. <function=add>{"a": 1, "b": 2}</function>',
        '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>',
    ],
)
def test_a_call_is_recovered_from_it(text: str, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("hostile", [failed(text), Reply("The sum is 3.")]) as endpoint:
        messages = run(build(endpoint), "What is 1 + 2?")
        assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
        assert messages[1].tool_calls[0]["args"] == {"a": 1, "b": 2}
        assert messages[2].content == "3"
        assert messages[-1].text == "The sum is 3."
        assert store.load(endpoint.base_url, endpoint.model) == {}


@pytest.mark.parametrize("text", ["<function=add>{", '<function=add>{"a": 1,', "I would add the two numbers."])
def test_what_holds_no_whole_call_is_asked_for_again(text: str, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("hostile", [failed(text), Reply("The sum is 3.")]) as endpoint:
        messages = run(build(endpoint), "What is 1 + 2?")
        assert [message.type for message in messages] == ["human", "ai"]
        assert messages[-1].text == "The sum is 3."
        assert "Your last reply did not count" in endpoint.bodies[1]["messages"][-1]["content"]
    assert not [token for token in run.tokens if text in str(token.content)]


def test_it_is_asked_for_again_as_often_as_a_broken_reply_is(run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("hostile", lambda _: failed("I would add.")) as endpoint:
        with pytest.raises(BrokenReplyError, match="broken 3 times"):
            run(build(endpoint, max_repairs=2), "What is 1 + 2?")
        assert len(endpoint.requests) == 3


@pytest.mark.parametrize(("code", "text"), [("tool_use_failed", None), ("json_validate_failed", "{")])
def test_without_the_text_of_a_call_the_request_is_made_again(
    code: str, text: str | None, run: Run, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("hostile", [failed(text, code), Reply("3")]) as endpoint:
        assert run(build(endpoint), "What is 1 + 2?")[-1].text == "3"
    with EmulatedEndpoint("hostile", lambda _: failed(text, code)) as endpoint:
        with pytest.raises(TransientError, match="could not read, each time"):
            run(build(endpoint, max_retries=1), "What is 1 + 2?")
        assert len(endpoint.requests) == 2
