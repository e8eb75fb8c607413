"""A tool's Command that the graph cannot carry out is an error of the tool, told to the model; the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest
from checkpoint_threads import LatestOnly
from langchain_core.messages import HumanMessage, RemoveMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
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


NO_PARENT = (
    "The tool failed: PortolanError: its Command is for a parent graph (`Command.PARENT`), and this agent runs on its "
    "own. It is for an agent that is a node of another graph. Correct the arguments and call it again, or go on "
    "without."
)


@tool
def hand_over(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
    """Hand over to a human."""
    result = ToolMessage("handed over", tool_call_id=tool_call_id)
    return Command(graph=Command.PARENT, goto="human", update={"messages": [result]})


NAMESPACES: list[dict[str, str]] = [{}, {"checkpoint_ns": ""}, {"checkpoint_ns": "human:1|agent:2"}]


@BESIDE
@pytest.mark.parametrize("given", NAMESPACES, ids=["plain", "empty", "one that is not its own"])
@pytest.mark.parametrize("calls", [1, 2])
def test_a_graph_that_runs_on_its_own_has_no_parent(
    calls: int, given: dict[str, str], beside: list[Any], run: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(calls=[Call("hand_over")] * calls), Reply("Done.")]
    config = {"configurable": {"thread_id": "1", **given}}
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [hand_over, *beside], InMemorySaver()), "Go on", config=config)
    assert [(one.text, one.status) for one in messages if one.type == "tool"] == [(NO_PARENT, "error")] * calls
    assert messages[-1].text == "Done."


def around(agent: Any, *, called: bool) -> Any:
    """A graph with an agent that is a node of it, or is called in one, and a human to go to."""

    def call(state: MessagesState) -> Any:
        return agent.invoke(state)

    async def acall(state: MessagesState) -> Any:
        return await agent.ainvoke(state)

    builder = StateGraph(MessagesState)
    builder.add_node("agent", RunnableLambda(call, acall) if called else agent)
    builder.add_node("human", lambda _: {"messages": [HumanMessage("I am here.")]})
    builder.add_edge(START, "agent")
    builder.add_edge("human", END)
    return builder.compile(checkpointer=InMemorySaver())


@BESIDE
@pytest.mark.parametrize("called", [False, True], ids=["node", "called"])
@pytest.mark.parametrize("deeper", [False, True])
def test_one_within_another_goes_on_there(
    beside: list[Any], run: Any, build: Callable[..., Any], *, called: bool, deeper: bool
) -> None:
    config = {"configurable": {"thread_id": "1"}}
    with EmulatedEndpoint("openai", [Reply(calls=[Call("hand_over")])]) as endpoint:
        graph = around(build(endpoint, [hand_over, *beside]), called=called)
        if deeper:
            graph = StateGraph(MessagesState).add_node("inner", graph).add_edge(START, "inner").compile()
        messages = run(graph, "Go on", config=config)
    assert [message.text for message in messages[-2:]] == ["handed over", "I am here."]


SAVERS = pytest.mark.parametrize("saver", [InMemorySaver, LatestOnly])


@BESIDE
@SAVERS
def test_one_that_two_calls_remove(saver: Any, beside: list[Any], run: Any, build: Callable[..., Any]) -> None:
    act = giving(RemoveMessage("first"))
    thread = [HumanMessage("One", id="first"), HumanMessage("Two", id="second")]
    config = {"configurable": {"thread_id": "1"}}
    with EmulatedEndpoint("openai", [Reply(calls=[Call("act")] * 2), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act, *beside], saver()), thread, config=config)
    assert [message.text for message in messages] == ["Two", "", "acted", "acted", "Done."]


@tool
def forget(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
    """Forget all."""
    result = ToolMessage("forgot", tool_call_id=tool_call_id)
    return Command(update={"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), HumanMessage("Go on."), result]})


@BESIDE
@SAVERS
@pytest.mark.parametrize("calls", [["forget", "act"], ["act", "forget"], ["act", "forget", "act"]], ids=" ".join)
def test_one_that_a_call_removes_beside_another_that_removes_all(
    calls: list[str], saver: Any, beside: list[Any], run: Any, build: Callable[..., Any]
) -> None:
    act = giving(RemoveMessage("first"))
    thread = [HumanMessage("One", id="first"), HumanMessage("Two", id="second")]
    config = {"configurable": {"thread_id": "1"}}
    with EmulatedEndpoint("openai", [Reply(calls=[Call(name) for name in calls]), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act, forget, *beside], saver()), thread, config=config)
    assert [message.text for message in messages] == ["Go on.", "Done."]
