"""A tool that awaits what something else has cancelled has failed; a run that is cancelled is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import ToolRuntime  # noqa: TC002 - LangChain resolves the tool's annotations

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

THREAD: Any = {"configurable": {"thread_id": "1"}}


async def awaits_cancelled(number: int) -> str:
    """Await a task that something else has cancelled."""
    inner = asyncio.ensure_future(asyncio.Event().wait())
    await asyncio.sleep(0)
    inner.cancel()
    await inner
    return f"{number}"


async def cancels_itself(number: int) -> str:
    """Cancel the task that it runs in."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    return f"{number}"


@tool
def raises_it(number: int) -> str:
    """Raise what a cancelled task raises."""
    msg = f"the look-up of {number} was cancelled"
    raise asyncio.CancelledError(msg)


@tool
async def with_state(number: int, runtime: ToolRuntime) -> str:  # noqa: ARG001 - so that LangGraph's node runs it
    """Await a task that something else has cancelled."""
    return await awaits_cancelled(number)


def plain(number: int) -> str:
    """Give a number back."""
    return f"{number}"


@pytest.mark.parametrize("failing", [awaits_cancelled, cancels_itself, raises_it, with_state])
def test_the_model_is_told_of_it(failing: Any, run: Any, build: Callable[..., Any]) -> None:
    name = getattr(failing, "name", None) or failing.__name__
    script = [Reply(calls=[Call(name, {"number": 1}), Call("plain", {"number": 2})]), Reply("It did not work.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [failing, plain]), "Go on")
    assert messages[-1].text == "It did not work."
    results = [message for message in messages if message.type == "tool"]
    assert [result.status for result in results] == ["error", "success"]
    assert "CancelledError" in results[0].text


@pytest.mark.parametrize("injected", [False, True])
async def test_a_run_that_is_cancelled_ends(injected: bool, build: Callable[..., Any]) -> None:
    begun = asyncio.Event()

    async def waits(number: int) -> str:
        """Wait for ever."""
        begun.set()
        await asyncio.Event().wait()
        return f"{number}"

    async def waits_too(number: int, runtime: ToolRuntime) -> str:  # noqa: ARG001
        """Wait for ever."""
        return await waits(number)

    chosen = waits_too if injected else waits
    with EmulatedEndpoint("openai", [Reply(calls=[Call(chosen.__name__, {"number": 1})])]) as endpoint:
        graph = build(endpoint, [chosen], checkpointer=InMemorySaver())
        task = asyncio.create_task(graph.ainvoke({"messages": [("user", "Go on")]}, THREAD))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(endpoint.bodies) == 1
        assert graph.get_state(THREAD).next == ("tools",)
