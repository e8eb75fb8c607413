"""Calls that the server did not parse and that arrive as text: recovered, run, and never shown as answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from graph.testing import LEAKS, Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

MARKS = ("<", "[", "{", "```", "functools", "｜", "tool_call", '"name"')


def weather(city: str, days: int = 1, units: str = "metric") -> str:
    """Forecast the weather of a city."""
    return f"{city!r} {days!r} {units!r}"


@pytest.mark.parametrize("mode", ["invoke", "stream", "astream"])
@pytest.mark.parametrize("leak", LEAKS)
def test_a_leaked_call_comes_home(leak: Any, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    call = Call("weather", {"city": "São Paulo, 圣保罗", "days": 3})
    with EmulatedEndpoint("vllm-0.32", [Reply(calls=[call], leak=leak), Reply("Sunny.")]) as endpoint:
        run = runner(mode)
        messages = run(build(endpoint, [weather], max_tokens=512), "What is the weather like?")
    assert [message.text for message in messages if isinstance(message, ToolMessage)] == [
        "'São Paulo, 圣保罗' 3 'metric'"
    ]
    assert messages[-1].text == "Sunny."
    first = next(message for message in messages if isinstance(message, AIMessage))
    assert first.text.strip() == ""
    assert first.response_metadata["recovered_calls"] == 1
    shown = "".join(token.text for token in run.tokens if isinstance(token, AIMessage))
    assert not any(mark in shown for mark in MARKS), shown


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("leak", LEAKS)
def test_two_leaked_calls(leak: Any, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    calls = [Call("weather", {"city": "Rome", "days": 2}), Call("weather", {"city": "Oslo", "units": "imperial"})]
    with EmulatedEndpoint("vllm-0.32", [Reply(calls=calls, leak=leak), Reply("Sunny.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [weather], max_tokens=512), "What is the weather like?")
    found = [message.text for message in messages if isinstance(message, ToolMessage)]
    assert found == ["'Rome' 2 'metric'", "'Oslo' 1 'imperial'"]


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_switched_off_a_leak_stays_text(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    reply = Reply(calls=[Call("weather", {"city": "Rome"})], leak="hermes")
    with EmulatedEndpoint("vllm-0.32", [reply]) as endpoint:
        messages = runner(mode)(build(endpoint, [weather], max_tokens=512, recover_tool_calls="off"), "?")
    assert messages[-1].text.startswith("<tool_call>")


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_markup_beside_calls_that_the_server_parsed_does_not_run_twice(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    reply = Reply(
        '```json\n[{"name": "weather", "arguments": {"city": "Rome"}}]\n```', [Call("weather", {"city": "Rome"})]
    )
    with EmulatedEndpoint("vllm-0.32", [reply, Reply("Sunny.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [weather], max_tokens=512), "What is the weather like?")
    assert len([message for message in messages if isinstance(message, ToolMessage)]) == 1


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_a_leaked_call_that_is_cut_off_is_asked_for_again(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    cut = Reply('<tool_call>\n{"name": "weather", "arguments": {"city": "Ro', finish_reason="length")
    whole = Reply(calls=[Call("weather", {"city": "Rome"})])
    with EmulatedEndpoint("vllm-0.32", [cut, whole, Reply("Sunny.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [weather], max_tokens=512), "What is the weather like?")
    assert [message.text for message in messages if isinstance(message, ToolMessage)] == ["'Rome' 1 'metric'"]
    assert not any("<tool_call>" in message.text for message in messages)


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_an_example_that_was_asked_for_is_an_answer(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    text = 'For example:\n\n```json\n{"name": "weather", "arguments": {"city": "Rome"}}\n```\n\nThat is a call.'
    with EmulatedEndpoint("vllm-0.32", [Reply(text)]) as endpoint:
        graph = build(endpoint, [weather], max_tokens=512)
        messages = runner(mode)(graph, "Show me an example of a tool call in JSON.")
    assert messages[-1].text == text


@pytest.mark.parametrize(
    "beside", ["", '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>\n']
)
def test_of_a_tool_that_is_none_the_model_is_told_which_there_are(
    beside: str, run: Any, build: Callable[..., Any]
) -> None:
    text = f'{beside}<tool_call>\n{{"name": "teleport", "arguments": {{"to": "Mars"}}}}\n</tool_call>'
    with EmulatedEndpoint("vllm-0.32", [Reply(text), Reply("I cannot.")]) as endpoint:
        messages = run(build(endpoint, [weather]), "Take me to Mars.")
    assert messages[-1].text == "I cannot."
    told = endpoint.bodies[1]["messages"][-1]["content"]
    assert "the tool 'teleport' is unknown; there are: weather" in told
    assert "Send it again, whole" not in told
