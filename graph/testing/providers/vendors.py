"""Vendors: DeepSeek, Moonshot (Kimi), OpenRouter, Zhipu (Z.AI), SiliconFlow.

Errors by status: https://api-docs.deepseek.com/quick_start/error_codes, https://platform.kimi.ai/docs/api/errors,
https://openrouter.ai/docs/api/reference/errors-and-debugging, https://docs.bigmodel.cn/cn/api/api-code and
https://docs.siliconflow.cn/cn/faqs/error-code.
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Extras, Wire


def _invalid(message: str, code: str | None = "invalid_request_error") -> Refusal:
    return Refusal(400, message, code=code)


_ORPHAN = "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
_UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "(insufficient tool messages following tool_calls message)"
)
_NO_FINGERPRINT = Extras(body={}, message={}, chunk={})

DEEPSEEK = Provider(
    name="deepseek-v4",
    model="deepseek-v4-flash",
    rules=Rules(
        limits=Limits(
            output=393_216, window=1_000_000, reasoning_scope="turns", roles=("system", "user", "assistant", "tool")
        ),
        bad_key=Refusal(
            401,
            "Authentication Fails, Your api key is invalid",
            "authentication_error",
            code="invalid_request_error",
        ),
        bad_route=Refusal(404, "", shape="empty"),
        unknown_model=_invalid("Model Not Exist"),
        no_messages=_invalid("Empty input messages"),
        output_range=_invalid("Invalid max_tokens value, the valid range of max_tokens is [1, {top}]"),
        temperature_range=_invalid("Invalid temperature value, the valid range of temperature is [0, 2.0]"),
        context_overflow=_invalid(
            "This model's maximum context length is {window} tokens. However, you requested {tokens} tokens. Please "
            "reduce the length of the messages or completion."
        ),
        empty_tools=_invalid("Invalid 'tools': empty array. Expected an array with minimum length 1."),
        choice_forced_thinking=_invalid("Thinking mode does not support this tool_choice"),
        json_schema=_invalid("This response_format type is unavailable now"),
        json_without_word=_invalid(
            "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'."
        ),
        unknown_role=_invalid(
            "Failed to deserialize the JSON body into the target type: messages[{place}].role: unknown variant "
            "`{role}`, expected one of `system`, `user`, `assistant`, `tool`"
        ),
        content_list=_invalid(
            "Failed to deserialize the JSON body into the target type: messages[{place}]: invalid type: sequence, "
            "expected a string"
        ),
        orphan_result=_invalid(_ORPHAN),
        unanswered_call=_invalid(_UNANSWERED),
        arguments_type=_invalid(
            "Failed to deserialize the JSON body into the target type: messages[{place}]: invalid type: map, expected "
            "a string"
        ),
        reasoning_missing=_invalid("The `reasoning_content` in the thinking mode must be passed back to the API."),
    ),
    wire=Wire(
        empty_content="empty",
        id_format="call_00_{n:024x}",
        finish_delta={"content": ""},
        usage="with-finish",
        usage_null=True,
        reasoning="reasoning_content",
        comments=(": keep-alive",),
        named_finish="tool_calls",
        extras=Extras(
            message={}, body={"system_fingerprint": "fp_emulated"}, chunk={"system_fingerprint": "fp_emulated"}
        ),
    ),
    behaviour=Behaviour(caps=("max_tokens",), thinking="on", switches=("thinking", "reasoning_effort")),
    errors={
        "invalid": _invalid("Failed to deserialize the JSON body into the target type"),
        "billing": Refusal(402, "Insufficient Balance", "unknown_error", code="invalid_request_error"),
        "content_filter": Refusal(400, "Content Exists Risk", code="invalid_request_error"),
    },
)
"""v4: thinks unless told not to, and then wants the reasoning of its calls back."""

KIMI = Provider(
    name="kimi",
    model="kimi-k2.5",
    rules=Rules(
        limits=Limits(window=262_144, fixed_temperature=1.0, roles=("system", "user", "assistant", "tool")),
        bad_key=Refusal(401, "Invalid Authentication", "invalid_authentication_error"),
        bad_route=Refusal(
            404, "The requested resource was not found", "resource_not_found_error", shape="flat", code=5
        ),
        unknown_model=Refusal(404, "Not found the model {model} or Permission denied", "resource_not_found_error"),
        temperature_fixed=_invalid("invalid temperature: only 1 is allowed for this model", None),
        context_overflow=_invalid("Invalid request: Your request exceeded model token limit: {window}", None),
        empty_tools=None,
        choice_forced_thinking=_invalid("tool_choice 'specified' is incompatible with thinking enabled", None),
        two_thinking_switches=_invalid("cannot specify both 'thinking' and 'reasoning_effort'", None),
        unknown_role=_invalid("Invalid request: unsupported role {role}", None),
        content_list=_invalid("Invalid request: content must be a string", None),
        empty_assistant=_invalid(
            "Invalid request: message at position {place} with role 'assistant' must not be empty", None
        ),
        orphan_result=_invalid("Invalid request: tool_call_id  is not found", None),
        unanswered_call=_invalid(
            "Invalid request: an assistant message with 'tool_calls' must be followed by tool messages responding to "
            "each 'tool_call_id'. The following tool_call_ids did not have response messages: {ids}",
            None,
        ),
        reasoning_missing=_invalid(
            "thinking is enabled but reasoning_content is missing in assistant tool call message at index {place}", None
        ),
    ),
    wire=Wire(
        empty_content="empty",
        id_format="functions.{name}:{i}",
        named_finish="tool_calls",
        usage="finish-and-extra",
        reasoning="reasoning_content",
        extras=_NO_FINGERPRINT,
    ),
    behaviour=Behaviour(thinking="on", switches=("thinking", "reasoning_effort")),
    errors={
        "invalid": _invalid("Invalid request", None),
        "permission": Refusal(403, "The API you are accessing is not open", "permission_denied_error"),
        "not_found": Refusal(404, "The requested resource was not found", "resource_not_found_error"),
        "rate_limit": Refusal(
            429, "Your account reached max request, please try again later", "rate_limit_reached_error"
        ),
        "quota": Refusal(
            429, "Your account is not active, current balance is insufficient", "exceeded_current_quota_error"
        ),
        "overloaded": Refusal(429, "The engine is currently overloaded", "engine_overloaded_error"),
    },
)
"""Ids are `functions.name:0`, from 0 again in each reply, so they repeat within a thread."""

OPENROUTER = Provider(
    name="openrouter",
    model="qwen/qwen3-235b-a22b",
    path="/api/v1",
    error="openrouter",
    rules=Rules(
        bad_key=Refusal(401, "No auth credentials found"),
        bad_route=Refusal(404, "<!DOCTYPE html>", shape="html"),
        unknown_model=Refusal(400, "{model} is not a valid model ID"),
        context_overflow=Refusal(
            400,
            "This endpoint's maximum context length is {window} tokens. However, you requested about {tokens} tokens. "
            'Please reduce the length of either one, or use the "middle-out" transform.',
        ),
        tools_unsupported=None,
        orphan_result=Refusal(400, "Provider returned error"),
        unanswered_call=Refusal(400, "Provider returned error"),
    ),
    wire=Wire(
        role="every",
        call_content="null",
        next_id="absent",
        next_name="repeated",
        reasoning="details",
        reasoning_null=True,
        comments=(": OPENROUTER PROCESSING",),
        finish_delta={"role": "assistant", "content": ""},
        usage="always",
        extras=Extras(
            body={"provider": "Emulated"},
            choice={"logprobs": None, "native_finish_reason": "stop"},
            message={"refusal": None},
            chunk={"provider": "Emulated"},
            chunk_choice={"logprobs": None, "native_finish_reason": None},
        ),
    ),
    behaviour=Behaviour(thinking="on", switches=("reasoning", "reasoning_effort")),
    errors={
        "invalid": Refusal(400, "Invalid request parameters"),
        "billing": Refusal(402, "Insufficient credits. Add more using https://openrouter.ai/credits", code=402),
        "rate_limit": Refusal(429, "Provider returned error", code=429),
        "server": Refusal(502, "Provider returned error", code=502),
    },
    responses="full",
)
"""SSE comments, errors in a 200 stream with finish reason `error`, and an upstream that repeats the name."""

_ILLEGAL = "The messages parameter is illegal. Please check the documentation."

ZHIPU = Provider(
    name="zhipu",
    model="glm-4.6",
    path="/api/paas/v4",
    error="zhipu",
    rules=Rules(
        limits=Limits(window=200_000, roles=("system", "user", "assistant", "tool")),
        bad_key=Refusal(401, "token expired or incorrect", code="401"),
        bad_route=Refusal(404, "Not Found", shape="html"),
        unknown_model=Refusal(400, "Unknown Model, please check the model code.", code="1211"),
        no_messages=Refusal(400, _ILLEGAL, code="1214"),
        unknown_role=Refusal(400, _ILLEGAL, code="1214"),
        json_schema=Refusal(400, "Invalid API parameter, please check the documentation.", code="1210"),
        orphan_result=Refusal(400, _ILLEGAL, code="1214"),
        unanswered_call=Refusal(400, _ILLEGAL, code="1214"),
        context_overflow=Refusal(400, "Prompt exceeds max length", code="1261"),
    ),
    wire=Wire(
        empty_content="empty",
        role="every",
        whole_calls=True,
        message_call_index=True,
        finish_delta={"role": "assistant", "content": ""},
        usage="with-finish",
        reasoning="reasoning_content",
        id_format="call_-{n:019d}",
        extras=Extras(body={"request_id": "20261122000000"}, choice={}, message={}, chunk={}, chunk_choice={}),
    ),
    behaviour=Behaviour(obeys=(), caps=("max_tokens",), thinking="on", switches=("thinking",)),
    errors={
        "invalid": Refusal(400, "Invalid API parameter, please check the documentation.", code="1210"),
        "rate_limit": Refusal(429, "Rate limit reached for requests", code="1302"),
        "billing": Refusal(429, "Insufficient balance or no resource package. Please recharge.", code="1113"),
        "content_filter": Refusal(400, "System detected potentially unsafe or sensitive content.", code="1301"),
    },
)
"""The base URL ends in `/v4`; codes are numbers in strings; `tool_choice` is not enforced."""

SILICONFLOW = Provider(
    name="siliconflow",
    model="Qwen/Qwen3-8B",
    error="siliconflow",
    rules=Rules(
        limits=Limits(window=131_072, roles=("system", "user", "assistant", "tool")),
        bad_key=Refusal(401, "Invalid token", shape="bare"),
        bad_route=Refusal(404, "404 page not found", shape="text"),
        unknown_model=Refusal(400, "Model does not exist. Please check it carefully.", code=20012),
        no_messages=Refusal(400, "Field required", code=20015),
        content_missing=Refusal(400, "Field required", code=20015),
        tool_content_list=Refusal(400, "Input should be a valid string", code=20015),
        unknown_role=Refusal(400, "Input should be 'system', 'user', 'assistant' or 'tool'", code=20015),
        context_overflow=Refusal(
            400, "length of prompt_tokens ({tokens}) must be less than max_seq_len ({window}).", code=20015
        ),
        orphan_result=Refusal(400, "The parameter is invalid. Please check again.", code=20015),
        unanswered_call=Refusal(400, "The parameter is invalid. Please check again.", code=20015),
    ),
    wire=Wire(
        empty_content="empty",
        next_id="empty",
        next_name="empty",
        call_type="every",
        usage="every-chunk",
        reasoning="reasoning_content",
        extras=Extras(
            body={"system_fingerprint": ""}, choice={}, message={}, chunk={"system_fingerprint": ""}, chunk_choice={}
        ),
    ),
    behaviour=Behaviour(thinking="off", switches=("enable_thinking",), caps=("max_tokens",)),
    errors={
        "invalid": Refusal(400, "The parameter is invalid. Please check again.", code=20015),
        "permission": Refusal(403, "Forbidden"),
        "not_found": Refusal(404, "Not Found"),
        "rate_limit": Refusal(429, "Request was rejected due to rate limiting.", code=50603),
        "billing": Refusal(403, "Sorry, your account balance is insufficient", code=30001),
        "overloaded": Refusal(503, "System is too busy now. Please try again later.", code=50505),
    },
)
"""Errors without a wrapper; a wrong key gives a bare JSON string."""

ALL = (DEEPSEEK, KIMI, OPENROUTER, ZHIPU, SILICONFLOW)
