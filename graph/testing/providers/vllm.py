"""vLLM: 0.32, 0.9, and 0.32 started without a tool parser.

0.32 was recorded on a real server (the repository's `tests/endpoints/recordings`); 0.9 was read in its source. The type
of an error is the serving layer's own (`create_error_response`: BadRequestError, NotFoundError) or, of what FastAPI
raises, the phrase of its status (`http_exception_handler`).
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Extras, Wire

FINGERPRINT = {"system_fingerprint": "vllm-0.32.0-emulated"}


def _bad(message: str, param: str | None = None) -> Refusal:
    """A 400 of the serving layer; with a parameter, the message ends with it."""
    return Refusal(400, f"{message} (parameter={param})" if param else message, "BadRequestError", param=param)


ERRORS = {
    "invalid": _bad("The request is invalid."),
    "permission": Refusal(403, "Forbidden", "Forbidden"),
    "not_found": Refusal(404, "Not Found", "NotFoundError"),
    "server": Refusal(
        500, "EngineCore encountered an issue. See stack trace (above) for the root cause.", "InternalServerError"
    ),
    "overloaded": Refusal(503, "Server is overloaded", "ServiceUnavailableError"),
}

RULES = Rules(
    limits=Limits(window=4096, output=4096, roles=("system", "developer", "user", "assistant", "tool")),
    bad_key=Refusal(401, "Unauthorized", shape="string"),
    bad_route=Refusal(404, "Not Found", shape="detail"),
    bad_json=Refusal(
        400,
        "1 validation error:\n  {'type': 'json_invalid', 'loc': 'body.{position}', 'msg': 'JSON decode error', "
        "'input': '<dict of 0 items>', 'ctx': {'error': '{error}'}}",
        "Bad Request",
        param="body.{position}",
    ),
    unknown_model=Refusal(
        404, "The model `{model}` does not exist. Valid aliases: {served}.", "NotFoundError", param="model"
    ),
    no_messages=_bad("Cannot apply chat template to an empty conversation. Provide at least one message."),
    stream_options_plain=_bad("Stream options can only be defined when `stream=True`.", "stream_options"),
    output_range=Refusal(
        400,
        "{name}={cap} cannot be greater than max_model_len={top}. Please request fewer output tokens. "
        "(parameter={name}, value={cap})",
        "BadRequestError",
        param="{name}",
    ),
    n_greedy=_bad("n must be 1 when using greedy sampling, got {n}."),
    context_overflow=Refusal(
        400,
        "This model's maximum context length is {window} tokens. However, your prompt contains at least {over} input "
        "tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input "
        "prompt. (parameter=input_tokens, value={over})",
        "BadRequestError",
        param="input_tokens",
    ),
    context_overflow_output=Refusal(
        400,
        "This model's maximum context length is {window} tokens. However, you requested {cap} output tokens and your "
        "prompt contains at least {tokens} input tokens, for a total of at least {total} tokens. Please reduce the "
        "length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value={tokens})",
        "BadRequestError",
        param="input_tokens",
    ),
    empty_tools=_bad(
        "`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.", "tools"
    ),
    tool_without_name=Refusal(
        400,
        "1 validation error:\n  {'type': 'missing', 'loc': 'body.tools.{place}.function.name', 'msg': 'Field "
        "required', 'input': '<dict of 1 items>'}",
        "Bad Request",
        param="body.tools.{place}.function.name",
    ),
    choice_without_tools=_bad("When using `tool_choice`, `tools` must be set.", "tool_choice"),
    choice_unknown_tool=_bad(
        "The tool specified in `tool_choice` does not match any of the specified `tools`", "tool_choice"
    ),
    unknown_role=_bad("Unexpected message role."),
    late_system=_bad("System message must be at the beginning."),
    image=_bad("{model} is not a multimodal model"),
    responses_encrypted=_bad("Encrypted content is not supported."),
    responses_previous=Refusal(404, "Response with id '{id}' not found.", param="response_id"),
)

_NO_TOKENS = {"token_ids": None}

WIRE = Wire(
    empty_content="empty",
    forced_call_content="null",
    id_format="chatcmpl-tool-{n:016x}",
    first_arguments="absent",
    reasoning="reasoning",
    reasoning_null=True,
    extras=Extras(
        body={
            "service_tier": None,
            **FINGERPRINT,
            **dict.fromkeys(("prompt_logprobs", "prompt_token_ids", "prompt_text")),
            **dict.fromkeys(("kv_transfer_params", "ec_transfer_params", "metrics")),
        },
        choice={"logprobs": None, "stop_reason": None, "routed_experts": None, **_NO_TOKENS},
        message=dict.fromkeys(("refusal", "annotations", "audio", "function_call")),
        usage=dict.fromkeys(("prompt_tokens_details", "completion_tokens_details")),
        chunk={},
        first_chunk={"prompt_token_ids": None, "prompt_text": None},
        last_chunk=FINGERPRINT,
        middle_choice=_NO_TOKENS,
        finish_choice={"stop_reason": None},
    ),
)

VLLM = Provider(
    name="vllm-0.32",
    model="qwen",
    error="vllm",
    rules=RULES,
    wire=WIRE,
    behaviour=Behaviour(thinking="on", switches=("chat_template_kwargs",), cut_call="text", none_leaks=True),
    errors=ERRORS,
    responses="full",
    responses_reasoning="content",
    pages={"/health": None, "/version": {"version": "0.32.0"}},
    server="uvicorn",
    card={
        "owned_by": "vllm",
        "root": "qwen",
        "parent": None,
        "max_model_len": 4096,
        "permission": [{"id": "modelperm-0", "object": "model_permission", "allow_sampling": True}],
    },
)
"""0.32 with `--enable-auto-tool-choice`; the prompt may be 4096 tokens long."""

VLLM_ALTERNATING = VLLM.but(
    name="vllm-alternating",
    model="gemma-2-9b-it",
    rules={
        "alternation": _bad("Conversation roles must alternate user/assistant/user/assistant/..."),
        "late_system": None,
        "unknown_role": _bad("System role not supported"),
    },
    limits={"roles": ("user", "assistant", "tool")},
)
"""0.32 with a template that wants user and assistant in turn (Gemma, Mistral)."""

VLLM_0_9 = VLLM.but(
    name="vllm-0.9",
    error="vllm-flat",
    event_error="vllm",
    responses="none",
    pages={"/health": None, "/version": {"version": "0.9.2"}},
    wire={
        "empty_content": "null",
        "forced_call_content": None,
        "reasoning": "reasoning_content",
        "empty_tool_calls": True,
        "extras": Extras(
            body={"prompt_logprobs": None, "kv_transfer_params": None},
            choice={"logprobs": None, "stop_reason": None},
            message={},
            usage={"prompt_tokens_details": None},
            chunk={},
            finish_choice={"stop_reason": None},
        ),
    },
    behaviour={"parallel_switch": False},
    rules={
        "empty_tools": None,
        "unknown_model": Refusal(404, "The model `{model}` does not exist.", "NotFoundError"),
        "responses_previous": None,
        "arguments_not_json": Refusal(400, "Expecting value: line 1 column 1 (char 0)", "BadRequestError"),
        "context_overflow": _bad(
            "This model's maximum context length is {window} tokens. However, you requested {tokens} tokens in the "
            "messages, Please reduce the length of the messages."
        ),
        "context_overflow_output": _bad(
            "This model's maximum context length is {window} tokens. However, you requested {total} tokens ({tokens} "
            "in the messages, {cap} in the completion). Please reduce the length of the messages or completion."
        ),
        "output_range": _bad(
            "'max_tokens' or 'max_completion_tokens' is too large: {cap}. This model's maximum context length is {top} "
            "tokens."
        ),
    },
)
"""0.9: flat errors, `reasoning_content`, `tool_calls: []`, and bad arguments in the history are refused."""

VLLM_NOFLAGS = VLLM.but(
    name="vllm-noflags",
    behaviour={"responses_drop_tools": True},
    rules={
        "choice_required": _bad('tool_choice="required" requires --tool-call-parser to be set'),
        "choice_named": _bad('tool_choice=function "{tool}" requires --tool-call-parser to be set'),
        "tools_unsupported": _bad(
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
        ),
    },
)
"""0.32 without the two flags: Chat Completions refuse tools, Responses drop them without a word."""

ALL = (VLLM, VLLM_ALTERNATING, VLLM_0_9, VLLM_NOFLAGS)
