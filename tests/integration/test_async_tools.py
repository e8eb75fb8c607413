"""Tools that are a coroutine function alone run in each of the four ways, and may do there what plain ones may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangChain resolves the tool's annotations
from langchain_core.tools import StructuredTool, Tool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.prebuilt import ToolRuntime  # noqa: TC002 - as above
from langgraph.types import Command, interrupt

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

THREAD: Any = {"configurable": {"thread_id": "1"}}


async def double(number: int) -> int:
    """Double a number."""
    await asyncio.sleep(0)
    return 2 * number


@tool
async def where(number: int, config: RunnableConfig) -> str:
    """Say where this runs."""
    await asyncio.sleep(0)
    get_stream_writer()(f"asked for {number}")
    return f"{number} in {config['configurable']['thread_id']}"


@tool
async def count_messages(number: int, runtime: ToolRuntime) -> str:
    """Count the messages of the thread."""
    await asyncio.sleep(0)
    return f"{number} of {len(runtime.state['messages'])} by {runtime.tool_call_id}"


@tool
async def ask_person(number: int) -> str:
    """Ask a person."""
    await asyncio.sleep(0)
    return f"{number} {interrupt('May I?')}"


@tool
async def fail(number: int) -> str:
    """Fail."""
    await asyncio.sleep(0)
    msg = f"no {number}."
    raise LookupError(msg)


async def _doubled(text: str) -> str:
    await asyncio.sleep(0)
    return text * 2


simple = Tool(name="simple", func=None, description="Double a text.", coroutine=_doubled)

CASES = [
    (double, {"number": 3}, "6"),
    (where, {"number": 3}, "3 in 1"),
    (count_messages, {"number": 3}, "3 of 2 by call_a"),
    (simple, {"__arg1": "ab"}, "abab"),
    (fail, {"number": 3}, "The tool failed: LookupError: no 3. Correct the arguments and call it again, or go on w"),
]


def _name(one: Any) -> str:
    return str(getattr(one, "name", None) or one.__name__)


@pytest.mark.parametrize(("one", "arguments", "told"), CASES, ids=[_name(case[0]) for case in CASES])
def test_it_runs_in_each_way(run: Any, build: Callable[..., Any], one: Any, arguments: Any, told: str) -> None:
    script = [Reply(calls=[Call(_name(one), arguments, id="call_a")]), Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [one], InMemorySaver()), "Go", config=THREAD)
    assert messages[-2].text.startswith(told)
    assert messages[-1].text == "Done."


@pytest.mark.parametrize("calls", [1, 3])
def test_it_is_interrupted_and_goes_on(run: Any, build: Callable[..., Any], calls: int) -> None:
    asked = [Call("ask_person", {"number": 1}), *[Call("double", {"number": number}) for number in range(1, calls)]]
    script = [Reply(calls=asked), Reply("Thanks.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        graph = build(endpoint, [ask_person, double], InMemorySaver())
        run(graph, "Go", config=THREAD)
        assert [one.value for one in graph.get_state(THREAD).interrupts] == ["May I?"]
        messages = run(graph, Command(resume="yes"), config=THREAD)
    assert [message.text for message in messages[2:]] == ["1 yes", *(str(2 * n) for n in range(1, calls)), "Thanks."]


@pytest.mark.parametrize("calls", [1, 3])
async def test_it_runs_within_a_running_event_loop(build: Callable[..., Any], calls: int) -> None:
    script = [Reply(calls=[Call("where", {"number": number}) for number in range(calls)]), Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        graph = build(endpoint, [where], InMemorySaver())
        parts = list(graph.stream({"messages": "Go"}, THREAD, stream_mode=["custom", "values"]))
    assert sorted(part for kind, part in parts if kind == "custom") == [f"asked for {n}" for n in range(calls)]
    assert [message.text for message in parts[-1][1]["messages"][2:]] == [*(f"{n} in 1" for n in range(calls)), "Done."]


def test_a_tool_that_has_both_keeps_both(runner: Any, build: Callable[..., Any]) -> None:
    both = StructuredTool.from_function(func=lambda text: text, coroutine=_doubled, name="both", description="Both.")
    for mode, result in (("invoke", "ab"), ("ainvoke", "abab")):
        script = [Reply(calls=[Call("both", {"text": "ab"})]), Reply("Done.")]
        with EmulatedEndpoint("openai", script) as endpoint:
            assert runner(mode)(build(endpoint, [both]), "Go")[-2].text == result
    assert simple.func is None
