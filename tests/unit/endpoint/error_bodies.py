"""Error bodies as providers send them, and what is read from each."""

from __future__ import annotations

from typing import Any

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
