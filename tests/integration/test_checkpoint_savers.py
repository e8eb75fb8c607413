"""Threads on every saver: each way of reading and changing one gives what LangGraph's usual channel gives."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from checkpoint_threads import CONFIG, LatestOnly, agent, echo, postgres, saver, texts, usual_channel
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.types import Command, Overwrite

from graph.channel import LostHistoryError, MessagesChannel, messages_channel
from graph.errors import PortolanError
from graph.state import State
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

__all__ = ["postgres", "saver"]  # fixtures


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_thread_over_several_runs(saver: BaseCheckpointSaver[Any], durability: str) -> None:
    script = [
        Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 3, "b": 4})]),
        Reply("3 and 7"),
        Reply("Bye"),
    ]
    with EmulatedEndpoint("openai", script) as endpoint:
        thread = agent(endpoint, saver)
        await thread.run([("user", "1 + 2, 3 + 4?")], durability=durability)
        answered = await thread.run([{"role": "user", "content": "Thanks"}], durability=durability)
        read = await agent(endpoint, saver).messages()
    assert read == answered
    assert texts(read) == ["1 + 2, 3 + 4?", "", "3", "7", "3 and 7", "Thanks", "Bye"]
    assert len({message.id for message in read}) == 7


@pytest.mark.parametrize("said", [("user", "Hi"), [("user", "Hi")], "Hi", ["Hi"], {"role": "user", "content": "Hi"}])
async def test_any_form_of_message_gets_an_id_for_good(saver: BaseCheckpointSaver[Any], said: Any) -> None:
    thread = echo(saver)
    await thread.run(said)
    await thread.run(said)
    messages = await thread.messages()
    assert texts(messages) == ["Hi", "1", "Hi", "3"]
    assert len({message.id for message in messages}) == 4
    assert [len(one.values["messages"]) for one in await thread.history()] == [4, 3, 2, 2, 1, 0]


async def test_the_past_is_read_and_forked(saver: BaseCheckpointSaver[Any]) -> None:
    thread = echo(saver)
    for word in ("one", "two", "three"):
        await thread.run([("user", word)])
    trunk = await thread.messages()
    after_one = next(one for one in await thread.history() if len(one.values["messages"]) == 2 and not one.next)
    await thread.run([("user", "other")], after_one.config)
    assert texts(await thread.messages()) == ["one", "1", "other", "3"]
    assert texts(await thread.run([("user", "more")])) == ["one", "1", "other", "3", "more", "5"]
    past = await thread.history()
    assert [trunk] == [
        one.values["messages"] for one in past if "three" in texts(one.values["messages"]) and not one.next
    ]
    before = next(one for one in past if texts(one.values["messages"])[-1:] == ["two"])
    assert texts(await thread.run(None, before.config)) == ["one", "1", "two", "3"]
    fork = await thread.update([HumanMessage("second", id=before.values["messages"][-1].id)], before.config)
    assert texts(await thread.run(None, fork)) == ["one", "1", "second", "3"]


async def test_a_thread_is_edited(saver: BaseCheckpointSaver[Any]) -> None:
    thread = echo(saver)
    await thread.update([("user", "by hand")], as_node="model")
    await thread.run([("user", "one")])
    await thread.update([("user", "two"), AIMessage("three")], as_node="model")
    first, *_ = await thread.messages()
    await thread.update(HumanMessage("by other hand", id=first.id), as_node="model")
    assert texts(await thread.messages()) == ["by other hand", "one", "2", "two", "three"]
    await thread.update(RemoveMessage(str(first.id)), as_node="model")
    with pytest.raises(ValueError, match="no message with the id"):
        await thread.update([RemoveMessage("nowhere")], as_node="model")
    assert texts(await thread.messages()) == ["one", "2", "two", "three"]
    kept = (await thread.messages())[:2]
    await thread.update([RemoveMessage(REMOVE_ALL_MESSAGES), *kept, ("user", "four")], as_node="model")
    assert (await thread.messages())[:2] == kept
    assert texts(await thread.run([("user", "five")])) == ["one", "2", "four", "five", "4"]
    await thread.update([RemoveMessage(REMOVE_ALL_MESSAGES)], as_node="model")
    assert await thread.messages() == []
    await thread.run([("user", "anew")])
    assert texts(await thread.messages()) == ["anew", "1"]


async def test_an_interrupt_in_a_tool_is_resumed(saver: BaseCheckpointSaver[Any]) -> None:
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("approve", {"what": "Really?"})]), Reply("Done")]
    with EmulatedEndpoint("openai", script) as endpoint:
        await agent(endpoint, saver).run([("user", "Do it")])
        thread = agent(endpoint, saver)
        assert (await thread.state()).interrupts[0].value == "Really?"
        await thread.run(Command(resume="yes"))
        assert texts(await thread.messages()) == ["Do it", "", "3", "the user says yes", "Done"]


async def test_a_run_that_died_goes_on_or_is_left(saver: BaseCheckpointSaver[Any]) -> None:
    calls = Reply(calls=[Call("add", {"a": 1, "b": 2})])
    down = Fault("refuse", status=400, message="no")
    with EmulatedEndpoint("openai", [calls, down, Reply("3"), down, Reply("Yes")]) as endpoint:
        thread = agent(endpoint, saver)
        with pytest.raises(PortolanError):
            await thread.run([("user", "1 + 2?")])
        assert texts(await thread.messages()) == ["1 + 2?", "", "3"]
        assert texts(await thread.run(None)) == ["1 + 2?", "", "3", "3"]
        with pytest.raises(PortolanError):
            await thread.run([("user", "Sure?")])
        await thread.run([("user", "Are you?")])
        assert texts(await thread.messages()) == ["1 + 2?", "", "3", "3", "Sure?", "Are you?", "Yes"]


async def test_the_loop_takes_back_and_rewrites(saver: BaseCheckpointSaver[Any]) -> None:
    """A broken reply is removed; a call without a result, left by an edit, is given one."""
    with EmulatedEndpoint("openai", [Reply(""), Reply("Hello"), Reply("Good")]) as endpoint:
        thread = agent(endpoint, saver)
        assert texts(await thread.run([("user", "Hi")])) == ["Hi", "Hello"]
        call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "call_x"}
        await thread.update([AIMessage("", tool_calls=[call])], as_node="tools")
        await thread.run([("user", "Well?")])
        messages = await thread.messages()
    assert [message.type for message in messages] == ["human", "ai", "ai", "tool", "human", "ai"]
    assert isinstance(messages[3], ToolMessage)
    assert messages[3].tool_call_id == "call_x"


async def test_threads_change_from_one_channel_to_the_other(saver: BaseCheckpointSaver[Any]) -> None:
    usual, kept = echo(saver, usual_channel()), echo(saver)
    await usual.run([("user", "one")])
    await usual.run([("user", "two")])
    old = await usual.messages()
    assert await kept.messages() == old
    await kept.run([("user", "three")])
    await kept.run([("user", "four")])
    assert (await kept.messages())[:4] == old
    assert texts(await kept.messages()) == ["one", "1", "two", "3", "three", "5", "four", "7"]
    whole = echo(saver, messages_channel(LatestOnly()))
    assert texts(await whole.run([("user", "five")]))[-2:] == ["five", "9"]
    assert texts(await kept.run([("user", "six")]))[-4:] == ["five", "9", "six", "11"]
    assert await whole.messages() == await kept.messages()


async def test_a_long_thread_is_read_whole_anywhere(saver: BaseCheckpointSaver[Any]) -> None:
    thread = echo(saver)
    for turn in range(60):
        await thread.run([("user", f"turn {turn}")])
    expected = [text for turn in range(60) for text in (f"turn {turn}", str(2 * turn + 1))]
    assert texts(await thread.messages()) == expected
    for one in await thread.history():
        read = texts(one.values["messages"])
        assert read == expected[: len(read)]


async def test_a_deleted_thread_is_gone(saver: BaseCheckpointSaver[Any]) -> None:
    thread = echo(saver)
    await thread.run([("user", "one")])
    await thread.delete()
    assert await thread.messages() == []
    assert texts(await thread.run([("user", "two")])) == ["two", "1"]


def test_history_that_was_deleted_is_an_error_and_not_a_shorter_thread(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    with SqliteSaver.from_conn_string(str(path)) as saver:
        graph = echo(saver).graph
        for word in ("one", "two", "three"):
            graph.invoke({"messages": [("user", word)]}, CONFIG)
        with sqlite3.connect(path) as database:
            newest = "SELECT checkpoint_id FROM checkpoints ORDER BY checkpoint_id DESC LIMIT 1"
            database.execute(f"DELETE FROM checkpoints WHERE checkpoint_id NOT IN ({newest})")
        database.close()
        with pytest.raises(LostHistoryError, match="begin a new thread"):
            graph.get_state(CONFIG)
        with pytest.raises(LostHistoryError):
            graph.invoke({"messages": [("user", "four")]}, CONFIG)


def test_a_saver_that_does_not_know_deltas_gets_whole_threads() -> None:
    assert isinstance(messages_channel(None), MessagesChannel)
    assert isinstance(messages_channel(InMemorySaver()), MessagesChannel)
    saver = LatestOnly()
    assert not isinstance(messages_channel(saver), MessagesChannel)
    builder = StateGraph(State)
    builder.channels["messages"] = messages_channel(saver)
    builder.add_node("model", lambda _: {"messages": [AIMessage("yes")]})
    builder.add_edge(START, "model")
    graph = builder.compile(checkpointer=saver)
    for word in ("one", "two"):
        graph.invoke({"messages": [("user", word)]}, CONFIG)
    assert texts(graph.get_state(CONFIG).values["messages"]) == ["one", "yes", "two", "yes"]


def test_such_a_saver_forced_to_serve_deltas_is_an_error() -> None:
    graph = echo(LatestOnly()).graph
    graph.invoke({"messages": [("user", "one")]}, CONFIG)
    with pytest.raises(LostHistoryError):
        graph.invoke({"messages": [("user", "two")]}, CONFIG)


def test_schemas_are_those_of_the_usual_channel() -> None:
    kept, usual = echo(InMemorySaver()).graph, echo(InMemorySaver(), usual_channel()).graph
    assert kept.get_input_jsonschema() == usual.get_input_jsonschema()
    assert kept.get_output_jsonschema() == usual.get_output_jsonschema()
    assert "HumanMessage" in kept.get_input_jsonschema()["$defs"]


def test_space_grows_with_a_thread_and_not_with_its_square(tmp_path: Path) -> None:
    def size(turns: int, channel: Any) -> int:
        path = tmp_path / f"{turns} {type(channel).__name__}"
        with SqliteSaver.from_conn_string(str(path)) as saver:
            graph = echo(saver, channel).graph
            for turn in range(turns):
                graph.invoke({"messages": [("user", f"turn {turn}: " + "words " * 40)]}, CONFIG)
            saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size

    assert size(160, MessagesChannel()) < 2.6 * size(80, MessagesChannel())
    assert size(160, usual_channel()) > 3.4 * size(80, usual_channel())


async def test_an_overwrite_replaces_the_thread_and_has_ids(saver: BaseCheckpointSaver[Any]) -> None:
    thread = echo(saver)
    await thread.run([("user", "one")])
    await thread.update(Overwrite([("user", "instead"), {"role": "assistant", "content": "of it"}]), as_node="model")
    assert texts(await thread.messages()) == ["instead", "of it"]
    await thread.run([("user", "two")])
    assert texts(await thread.messages()) == ["instead", "of it", "two", "3"]
