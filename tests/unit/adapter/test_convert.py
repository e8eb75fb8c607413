"""A reply in LangChain's form: whole, and in pieces that LangChain merges."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from pydantic import BaseModel

from graph.endpoint.convert import response_format_dict, to_chunk, to_result
from graph.endpoint.corrected import corrected
from graph.endpoint.json_answers import value_of
from graph.endpoint.reply import BrokenCall, Call, Delta, Reply, Usage

RAW: dict[str, Any] = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 6, "audio_tokens": None},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


class Joke(BaseModel):
    """A joke."""

    setup: str


def reply(**changes: Any) -> Reply:
    fields: dict[str, Any] = {
        "text": "Hello",
        "reasoning": "",
        "calls": (),
        "broken": (),
        "finish_reason": "stop",
        "usage": Usage(9, 4, 13, RAW),
        "model": "m-1",
        "metadata": {"id": "x"},
    }
    return Reply(**(fields | changes))


def message(given: Reply, wanted: object = None) -> AIMessage:
    found = to_result(given, wanted).generations[0].message
    assert isinstance(found, AIMessage)
    return found


def streamed(deltas: list[Delta], given: Reply) -> AIMessageChunk:
    first, *rest = [to_chunk(item).message for item in (*deltas, given)]
    whole: Any = first
    for chunk in rest:
        whole += chunk
    assert isinstance(whole, AIMessageChunk)
    return whole


def test_plain_and_streamed_say_the_same() -> None:
    given = reply(
        text="Hello",
        reasoning="Hm.",
        calls=(Call("c1", "add", '{"a": 1}'),),
        broken=(BrokenCall("c2", "add", '{"a": ', "it is cut"),),
        finish_reason="tool_calls",
        fault="calls",
        why="add: it is cut",
    )
    deltas = [
        Delta(reasoning="Hm."),
        Delta(text="Hel"),
        Delta(text="lo"),
        Delta(call_index=0, call_id="c1", call_name="add", arguments='{"a"'),
        Delta(call_index=0, arguments=": 1}"),
        Delta(call_index=1, call_id="c2", call_name="add", arguments='{"a": '),
        Delta(call_index=1, arguments=" ]"),
    ]
    whole, pieces = message(given), corrected(streamed(deltas, given))
    assert pieces.text == whole.text == "Hello"
    assert pieces.tool_calls == whole.tool_calls
    assert whole.tool_calls == [{"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}]
    assert pieces.invalid_tool_calls == whole.invalid_tool_calls
    assert [(one["id"], one["args"]) for one in whole.invalid_tool_calls] == [("c2", '{"a": ')]
    assert pieces.usage_metadata == whole.usage_metadata
    assert pieces.additional_kwargs["reasoning_content"] == whole.additional_kwargs["reasoning_content"] == "Hm."
    assert pieces.response_metadata == whole.response_metadata
    assert whole.response_metadata["broken_calls"] == {"c2": "it is cut"}
    assert (whole.response_metadata["fault"], whole.response_metadata["why"]) == ("calls", "add: it is cut")


def test_usage() -> None:
    usage = message(reply()).usage_metadata
    assert usage == {
        "input_tokens": 9,
        "output_tokens": 4,
        "total_tokens": 13,
        "input_token_details": {"cache_read": 6},
        "output_token_details": {"reasoning": 2},
    }
    assert message(reply(usage=None)).usage_metadata is None


def test_a_good_reply_has_no_fault() -> None:
    metadata = message(reply()).response_metadata
    assert metadata == {"id": "x", "model_provider": "portolan", "model_name": "m-1", "finish_reason": "stop"}


def test_a_response_format_as_a_class() -> None:
    found = response_format_dict(Joke)
    assert found["type"] == "json_schema"
    assert found["json_schema"]["name"] == "Joke"
    assert found["json_schema"]["schema"]["required"] == ["setup"]
    assert response_format_dict({"type": "json_object"}) == {"type": "json_object"}


@pytest.mark.parametrize(
    "text", ['{"setup": "Why?"}', '```json\n{"setup": "Why?"}\n```', '```\n{"setup": "Why?"}\n```\n']
)
def test_structured_output_is_parsed(text: str) -> None:
    assert message(reply(text=text), Joke).additional_kwargs["parsed"] == Joke(setup="Why?")


def test_a_refusal_of_the_model_is_kept() -> None:
    found = message(reply(text="", metadata={"refusal": "I will not."}))
    assert found.additional_kwargs == {"refusal": "I will not."}
    assert "refusal" not in found.response_metadata


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '```json\n{"a": 1}\n```',
        '```\n{"a": 1}\n```',
        'Sure!\n```json\n{"a": 1}\n```\nDone',
        '{"a": 1} And that is it.',
        '{"a": 1}\n\nSee ```json\n{}\n```',
    ],
)
def test_the_value_of_an_answer_may_stand_in_a_fence_and_among_words(text: str) -> None:
    assert value_of(text) == {"a": 1}


@pytest.mark.parametrize("text", ["", "Well.", '{"a": 1', '```json\n{"a": [1\n```'])
def test_a_value_that_is_not_whole_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        value_of(text)


def test_an_answer_nested_too_deeply_is_not_read() -> None:
    assert "parsed" not in message(reply(text='{"setup": ' + "[" * 100_000), Joke).additional_kwargs
