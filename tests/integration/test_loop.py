"""The manual tool-calling loop over real HTTP: plain and streamed, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from graph.errors import AuthenticationError, TurnLimitError, UnreachableError
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Build = "Callable[..., Any]"


def results(messages: list[Any]) -> list[tuple[str, str]]:
    """Each tool result with the id that it answers."""
    return [(message.tool_call_id, message.text) for message in messages if isinstance(message, ToolMessage)]


def test_an_answer_without_tools_is_one_request(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Reply("Hello!")]) as endpoint:
        messages = run(build(endpoint), "Hi")
    assert [type(message) for message in messages] == [HumanMessage, AIMessage]
    assert messages[-1].text == "Hello!"
    assert len(endpoint.requests) == 1


def test_calls_one_after_the_other(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply(calls=[Call("add", {"a": 3, "b": 4})]), Reply("7")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint), "1 + 2 + 4?")
    assert [text for _, text in results(messages)] == ["3", "7"]
    assert messages[-1].text == "7"
    assert len(endpoint.bodies) == 3
    assert endpoint.bodies[-1]["stream"] is run.streamed


def test_parallel_calls_give_results_in_the_order_of_the_calls(run: Any, build: Callable[..., Any]) -> None:
    first_done = asyncio.Event()  # only its flag is used: `slow` ends after `quick` however they are started
    started: list[str] = []

    def slow() -> str:
        """Wait for the other."""
        started.append("slow")
        while not first_done.is_set():
            pass
        return "slow"

    def quick() -> str:
        """Do not wait."""
        started.append("quick")
        first_done.set()
        return "quick"

    script = [Reply(calls=[Call("slow"), Call("quick")]), Reply("both")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [slow, quick]), "Both, please")
    calls = next(message for message in messages if isinstance(message, AIMessage)).tool_calls
    assert results(messages) == [(calls[0]["id"], "slow"), (calls[1]["id"], "quick")]
    assert sorted(started) == ["quick", "slow"]
    assert messages[-1].text == "both"


def test_a_tool_that_raises_is_told_to_the_model(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("fail", {"text": "grail"})]), Reply("It is not there.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint), "Find the grail")
    assert "LookupError: no such thing: grail" in results(messages)[0][1]
    assert messages[-1].text == "It is not there."


def test_arguments_that_do_not_fit_the_schema_are_told_to_the_model(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("add", {"a": "one"})]), Reply(calls=[Call("add", {"a": 1, "b": 1})]), Reply("2")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint), "1 + 1")
    texts = [text for _, text in results(messages)]
    assert "Field required" in texts[0]
    assert texts[1] == "2"


def test_an_unknown_tool_is_told_to_the_model(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("subtract", {"a": 1})]), Reply("I can only add.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint), "2 - 1")
    assert results(messages)[0][1] == "There is no tool named 'subtract'. There are: add, fail."
    assert messages[-1].text == "I can only add."


def test_an_unknown_tool_beside_a_good_call(run: Any, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("subtract", {"a": 1}), Call("add", {"a": 1, "b": 2})]), Reply("3")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint), "?")
    assert [text[:13] for _, text in results(messages)] == ["There is no t", "3"]


def test_the_turn_limit_is_a_typed_error_and_the_thread_goes_on(run: Any, build: Callable[..., Any]) -> None:
    again = Reply(calls=[Call("add", {"a": 1, "b": 1})])
    config = {"configurable": {"thread_id": "t"}}
    with EmulatedEndpoint("strictest", [again, again, again, Reply("Enough.")]) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_turns=3)
        with pytest.raises(TurnLimitError, match="AGENT_MAX_TURNS") as caught:
            run(graph, "Go on for ever", config=config)
        assert caught.value.limit == 3
        messages = run(graph, "Stop", config=config)
    assert messages[-1].text == "Enough."
    assert len(results(messages)) == 3


def test_the_turn_limit_of_one_run(run: Any, build: Callable[..., Any]) -> None:
    again = Reply(calls=[Call("add", {"a": 1, "b": 1})])
    with EmulatedEndpoint("openai", [again]) as endpoint, pytest.raises(TurnLimitError):
        run(build(endpoint), "Go", context={"max_turns": 1})


def test_the_context_of_a_run_reaches_the_request(run: Any, build: Callable[..., Any]) -> None:
    context = {"instructions": "Speak Latin.", "temperature": 0.5, "max_tokens": 77}
    with EmulatedEndpoint("openai", [Reply("Salve")]) as endpoint:
        run(build(endpoint), "Hi", context=context)
    body = endpoint.bodies[0]
    assert body["messages"][0] == {"role": "system", "content": "Speak Latin."}
    assert (body["temperature"], body["max_tokens"] if "max_tokens" in body else body["max_completion_tokens"]) == (
        0.5,
        77,
    )


def test_two_threads_at_once(run: Any, build: Callable[..., Any]) -> None:
    def script(request: Any) -> Reply:
        if request.messages[-1]["role"] == "tool":
            return Reply(f"It is {request.messages[-1]['content']}.")
        number = int(request.messages[-1]["content"])
        return Reply(calls=[Call("add", {"a": number, "b": number})])

    with EmulatedEndpoint("openai", script) as endpoint, ThreadPoolExecutor(2) as pool:
        graph = build(endpoint, checkpointer=InMemorySaver())

        def ask(number: int) -> str:
            config = {"configurable": {"thread_id": str(number)}}
            return type(run)(run.mode)(graph, str(number), config=config)[-1].text

        assert list(pool.map(ask, range(8))) == [f"It is {2 * number}." for number in range(8)]


def test_twice_in_one_process_and_inside_a_running_loop(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Reply("one"), Reply("two"), Reply("three")]) as endpoint:
        graph = build(endpoint)
        question = {"messages": [("user", "?")]}
        assert [asyncio.run(graph.ainvoke(question))["messages"][-1].text for _ in range(2)] == ["one", "two"]

        async def notebook() -> str:
            return graph.invoke(question)["messages"][-1].text  # synchronous, from inside a loop

        assert asyncio.run(notebook()) == "three"


async def test_astream_events_shows_tokens_and_tools(build: Callable[..., Any]) -> None:
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply("The sum is three.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        events = [event async for event in build(endpoint).astream_events({"messages": [("user", "?")]}, version="v2")]
    tokens = [event["data"]["chunk"].text for event in events if event["event"] == "on_chat_model_stream"]
    assert "".join(tokens) == "The sum is three."
    assert len([token for token in tokens if token]) > 1
    assert [event["name"] for event in events if event["event"] == "on_tool_end"] == ["add"]


def test_a_stored_thread_goes_on_in_a_second_process(build: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    program = textwrap.dedent("""
        import sys
        from langgraph.checkpoint.sqlite import SqliteSaver
        from graph import Agent, Endpoint, build_graph
        base_url, key, model, path = sys.argv[1:]
        endpoint = Endpoint(model=model, base_url=base_url, api_key=key)
        with SqliteSaver.from_conn_string(path) as saver:
            graph = build_graph(Agent(endpoint=endpoint), checkpointer=saver)
            config = {"configurable": {"thread_id": "t"}}
            print(graph.invoke({"messages": [("user", "And again?")]}, config)["messages"][-1].text)
    """)
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply("3"), Reply("Still 3")]
    with EmulatedEndpoint("strictest", script) as endpoint:
        with SqliteSaver.from_conn_string(str(path)) as saver:
            graph = build(endpoint, checkpointer=saver)
            graph.invoke({"messages": [("user", "1 + 2")]}, {"configurable": {"thread_id": "t"}})
        arguments = [endpoint.base_url, endpoint.api_key, endpoint.model, str(path)]
        done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.stdout == "Still 3\n", done.stderr
    roles = [message["role"] for message in endpoint.bodies[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_a_wrong_key_is_one_sentence_without_the_key(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai") as endpoint:
        wrong = type(
            "Wrong", (), {"model": endpoint.model, "base_url": endpoint.base_url, "api_key": "sk-wrong-0123456789"}
        )
        with pytest.raises(AuthenticationError) as caught:
            run(build(wrong()), "Hi")
    assert "sk-wrong" not in str(caught.value)
    assert "OPENAI_API_KEY" in str(caught.value)
    assert len(endpoint.requests) == 1


def test_nobody_listens(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai") as endpoint:
        gone = type("Gone", (), {"model": "m", "base_url": endpoint.base_url, "api_key": "k"})()
    with pytest.raises(UnreachableError):
        run(build(gone, max_retries=0), "Hi")


def test_a_rate_limit_is_waited_out(run: Any, build: Callable[..., Any]) -> None:
    throttle = Fault(error="rate_limit", headers={"retry-after": "0"})
    with EmulatedEndpoint("openai", [throttle, throttle, Reply("At last")]) as endpoint:
        assert run(build(endpoint), "Hi")[-1].text == "At last"
    assert len(endpoint.requests) == 3


def test_tokens_stream_as_they_come(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Reply("one two three four five six")]) as endpoint:
        chunks = [
            chunk.text for chunk, _ in build(endpoint).stream({"messages": [("user", "Count")]}, stream_mode="messages")
        ]
    assert "".join(chunks) == "one two three four five six"
    assert len([chunk for chunk in chunks if chunk]) > 2


class OlderSaver(InMemorySaver):
    """A saver that cannot serve what a thread of steps is rebuilt from."""

    get_delta_channel_history = BaseCheckpointSaver.get_delta_channel_history
    aget_delta_channel_history = BaseCheckpointSaver.aget_delta_channel_history


@pytest.mark.parametrize("saver", [InMemorySaver, OlderSaver])
def test_a_thread_is_whole_on_every_kind_of_saver(saver: Any, run: Any, build: Callable[..., Any]) -> None:
    config = {"configurable": {"thread_id": "t"}}
    with EmulatedEndpoint("openai", [Reply("one"), Reply("two")]) as endpoint:
        graph = build(endpoint, checkpointer=saver())
        run(graph, "1", config=config)
        messages = run(graph, "2", config=config)
    assert [message.text for message in messages] == ["1", "one", "2", "two"]


@pytest.mark.parametrize("given", [{"messages": []}, {"massages": [("user", "Hi")]}])
def test_a_run_without_a_message_is_said(
    given: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("openai", [Reply("Hello?")]) as endpoint:
        assert build(endpoint).invoke(given)["messages"][-1].text == "Hello?"
    assert 'They are given as {"messages": [("user", "…")]}.' in caplog.text
