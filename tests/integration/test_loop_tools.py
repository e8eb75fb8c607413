"""What tools may do beyond giving a text: end the run, interrupt it, return a Command; and models of another make."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langchain_core.language_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from graph import Agent, Settings, build_graph
from graph.errors import SettingsError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable


@tool(return_direct=True)
def look_up(key: str) -> str:
    """Look a key up; what is found is the answer."""
    if key == "nothing":
        msg = "there is nothing"
        raise LookupError(msg)
    return f"found {key}"


@tool
def plain(key: str) -> str:
    """Give the key back."""
    return key


def test_a_result_that_is_the_answer_ends_the_run(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("look_up", {"key": "a"}), Call("look_up", {"key": "b"})])]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [look_up, plain]), "Look up a and b")
    assert [message.text for message in messages[-2:]] == ["found a", "found b"]
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("other", [Call("plain", {"key": "b"}), Call("look_up", {"key": "nothing"}), Call("no_tool")])
def test_a_result_beside_others_or_a_failure_goes_to_the_model(
    run: Any, build: Callable[..., Any], other: Call
) -> None:
    script = [Reply(calls=[Call("look_up", {"key": "a"}), other]), Reply("Both.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [look_up, plain]), "Look up")
    assert messages[-1].text == "Both."


def test_a_thread_that_ended_with_a_result_goes_on(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("look_up", {"key": "a"})]), Reply("You are welcome.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        graph = build(endpoint, [look_up], checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "1"}}
        run(graph, "Look up a", config=config)
        messages = run(graph, "Thanks", config=config)
    assert messages[-1].text == "You are welcome."


def test_the_picture_shows_the_end_after_tools_only_where_there_is_one(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        for tools, ends in (([plain], False), ([plain, look_up], True)):
            edges = build(endpoint, tools).get_graph().edges
            assert any((edge.source, edge.target) == ("tools", "__end__") for edge in edges) is ends


@tool
def note_down(text: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
    """Note a text down."""
    return Command(update={"messages": [ToolMessage(f"noted {text}", tool_call_id=tool_call_id)]})


def test_a_command_keeps_its_place_among_results_and_faults(run: Any, build: Callable[..., Any]) -> None:
    calls = [Call("no_tool"), Call("note_down", {"text": "x"}), Call("plain", {"key": "y"}), Call("no_tool")]
    script = [Reply(calls=[Call("no_tool")]), Reply(calls=calls), Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [note_down, plain]), "Note x and y")
    results = [message.text for message in messages[-5:-1]]
    assert results[1:3] == ["noted x", "y"]
    assert "no tool named 'no_tool'" in results[0]
    assert "no tool named 'no_tool'" in results[3]


def test_what_is_repaired_counts_anew_after_a_command(run: Any, build: Callable[..., Any]) -> None:
    noted = Reply(calls=[Call("note_down", {"text": "x"})])
    broken = Reply(calls=[Call("no_tool")])
    script = [broken, broken, noted, broken, broken, Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [note_down]), "Note x")
    assert messages[-1].text == "Done."


def test_an_interrupt_waits_for_the_tools_beside_it(build: Callable[..., Any]) -> None:
    ended = threading.Event()
    asked = asyncio.Event()

    @tool
    async def ask_person() -> str:
        """Ask a person."""
        asked.set()
        return str(interrupt("May I?"))

    @tool
    async def work() -> str:
        """Work until the question was put, and then some."""
        await asked.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        ended.set()
        return "worked"

    script = [Reply(calls=[Call("ask_person"), Call("work")]), Reply("Thanks.")]

    async def go() -> tuple[Any, Any]:
        graph = build(endpoint, [ask_person, work], checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "1"}}
        first = await graph.ainvoke({"messages": "Go"}, config)
        assert ended.is_set()
        return first, await graph.ainvoke(Command(resume="yes"), config)

    with EmulatedEndpoint("openai", script) as endpoint:
        first, last = asyncio.run(go())
    assert [one.value for one in first["__interrupt__"]] == ["May I?"]
    assert [message.text for message in last["messages"][-3:]] == ["yes", "worked", "Thanks."]


@pytest.mark.parametrize("limit", [1, 2])
def test_as_many_tools_at_a_time_as_the_run_allows(build: Callable[..., Any], limit: int) -> None:
    running: list[int] = []
    most: list[int] = []

    @tool
    async def count(number: int) -> str:
        """Count who is here."""
        running.append(number)
        most.append(len(running))
        for _ in range(10):
            await asyncio.sleep(0)
        running.remove(number)
        return str(number)

    script = [Reply(calls=[Call("count", {"number": number}) for number in range(4)]), Reply("Counted.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        asyncio.run(build(endpoint, [count]).ainvoke({"messages": "Count"}, {"max_concurrency": limit}))
    assert max(most) == limit


@pytest.mark.parametrize(
    ("context", "told"),
    [({"max_turns": 0}, "max_turns: "), ({"temprature": 1}, "temprature: "), ({"tool_choice": "any"}, "tool_choice: ")],
)
def test_a_wrong_context_is_a_sentence(build: Callable[..., Any], context: dict[str, Any], told: str) -> None:
    with EmulatedEndpoint("openai", []) as endpoint, pytest.raises(SettingsError, match=told) as caught:
        build(endpoint).invoke({"messages": "Hi"}, context=context)
    assert "It may hold instructions, model, temperature" in str(caught.value)


def test_what_does_not_reach_a_model_of_another_make_is_said(caplog: pytest.LogCaptureFixture) -> None:
    model = FakeMessagesListChatModel(responses=[AIMessage("Hello")])
    graph = build_graph(Agent(tools=[], endpoint=model), settings=Settings(temperature=0.5))
    assert graph.invoke({"messages": "Hi"})["messages"][-1].text == "Hello"
    assert not caplog.records
    graph.invoke({"messages": "Hi"}, context={"temperature": 0.1, "max_turns": 3})
    assert [record.message for record in caplog.records] == [
        "The run's temperature did not reach FakeMessagesListChatModel; set it on the model that you pass."
    ]
