"""Every shape of error body becomes one; nothing makes the reader fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.profile import Profile
from graph.endpoint.refusals import ProviderError, classify, is_error_event, lesson_from, read_error
from graph.errors import PortolanError

NOW = 1_795_305_600.0  # Sun, 22 Nov 2026 00:00:00 GMT

DASHSCOPE_SSE = (
    'data: {"error":{"code":"invalid_parameter_error","param":null,"message":"tools is too short","type":'
    '"invalid_request_error"},"id":"chatcmpl-1","request_id":"rq-7"}\n\n'
)
DASHSCOPE_NATIVE = (
    'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"bad size","request_id":"rq-8"}\n\n'
)
OPENROUTER = {
    "error": {
        "code": 400,
        "message": "Provider returned error",
        "metadata": {"raw": DASHSCOPE_SSE, "provider_name": "Alibaba"},
    }
}

SHAPES: dict[str, tuple[int | None, Any, dict[str, Any]]] = {
    "openai": (
        404,
        {
            "error": {
                "message": "The model `x` does not exist",
                "type": "invalid_request_error",
                "param": None,
                "code": "model_not_found",
            }
        },
        {
            "message": "The model `x` does not exist",
            "code": "model_not_found",
            "type": "invalid_request_error",
            "param": None,
        },
    ),
    "dashscope": (
        401,
        {
            "error": {
                "message": "Incorrect API key provided.",
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_api_key",
            },
            "request_id": "rq-1",
        },
        {"code": "invalid_api_key", "request_id": "rq-1"},
    ),
    "dashscope, server-sent event": (
        400,
        DASHSCOPE_SSE,
        {"message": "tools is too short", "code": "invalid_parameter_error", "request_id": "rq-7", "status": 400},
    ),
    "dashscope, native frame": (
        None,
        DASHSCOPE_NATIVE,
        {"message": "bad size", "code": "InvalidParameter", "request_id": "rq-8", "status": 400},
    ),
    "dashscope, responses": (
        401,
        {"request_id": "rq-2", "code": "InvalidApiKey", "message": "Invalid API-key provided."},
        {"message": "Invalid API-key provided.", "code": "InvalidApiKey", "request_id": "rq-2"},
    ),
    "dashscope, responses failed with 200": (
        200,
        {"id": "r", "status": "failed", "error": {"code": "server_error", "message": "rate"}, "output": []},
        {"message": "rate", "code": "server_error", "status": 200},
    ),
    "responses event": (
        200,
        {
            "type": "response.failed",
            "response": {"status": "failed", "error": {"code": "server_error", "message": "no"}},
        },
        {"message": "no", "code": "server_error"},
    ),
    "vllm": (
        400,
        {"error": {"message": "bad tools (parameter=tools)", "type": "BadRequestError", "param": "tools", "code": 400}},
        {
            "message": "bad tools (parameter=tools)",
            "type": "BadRequestError",
            "param": "tools",
            "code": None,
            "status": 400,
        },
    ),
    "vllm, old and sglang": (
        400,
        {"object": "error", "message": "bad", "type": "BadRequestError", "param": None, "code": 400},
        {"message": "bad", "type": "BadRequestError", "code": None},
    ),
    "vllm, error is a string": (401, {"error": "Unauthorized"}, {"message": "Unauthorized", "status": 401}),
    "vllm, in a stream": (
        200,
        {"error": {"message": "died", "type": "InternalServerError", "param": None, "code": 500}},
        {"message": "died", "status": 500, "code": None},
    ),
    "fastapi": (404, {"detail": "Not Found"}, {"message": "Not Found"}),
    "fastapi, list": (
        422,
        {
            "detail": [
                {"type": "extra_forbidden", "loc": ["body", "foo"], "msg": "Extra inputs are not permitted", "input": 1}
            ]
        },
        {"message": "foo: Extra inputs are not permitted (extra_forbidden)", "param": "foo"},
    ),
    "llama.cpp": (
        400,
        {
            "error": {
                "code": 400,
                "message": "request (12030 tokens) exceeds",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 12030,
                "n_ctx": 4096,
            }
        },
        {"limit_tokens": 4096, "requested_tokens": 12030, "type": "exceed_context_size_error"},
    ),
    "ollama": (
        404,
        {"error": {"message": "model 'x' not found", "type": "not_found_error", "param": None, "code": None}},
        {"message": "model 'x' not found", "type": "not_found_error"},
    ),
    "openrouter, upstream's event within": (
        400,
        OPENROUTER,
        {"message": "tools is too short", "code": "invalid_parameter_error", "type": "invalid_request_error"},
    ),
    "openrouter, upstream's text within": (
        429,
        {"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": "slow down, please"}}},
        {"message": "slow down, please", "status": 429},
    ),
    "openrouter, in a stream": (
        200,
        {
            "id": "g",
            "object": "chat.completion.chunk",
            "error": {"code": 502, "message": "gone"},
            "choices": [{"delta": {}, "finish_reason": "error"}],
        },
        {"message": "gone", "status": 502},
    ),
    "zhipu": (
        400,
        {"error": {"code": "1214", "message": "The messages parameter is illegal."}, "request_id": "z"},
        {"code": "1214", "message": "The messages parameter is illegal.", "request_id": "z"},
    ),
    "siliconflow": (
        400,
        {"code": 20015, "message": "Field required", "data": None},
        {"code": "20015", "message": "Field required", "status": 400},
    ),
    "siliconflow, bare string": (401, '"Invalid token"', {"message": "Invalid token"}),
    "anthropic": (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "a"},
        {"type": "overloaded_error", "message": "Overloaded", "request_id": "a"},
    ),
    "minimax with 200": (
        200,
        {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
        {"code": "1004", "message": "login fail"},
    ),
    "google, a list": (
        400,
        [{"error": {"code": 400, "message": "Bad", "status": "INVALID_ARGUMENT"}}],
        {"message": "Bad", "type": "INVALID_ARGUMENT"},
    ),
    "baidu": (
        200,
        {"error_code": 336003, "error_msg": "the max length"},
        {"code": "336003", "message": "the max length"},
    ),
    "a proxy's page": (
        502,
        b"<!DOCTYPE html><html><head><title>502 Bad&nbsp;Gateway</title></head><body><h1>nginx</h1></body></html>",
        {"message": "a page of HTML came instead of JSON: 502 Bad Gateway", "status": 502},
    ),
    "a page without a title": (
        403,
        "<html><style>x{}</style><body>Go <b>away</b></body></html>",
        {"message": "a page of HTML came instead of JSON: Go away"},
    ),
    "plain text": (404, b"404 page not found\n", {"message": "404 page not found"}),
    "nothing": (500, b"", {"message": "", "status": 500}),
    "None": (503, None, {"message": "", "status": 503}),
    "Mistral": (
        422,
        {
            "object": "error",
            "message": {
                "detail": [
                    {
                        "type": "extra_forbidden",
                        "loc": ["body", "stream_options", "include_usage"],
                        "msg": "Extra inputs are not permitted",
                    }
                ]
            },
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        },
        {
            "message": "stream_options.include_usage: Extra inputs are not permitted (extra_forbidden)",
            "param": "stream_options.include_usage",
            "type": "invalid_request_error",
        },
    ),
    "Mistral, a list": (
        422,
        {
            "object": "Error",
            "message": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "No"}],
            "code": 3001,
        },
        {"message": "seed: No (extra_forbidden)", "code": "3001"},
    ),
    "Mistral in 2024, JSON in the message": (
        422,
        {"object": "error", "message": '{"detail":[{"type":"missing","loc":["body","model"],"msg":"Needed"}]}'},
        {"message": "model: Needed (missing)"},
    ),
    "FastAPI around an error": (
        400,
        {"detail": {"error": {"message": "Unsupported", "type": "invalid_request_error", "code": "unsupported"}}},
        {"message": "Unsupported", "type": "invalid_request_error", "code": "unsupported"},
    ),
    "Cloudflare": (
        400,
        {
            "errors": [{"message": "AiError: Bad input: oneOf at '/' not met", "code": 5006}],
            "success": False,
            "result": {},
        },
        {"message": "AiError: Bad input: oneOf at '/' not met", "code": "5006"},
    ),
    "Hugging Face": (
        400,
        {"error": ["Error in `stream`: not supported"]},
        {"message": "Error in `stream`: not supported"},
    ),
    "Text Generation Inference": (
        422,
        {"error": "Input validation error", "error_type": "validation"},
        {"message": "Input validation error", "type": "validation"},
    ),
    "a message that only begins like JSON": (
        400,
        {"message": "[] is too short - 'tools'"},
        {"message": "[] is too short - 'tools'"},
    ),
    "Groq": (
        400,
        {"error": {"message": "Failed", "code": "tool_use_failed", "failed_generation": "<function=add>{}</function>"}},
        {"message": "Failed", "code": "tool_use_failed", "failed_generation": "<function=add>{}</function>"},
    ),
    "gateway's string beside a message": (
        403,
        {"error": "Forbidden", "message": "no such route"},
        {"message": "Forbidden: no such route"},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("form", ["bytes", "text", "parsed"])
def test_a_shape_is_read(name: str, form: str) -> None:
    status, body, expected = SHAPES[name]
    if form != "parsed" and not isinstance(body, (str, bytes, type(None))):
        body = json.dumps(body)
    if form == "bytes" and isinstance(body, str):
        body = body.encode()
    error = read_error(status, {"Content-Type": "application/json"}, body, now=NOW)
    assert {field: getattr(error, field) for field in expected} == expected


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [
        ({"Retry-After": "7"}, "", 7.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"Retry-After-Ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 00:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 00:00:00 GMT"}, "", 0.0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({}, "Rate limit reached. Please try again in 1.2s. Visit", 1.2),
        ({}, "Please try again in 6m30s.", 390.0),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please retry after 26 seconds.", 26.0),
        ({}, "please try again later.", None),
        ({}, "", None),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], message: str, expected: float | None) -> None:
    error = read_error(429, headers, {"error": {"message": message}}, now=NOW)
    assert error.retry_after_s == (None if expected is None else pytest.approx(expected))


def test_the_request_id_may_come_as_a_header() -> None:
    assert read_error(400, {"X-Request-Id": "req_1"}, b"{}").request_id == "req_1"


EVENTS_OK: list[Any] = [
    {"id": "c", "object": "chat.completion.chunk", "choices": [{"delta": {"content": "a"}, "index": 0}], "usage": None},
    {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}},
    {"id": "c", "object": "chat.completion", "choices": [{"message": {"content": "", "refusal": None}}], "error": None},
    {"choices": [{"delta": {}, "finish_reason": "stop"}], "code": 0, "message": "success"},
    {"choices": [{"delta": {"content": "x"}}], "base_resp": {"status_code": 0, "status_msg": ""}},
    {"code": 200, "message": "ok"},
    {"code": None, "message": None, "choices": None},
    {"id": "r", "object": "response", "status": "completed", "error": None, "output": []},
    {"type": "response.output_text.delta", "delta": "a"},
    {"object": "list", "data": []},
    {"error": {}, "choices": [{"delta": {"content": "x"}}]},
    {},
    [],
    "data",
    None,
]
EVENTS_BAD: list[Any] = [
    {"error": {"message": "no"}},
    {"error": "no"},
    {"object": "error", "message": "no", "code": 400},
    {"code": "InvalidParameter", "message": "no", "request_id": "r"},
    {"code": 20015, "message": "no", "data": None},
    {"code": 500, "msg": "no"},
    {"error": {"code": 502, "message": "no"}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]},
    {"choices": [{"error": {"code": 502, "message": "no"}, "finish_reason": "error"}]},
    {"id": "r", "status": "failed", "error": {"code": "server_error"}},
    {"type": "response.failed", "response": {"status": "failed"}},
    {"type": "error", "message": "no"},
    {"base_resp": {"status_code": 1002, "status_msg": "no"}, "choices": None},
    {"error_code": 110, "error_msg": "no"},
    {"detail": "no"},
]


@pytest.mark.parametrize("event", EVENTS_OK)
def test_an_ordinary_event_is_no_error(event: Any) -> None:
    assert not is_error_event(event)


@pytest.mark.parametrize("event", EVENTS_BAD)
def test_an_error_in_a_reply_of_200_is_seen(event: Any) -> None:
    assert is_error_event(event)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "detail", "loc", "msg", "metadata", "raw", "choices", "response"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.none() | st.integers(0, 999),
    st.dictionaries(st.sampled_from(["retry-after", "Retry-After-Ms", "x-request-id"]), st.text(max_size=40)),
    st.binary() | st.text() | JSON | JSON.map(json.dumps) | JSON.map(lambda v: f"data: {json.dumps(v)}\n\n"),
)
def test_nothing_makes_reading_or_naming_fail(status: int | None, headers: dict[str, str], body: Any) -> None:
    error = read_error(status, headers, body, now=NOW)
    assert isinstance(error, ProviderError)
    named = classify(error, profile=Profile(), endpoint="m at https://x.example/v1")
    assert isinstance(named, PortolanError)
    assert "\n" not in str(named)
    is_error_event(body)
    lesson_from(error, body if isinstance(body, dict) else {"messages": body, "tools": body})


@pytest.mark.parametrize("body", ["[" * 100_000, '{"error":' * 50_000, "9" * 10_000, '{"code": ' + "9" * 4000 + "}"])
def test_hostile_json_does_not_make_reading_fail(body: str) -> None:
    assert read_error(400, {}, body).status == 400
