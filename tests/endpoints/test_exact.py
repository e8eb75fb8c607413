"""A script is said to its end and as it stands, or the test's author hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from breaches import NAMED, TOOLS
from wire_client import ask

from graph.testing import Call, EmulatedEndpoint, Fault, RecordedRequest, Reply, ScriptError

ADD = Call("add", {"a": 1, "b": 2})
MULTIPLY = Call("multiply", {"a": 3, "b": 4})
TWO = Reply(calls=[ADD, MULTIPLY])


@pytest.mark.parametrize(
    ("provider", "reply", "more", "why"),
    [
        ("dashscope", TWO, {}, "only the first of its 2 calls was sent, since more than one needs `parallel_"),
        ("openai", TWO, {"parallel_tool_calls": False}, "only the first of its 2 calls was sent, since .* has `parall"),
        ("openai", TWO, {"tool_choice": "none"}, "its calls were left out, since the request has `tool_choice` none"),
        ("vllm-0.32", TWO, {"tool_choice": "none"}, "its calls were sent as text"),
        (
            "openai",
            TWO,
            {"tool_choice": NAMED},
            r"nothing but a call of 'add' was sent, since .* forces a call \(add\)",
        ),
        ("openai", Reply("3"), {"tool_choice": "required"}, "nothing but a call of 'add' was sent"),
        ("openai", Reply("3", [ADD]), {"tool_choice": "required"}, r"nothing but a call of 'add' .*\(required\)"),
        (
            "openai",
            Reply("1 and 2 are 3"),
            {"max_tokens": 2},
            "it was cut off, since the request has a cap of 2 tokens",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_provider_makes_of_a_script_is_told(
    provider: str, reply: Reply, more: dict[str, Any], why: str, stream: bool
) -> None:
    told = pytest.raises(ScriptError, match=f"said to request 1 is not what the script has: {why}")
    with told as caught, EmulatedEndpoint(provider, [reply]) as endpoint:
        assert ask(endpoint, stream, **TOOLS, **more).status == 200
    assert "exact=False" in str(caught.value)
    with EmulatedEndpoint(provider, [reply], exact=False) as endpoint:
        assert ask(endpoint, stream, **TOOLS, **more).status == 200
    assert len(endpoint.requests[0].altered) == 1
    with EmulatedEndpoint(provider, lambda _: reply) as endpoint:  # a function sees what it answers to
        assert ask(endpoint, stream, **TOOLS, **more).status == 200


@pytest.mark.parametrize(
    ("provider", "reply", "more"),
    [
        ("dashscope", TWO, {"parallel_tool_calls": True}),
        ("openai", TWO, {"tool_choice": "required"}),
        ("openai", Reply(calls=[ADD]), {"tool_choice": NAMED}),
        ("ollama", TWO, {"tool_choice": NAMED}),
        ("hostile", Reply("1 and 2 are 3"), {"max_tokens": 2}),
        ("openai", Reply("3", [ADD], leak="hermes"), {}),
        ("vllm-0.32", Reply("3", reasoning="1 and 2."), {}),
    ],
)
def test_what_is_said_as_it_stands_is_fine(provider: str, reply: Reply, more: dict[str, Any]) -> None:
    with EmulatedEndpoint(provider, [reply]) as endpoint:
        assert ask(endpoint, **TOOLS, **more).status == 200
    assert endpoint.requests[0].altered == []


def test_what_was_not_asked_for_is_told() -> None:
    left = pytest.raises(ScriptError, match=r"1 of the script was not asked for, from Reply\(text='4'\) on")
    with left, EmulatedEndpoint("openai", [Reply("3"), Reply("4")]) as endpoint:
        ask(endpoint)
    with EmulatedEndpoint("openai", [Reply("3"), Reply("4")], exact=False) as endpoint:
        ask(endpoint)


def test_a_failing_test_hears_what_the_endpoint_met() -> None:
    script = [Reply("3", reasoning="1 and 2."), Fault("disconnect-before-headers"), Reply(calls=[ADD])]
    endpoint = EmulatedEndpoint("openai", script)
    ask(endpoint)
    ask(endpoint, tools=[])
    with pytest.raises(ConnectionError):
        ask(endpoint)
    assert endpoint.requests[-1].finished.wait(10)
    with pytest.raises(ZeroDivisionError) as caught, endpoint:
        raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert note.splitlines() == [
        "Emulated endpoint 'openai' met 3 requests:",
        "  1. POST /v1/chat/completions: 200; no reasoning, since the model does not think in this request",
        f"  2. POST /v1/chat/completions: 400, refused: {endpoint.requests[1].refused}",
        "  3. POST /v1/chat/completions: no answer, cut",
        f"  not said: Reply(calls=[{ADD!r}])",
    ]


def test_a_failing_test_hears_that_nothing_came() -> None:
    with pytest.raises(ZeroDivisionError) as caught, EmulatedEndpoint("openai"):
        raise ZeroDivisionError
    assert caught.value.__notes__ == ["Emulated endpoint 'openai' met no request."]


@pytest.mark.parametrize(
    ("provider", "more", "why"),
    [
        ("openai-reasoning", {}, "no reasoning, since this provider hides it"),
        ("openai", {}, "no reasoning, since the model does not think in this request"),
        ("dashscope", {"enable_thinking": False}, "no reasoning, since the model does not think in this request"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_that_is_not_sent_is_told(provider: str, more: dict[str, Any], why: str, stream: bool) -> None:
    reply = Reply("3", reasoning="1 and 2.")
    told = pytest.raises(ScriptError, match=f"said to request 1 is not what the script has: {why}")
    with told, EmulatedEndpoint(provider, [reply]) as endpoint:
        assert ask(endpoint, stream, **more).status == 200
    with EmulatedEndpoint(provider, [reply], exact=False) as endpoint:
        assert ask(endpoint, stream, **more).status == 200
    assert endpoint.requests[0].unthought == why


@pytest.mark.parametrize(
    ("script", "error", "says"),
    [
        (["3"], TypeError, r"not of '3'; Reply\('3'\) says it"),
        ([Reply("3"), None], TypeError, "made of Reply, Fault and Raw, and not of None"),
        (Reply("3"), TypeError, r"a script is a list, \[Reply"),
        ("3", TypeError, "a script is a list"),
        ([Fault(error="nope")], ValueError, "'openai' has no error 'nope'; it has .*'rate_limit'"),
    ],
)
def test_a_script_that_cannot_be_said_is_refused_at_once(script: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        EmulatedEndpoint("openai", script)
    with EmulatedEndpoint("openai") as endpoint, pytest.raises(error):
        endpoint.say_next(*(script if isinstance(script, list) else [[script]]))


def test_a_fault_that_does_not_exist_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"Fault\.kind cannot be 'disconect'; did you mean 'disconnect'"):
        Fault("disconect")  # type: ignore[arg-type]


def test_a_function_that_gives_no_reply_fails_the_test() -> None:
    def script(_: RecordedRequest) -> Any:
        return "3"

    unsaid = pytest.raises(ScriptError, match="made of Reply, Fault and Raw, and not of '3'")
    with unsaid, EmulatedEndpoint("openai", script) as endpoint:
        assert ask(endpoint).status == 500
