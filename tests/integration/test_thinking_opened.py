"""Replies that begin within a block of reasoning, since the chat template has opened it: what is thought, what is said.

The tag stands on a line of its own, or the answer follows right behind it, as vLLM's tests of its parser have it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import SecretStr
from wire_events import called, event, plain, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.knowledge import Knowledge, forget_learned
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.messages import BaseMessage

FORMS: Final = pytest.mark.parametrize("form", ["open-think", "open-think-attached"])
OPENED: Final = {"thinking_opened": "true"}


@tool
def add(a: int = 1, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


def parts(message: BaseMessage) -> tuple[str, str]:
    """Reasoning and answer of a message."""
    return message.additional_kwargs.get("reasoning_content", "").strip(), message.text


def told(form: str, *answers: str) -> list[Reply]:
    return [Reply(answer, reasoning="I wonder.", wire={"reasoning": form}) for answer in answers]


@FORMS
def test_the_first_reply_teaches_and_is_told_apart(form: str, run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", told(form, "Yes.", "No.")) as endpoint:
        graph = build(endpoint, [add])
        first = run(graph, "Well?")[-1]
        run.tokens.clear()
        second = run(graph, "Well?")[-1]
    assert (parts(first), parts(second)) == (("I wonder.", "Yes."), ("I wonder.", "No."))
    assert "corrected" not in first.response_metadata
    shown = "".join(token.text for token in run.tokens if isinstance(token, AIMessage))
    assert shown == ("No." if run.streamed else "")


@FORMS
def test_what_the_user_says_of_the_endpoint_holds_from_the_first_reply_on(
    form: str, run: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", told(form, "yes.")) as endpoint:
        graph = build(endpoint, [add], profile_overrides=OPENED)
        assert parts(run(graph, "What is </think>?")[-1]) == ("I wonder.", "yes.")
    shown = "".join(token.text for token in run.tokens if isinstance(token, AIMessage))
    assert shown == ("yes." if run.streamed else "")


CALLS: Final = {
    "DeepSeek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "Hermes": '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>',
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("tag", ["</think>", "\n</think>\n\n"], ids=["attached", "own line"])
def test_a_reply_without_thoughts_is_an_answer_and_stands_once(
    tag: str, call: str, run: Any, build: Callable[..., Any]
) -> None:
    """Behind a tool's result, hybrid models do not think, and no closing tag comes."""
    with EmulatedEndpoint("vllm-0.32", [Reply(f"I need it.{tag}{call}"), Reply("It is 3.")]) as endpoint:
        messages = run(build(endpoint, [add]), "1 + 2?")
    assert [parts(one) for one in messages[1:]] == [("I need it.", ""), ("", "3"), ("", "It is 3.")]


def test_a_reply_without_thoughts_may_show_the_tag_in_code(run: Any, build: Callable[..., Any]) -> None:
    said = "Write `</think>` there."
    with EmulatedEndpoint("vllm-0.32", [Reply(said)]) as endpoint:
        assert parts(run(build(endpoint, [add], profile_overrides=OPENED), "How?")[-1]) == ("", said)


@pytest.mark.parametrize(
    "said",
    [
        "It ends with </think>.",
        "So:\n```\nI wonder.\n</think>\nYes.\n```",
        "So do this:\n1. Find the closing tag </think>\n2. Drop all that stands before it.",
    ],
)
def test_a_tag_that_is_spoken_of_stays_text_and_teaches_nothing(said: str, run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(said), Reply("Yes.")]) as endpoint:
        graph = build(endpoint, [add])
        assert parts(run(graph, "How does it end?")[-1]) == ("", said)
        assert parts(run(graph, "Sure?")[-1]) == ("", "Yes.")
    assert not any(token.additional_kwargs.get("reasoning_content") for token in run.tokens)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Which tag closes a <think> block?", "It is:\n</think>\nNothing else."),
        ("Which tag closes <thinking>? Reply with it alone.", "</thinking>"),
        ("My stream is cut at </think>. Why?", "Your code looks for </think>\nand drops what stands before it."),
    ],
)
def test_a_tag_that_the_user_wrote_may_stand_on_a_line_of_its_own(
    asked: str, said: str, run: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(said), Reply("Yes.")]) as endpoint:
        graph = build(endpoint, [add])
        assert parts(run(graph, asked)[-1]) == ("", said)
        run.tokens.clear()
        assert parts(run(graph, "Sure?")[-1]) == ("", "Yes.")
    assert not any(token.additional_kwargs.get("reasoning_content") for token in run.tokens)


