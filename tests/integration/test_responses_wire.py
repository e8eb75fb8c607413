"""The same graph on the Responses wire, by explicit choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import ToolMessage

from graph.errors import AuthenticationError, BrokenReplyError, ModelNotFoundError
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

PROVIDERS = ["openai", "openai-gpt-5.6", "dashscope", "vllm-0.32"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_loop_on_the_responses_wire(provider: str, run: Any, build: Callable[..., Any]) -> None:
    two = Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 30, "b": 40})])
    with EmulatedEndpoint(provider, [two, Reply("3 and 70")], behaviour={"parallel_default": True}) as endpoint:
        messages = run(build(endpoint, api="responses"), "?")
    assert [message.text for message in messages if isinstance(message, ToolMessage)] == ["3", "70"]
    assert messages[-1].text == "3 and 70"
    assert {request.path.rsplit("/", 1)[-1] for request in endpoint.requests} == {"responses"}


def test_where_it_is_not_served_the_error_says_so(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("deepseek-v4") as endpoint, pytest.raises(ModelNotFoundError, match="AGENT_API=chat"):
        run(build(endpoint, api="responses"), "?")


def test_a_wrong_key(run: Any, build: Callable[..., Any]) -> None:
    fault = Fault(status=401, message="Incorrect API key provided: sk-abc", code="invalid_api_key")
    with EmulatedEndpoint("openai", [fault]) as endpoint, pytest.raises(AuthenticationError):
        run(build(endpoint, api="responses"), "?")


def test_a_throttle_is_waited_out(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint(
        "openai", [Fault(error="rate_limit", headers={"retry-after": "0"}), Reply("Yes")]
    ) as endpoint:
        assert run(build(endpoint, api="responses"), "?")[-1].text == "Yes"


def test_a_call_that_is_cut_never_runs(run: Any, build: Callable[..., Any]) -> None:
    seen: list[tuple[int, int]] = []

    def add(a: int, b: int = 0) -> int:
        """Add two numbers."""
        seen.append((a, b))
        return a + b

    cut = Reply(calls=[Call("add", '{"a": 12')], finish_reason="length")
    with EmulatedEndpoint("openai", [cut] * 3) as endpoint, pytest.raises(BrokenReplyError):
        run(build(endpoint, [add], api="responses"), "?")
    assert seen == []
