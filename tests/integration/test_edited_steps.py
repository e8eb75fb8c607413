"""A thread that is edited while one tool waits and another has run: what has run is kept, and runs no second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from checkpoint_threads import CONFIG, texts
from langchain_core.messages import RemoveMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = [Call("pay", {"amount": 5}), Call("ask_person", {"what": "Go on?"})]
PAID: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_paid() -> None:
    PAID.clear()


def pay(amount: int) -> str:
    """Pay an amount."""
    PAID.append(amount)
    return "paid"


def ask_person(what: str) -> str:
    """Ask a person."""
    return f"the person says {interrupt(what)}"


@pytest.mark.parametrize("as_node", [None, "model"])
@pytest.mark.parametrize("values", [{"messages": []}, {}, None])
def test_an_edit_keeps_what_has_run(
    values: dict[str, Any] | None, as_node: str | None, run: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("strictest", [Reply(calls=CALLS), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        run(graph, "Pay", config=CONFIG)
        graph.update_state(CONFIG, values, as_node=as_node)
        run(graph, None, config=CONFIG)
        messages = run(graph, Command(resume="yes"), config=CONFIG)
    assert texts(messages) == ["Pay", "", "paid", "the person says yes", "Done."]
    assert PAID == [5]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_call_is_turned_down_beside_one_that_has_run(asynchronous: bool, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply(calls=CALLS), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        waiting = graph.invoke({"messages": [("user", "Pay")]}, CONFIG)
        asked = waiting["messages"][1].tool_calls[1]["id"]
        turned_down = {"messages": [ToolMessage("turned down", tool_call_id=asked)]}
        if asynchronous:
            await graph.aupdate_state(CONFIG, turned_down)
            messages = (await graph.ainvoke(None, CONFIG))["messages"]
        else:
            graph.update_state(CONFIG, turned_down)
            messages = graph.invoke(None, CONFIG)["messages"]
    assert texts(messages) == ["Pay", "", "paid", "turned down", "Done."]
    assert PAID == [5]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_another_agents_node_turns_a_call_down(asynchronous: bool, build: Callable[..., Any]) -> None:
    """An edit by the code of another graph is one by hand: the call beside it still runs."""
    calls = [Call("pay", {"amount": amount}) for amount in (5, 7)]
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("Done.")]) as endpoint:
        worker = build(endpoint, [pay], checkpointer=InMemorySaver())
        waiting = worker.invoke({"messages": [("user", "Pay")]}, CONFIG, interrupt_before=["tools"])
        first = waiting["messages"][1].tool_calls[0]["id"]
        turned_down = {"messages": [ToolMessage("turned down", tool_call_id=first)]}

        def act(_: MessagesState) -> MessagesState:
            worker.update_state(CONFIG, turned_down, as_node="model")
            return {"messages": worker.invoke(None, CONFIG)["messages"]}

        async def act_later(_: MessagesState) -> MessagesState:
            await worker.aupdate_state(CONFIG, turned_down, as_node="model")
            return {"messages": (await worker.ainvoke(None, CONFIG))["messages"]}

        boss = StateGraph(MessagesState).add_node("act", act_later if asynchronous else act).add_edge(START, "act")
        given: Any = {"messages": []}
        came = await boss.compile().ainvoke(given) if asynchronous else boss.compile().invoke(given)
        assert all("langgraph_path" not in one.metadata for one in worker.get_state_history(CONFIG))
    assert texts(came["messages"]) == ["Pay", "", "turned down", "paid", "Done."]
    assert PAID == [7]


def test_what_is_shown_can_be_taken_out(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply(calls=CALLS), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        graph.invoke({"messages": [("user", "Pay")]}, CONFIG)
        shown = graph.get_state(CONFIG).values["messages"]
        assert texts(shown) == ["Pay", "", "paid"]
        graph.update_state(CONFIG, {"messages": [RemoveMessage(one.id) for one in shown[1:]]})
        assert texts(graph.get_state(CONFIG).values["messages"]) == ["Pay"]
        assert texts(graph.invoke(None, CONFIG)["messages"]) == ["Pay", "Done."]
    assert PAID == [5]


@pytest.mark.parametrize("before", [False, True])
def test_going_to_the_tools_runs_none_that_waits_twice(before: bool, run: Any, build: Callable[..., Any]) -> None:
    calls = [Call("pay", {"amount": 5}), Call("pay", {"amount": 7})] if before else CALLS
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        run(graph, "Pay", config=CONFIG, interrupt_before=["tools"] if before else None)
        messages = run(graph, Command(goto="tools"), config=CONFIG)
        if not before:
            messages = run(graph, Command(resume="yes"), config=CONFIG)
    assert sorted(PAID) == ([5, 7] if before else [5])
    assert messages[-1].text == "Done."
