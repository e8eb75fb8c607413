"""Servers that people run themselves: Ollama, SGLang, llama.cpp.

llama.cpp was recorded on a real server (the repository's `tests/endpoints/recordings`); the others were read in their
source (Ollama `openai/openai.go`, August 2026; SGLang 0.5.23). Ollama has three types of errors: by `NewError` there,
400 is `invalid_request_error`, 404 `not_found_error`, and all else `api_error`. llama.cpp's are those of
`format_error_response` in its `tools/server/server-common.cpp`.
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Extras, Wire

OLLAMA = Provider(
    name="ollama",
    model="qwen3:8b",
    rules=Rules(
        limits=Limits(window=4096),
        bad_route=Refusal(404, "404 page not found", shape="text"),
        bad_json=Refusal(400, "invalid character 'n' looking for beginning of object key string"),
        unknown_model=Refusal(404, "model '{model}' not found", "not_found_error"),
        no_messages=Refusal(400, "[] is too short - 'messages'"),
        arguments_not_json=Refusal(400, "invalid tool call arguments"),
    ),
    wire=Wire(
        empty_content="empty",
        role="every",
        call_content="empty",
        id_format="call_{n:08x}",
        whole_calls=True,
        message_call_index=True,
        finish_delta={"role": "assistant", "content": ""},
        reasoning="reasoning",
        extras=Extras(
            body={"system_fingerprint": "fp_ollama"},
            choice={},
            message={},
            chunk={"system_fingerprint": "fp_ollama"},
            chunk_choice={},
        ),
    ),
    behaviour=Behaviour(
        obeys=(),
        parallel_switch=False,
        caps=("max_tokens",),
        cuts_prompt=True,
        thinking="on",
        switches=("reasoning_effort",),
    ),
    errors={
        "invalid": Refusal(400, "invalid request"),
        "key": Refusal(401, "unauthorized", "api_error"),
        "permission": Refusal(403, "forbidden", "api_error"),
        "not_found": Refusal(404, "not found", "not_found_error"),
        "server": Refusal(500, "llama runner process has terminated", "api_error"),
    },
    responses="full",
    pages={"/": None, "/api/version": {"version": "0.24.0"}},
)
"""A call comes whole; `tool_choice`, `parallel_tool_calls` and `max_completion_tokens` are not read at all; a prompt of
more than 4096 tokens, the usual `num_ctx`, is cut without a word."""

OLLAMA_NO_TOOLS = OLLAMA.but(
    name="ollama-no-tools",
    model="gemma2:2b",
    rules={"tools_unsupported": Refusal(400, "registry.ollama.ai/library/{model} does not support tools", "api_error")},
)
"""A model whose template has no tools."""


def _sglang(message: str, param: str | None = None) -> Refusal:
    return Refusal(400, message, "BadRequest", param=param)


SGLANG = Provider(
    name="sglang",
    model="Qwen/Qwen3-8B",
    error="vllm-flat",
    event_error="openai",
    rules=Rules(
        limits=Limits(window=32_768, output=32_768, roles=("system", "developer", "user", "assistant", "tool")),
        bad_key=Refusal(401, "Unauthorized", shape="string"),
        bad_route=Refusal(404, "Not Found", shape="detail"),
        bad_json=_sglang("JSON decode error", "body.1"),
        no_messages=_sglang("Messages cannot be empty."),
        context_overflow=_sglang(
            "Input length ({tokens} tokens) exceeds the maximum allowed length ({window} tokens). Use a shorter input "
            "or enable --allow-auto-truncate."
        ),
        choice_unknown_tool=_sglang("Tool '{tool}' not found in tools list.", "tool_choice"),
        choice_without_tools=_sglang("Tools cannot be empty if tool choice is set to required."),
        json_with_forced_choice=_sglang(
            "tool_choice 'required' or a named function cannot be used with response_format."
        ),
    ),
    wire=Wire(
        empty_content="null",
        delta_nulls=("role", "content", "reasoning_content", "tool_calls"),
        call_delta_nulls=("role", "content", "reasoning_content"),
        next_id="null",
        next_name="null",
        call_type="every",
        named_finish="tool_calls",
        reasoning="reasoning_content",
        reasoning_null=True,
        extras=Extras(
            body={"metadata": {"weight_version": "default"}},
            choice={"logprobs": None, "matched_stop": None},
            message={"tool_calls": None},
            usage={"prompt_tokens_details": None, "reasoning_tokens": 0},
            stream_usage={"prompt_tokens_details": None, "reasoning_tokens": 0},
            chunk={"usage": None},
            chunk_choice={"logprobs": None, "matched_stop": None},
        ),
    ),
    behaviour=Behaviour(thinking="on", switches=("chat_template_kwargs",)),
    errors={"invalid": _sglang("The request is invalid.")},
    responses="full",
    pages={"/health": None},
    server="uvicorn",
)
"""Chunks full of nulls, errors without a wrapper."""


def _llamacpp(message: str, status: int = 400, kind: str = "invalid_request_error") -> Refusal:
    return Refusal(status, message, kind)


_TIMINGS = {"timings": {"prompt_n": 1, "predicted_n": 1}}
_FINGERPRINT = {"system_fingerprint": "b0-emulated"}
_CACHED = {"prompt_tokens_details": {"cached_tokens": 0}}

LLAMACPP = Provider(
    name="llamacpp",
    model="qwen",
    error="llamacpp",
    rules=Rules(
        limits=Limits(window=4096, n=1),
        bad_route=_llamacpp("File Not Found", 404, "not_found_error"),
        bad_json=_llamacpp(
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing object key - "
            "invalid literal; last read: '{no'; expected string literal"
        ),
        no_messages=None,
        n_range=_llamacpp("Field 'n': Value must be between 1 <= value <= 1, but got {n}"),
        tool_without_name=_llamacpp(
            "Failed to parse tools: [json.exception.out_of_range.403] key 'name' not found; tools = {tools}",
            500,
            "server_error",
        ),
        image=_llamacpp(
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            500,
            "server_error",
        ),
        context_overflow=Refusal(
            400,
            "request ({tokens} tokens) exceeds the available context size ({window} tokens), try increasing it",
            "exceed_context_size_error",
            extra={"n_prompt_tokens": "{tokens}", "n_ctx": "{window}"},
        ),
        responses_untyped=_llamacpp("Cannot determine type of 'item'"),
        responses_no_content=_llamacpp("item['content'] is not an array"),
        responses_empty_content=_llamacpp("item['content'] is empty"),
        late_system=_llamacpp("Jinja Exception: System message must be at the beginning.", 500, "server_error"),
    ),
    wire=Wire(
        empty_content="empty",
        first_content="null",
        id_format="{n:032x}",
        first_arguments="begun",
        named_finish="tool_calls",
        reasoning="reasoning_content",
        extras=Extras(
            body={**_FINGERPRINT, **_TIMINGS},
            choice={},
            message={},
            usage=_CACHED,
            stream_usage=_CACHED,
            chunk=_FINGERPRINT,
            chunk_choice={},
            last_chunk=_TIMINGS,
        ),
    ),
    behaviour=Behaviour(
        obeys=("none",),
        thinking="on",
        switches=("chat_template_kwargs",),
        none_leaks=True,
        text_convention="fenced-json",
    ),
    errors={
        "invalid": _llamacpp("The request is invalid."),
        "key": _llamacpp("Invalid API Key", 401, "authentication_error"),
        "permission": _llamacpp("Forbidden", 403, "permission_error"),
        "not_found": _llamacpp("File Not Found", 404, "not_found_error"),
        "overloaded": Refusal(503, "Loading model", "unavailable_error"),
        "server": Refusal(
            500, "The model produced output that does not match the expected peg-native format", "server_error"
        ),
    },
    responses="brief",
    responses_reasoning="content",
    pages={"/health": {"status": "ok"}},
    server="llama.cpp",
    stream_type="text/event-stream",
    plain_type="application/json; charset=utf-8",
    card={
        "aliases": ["qwen"],
        "tags": [],
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "owned_by": "llamacpp",
        "meta": {
            "vocab_type": 2,
            "n_vocab": 151936,
            "n_ctx": 4096,
            "n_ctx_train": 32768,
            "n_embd": 1536,
            "n_params": 1777088000,
            "size": 1111370240,
            "ftype": "Q4_K - Medium",
        },
    },
    beside_cards={"models": [{"name": "qwen", "model": "qwen", "type": "model", "capabilities": ["completion"]}]},
)
"""Any model name; a forced choice is not enforced; a broken template is HTTP 500."""

ALL = (OLLAMA, OLLAMA_NO_TOOLS, SGLANG, LLAMACPP)
