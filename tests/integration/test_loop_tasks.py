"""Several calls of one reply are tasks of their own: what has ended stays ended, whatever becomes of the others."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.prebuilt import InjectedState
from langgraph.types import Command, interrupt

from graph.errors import BrokenReplyError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG: Any = {"configurable": {"thread_id": "t"}}
PAID: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_paid() -> None:
    PAID.clear()


@tool
def pay(amount: int) -> str:
    """Pay an amount."""
    PAID.append(amount)
    return f"paid {amount}"


@tool
def pay_from_thread(
    amount: int, state: Annotated[Any, InjectedState], call_id: Annotated[str, InjectedToolCallId]
) -> Any:
    """Pay an amount, with a look at the thread."""
    PAID.append(amount)
    said = f"paid {amount} after {len(state['messages'])} messages"
    return Command(update={"messages": [ToolMessage(said, tool_call_id=call_id)]})


@tool
def ask_person(what: str) -> str:
    """Ask a person."""
    return f"the person says {interrupt(what)}"


def results(messages: list[Any]) -> list[str]:
    return [message.text for message in messages if isinstance(message, ToolMessage)]


@pytest.mark.parametrize(("payer", "paid"), [(pay, "paid 5"), (pay_from_thread, "paid 5 after 2 messages")])
def test_a_call_that_ended_is_not_made_again_after_an_interrupt(
    run: Any, build: Callable[..., Any], payer: Any, paid: str
) -> None:
    calls = [Call(payer.name, {"amount": 5}), Call("ask_person", {"what": "Go on?"}), Call("no_tool")]
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("Done.")]) as endpoint:
        graph = build(endpoint, [payer, ask_person], checkpointer=InMemorySaver())
        run(graph, "Pay", config=CONFIG)
        state = graph.get_state(CONFIG)
        assert [one.value for one in state.interrupts] == ["Go on?"]
        messages = run(graph, Command(resume="yes"), config=CONFIG)
    assert PAID == [5]
    assert results(messages)[:2] == [paid, "the person says yes"]
    assert "no tool named 'no_tool'" in results(messages)[2]
    assert messages[-1].text == "Done."


def test_two_questions_are_put_at_once_and_answered_each(run: Any, build: Callable[..., Any]) -> None:
    calls = [Call("ask_person", {"what": "First?"}), Call("ask_person", {"what": "Second?"})]
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("Thanks.")]) as endpoint:
        graph = build(endpoint, [ask_person], checkpointer=InMemorySaver())
        run(graph, "Ask", config=CONFIG)
        put = {one.id: one.value for one in graph.get_state(CONFIG).interrupts}
        assert sorted(put.values()) == ["First?", "Second?"]
        messages = run(graph, Command(resume={name: what.lower() for name, what in put.items()}), config=CONFIG)
    assert results(messages) == ["the person says first?", "the person says second?"]
    assert messages[-1].text == "Thanks."


def test_a_question_that_is_left_gets_a_result_like_every_call(run: Any, build: Callable[..., Any]) -> None:
    calls = [Call("pay", {"amount": 5}), Call("ask_person", {"what": "Go on?"})]
    with EmulatedEndpoint("strictest", [Reply(calls=calls), Reply("As you like.")]) as endpoint:
        graph = build(endpoint, [pay, ask_person], checkpointer=InMemorySaver())
        run(graph, "Pay", config=CONFIG)
        messages = run(graph, "Never mind", config=CONFIG)
        sent = [one for one in endpoint.bodies[-1]["messages"] if one["role"] == "tool"]
    assert messages[-1].text == "As you like."
    assert len(sent) == 2
    assert PAID == [5]


def test_updates_show_each_result_as_it_comes(build: Callable[..., Any]) -> None:
    calls = [Call("pay", {"amount": 1}), Call("pay", {"amount": 2})]
    with EmulatedEndpoint("openai", [Reply(calls=calls), Reply("Done.")]) as endpoint:
        updates = list(build(endpoint, [pay]).stream({"messages": "Pay"}, stream_mode="updates"))
    assert sorted(message.text for update in updates for message in update.get("tools", {}).get("messages", ())) == [
        "paid 1",
        "paid 2",
    ]


def test_a_result_that_ends_the_run_does_not_where_another_call_has_none_to_show(
    run: Any, build: Callable[..., Any]
) -> None:
    @tool(return_direct=True)
    def look_up() -> str:
        """Look up."""
        return "found"

    @tool
    def turn_off() -> Command[Any]:
        """Give no message."""
        return Command(update={})

    script = [Reply(calls=[Call("look_up"), Call("turn_off")]), Reply("Done.")]
    with EmulatedEndpoint("strictest", script) as endpoint:
        messages = run(build(endpoint, [look_up, turn_off]), "Look up")
    assert messages[-1].text == "Done."


PROGRAM = textwrap.dedent("""
    import os, sqlite3, sys
    from pathlib import Path
    from langgraph.checkpoint.sqlite import SqliteSaver
    from graph import Agent, Endpoint, Settings, build_graph

    base_url, key, model, path, given = sys.argv[1:]
    done = Path(path).with_suffix(".done")

    def pay(amount: int) -> str:
        '''Pay.'''
        with done.open("a") as out:
            out.write(f"{amount}\\n")
        return f"paid {amount}"

    def fall(once: str) -> str:
        '''End the process, once, as soon as the other's result is stored.'''
        if Path(path).with_suffix(".fell").exists():
            return "up again"
        Path(path).with_suffix(".fell").touch()
        with sqlite3.connect(path) as store:
            stored = "SELECT 1 FROM writes WHERE task_path LIKE '%push%' AND channel = 'messages'"
            while not store.execute(stored).fetchone():
                pass
        os._exit(9)

    where = Endpoint(model=model, base_url=base_url, api_key=key)
    with SqliteSaver.from_conn_string(path) as saver:
        graph = build_graph(Agent(tools=[pay, fall], endpoint=where), settings=Settings(), checkpointer=saver)
        messages = {"messages": [("user", given)]} if given else None
        result = graph.invoke(messages, {"configurable": {"thread_id": "t"}}, durability="sync")
        print(*(message.text for message in result["messages"]), sep="|")
