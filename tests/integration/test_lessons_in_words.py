"""Wordings of providers and gateways, end to end: refused as long as it stands in the request, learned, remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from graph import Endpoint, Settings
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.knowledge import forget_learned
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.testing import RecordedRequest

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
USAGE = {"include_usage": True}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}


@dataclass
class Case:
    """Words, and what they are said of.

    Attributes:
        says: the endpoint's words; or a whole body.
        refuses: whether a request is refused with them.
        options: what the user asked for.
        status: the status that the words came with.
        streamed: the words are about streamed requests alone.
    """

    says: Any
    refuses: Callable[[Mapping[str, Any]], bool]
    options: Mapping[str, Any] = field(default_factory=dict)
    status: int = 400
    streamed: bool = False


def has(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: name in body


def above(name: str, most: float) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: body.get(name, 0) > most


def capped(says: Any, most: int, status: int = 400) -> Case:
    return Case(says, above("max_tokens", most), {"max_tokens": 100_000}, status)


def hot(says: Any, most: float = 1) -> Case:
    return Case(says, above("temperature", most), {"temperature": 1.5})


def without(name: str, says: Any, value: Any = 1, status: int = 400, **beside: Any) -> Case:
    extra = {name: value} if name not in {"temperature", "top_p", "stop", "stream_options"} else {}
    given = {"extra_body": extra} if extra else {} if name == "stream_options" else {name: value}
    return Case(says, has(name), {**given, **beside}, status, streamed=name == "stream_options")


RANGE = (
    "Unable to submit request because it has a {} but the supported range is from {}. Update the value and try again."
)
LESS = "Input should be less than or equal to"

CASES = {
    # The cap, beyond what the model writes
    "vertex": capped(RANGE.format("maxOutputTokens value of 100000", "1 (inclusive) to 65537 (exclusive)"), 65536),
    "google": capped("Requested maximum tokens of 100000 exceeds the maximum output tokens limit: 65536.", 65536),
    "pydantic 2": capped(
        {"detail": [{"type": "less_than_equal", "loc": ["body", "max_tokens"], "msg": f"{LESS} 4096"}]}, 4096, 422
    ),
    "pydantic 1": capped(
        {"detail": [{"loc": ["body", "max_tokens"], "msg": "ensure this value is less than or equal to 4096"}]},
        4096,
        422,
    ),
    "baseten": capped(f"Invalid request: ['max_tokens (100000): {LESS} 38400']", 38400),
    "phala": capped("max_tokens (current value: 100000) must be between 0 and 32768", 32768),
    "novita": capped("max_tokens: 100000 exceeds maximum 98304 trace_id: df50a381", 98304),
    "cohere": capped(
        {"message": "too many tokens: max tokens must be less than or equal to 4096, the maximum output for this"},
        4096,
    ),
    "bedrock": capped("The maximum tokens you requested exceeds the model limit of 8192. Try again with a lower", 8192),
    "z.ai": capped("max_completion_tokens is limited to 16384 for glm-5.2", 16384),
    "zhipu": capped("max_tokens参数非法：限制数值范围[1,4095]", 4095),
    "tgi": capped("Input validation error: `max_new_tokens` must be <= 2048. Given: 100000", 2048, 422),
    # The temperature
    "anthropic's range": hot("temperature: range: 0..1"),
    "cohere's range": hot({"message": "invalid request: temperature must be between 0 and 1.0 inclusive."}),
    "bedrock's range": hot(
        "Malformed input request: #/temperature: 1.5 is not less or equal to 1, please reformat it."
    ),
    "vertex' range": hot(RANGE.format("temperature value of 1.5", "0 (inclusive) to 1.0001 (exclusive)")),
    "claude thinks": without("temperature", "`temperature` may only be set to 1 when thinking is enabled.", 0.2),
    "vllm's top_p": without("top_p", "top_p must be in (0, 1], got 0.0.", 0),
    # Parameters that are not taken
    "claude": without("temperature", "`temperature` is deprecated for this model.", 0.2),
    "no longer": without("temperature", "temperature is no longer supported for this model", 0.2),
    "databricks": without("temperature", "BAD_REQUEST: Model does not support the temperature parameter.", 0.2),
    "search models": without("temperature", "Model incompatible request argument supplied: temperature", 0.2),
    "azure ai": without(
        "stream_options",
        {"detail": "Extra parameters ['stream_options'] are not allowed when extra-parameters is not set to 'drop'."},
    ),
    "cohere's tools": without(
        "parallel_tool_calls",
        {"message": "unprocessable entity: parallel_tool_calls is not supported"},
        status=422,
        tools=[TOOL],
    ),
    "bedrock's schema": without("seed", "Malformed input request: #: extraneous key [seed] is not permitted, please"),
    "keyword": without("seed", "AsyncCompletions.create() got an unexpected keyword argument 'seed'", status=500),
    "zod": without("seed", "Unrecognized key(s) in object: 'seed'"),
    "name behind": without("seed", "Extra inputs are not permitted: seed"),
    "top_p": without("top_p", "The top_p parameter is not allowed for this model", 0.5),
    "stop": without("stop", "stop参数不支持", ["x"]),
    "effort": without("reasoning_effort", "reasoning_effort is not supported with this model", "low"),
    "chinese": without("temperature", "该模型不支持 temperature 参数", 0.2),
    "chinese, unknown": without("stream_options", "未知参数stream_options无法被识别"),
    # Values
    "json schema": Case(
        "Model m does not support JSON schema output mode",
        lambda body: body.get("response_format", {}).get("type") == "json_schema",
        {"response_format": SCHEMA},
    ),
    "z.ai's choice": Case(
        "Tool choice must be auto",
        lambda body: body.get("tool_choice", "auto") != "auto",
        {"tools": [TOOL], "tool_choice": "required"},
    ),
}


def adapter(endpoint: EmulatedEndpoint) -> ChatEndpoint:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    return ChatEndpoint.at(where, Settings(max_retries=0))


def ask(model: ChatEndpoint, *, stream: bool, **options: Any) -> str:
    if not stream:
        return model.invoke("Hi", **options).text
    return "".join(chunk.text for chunk in model.stream("Hi", **options))


@pytest.mark.parametrize(
    ("case", "stream"),
    [
        pytest.param(case, stream, id=f"{name}-{'stream' if stream else 'plain'}")
        for name, case in CASES.items()
        for stream in (False, True)
        if stream or not case.streamed
    ],
)
def test_one_refusal_in_these_words_is_enough(case: Case, stream: bool) -> None:
    def say(request: RecordedRequest) -> Fault | Reply:
        if not case.refuses(request.body):
            return Reply("Understood.")
        body = {"error": {"message": case.says, "code": None}} if isinstance(case.says, str) else case.says
        return Fault(status=case.status, body=body)

    with EmulatedEndpoint("hostile", say, behaviour={"obeys": ()}) as endpoint:
        assert ask(adapter(endpoint), stream=stream, **case.options) == "Understood."
        first, second = (request.body for request in endpoint.requests)
        assert case.refuses(first)
        assert not case.refuses(second)
        changed = {name for name in {*first, *second} if first.get(name) != second.get(name)}
        assert len(changed - {"messages"}) == 1
        assert len(store.load(endpoint.base_url, endpoint.model)) == 1

        forget_learned()  # as a process that starts later
        assert ask(adapter(endpoint), stream=stream, **case.options) == "Understood."
        assert endpoint.requests[2].body == second
        assert len(endpoint.requests) == 3
