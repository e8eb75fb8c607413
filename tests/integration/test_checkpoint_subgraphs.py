"""The agent within another graph: its thread is kept, interrupted, resumed and read there too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from checkpoint_threads import CONFIG, LatestOnly, Thread, add, approve, postgres, saver, texts
from langchain_core.messages import HumanMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command

from graph import Agent, Endpoint, Settings, build_graph
from graph.channel import LostHistoryError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

__all__ = ["postgres", "saver"]  # fixtures


def inner(endpoint: EmulatedEndpoint, *, own_thread: bool = False, saver: Any = None) -> Any:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    agent = Agent([add, approve], "", where, name="agent")
    return build_graph(agent, settings=Settings(max_retries=0), checkpointer=True if own_thread else saver)


def outer(graph: Any, saver: BaseCheckpointSaver[Any]) -> Thread:
    """A graph of LangGraph's usual kind, with the agent as a node."""
    builder = StateGraph(MessagesState)
    builder.add_node("agent", graph)
    builder.add_edge(START, "agent")
    builder.add_edge("agent", END)
    return Thread(builder.compile(checkpointer=saver))


@pytest.mark.parametrize("own_thread", [False, True])
async def test_an_agent_that_is_a_node_is_interrupted_and_resumed(
    saver: BaseCheckpointSaver[Any], *, own_thread: bool
) -> None:
    script = [
        Reply(calls=[Call("add", {"a": 1, "b": 2})]),
        Reply(calls=[Call("approve", {"what": "Really?"})]),
        Reply("Done"),
    ]
    with EmulatedEndpoint("openai", script) as endpoint:
        await outer(inner(endpoint, own_thread=own_thread), saver).run([("user", "Do it")])
        thread = outer(inner(endpoint, own_thread=own_thread), saver)
        assert (await thread.state()).interrupts[0].value == "Really?"
        await thread.run(Command(resume="yes"))
        assert texts(await thread.messages()) == ["Do it", "", "3", "", "the user says yes", "Done"]


async def test_an_agent_with_a_thread_of_its_own_remembers_it(saver: BaseCheckpointSaver[Any]) -> None:
    """The outer graph passes on the last message alone; what was said before is in the agent's own thread."""
    with EmulatedEndpoint("openai", [Reply("One"), Reply("Two"), Reply("Three")]) as endpoint:
        agent = inner(endpoint, own_thread=True)

        async def ask(state: MessagesState) -> dict[str, Any]:
            given = {"messages": [HumanMessage(state["messages"][-1].text)]}
            return {"messages": (await agent.ainvoke(given))["messages"][-1:]}

        def ask_at_once(state: MessagesState) -> dict[str, Any]:
            given = {"messages": [HumanMessage(state["messages"][-1].text)]}
            return {"messages": agent.invoke(given)["messages"][-1:]}

        asynchronous = type(saver).__name__.startswith("Async")
        builder = StateGraph(MessagesState)
        builder.add_node("ask", ask if asynchronous else ask_at_once)
        builder.add_edge(START, "ask")
        thread = Thread(builder.compile(checkpointer=saver))
        for word in ("first", "second", "third"):
            await thread.run([("user", word)])
    sent = [message["content"] for message in endpoint.bodies[-1]["messages"]]
    assert sent == ["first", "One", "second", "Two", "third"]
    assert texts(await thread.messages(CONFIG)) == ["first", "One", "second", "Two", "third", "Three"]


async def test_a_saver_that_keeps_the_newest_checkpoint_alone_is_given_to_the_agent_too() -> None:
    for given in (True, False):
        saver = LatestOnly()
        script = [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply(calls=[Call("approve", {"what": "Really?"})])]
        with EmulatedEndpoint("openai", [*script, *([Reply("Done")] if given else [])]) as endpoint:
            thread = outer(inner(endpoint, saver=saver if given else None), saver)
            await thread.run([("user", "Do it")])
            if given:
                messages = await thread.run(Command(resume="yes"))
                assert texts(messages) == ["Do it", "", "3", "", "the user says yes", "Done"]
                continue
            with pytest.raises(LostHistoryError, match="must be given to build_graph"):
                await thread.run(Command(resume="yes"))