def test_a_reply_that_came_whole_without_the_tag_takes_the_lesson_back(run: Any, build: Callable[..., Any]) -> None:
    replies = [*told("open-think", "Yes."), Reply("No."), Reply("Paris.")]
    with EmulatedEndpoint("vllm-0.32", replies) as endpoint:
        graph = build(endpoint, [add])
        for said in ("Yes.", "No."):
            assert parts(run(graph, "Well?")[-1])[1] == said
        run.tokens.clear()
        assert parts(run(graph, "Capital?")[-1]) == ("", "Paris.")
        assert not any(token.additional_kwargs.get("reasoning_content") for token in run.tokens)
        forget_learned()
        known = Knowledge(endpoint.base_url, endpoint.model).effective.facts["thinking_opened"]
        assert (known.value, known.source) == (False, "measured")


def test_what_the_user_says_of_the_endpoint_is_not_taken_back(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("No."), *told("open-think", "Yes.")]) as endpoint:
        graph = build(endpoint, [add], profile_overrides=OPENED)
        assert parts(run(graph, "Well?")[-1]) == ("", "No.")
        run.tokens.clear()
        assert parts(run(graph, "Sure?")[-1]) == ("I wonder.", "Yes.")
    shown = "".join(token.text for token in run.tokens if isinstance(token, AIMessage))
    assert shown == ("Yes." if run.streamed else "")


def test_an_empty_thought_is_no_part_of_the_answer(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("</think>Hi")]) as endpoint:
        assert parts(run(build(endpoint, [add]), "Well?")[-1]) == ("", "Hi")


def test_a_reply_to_one_who_wrote_the_tag_teaches_nothing(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("I wonder.</think>Yes."), Reply("Yes.")]) as endpoint:
        graph = build(endpoint, [add])
        assert parts(run(graph, "What does </think> do?")[-1]) == ("I wonder.", "Yes.")
        run.tokens.clear()
        run(graph, "Sure?")
    assert not any(token.additional_kwargs.get("reasoning_content") for token in run.tokens)


def test_what_comes_behind_reasoning_in_a_field_is_the_answer(run: Any, build: Callable[..., Any]) -> None:
    """A server that got a reasoning parser since the flag was learned."""
    said = Reply("Thought.</think>Yes.", reasoning="I wonder.", wire={"reasoning": "reasoning_content"})
    with EmulatedEndpoint("vllm-0.32", [said]) as endpoint:
        message = run(build(endpoint, [add], profile_overrides=OPENED), "How?")[-1]
    assert parts(message) == ("I wonder.", "Thought.</think>Yes.")


def test_thoughts_that_break_off_are_no_answer(runner: Any, build: Callable[..., Any]) -> None:
    for mode in ("stream", "astream"):
        cut = Fault("disconnect", Reply("I wonder whether."), after=3)
        with EmulatedEndpoint("vllm-0.32", [cut, Reply("Yes.")]) as endpoint:
            graph = build(endpoint, [add], profile_overrides=OPENED, max_retries=1, retry_time_s=1)
            ran = runner(mode)
            assert parts(ran(graph, "Well?")[-1]) == ("", "Yes.")


def model_at(endpoint: EmulatedEndpoint, **fields: Any) -> ChatEndpoint:
    key = SecretStr(endpoint.api_key)
    return ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=key, max_tokens=256, **fields)


async def _merged(model: Any) -> Any:
    return [piece async for piece in model.astream("Well?")]


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_the_last_chunk_says_what_the_others_could_not(mode: str) -> None:
    with EmulatedEndpoint("vllm-0.32", told("open-think-attached", "Yes.")) as endpoint:
        model = model_at(endpoint)
        pieces = list(model.stream("Well?")) if mode == "stream" else asyncio.run(_merged(model))
    assert "".join(piece.text for piece in pieces) == "I wonder.</think>Yes."
    assert pieces[-1].response_metadata["corrected"] == {"text": "Yes.", "reasoning": "I wonder."}


@pytest.mark.parametrize("arguments", ['{"a": 1, "b": "', '{"a": [1', '{"a": "\\'])
def test_a_call_that_did_not_come_whole_has_the_raw_text_that_came(
    arguments: str, run: Any, build: Callable[..., Any]
) -> None:
    head = called("add", arguments)
    whole = {"tool_calls": [{"id": "a", "type": "function", "function": {"name": "add", "arguments": arguments}}]}
    replies = [
        stream(event(head), event({}, "length")) if run.streamed else plain({"content": None, **whole}, "length"),
        Reply("Well."),
    ]
    with EmulatedEndpoint("openai", replies) as endpoint:
        messages = run(build(endpoint, [add]), "1 + 2?")
    [broken] = messages[1].invalid_tool_calls
    assert (broken["args"], broken["id"]) == (arguments, "a")
    assert "token cap" in (broken["error"] or "")
    assert not messages[1].tool_calls
    assert "did not run" in messages[2].text
