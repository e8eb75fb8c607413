"""OpenAI (2026): a chat model, a reasoning model, and the models that refuse tools beside reasoning.

Errors by status: https://platform.openai.com/docs/guides/error-codes. The type of a refused request is
`invalid_request_error` with every status of 4xx; a code stands beside it only where there is a word for the reason.
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Wire

PARAMETERS = frozenset(
    {
        *("messages", "model", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "metadata", "modalities", "moderation", "n", "parallel_tool_calls"),
        *("prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
        *("reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store"),
        *("stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user"),
        *("verbosity", "web_search_options"),
    }
)
"""What Chat Completions of OpenAI takes."""

ERRORS = {
    "invalid": Refusal(400, "We could not understand your request."),
    "rate_limit": Refusal(
        429,
        "Rate limit reached for {model} in organization org-0 on requests per min (RPM): Limit 3, Used 3, Requested 1.",
        "requests",
        code="rate_limit_exceeded",
        headers={"retry-after": "1", "x-ratelimit-limit-requests": "3", "x-ratelimit-remaining-requests": "0"},
    ),
    "quota": Refusal(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        code="insufficient_quota",
    ),
    "model_access": Refusal(403, "Project `proj_0` does not have access to model `{model}`", code="model_not_found"),
    "server": Refusal(500, "The server had an error while processing your request. Sorry about that!", "server_error"),
    "overloaded": Refusal(
        503, "The engine is currently overloaded, please try again later", "server_error", code="server_is_overloaded"
    ),
    "content_filter": Refusal(
        400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", code="invalid_prompt"
    ),
}

_CAP = Refusal(
    400,
    "max_tokens is too large: {cap}. This model supports at most {top} completion tokens, whereas you provided {cap}.",
    param="max_tokens",
    code="invalid_value",
)

RULES = Rules(
    limits=Limits(parameters=PARAMETERS),
    bad_key=Refusal(
        401,
        "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    ),
    unknown_model=Refusal(
        404, "The model `{model}` does not exist or you do not have access to it.", code="model_not_found"
    ),
    unknown_parameter=Refusal(400, "Unknown parameter: '{name}'.", param="{name}", code="unknown_parameter"),
    stream_options_plain=Refusal(
        400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
    ),
    both_caps=Refusal(
        400,
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        code="invalid_parameter_combination",
    ),
    output_range=_CAP,
    temperature_range=Refusal(
        400,
        "Invalid 'temperature': decimal {temperature} is out of range. Expected a value between {low} and {high}.",
        param="temperature",
        code="decimal_above_max_value",
    ),
    responses_previous=Refusal(
        400,
        "Previous response with id '{id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    ),
    responses_include=Refusal(400, "Encrypted content is not supported with this model.", param="include"),
    responses_effort=Refusal(
        400,
        "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        param="reasoning.effort",
        code="unsupported_parameter",
    ),
    responses_unknown=Refusal(
        404,
        "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` "
        "set to true, or remove this item from your input.",
        param="input",
    ),
    responses_unread=Refusal(
        400,
        "The encrypted content {start}... could not be verified. Reason: Encrypted content could not be decrypted or "
        "parsed.",
        code="invalid_encrypted_content",
    ),
    responses_repeated=Refusal(
        400, "Duplicate item found with id {id}. Remove duplicate items from your input and try again.", param="input"
    ),
    responses_alone=Refusal(
        400, "Item '{id}' of type 'reasoning' was provided without its required following item.", param="input"
    ),
    responses_bereft=Refusal(
        400,
        "Item '{id}' of type '{type}' was provided without its required 'reasoning' item: '{reasoning}'.",
        param="input",
    ),
    responses_orphan=Refusal(400, "No tool call found for function call output with call_id {id}.", param="input"),
    responses_unanswered=Refusal(400, "No tool output found for function call {id}.", param="input"),
    context_overflow=Refusal(
        400,
        "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages.",
        param="messages",
        code="context_length_exceeded",
    ),
    empty_tools=Refusal(
        400,
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        param="tools",
        code="empty_array",
    ),
    too_many_tools=Refusal(
        400,
        "Invalid 'tools': array too long. Expected an array with maximum length {most}, but got an array with length "
        "{count} instead.",
        param="tools",
        code="array_above_max_length",
    ),
    tool_without_function=Refusal(
        400,
        "Missing required parameter: 'tools[{place}].function'.",
        param="tools[{place}].function",
        code="missing_required_parameter",
    ),
    tool_without_name=Refusal(
        400,
        "Missing required parameter: 'tools[{place}].function.name'.",
        param="tools[{place}].function.name",
        code="missing_required_parameter",
    ),
    choice_without_tools=Refusal(400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice"),
    parallel_without_tools=Refusal(
        400, "'parallel_tool_calls' is only allowed when 'tools' are specified.", param="parallel_tool_calls"
    ),
    choice_unknown_tool=Refusal(
        400, "Tool choice '{tool}' not found in 'tools' parameter.", param="tool_choice.function.name"
    ),
    reasoning_effort=Refusal(400, "Unrecognized request argument supplied: reasoning_effort", param="reasoning_effort"),
    json_without_word=Refusal(
        400,
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        param="messages",
    ),
    unknown_role=Refusal(
        400,
        "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and "
        "'developer'.",
        param="messages[{place}].role",
        code="invalid_value",
    ),
    empty_tool_calls=Refusal(
        400,
        "Invalid 'messages[{place}].tool_calls': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead.",
        param="messages[{place}].tool_calls",
        code="empty_array",
    ),
    empty_assistant=Refusal(
        400,
        "Invalid value for 'content': expected a string, got null.",
        param="messages.[{place}].content",
    ),
    arguments_missing=Refusal(
        400,
        "Missing required parameter: 'messages[{place}].tool_calls[{number}].function.arguments'.",
        param="messages[{place}].tool_calls[{number}].function.arguments",
        code="missing_required_parameter",
    ),
    arguments_type=Refusal(
        400,
        "Invalid type for 'messages[{place}].tool_calls[{number}].function.arguments': expected a string, but got an "
        "object instead.",
        param="messages[{place}].tool_calls[{number}].function.arguments",
        code="invalid_type",
    ),
    empty_call_id=Refusal(
        400,
        "Invalid 'messages[{place}].tool_calls[{number}].id': empty string. Expected a string with minimum length 1, "
        "but got an empty string instead.",
        param="messages[{place}].tool_calls[{number}].id",
        code="empty_string",
    ),
    duplicate_call_id=Refusal(
        400, "Duplicate value for 'tool_call_id' of '{id}'", param="messages.[{place}].tool_calls"
    ),
    orphan_result=Refusal(
        400,
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        param="messages.[{place}].role",
    ),
    unanswered_call=Refusal(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        "The following tool_call_ids did not have response messages: {ids}",
        param="messages.[{next}].role",
    ),
)

OPENAI = Provider(
    name="openai",
    model="gpt-4.1-mini",
    rules=RULES,
    wire=Wire(),
    errors=ERRORS,
    responses="full",
    responses_reasoning="asked",
    server="cloudflare",
)

REASONING = OPENAI.but(
    name="openai-reasoning",
    model="gpt-5.5",
    behaviour={"thinking": "on", "switches": ("reasoning_effort",)},
    rules={
        "reasoning_effort": None,
        "responses_include": None,
        "responses_effort": None,
        "responses_temperature": Refusal(
            400,
            "Unsupported parameter: 'temperature' is not supported with this model.",
            param="temperature",
            code="unsupported_parameter",
        ),
        "both_caps": None,
        "max_tokens_name": Refusal(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
            "instead.",
            param="max_tokens",
            code="unsupported_parameter",
        ),
        "temperature_fixed": Refusal(
            400,
            "Unsupported value: 'temperature' does not support {temperature} with this model. Only the default (1) "
            "value is supported.",
            param="temperature",
            code="unsupported_value",
        ),
    },
    limits={"window": 400_000, "output": 128_000},
)

GPT_5_6 = REASONING.but(
    name="openai-gpt-5.6",
    model="gpt-5.6-sol",
    rules={
        "tools_need_no_effort": Refusal(
            400,
            "Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. To use "
            "function tools, use /v1/responses or set reasoning_effort to 'none'.",
            param="reasoning_effort",
        ),
    },
)

ALL = (OPENAI, REASONING, GPT_5_6)
