"""Rows of what servers send that no other test has by name: each ends in the right answer or in its typed error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tools import tool
from wire_events import called, event, plain, stream

from graph.errors import ContentFilterError, ContextOverflowError, RateLimitError, RefusedRequestError, ServerError
from graph.testing import EmulatedEndpoint, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

RAN: list[tuple[int, int]] = []
CALL = {"id": "a", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
PIECES = [event(called("add", '{"a": 1')), event(called(None, ', "b": 2}'))]


@tool
def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    RAN.append((a, b))
    return a + b


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


GOOD: dict[str, tuple[Raw, Raw]] = {
    "a call that ends with stop, as a named choice does": (
        plain({"content": None, "tool_calls": [CALL]}, "stop"),
        stream(*PIECES, event({}, "stop")),
    ),
    "a head without a function": (
        plain({"content": "", "tool_calls": [{**CALL, "index": 0}]}, "tool_calls"),
        stream(
            event({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": None}]}),
            *PIECES,
            event({}, "tool_calls"),
        ),
    ),
    "usage without its total": (
        plain({"content": None, "tool_calls": [CALL]}, "tool_calls", usage={"prompt_tokens": 5}),
        stream(*PIECES, event({}, "tool_calls"), event(usage={"completion_tokens": 5})),
    ),
    "blank lines and comments before the reply": (
        Raw(b"\n\n   \r\n" + bytes(plain({"content": None, "tool_calls": [CALL]}, "tool_calls").body)),
        stream(": keep-alive\n\n\n\n", *PIECES, event({}, "tool_calls")),
    ),
}


@pytest.mark.parametrize("row", GOOD)
def test_the_call_runs_as_it_was_sent(run: Any, build: Callable[..., Any], row: str) -> None:
    with EmulatedEndpoint("openai", [GOOD[row][run.streamed], Reply("3")]) as endpoint:
        assert run(build(endpoint, [add]), "1 + 2?")[-1].text == "3"
    assert RAN == [(1, 2)]


def test_both_names_of_reasoning_at_once_are_one_reasoning(run: Any, build: Callable[..., Any]) -> None:
    both = {"reasoning": "I add.", "reasoning_content": "I add."}
    rows = plain({"content": "3", **both}), stream(event(both), event({"content": "3"}), event({}, "stop"))
    with EmulatedEndpoint("openai", [rows[run.streamed]]) as endpoint:
        message = run(build(endpoint, [add]), "1 + 2?")[-1]
    assert (message.text, message.additional_kwargs["reasoning_content"]) == ("3", "I add.")


AGAIN: dict[str, tuple[Raw, Raw]] = {
    "reasoning and nothing else": (
        plain({"content": "", "reasoning": "I add."}),
        stream(event({"reasoning": "I add."}), event({}, "stop")),
    ),
    "markup of a call that is no JSON": (
        plain({"content": '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": }}\n</tool_call>'}),
        stream(
            event({"content": '<tool_call>\n{"name": "add", "argum'}),
            event({"content": 'ents": {"a": 1, "b": }}\n</tool_call>'}),
            event({}, "stop"),
        ),
    ),
}


@pytest.mark.parametrize("row", AGAIN)
def test_what_is_no_answer_is_asked_for_again(run: Any, build: Callable[..., Any], row: str) -> None:
    with EmulatedEndpoint("vllm-0.32", [AGAIN[row][run.streamed], Reply("3")]) as endpoint:
        messages = run(build(endpoint, [add]), "1 + 2?")
    assert messages[-1].text == "3"
    assert not RAN
    assert "tool_call" not in "".join(message.text for message in messages)


NATIVE = 'id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{{"code":"{code}","message":"{words}","request_id":"r"}}\n\n'
BROKE = {"code": 502, "message": "Provider disconnected"}
FILTERED = Raw(
    '{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}'.encode(), status=400
)


def flat(code: str, words: str, status: int) -> Raw:
    """DashScope's native body of a plain request, which has no wrapper."""
    return Raw(json.dumps({"code": code, "message": words, "request_id": "r"}).encode(), status=status)


def ends(finish: str, *said: str) -> tuple[Raw, Raw]:
    """A reply with this finish reason, plain and streamed."""
    text = "".join(said)
    pieces = [event({"content": piece}) for piece in said]
    return plain({"content": text}, finish), stream(*pieces, event({} if said else {"content": ""}, finish))


def calls_and_ends(finish: str) -> tuple[Raw, Raw]:
    """A whole call, and then this finish reason."""
    return plain({"content": None, "tool_calls": [CALL]}, finish), stream(*PIECES, event({}, finish))


FAILED: dict[str, tuple[tuple[Raw, Raw], type[Exception]]] = {
    "DashScope's native frame, throttled": (
        (
            flat("Throttling.RateQuota", "Requests rate limit exceeded", 429),
            stream(
                NATIVE.format(status=429, code="Throttling.RateQuota", words="Requests rate limit exceeded"), done=False
            ),
        ),
        RateLimitError,
    ),
    "DashScope's native frame, refused": (
        (
            flat("InvalidParameter", "top_p is out of range", 400),
            stream(NATIVE.format(status=400, code="InvalidParameter", words="top_p is out of range"), done=False),
        ),
        RefusedRequestError,
    ),
    "an error beside choices": (
        (plain({"content": ""}, "error", error=BROKE), stream(event({"content": ""}, "error", error=BROKE))),
        ServerError,
    ),
    "an error beside half of an answer": (
        (
            plain({"content": "half"}, "error", error=BROKE),
            stream(event({"content": "ha"}), event({}, "error", error=BROKE)),
        ),
        ServerError,
    ),
    "sensitive": (ends("sensitive"), ContentFilterError),
    "sensitive after a whole call": (calls_and_ends("sensitive"), ContentFilterError),
    "content-filter": (ends("content-filter", "half"), ContentFilterError),
    "content_filter after a whole call": (calls_and_ends("content_filter"), ContentFilterError),
    "Zhipu's filter behind another host": ((FILTERED, FILTERED), ContentFilterError),
    "network_error": (ends("network_error"), ServerError),
    "network_error after a whole call": (calls_and_ends("network_error"), ServerError),
    "the window is full": (ends("model_context_window_exceeded"), ContextOverflowError),
    "the window is full after a whole call": (calls_and_ends("model_context_window_exceeded"), ContextOverflowError),
}


@pytest.mark.parametrize("row", FAILED)
def test_a_failure_in_a_reply_has_its_type(run: Any, build: Callable[..., Any], row: str) -> None:
    bodies, expected = FAILED[row]
    with EmulatedEndpoint("openai", lambda _: bodies[run.streamed]) as endpoint, pytest.raises(expected) as caught:
        run(build(endpoint, [add], max_retries=0, max_repairs=0), "1 + 2?")
    assert endpoint.api_key not in str(caught.value)
    assert not RAN
