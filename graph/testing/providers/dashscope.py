"""DashScope (Alibaba Model Studio), compatible mode: a commercial model, one that thinks, one that only streams.

Sources: https://help.aliyun.com/en/model-studio/error-code and
https://help.aliyun.com/zh/model-studio/qwen-api-via-openai-chat-completions (2026), and captures in public issues.
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Extras, Wire

_INTERNAL = "<400> InternalError.Algo.InvalidParameter: "


def _invalid(message: str, code: str | None = "invalid_parameter_error") -> Refusal:
    """A 400; the schema validator's come without a code, the model's with one."""
    return Refusal(400, message, code=code)


_UNKNOWN_MODEL = Refusal(
    404, "The model `{model}` does not exist or you do not have access to it.", code="model_not_found"
)

ERRORS = {
    "invalid": _invalid(_INTERNAL + "The request is invalid."),
    "not_found": _UNKNOWN_MODEL,
    "rate_limit": Refusal(429, "You exceeded your current requests list.", "limit_requests", code="limit_requests"),
    "burst": Refusal(
        429,
        "Request rate increased too quickly. To ensure system stability, please adjust your client logic to scale "
        "requests more smoothly over time.",
        "limit_burst_rate",
        code="limit_burst_rate",
    ),
    "quota": Refusal(
        429,
        "You exceeded your current quota, please check your plan and billing details. For details, see: "
        "https://help.aliyun.com/zh/model-studio/error-code#token-limit",
        "insufficient_quota",
        code="insufficient_quota",
    ),
    "billing": Refusal(
        400, "Access denied, please make sure your account is in good standing.", "Arrearage", code="Arrearage"
    ),
    "permission": Refusal(403, "Model access denied.", "access_denied", code="access_denied"),
    "server": Refusal(500, "InternalError.Algo", "internal_error", code="internal_error"),
    "overloaded": Refusal(503, "ModelServingError", "ModelServingError", code="ModelUnavailable"),
    "content_filter": Refusal(
        400,
        "Input text data may contain inappropriate content.",
        "data_inspection_failed",
        code="data_inspection_failed",
    ),
    "output_filter": Refusal(
        400, "Output data may contain inappropriate content.", "data_inspection_failed", code="data_inspection_failed"
    ),
}

RULES = Rules(
    limits=Limits(
        window=129_024,
        output=16_384,
        n=4,
        temperature_top="open",
        tool_names=("search",),
        roles=("system", "assistant", "user", "tool", "function"),
    ),
    bad_key=Refusal(
        401,
        "Incorrect API key provided. For details, see: https://help.aliyun.com/zh/model-studio/error-code#apikey-error",
        code="invalid_api_key",
    ),
    bad_route=Refusal(404, "", shape="empty"),
    unknown_model=_UNKNOWN_MODEL,
    no_messages=_invalid("[] is too short - 'messages'", None),
    output_range=_invalid(_INTERNAL + "Range of max_tokens should be [1, {top}]"),
    temperature_range=_invalid("Temperature should be in [0.0, 2.0)"),
    n_range=_invalid("Range of n should be [1, 4]"),
    n_with_tools=_invalid(_INTERNAL + "n must be 1 when tools is specified"),
    context_overflow=_invalid(_INTERNAL + "Range of input length should be [1, {window}]"),
    empty_tools=_invalid("[] is too short - 'tools'", None),
    tool_without_function=_invalid("'function' is a required property, expected an object - 'tools.{place}'", None),
    tool_without_name=_invalid("'name' is a required property - 'tools.{place}.function'", None),
    tool_name=_invalid("Tool names are not allowed to be [{name}]"),
    choice_required=None,
    choice_unknown_tool=_invalid(_INTERNAL + "The tool specified in tool_choice is not in tools: {tool}"),
    thinking_budget=_invalid("The thinking_budget parameter must be a positive integer and not greater than {top}"),
    json_without_word=_invalid(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
    ),
    json_thinking=_invalid("Json mode response is not supported when enable_thinking is true"),
    choice_forced_thinking=_invalid(
        _INTERNAL + "The tool_choice parameter does not support being set to required or object in thinking mode"
    ),
    unknown_role=_invalid(
        "{role} is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.[{place}].role'", None
    ),
    no_user=_invalid(_INTERNAL + "The input messages do not contain elements with the role of user"),
    content_missing=_invalid(_INTERNAL + "Input error. Field required: input.messages.{place}.content"),
    tool_content_list=_invalid(_INTERNAL + "Input should be a valid string: input.messages.{place}.content"),
    empty_tool_calls=_invalid(_INTERNAL + "Empty tool_calls is not supported in message"),
    arguments_missing=_invalid(
        _INTERNAL + "If tool_calls are present in the message, function.arguments must be defined."
    ),
    arguments_type=_invalid(
        "Input should be a valid string - 'messages.[{place}].tool_calls.[{number}].function.arguments'", None
    ),
    arguments_not_json=_invalid(
        _INTERNAL + 'The "function.arguments" parameter of the code model must be in JSON format.'
    ),
    empty_call_id=_invalid(_INTERNAL + "tool_calls[{number}].id must not be empty in messages[{place}]"),
    orphan_result=_invalid(
        _INTERNAL + 'messages with role "tool" must be a response to a preceeding message with "tool_calls".'
    ),
    unanswered_call=_invalid(
        _INTERNAL + 'An assistant message with "tool_calls" must be followed by tool messages responding to each '
        '"tool_call_id". The following tool_call_ids did not have response messages: message[{next}].role'
    ),
    responses_orphan=Refusal(
        400, "No tool call found for function call output with call_id {id}.", code="InvalidParameter", shape="native"
    ),
)

_TEXT_NULLS = ("content", "function_call", "refusal", "role", "tool_calls")

WIRE = Wire(
    empty_content="empty",
    first_content="null",
    role="merged",
    delta_nulls=_TEXT_NULLS,
    id_format="call_{n:022x}",
    next_id="empty",
    call_type="every",
    trailing_piece="empty-function",
    message_call_index=True,
    finish_delta={"content": ""},
    usage_null=True,
    reasoning="reasoning_content",
    extras=Extras(
        body={"system_fingerprint": None},
        message={},
        usage={"prompt_tokens_details": {"cached_tokens": 0}},
        stream_usage={"prompt_tokens_details": {"cached_tokens": 0}},
        chunk={"system_fingerprint": None},
    ),
)

DASHSCOPE = Provider(
    name="dashscope",
    model="qwen-plus",
    path="/compatible-mode/v1",
    error="dashscope",
    sse_refusals=True,
    rules=RULES,
    wire=WIRE,
    behaviour=Behaviour(
        parallel_default=False,
        caps=("max_tokens",),
        thinking="off",
        switches=("enable_thinking",),
        obeys=("none", "named"),
    ),
    errors=ERRORS,
    responses="full",
    responses_paths=("/api/v2/apps/protocols/compatible-mode/v1/responses",),
    server="istio-envoy",
    stream_type="text/event-stream;charset=UTF-8",
)
"""qwen-plus: thinking off unless asked for; one call a reply unless `parallel_tool_calls`."""

THINKING = DASHSCOPE.but(
    name="dashscope-thinking",
    model="qwen3-235b-a22b",
    behaviour={"thinking": "on"},
    rules={
        "thinking_plain": _invalid("parameter.enable_thinking must be set to false for non-streaming calls"),
        "json_schema": _invalid(
            "'response_format.type' Invalid value: 'json_schema'. Supported values are: 'json_object' and 'text'.", None
        ),
        "late_system": _invalid(_INTERNAL + "System message must be at the beginning."),
    },
)
"""An open-weight Qwen3: thinks unless told not to, and then only streams."""

STREAM_ONLY = DASHSCOPE.but(
    name="dashscope-stream-only",
    model="qwq-plus",
    behaviour={"thinking": "always"},
    rules={
        "stream_only": _invalid(
            "This model only support stream mode, please enable the stream parameter to access the model."
        ),
        "thinking_disabled": _invalid("The value of the enable_thinking parameter is restricted to True."),
        "json_schema": THINKING.rules.json_schema,
    },
)
"""QwQ and the `-thinking` models: always think, always stream."""

ALL = (DASHSCOPE, THINKING, STREAM_ONLY)
