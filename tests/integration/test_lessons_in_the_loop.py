"""Whole runs at endpoints that refuse, in their own words, what a request holds: they learn it and end with an answer.

Each case is a refusal as it was seen in the wild, and what a request must hold to meet it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint import store
from graph.endpoint.facts import Fact
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Run

    from graph.testing import RecordedRequest


def mistral(*loc: str) -> dict[str, Any]:
    detail = {"type": "extra_forbidden", "loc": ["body", *loc], "msg": "Extra inputs are not permitted", "input": True}
    return {"object": "error", "message": {"detail": [detail]}, "type": "invalid_request_error", "param": None}


@dataclass(frozen=True)
class Case:
    """What is refused, how, and what is learned of it.

    Attributes:
        body: the refusal.
        refuses: whether a request meets it.
        learns: the flags that are stored; empty where the endpoint's way of streaming never meets it.
        status: its status.
        settings: further settings of the run.
        known: what is stored of the endpoint from before.
        plain: whether plain runs meet it.
        stream: whether streamed runs meet it.
    """

    body: Any
    refuses: Callable[[dict[str, Any]], bool]
    learns: Mapping[str, Any]
    status: int = 400
    settings: Mapping[str, Any] | None = None
    known: Mapping[str, Any] | None = None
    plain: bool = True
    stream: bool = True


def null_beside_calls(body: dict[str, Any]) -> bool:
    return any(message["role"] == "assistant" and message["content"] is None for message in body["messages"])


BEDROCK = '{"message":"This model doesn\'t support tool use in streaming mode."}'
ARK_CAP = (
    "The parameter `max_tokens` specified in the request is not valid: integer above maximum value, expected a value "
    "<= 32768, but got 50000 instead. Request id: 0217"
)
LESS = "Input should be less than or equal to 1.5"
STRING = "Input should be a valid string"
NOT_NULL = {"assistant_content_with_calls": "empty"}

CASES = {
    "lm-studio-null": Case(
        {"error": "Invalid 'content': 'content' field must be a string or an array of objects.\nGot 'object'"},
        null_beside_calls,
        NOT_NULL,
    ),
    "llama.cpp-null": Case(
        {"error": {"code": 500, "message": "Expected 'content' to be a string or an array", "type": "server_error"}},
        null_beside_calls,
        NOT_NULL,
        status=500,
    ),
    "pydantic-null": Case(
        {"detail": [{"type": "string_type", "loc": ["body", "messages", 2, "content"], "msg": STRING, "input": None}]},
        null_beside_calls,
        NOT_NULL,
        status=422,
    ),
    "one-api-null": Case(
        {"error": {"message": "Invalid value for 'content': expected a string, got null. (request id: 2023)"}},
        null_beside_calls,
        NOT_NULL,
    ),
    "bedrock-tools-streamed": Case(
        {"error": {"message": "litellm.BadRequestError: BedrockException - " + BEDROCK, "code": "400"}},
        lambda body: body["stream"] and "tools" in body,
        {"serves": "plain_only"},
        plain=False,
    ),
    "fireworks-must-stream": Case(
        {"error": {"message": "Requests with max_tokens > 4096 must have stream=true", "param": "max_tokens"}},
        lambda body: body["max_tokens"] > 4096 and not body["stream"],
        {"serves": "stream_only"},
        settings={"max_tokens": 8192},
        stream=False,
    ),
    "ark-cap": Case(
        {"error": {"message": ARK_CAP, "type": "BadRequest", "code": "InvalidParameter", "param": "max_tokens"}},
        lambda body: body["max_tokens"] > 32768,
        {"max_output_tokens": 32768},
        settings={"max_tokens": 50000},
    ),
    "tgi-temperature": Case(
        {"error": "Input validation error: `temperature` must be strictly positive", "error_type": "validation"},
        lambda body: body.get("temperature") == 0,
        {"temperature_above_zero": True},
        status=422,
        settings={"temperature": 0},
    ),
    "mistral-temperature": Case(
        {"detail": [{"type": "less_than_equal", "loc": ["body", "temperature"], "msg": LESS, "input": 1.9}]},
        lambda body: body.get("temperature", 0) > 1.5,
        {"temperature_max": 1.5},
        status=422,
        settings={"temperature": 1.9},
    ),
    "openrouter-reasoning": Case(
        {"error": {"message": "Reasoning is mandatory for this endpoint and cannot be disabled.", "code": 400}},
        lambda body: "reasoning" in body,
        {"thinking": "always", "thinking_off": {}},
        settings={"thinking": "off"},
        known={"thinking_off": {"reasoning": {"enabled": False}}},
    ),
    "mistral-usage": Case(
        mistral("stream_options", "include_usage"),
        lambda body: "stream_options" in body,
        {"stream_usage": False},
        status=422,
        plain=False,
    ),
}


def script(case: Case) -> Callable[[RecordedRequest], Fault | Reply]:
    def say(request: RecordedRequest) -> Fault | Reply:
        if case.refuses(request.body):
            return Fault(status=case.status, body=case.body)
        if request.body["messages"][-1]["role"] == "tool":
            return Reply("The sum is 3.")
        return Reply(calls=[Call("add", {"a": 1, "b": 2})])

    return say


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_run_learns_and_goes_on(case: Case, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("hostile", script(case), behaviour={"obeys": ()}) as endpoint:
        for flag, value in (case.known or {}).items():
            fact = Fact(value=value, source="measured", evidence="before")
            store.save(endpoint.base_url, endpoint.model, {flag: fact})
        messages = run(build(endpoint, max_retries=0, **(case.settings or {})), "What is 1 + 2?")
        assert messages[-1].text == "The sum is 3."
        assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
        met = case.stream if run.streamed else case.plain
        stored = {flag: fact.value for flag, fact in store.load(endpoint.base_url, endpoint.model).items()}
        assert stored == (case.learns if met else {})
        refused = [request for request in endpoint.requests if case.refuses(request.body)]
        assert len(refused) == met
