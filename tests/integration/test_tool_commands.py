"""A tool's Command that the graph cannot carry out is an error of the tool, told to the model; the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langchain_core.messages import HumanMessage, RemoveMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.prebuilt import ToolRuntime  # noqa: TC002 - LangChain resolves the tool's annotations
from langgraph.types import Command

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

NO_SUCH = (
    "The tool failed: ValueError: there is no message with the id 'no such' to remove. "
    "Correct the arguments and call it again, or go on without."
)


@tool
def with_state(runtime: ToolRuntime) -> str:
    """Read the state: with it among the tools, LangGraph's node runs them all."""
    return str(len(runtime.state["messages"]))


BESIDE = pytest.mark.parametrize("beside", [[], [with_state]], ids=["plain", "ToolNode"])


def giving(*messages: Any) -> Any:
    """A tool whose Command has a result, and these messages before it."""

    @tool
    def act(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Act."""
        return Command(update={"messages": [*messages, ToolMessage("acted", tool_call_id=tool_call_id)]})

    return act


@BESIDE
@pytest.mark.parametrize("calls", [1, 2])
def test_a_message_that_is_not_there_is_to_be_removed(
    calls: int, beside: list[Any], run: Any, build: Callable[..., Any]
) -> None:
    act = giving(RemoveMessage("no such"))
    with EmulatedEndpoint("openai", [Reply(calls=[Call("act")] * calls), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act, *beside]), "Go on")
    assert [(one.text, one.status) for one in messages if one.type == "tool"] == [(NO_SUCH, "error")] * calls
    assert [one["content"] for one in endpoint.bodies[-1]["messages"] if one["role"] == "tool"] == [NO_SUCH] * calls
    assert messages[-1].text == "Done."


@BESIDE
def test_one_that_is_there_is_removed(beside: list[Any], run: Any, build: Callable[..., Any]) -> None:
    act = giving(RemoveMessage("first"), HumanMessage("Be brief.", id="new"), RemoveMessage("new"))
    thread = [HumanMessage("One", id="first"), HumanMessage("Two", id="second")]
    with EmulatedEndpoint("openai", [Reply(calls=[Call("act")]), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act, *beside]), thread)
    assert [message.text for message in messages] == ["Two", "", "acted", "Done."]
