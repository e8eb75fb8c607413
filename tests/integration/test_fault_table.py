"""The faults that agent frameworks are known to trip over, a row each: here every run finishes, and right.

The first reply of the model is broken as real issues report it; then the model behaves. Silent ends, wrong arguments
and exceptions are what other frameworks make of these rows.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from test_structured_output import ROME, City, reply

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

RAN: list[tuple[int, int]] = []


def add(a: int, b: int = 7) -> int:
    """Add two numbers."""
    RAN.append((a, b))
    return a + b


def now() -> str:
    """Tell the time."""
    RAN.append((0, 0))
    return "noon"


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


GOOD = Call("add", {"a": 1, "b": 2})
MARKUP = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'
TWO_UNDER_ONE_ID = Reply(calls=[GOOD, Call("add", {"a": 3, "b": 4})], wire={"call_id": "shared"})
AGAIN = Reply(calls=[GOOD])
DONE = Reply("Done.")

ROWS: dict[str, tuple[str, list[Reply], list[tuple[int, int]]]] = {
    "truncated JSON arguments": ("openai", [Reply(calls=[Call("add", '{"a": 1, "b')]), AGAIN, DONE], [(1, 2)]),
    "truncated, finish_reason length, missing field has a default": (
        "openai",
        [Reply(calls=[Call("add", '{"a": 12')], finish_reason="length"), AGAIN, DONE],
        [(1, 2)],
    ),
    "a call as text": ("vllm-0.32", [Reply(MARKUP), DONE], [(1, 2)]),
    "no arguments": ("openai", [Reply(calls=[Call("now", "")]), DONE], [(0, 0)]),
    "arguments null": ("openai", [Reply(calls=[Call("now", None)]), DONE], [(0, 0)]),
    "arguments as an object": ("openai", [Reply(calls=[GOOD], wire={"arguments": "object"}), DONE], [(1, 2)]),
    "streamed call without index": ("openai", [Reply(calls=[GOOD], wire={"index": "absent"}), DONE], [(1, 2)]),
    "empty call id": ("openai", [Reply(calls=[GOOD], wire={"call_id": "empty"}), DONE], [(1, 2)]),
    "duplicate ids": ("openai", [TWO_UNDER_ONE_ID, DONE], [(1, 2), (3, 4)]),
    "unknown tool": ("openai", [Reply(calls=[Call("sum", {"a": 1})]), AGAIN, DONE], [(1, 2)]),
    "empty answer": ("openai", [Reply(""), DONE], []),
    "reasoning must come back (DeepSeek)": ("deepseek-v4", [Reply(calls=[GOOD], reasoning="I add."), DONE], [(1, 2)]),
    "reasoning must come back (Kimi)": ("kimi", [Reply(calls=[GOOD], reasoning="I add."), DONE], [(1, 2)]),
    "tools need reasoning_effort none": ("openai-gpt-5.6", [AGAIN, DONE], [(1, 2)]),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_run_finishes_and_right(run: Any, build: Callable[..., Any], row: str) -> None:
    provider, script, ran = ROWS[row]
    with EmulatedEndpoint(provider, script) as endpoint:
        messages = run(build(endpoint, [add, now]), "1 + 2?")
    assert messages[-1].text == "Done."
    assert sorted(RAN) == ran
    results = [message.tool_call_id for message in messages if message.type == "tool"]
    assert len(results) == len(set(results))


def model_at(endpoint: EmulatedEndpoint) -> ChatEndpoint:
    key = SecretStr(endpoint.api_key)
    return ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=key, max_tokens=256)


def outcome(runnable: Any, mode: str) -> Any:
    """The last thing that a runnable gives, in one of the four ways."""

    async def astream() -> list[Any]:
        return [item async for item in runnable.astream("Rome, as JSON?")]

    if mode == "invoke":
        return runnable.invoke("Rome, as JSON?")
    if mode == "ainvoke":
        return asyncio.run(runnable.ainvoke("Rome, as JSON?"))
    return (list(runnable.stream("Rome, as JSON?")) if mode == "stream" else asyncio.run(astream()))[-1]


MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])


@MODES
def test_strict_refused(mode: str) -> None:
    with EmulatedEndpoint("strictest", [Reply("Rome.")]) as endpoint:
        bound = model_at(endpoint).bind_tools([add], strict=True)
        outcome(bound, mode)
        sent = [request.body["tools"][0]["function"] for request in endpoint.requests]
    assert ["strict" in function for function in sent] == [True, False]


@MODES
@pytest.mark.parametrize(
    ("provider", "method"),
    [
        ("dashscope-thinking", "function_calling"),
        ("deepseek-v4", "function_calling"),
        ("kimi", "function_calling"),
        ("deepseek-v4", "json_schema"),
        ("dashscope-thinking", "json_schema"),
    ],
)
def test_structured_output_where_the_forced_choice_or_the_schema_is_refused(
    provider: str, method: Any, mode: str
) -> None:
    with EmulatedEndpoint(provider, reply) as endpoint:
        assert outcome(model_at(endpoint).with_structured_output(City, method=method), mode) == ROME
