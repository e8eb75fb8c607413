"""A reply that ends in a call in a form of no model: the model is asked once, and what it then sends runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "Add 12 and 3 with the tool."
ARGS = '{"a": 12, "b": 3}'
FORMS = [
    "Action: add(a=12, b=3)",
    f"行动：add\n行动输入：{ARGS}",
    f"assistant to=functions.add<json>{ARGS}",
    f'<tool_use>{{"name": "add", "input": {ARGS}}}</tool_use>',
    "<add>\n<a>12</a>\n<b>3</b>\n</add>",
    f'{{"add": {ARGS}}}',
    '{"name": "add", "a": 12, "b": 3}',
    "```python\nresult = add(12, 3)\nprint(result)\n```",
    "tool: add\nargs:\n  a: 12\n  b: 3",
    f"add: {ARGS}",
    "{“name”: “add”, “arguments”: {“a”: 12, “b”: 3}}",
]
ran: list[str] = []


def add(a: int, b: int) -> int:
    """Add two numbers."""
    ran.append(f"{a} + {b}")
    return a + b


@pytest.fixture(autouse=True)
def _none_ran() -> None:
    ran.clear()


@pytest.mark.parametrize("lead", ["", "I'll add them:\n\n"])
@pytest.mark.parametrize("form", FORMS)
def test_it_is_asked_about_once_and_the_call_runs(form: str, lead: str, run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(lead + form), Reply(calls=[Call("add", {"a": 12, "b": 3})]), Reply("It is 15.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = run(build(endpoint, [add], max_tokens=512), QUESTION)
        assert len(endpoint.bodies) == len(script)
    assert ran == ["12 + 3"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == "It is 15."


@pytest.mark.parametrize("form", FORMS[:1])
def test_again_it_is_the_answer_with_a_notice(
    form: str, run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(form)] * 2) as endpoint:
        messages = run(build(endpoint, [add], max_tokens=512), QUESTION)
        assert len(endpoint.bodies) == 2
    assert (ran, messages[-1].text) == ([], form)
    assert "a call of add that did not run" in caplog.text


@pytest.mark.parametrize(
    "said",
    [
        "I called add(a=12, b=3) and got 15.",
        "The sum is 15. This is what I used:\n\n```python\nresult = add(12, 3)\n```",
        f"I called the tool with this:\n\nadd: {ARGS}",
    ],
)
def test_a_recap_of_what_ran_is_the_answer(
    said: str, run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(calls=[Call("add", {"a": 12, "b": 3})]), Reply(said)]) as endpoint:
        assert run(build(endpoint, [add], max_tokens=512), QUESTION)[-1].text == said
    assert "did not run" not in caplog.text