""")


def test_a_call_that_ended_is_not_made_again_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    script = [Reply(calls=[Call("fall", {"once": "x"}), Call("pay", {"amount": 5})]), Reply("Done.")]
    with EmulatedEndpoint("strictest", script) as endpoint:
        arguments = [endpoint.base_url, endpoint.api_key, endpoint.model, str(path)]
        command = [sys.executable, "-c", PROGRAM, *arguments]
        killed = subprocess.run([*command, "Pay"], capture_output=True, text=True, check=False)
        assert killed.returncode == 9, killed.stderr
        resumed = subprocess.run([*command, ""], capture_output=True, text=True, check=False)
    assert resumed.stdout == "Pay||up again|paid 5|Done.\n", resumed.stderr
    assert path.with_suffix(".done").read_text() == "5\n"


def test_many_calls_take_the_space_of_many_and_not_of_their_square(build: Callable[..., Any], tmp_path: Path) -> None:
    def size(calls: int) -> int:
        path = tmp_path / f"{calls}.sqlite"
        script = [Reply(calls=[Call("pay", {"amount": one}) for one in range(calls)]), Reply("Done.")]
        with EmulatedEndpoint("openai", script) as endpoint, SqliteSaver.from_conn_string(str(path)) as saver:
            build(endpoint, [pay], checkpointer=saver).invoke({"messages": "Pay"}, CONFIG)
            return sum(row[0] for row in saver.conn.execute("SELECT length(value) FROM writes")) + sum(
                row[0] for row in saver.conn.execute("SELECT length(checkpoint) FROM checkpoints")
            )

    assert size(80) < 2.4 * size(40)


def test_repairs_in_a_row_count_anew_after_several_calls(run: Any, build: Callable[..., Any]) -> None:
    broken = Reply(calls=[Call("no_tool"), Call("no_tool")])
    good = Reply(calls=[Call("pay", {"amount": 1}), Call("pay", {"amount": 2})])
    with EmulatedEndpoint("openai", [broken, broken, good, broken, broken, broken]) as endpoint:
        graph = build(endpoint, [pay], max_repairs=2)
        with pytest.raises(BrokenReplyError, match="3 times in a row"):
            run(graph, "Pay")
    assert PAID in ([1, 2], [2, 1])
