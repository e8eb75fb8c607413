"""A leaked call that stands where it may be an example, beside others that run: the model is told that it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = '{"name": "note", "arguments": {"text": "hello"}}'
ADD = '{"name": "add", "arguments": {"a": 1, "b": 2}}'
QUESTION = "Note hello, then add 1 and 2."
ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


def note(text: str) -> str:
    """Write a note."""
    ran.append(text)
    return "noted"


def add(a: int, b: int) -> int:
    """Add two numbers."""
    ran.append(f"{a} + {b}")
    return a + b


def results(reply: str | Reply, run: Any, build: Callable[..., Any], size: int) -> dict[str, str]:
    """What the model is told of each call in a reply, of its own words or of the server's making."""
    first = Reply(reply) if isinstance(reply, str) else reply
    with EmulatedEndpoint("vllm-0.32", [first, Reply("Done.")], wire={"chunk_size": size}) as endpoint:
        messages = run(build(endpoint, [note, add]), QUESTION)
    assert messages[-1].text == "Done."
    return {message.name: message.text for message in messages if message.type == "tool"}


def beside_a_parsed_call(text: str) -> Reply:
    return Reply(text, calls=[Call("add", {"a": 1, "b": 2})])


SIZES = pytest.mark.parametrize("size", [1, 7, 4000])


@SIZES
@pytest.mark.parametrize(
    "case",
    [
        (f"I do: {NOTE}\n{ADD}", ["1 + 2"], "note"),
        (f"I do: {NOTE}\n```json\n{ADD}\n```", ["1 + 2"], "note"),
        (f"I do: {NOTE}\n<tool_call>{ADD}</tool_call>", ["1 + 2"], "note"),
        (f"<tool_call>{NOTE}</tool_call> then {ADD}", ["hello"], "add"),
        (f"- [x] I do: {NOTE}\n{ADD}", ["1 + 2"], "note"),
        (f"With {{x}} I do: {NOTE}\n{ADD}", ["1 + 2"], "note"),
        ("I do: " + NOTE.replace("hello", "hel\u2028lo") + f"\n{ADD}", ["1 + 2"], "note"),
    ],
)
def test_a_call_on_the_line_of_its_lead(
    case: tuple[str, list[str], str], size: int, run: Any, build: Callable[..., Any]
) -> None:
    text, runs, doubted = case
    told = results(text, run, build, size)
    assert ran == runs
    assert set(told) == {"note", "add"}
    assert "may be an example: send it as a call" in told[doubted]


@SIZES
@pytest.mark.parametrize("lead", ["</think>", "Hm.</think>", "</think>\n\n", "Hm.</think>\n"])
def test_calls_right_behind_the_end_of_a_thought(lead: str, size: int, run: Any, build: Callable[..., Any]) -> None:
    assert results(f"{lead}{NOTE}\n{ADD}", run, build, size) == {"note": "noted", "add": "3"}
    assert sorted(ran) == ["1 + 2", "hello"]


@SIZES
def test_the_same_call_once_more_in_prose_is_no_other_one(size: int, run: Any, build: Callable[..., Any]) -> None:
    assert results(f"I do: {ADD}\n<tool_call>{ADD}</tool_call>", run, build, size) == {"add": "3"}
    assert ran == ["1 + 2"]


@SIZES
@pytest.mark.parametrize(
    "text",
    [
        f"I do: {NOTE}",
        f"I do: [{NOTE}]",
        f"I do: {NOTE}\nThat is all.",
        f"I do:\n{NOTE}",
        f"I do: {NOTE[:-1]},}}",
        f"I do: [{NOTE},]",
        f"I do: {NOTE}, {ADD}",
        f"I do: [{NOTE}]".replace('"', "'"),
    ],
)
def test_a_call_on_the_line_of_its_lead_beside_a_parsed_one(
    text: str, size: int, run: Any, build: Callable[..., Any]
) -> None:
    told = results(beside_a_parsed_call(text), run, build, size)
    assert ran == ["1 + 2"]
    assert "may be an example: send it as a call" in told["note"]


@SIZES
@pytest.mark.parametrize(
    "text",
    [
        'The form of note is: {"name": "note", "arguments": {"text": "<text>"}}',
        'note takes: {"text": "what to write"}',
        "I use add, as note is for words.",
    ],
)
def test_prose_that_names_a_tool_beside_a_parsed_call(
    text: str, size: int, run: Any, build: Callable[..., Any]
) -> None:
    assert results(beside_a_parsed_call(text), run, build, size) == {"add": "3"}
