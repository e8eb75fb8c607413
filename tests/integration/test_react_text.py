"""A reply in the text form of ReAct: no call comes of it by itself, and it is not taken for the answer either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "What is 1 + 2?"
INPUT = '{"a": 1, "b": 2}'
ACTION = f"Thought: I need to add.\nAction: add\nAction Input: {INPUT}"
ran: list[str] = []


def add(a: int, b: int) -> int:
    """Add two numbers."""
    ran.append(f"{a} + {b}")
    return a + b


def search(query: str) -> str:
    """Search the web."""
    ran.append(query)
    return "nothing"


TOOLS = [add, search]


@pytest.fixture(autouse=True)
def _none_ran() -> None:
    ran.clear()


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize(
    "said",
    [
        ACTION,
        f"{ACTION}\n",
        f"{ACTION}\nObservation:",
        f"{ACTION}\nObservation: 3\nThought: I now know the final answer.\nFinal Answer: 3",
        f"**Thought:** I add.\n**Action:** `add`\n**Action Input:** {INPUT}",
        f"Action: add\n\nAction Input:\n```json\n{INPUT}\n```",
        'Action: add\nAction Input: {\n  "a": 1,\n  "b": 2\n}',
        "Action: search\nAction Input: 1 + 2",
        'Action: search\nAction Input: "1 + 2"',
    ],
)
def test_it_is_asked_about_and_nothing_runs(said: str, api: str, run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(said), Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply("It is 3.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = run(build(endpoint, TOOLS, max_tokens=512, api=api), QUESTION)
    assert ran == ["1 + 2"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == "It is 3."


def test_again_it_is_the_answer_with_a_notice(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(ACTION)] * 3) as endpoint:
        messages = run(build(endpoint, TOOLS, max_tokens=512), QUESTION)
        assert len(endpoint.bodies) == 2
    assert (ran, messages[-1].text) == ([], ACTION)
    assert "a call of add that did not run" in caplog.text


@pytest.mark.parametrize(
    "said",
    [
        f"Thought: no tool fits.\nAction: multiply\nAction Input: {INPUT}",
        'Action: add\nAction Input: {"a": 1}',
        "Action: add\nAction Input: 1, 2",
        f"{ACTION}\n\nThat is how such an agent would put it.",
        f"The form is this:\n```\n{ACTION}\nObservation: 3\n```\nThen it goes on.",
        "Thought: I know it.\nFinal Answer: 3",
        "Action: search\nThe council will act on it.",
    ],
)
def test_what_is_no_action_is_the_answer(said: str, run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(said)]) as endpoint:
        assert run(build(endpoint, TOOLS, max_tokens=512), QUESTION)[-1].text == said


@pytest.mark.parametrize(
    "question", ["Show me an example of a ReAct step with add.", f"Repeat this, word for word:\n{ACTION}"]
)
def test_what_was_asked_for_is_the_answer(question: str, run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(ACTION)]) as endpoint:
        assert run(build(endpoint, TOOLS, max_tokens=512), question)[-1].text == ACTION
