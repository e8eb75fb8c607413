"""Threads that their users edit, on every saver: emptied, written on, cut short, or changed while a tool waits."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from checkpoint_threads import CONFIG, agent, postgres, saver, texts
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt import create_react_agent
from langgraph.types import Command, Send, interrupt

from graph import Agent, Settings, build_graph
from graph.endpoint.pairing import is_paired
from graph.errors import BrokenReplyError, PortolanError, SettingsError, TurnLimitError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from langgraph.checkpoint.base import BaseCheckpointSaver

__all__ = ["postgres", "saver"]  # fixtures

NOTHING_LEFT = RemoveMessage(REMOVE_ALL_MESSAGES)
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


def sent(endpoint: EmulatedEndpoint) -> list[Any]:
    """What the last request said after the instructions."""
    return [one["content"] for one in endpoint.bodies[-1]["messages"] if one["role"] != "system"]


async def test_an_emptied_thread_ends_and_begins_anew(saver: BaseCheckpointSaver[Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply("Hello"), Reply("Anew")]) as endpoint:
        thread = agent(endpoint, saver)
        await thread.run([("user", "Hi")])
        await thread.update([NOTHING_LEFT])
        assert (await thread.state()).next == ()
        assert await thread.messages() == []
        assert texts(await thread.run([("user", "Again")])) == ["Again", "Anew"]


async def test_a_thread_that_ends_in_the_users_words_is_the_models_turn(saver: BaseCheckpointSaver[Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply("Hello"), Reply("Noted"), Reply("Twice"), Reply("New")]) as endpoint:
        thread = agent(endpoint, saver)
        await thread.run([("user", "Hi")])
        await thread.update([HumanMessage("One more thing")])
        assert (await thread.state()).next == ("model",)
        assert texts(await thread.run(None)) == ["Hi", "Hello", "One more thing", "Noted"]
        assert sent(endpoint) == ["Hi", "Hello", "One more thing"]
        await thread.update([RemoveMessage(str((await thread.messages())[-1].id))])
        assert (await thread.state()).next == ("model",)
        assert texts(await thread.run(None)) == ["Hi", "Hello", "One more thing", "Twice"]
        await thread.update([HumanMessage("And")])
        assert texts(await thread.run([("user", "new")]))[-3:] == ["And", "new", "New"]
        await thread.update([AIMessage("Mine")])
        assert (await thread.state()).next == ()
    assert len(endpoint.requests) == 4


async def test_a_call_is_turned_down_by_its_result(saver: BaseCheckpointSaver[Any]) -> None:
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 3, "b": 4})]), Reply("Done")]
    with EmulatedEndpoint("strictest", script) as endpoint:
        thread = agent(endpoint, saver)
        *_, reply = await thread.run([("user", "1 + 2, 3 + 4?")], interrupt_before=["tools"])
        await thread.update([ToolMessage("turned down", tool_call_id=reply.tool_calls[1]["id"])])
        assert (await thread.state()).next == ("tools",)
        messages = await thread.run(None)
    assert texts(messages) == ["1 + 2, 3 + 4?", "", "3", "turned down", "Done"]
    assert sent(endpoint)[2:] == ["3", "turned down"]


def test_a_new_answer_after_repairs_is_asked_for_plainly(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply(""), Reply(""), Reply("One"), Reply(""), Reply("Two")]) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_repairs=2)
        answer = run(graph, "Hi", config=CONFIG)[-1]
        graph.update_state(CONFIG, {"messages": [RemoveMessage(answer.id)]})
        assert run(graph, None, config=CONFIG)[-1].text == "Two"
        assert [len(body["messages"]) for body in endpoint.bodies] == [2, 3, 3, 2, 3]


@pytest.mark.parametrize("beside", [False, True])
def test_words_beside_an_answer_to_a_tool(run: Any, build: Callable[..., Any], *, beside: bool) -> None:
    calls = [Call("ask_person", {"what": "Go on?"}), *([Call("pay", {"amount": 5})] if beside else [])]
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        run(graph, "Pay", config=CONFIG)
        by_the_way = {"messages": [HumanMessage("By the way")]}
        messages = run(graph, Command(resume="yes", update=by_the_way), config=CONFIG)
    results = ["the person says yes", *(["paid"] if beside else [])]
    assert texts(messages) == ["Pay", "", *results, "By the way", "Done."]
    assert len(PAID) == int(beside)


@pytest.mark.parametrize(
    ("keep", "paid"), [([0], [10]), ([1], [1000]), ([1, 0], [10, 1000]), ([], []), ([0, 1, 2], [10, 1000])]
)
def test_calls_are_taken_out_while_they_wait(
    keep: list[int], paid: list[int], run: Any, build: Callable[..., Any]
) -> None:
    """Whatever becomes of the reply, each call that it still has runs once, and one without any is an answer."""
    script = [Reply("I pay.", [Call("pay", {"amount": 10}), Call("pay", {"amount": 1000})]), Reply("Done.")]
    with EmulatedEndpoint("strictest", script, exact=False) as endpoint:
        graph = build(endpoint, [pay], checkpointer=InMemorySaver())
        reply = run(graph, "Pay", config=CONFIG, interrupt_before=["tools"])[-1]
        added = {**reply.tool_calls[0], "id": "call_by_hand", "args": {"amount": 7}}
        calls = [[*reply.tool_calls, added][place] for place in keep]
        edited = {"messages": [reply.model_copy(update={"tool_calls": calls})]}
        messages = run(graph, Command(update=edited), config=CONFIG)
        assert graph.get_state(CONFIG).next == ()
    assert sorted(PAID) == paid
    assert messages[-1].text == ("Done." if keep else "I pay.")
    assert is_paired(messages)


def test_a_call_that_is_added_to_one_that_waits_runs(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply(calls=[Call("pay", {"amount": 1})]), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay], checkpointer=InMemorySaver())
        reply = run(graph, "Pay", config=CONFIG, interrupt_before=["tools"])[-1]
        added = [{**reply.tool_calls[0], "id": f"call_{more}", "args": {"amount": more}} for more in (2, 3)]
        edited = {"messages": [reply.model_copy(update={"tool_calls": [*reply.tool_calls, *added]})]}
        messages = run(graph, Command(update=edited), config=CONFIG)
    assert sorted(PAID) == [1, 2, 3]
    assert texts(messages) == ["Pay", "", "paid", "paid", "paid", "Done."]


def test_the_tools_are_gone_to_where_nothing_is_open(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("strictest", [Reply("Hello"), Reply("Anew")]) as endpoint:
        graph = build(endpoint, [pay], checkpointer=InMemorySaver())
        run(graph, "Hi", config=CONFIG)
        assert texts(run(graph, Command(goto="tools"), config=CONFIG)) == ["Hi", "Hello"]
        emptied = Command(goto="repair", update={"messages": [NOTHING_LEFT]})
        assert texts(run(graph, emptied, config=CONFIG)) == ["Anew"]
        with pytest.raises(PortolanError, match="no call of its thread"):
            run(graph, Command(goto=Send("tools", {"what": 1})), config=CONFIG)


def test_the_same_words_of_two_calls_are_two_results(run: Any, build: Callable[..., Any]) -> None:
    direct = tool(return_direct=True)(pay)
    script = [Reply(calls=[Call("pay", {"amount": 1}), Call("pay", {"amount": 2})])]
    with EmulatedEndpoint("strictest", script) as endpoint:
        messages = run(build(endpoint, [direct]), "Pay")
    assert texts(messages) == ["Pay", "", "paid", "paid"]


def test_a_result_that_is_the_answer_may_empty_the_thread(run: Any, build: Callable[..., Any]) -> None:
    @tool(return_direct=True)
    def wipe() -> Command[Any]:
        """Forget everything."""
        return Command(update={"messages": [NOTHING_LEFT]})

    with EmulatedEndpoint("strictest", [Reply(calls=[Call("wipe")])]) as endpoint:
        assert run(build(endpoint, [wipe]), "Forget") == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_thread_of_langgraphs_own_agent_goes_on(version: Any, run: Any, build: Callable[..., Any]) -> None:
    saver = InMemorySaver()
    calls = [Call("ask_person", {"what": "Go on?"}), Call("pay", {"amount": 5})]
    with EmulatedEndpoint("strictest", [Reply(calls=calls[: 1 if version == "v1" else 2]), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=saver)
        reply = run(graph, "Pay", interrupt_before=["tools"], config={"configurable": {"thread_id": "first"}})[-1]
        model = ToolModel(messages=iter([reply]))
        with pytest.warns(match="create_react_agent"):
            other = create_react_agent(model, [pay, ask_person], checkpointer=saver, version=version)
        other.invoke({"messages": [("user", "Pay")]}, CONFIG, interrupt_before=["tools"])
        run(graph, None, config=CONFIG)
        messages = run(graph, Command(resume="yes"), config=CONFIG)
    results = ["the person says yes", *([] if version == "v1" else ["paid"])]
    assert texts(messages) == ["Pay", "", *results, "Done."]
    assert len(PAID) == len(results) - 1


class ToolModel(GenericFakeChatModel):
    """A chat model of another make that is offered tools."""

    def bind_tools(self, *_: Any, **__: Any) -> Any:
        """Take the tools."""
        return self


class Stray(ToolModel):
    """A chat model that does not keep to its contract."""

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=ChatMessage("Hello", role="assistant"))])


def test_a_chat_model_that_returns_no_reply_is_an_error(runner: Any) -> None:
    graph = build_graph(Agent(tools=[pay], endpoint=Stray(messages=iter(()))), settings=Settings())
    for mode in ("invoke", "ainvoke"):
        with pytest.raises(BrokenReplyError, match="returned a ChatMessage and no AIMessage"):
            runner(mode)(graph, "Hi")


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_a_chat_model_that_gives_each_reply_the_same_id(mode: str, runner: Any) -> None:
    """A reply is never put in the place of an earlier one, so that turns count and an answer ends the run."""
    call = {"name": "pay", "args": {"amount": 1}, "id": "call_1"}
    replies = [AIMessage("", id="same", tool_calls=[call]), AIMessage("Done.", id="same")]
    graph = build_graph(Agent(tools=[pay], endpoint=ToolModel(messages=iter(replies))), settings=Settings())
    assert texts(runner(mode)(graph, "Pay")) == ["Pay", "", "paid", "Done."]
    again = ToolModel(messages=cycle([AIMessage("", id="same", tool_calls=[call])]))
    with pytest.raises(TurnLimitError):
        runner(mode)(build_graph(Agent(tools=[pay], endpoint=again), settings=Settings(max_turns=3)), "Pay")
    assert PAID == [1] * 4


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_a_chat_model_that_takes_no_tools_is_named(mode: str, runner: Any) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("Hello")]))
    with pytest.raises(SettingsError, match=r"GenericFakeChatModel.* cannot be given tools"):
        runner(mode)(build_graph(Agent(tools=[pay], endpoint=model), settings=Settings()), "Hi")
    assert texts(runner(mode)(build_graph(Agent(tools=[], endpoint=model), settings=Settings()), "Hi")) == [
        "Hi",
        "Hello",
    ]
