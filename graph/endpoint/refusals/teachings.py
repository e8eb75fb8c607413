"""The table behind `lesson_from`: the words of a refusal, when they count, and what they change.

Each row was seen in the wild; its `evidence` says where. Order matters: narrow words stand before broad ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.refusals import learning, learning_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.endpoint.profile import Profile

    Learn = Callable[[re.Match[str], Mapping[str, Any], Profile], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Teaching:
    """One row: words that teach something, and what."""

    words: re.Pattern[str]
    learn: Learn
    why: str
    evidence: str


def _row(words: str, learn: Learn, why: str, evidence: str) -> Teaching:
    return Teaching(re.compile(words, re.IGNORECASE | re.DOTALL), learn, why, evidence)


_DASHSCOPE: Final = "https://help.aliyun.com/en/model-studio/error-code"

TEACHINGS: Final[tuple[Teaching, ...]] = (
    # Tools and their choice
    _row(
        r"Function tools with reasoning_effort are not supported",
        learning.tools_need_effort_none,
        "tools are taken only with reasoning_effort none",
        "https://github.com/BerriAI/litellm/pull/34569 ; https://github.com/pipecat-ai/pipecat/issues/4043",
    ),
    _row(
        r"tool_choice.{0,120}thinking|thinking.{0,80}tool_choice",
        learning.choice_not_in_thinking,
        "a call cannot be forced while the model thinks",
        "https://github.com/cloudwego/eino/issues/994 ; https://github.com/langchain-ai/langchain/issues/40769",
    ),
    _row(
        r"tool_choice is one of the strings that should be \[(?P<allowed>[^\]]*)\]",
        learning.choice_from_list,
        "only some forms of tool_choice are taken",
        _DASHSCOPE,
    ),
    _row(
        r"tool_choice.{0,60}(?:not (?:supported|allowed|valid)|unsupported|invalid|only.{0,20}auto)"
        r"|(?:does not support|unsupported|invalid).{0,40}tool_choice",
        learning.choice_not_taken,
        "this form of tool_choice is not taken",
        "https://docs.bigmodel.cn/api-reference ; https://github.com/BerriAI/litellm/pull/31466",
    ),
    _row(
        r"Tool names are not allowed to be \[(?P<names>[^\]]*)\]",
        learning.forbidden_names,
        "a tool may not have this name",
        _DASHSCOPE,
    ),
    _row(
        r"'tools': array too long\. Expected an array with maximum length (?P<limit>\d{1,6})",
        learning.max_tools,
        "there are more tools than may be sent",
        "https://platform.openai.com/docs/api-reference/chat/create",
    ),
    _row(
        r"\bstrict\b.{0,80}(?:not (?:permitted|supported|allowed)|unsupported|unknown|unrecognized|extra)"
        r"|(?:unsupported|unknown|unrecognized|extra|unexpected).{0,60}\bstrict\b",
        learning.strict,
        "strict is not permitted in a function",
        "https://api-docs.deepseek.com/guides/tool_calls",
    ),
    # Streaming
    _row(
        r"enable_thinking (?:must be set to false for non-streaming|only support stream)",
        learning.thinking_streams,
        "thinking is served only as a stream",
        "https://github.com/infiniflow/ragflow/issues/8972",
    ),
    _row(
        r"only supports? stream(?:ing)? (?:mode|output)|stream must be (?:set to )?true"
        r"|user api does not support http call|non-?stream(?:ing)?.{0,40}not (?:supported|allowed)",
        learning.stream_only,
        "only streamed requests are served",
        "https://github.com/infiniflow/ragflow/issues/5912 ; https://github.com/leookun/cursor-byok/issues/14",
    ),
    _row(
        r"stream_options.{0,80}(?:not (?:permitted|supported|allowed)|unsupported|unknown|unrecognized|extra)"
        r"|(?:unsupported|unknown|unrecognized|unexpected|extra).{0,60}stream_options",
        learning.no_stream_usage,
        "stream_options is not accepted",
        "https://github.com/langchain-ai/langchain/issues/23429",
    ),
    _row(
        r"'stream' does not support true|verified to stream this model"
        r"|(?:does not|doesn't) support stream(?:ing)?\b|stream(?:ing)? is not supported",
        learning.plain_only,
        "only plain requests are served",
        "https://github.com/animalnots/BetterChatGPT-PLUS/issues/62",
    ),
    # Structured output
    _row(
        r"json mode.{0,60}not supported when enable_thinking|response_format.{0,60}thinking",
        learning.no_json_in_thinking,
        "response_format is not taken while the model thinks",
        _DASHSCOPE,
    ),
    _row(
        r"must contain the word ['\"]?json",
        learning.json_word,
        "the messages must contain the word json",
        "https://github.com/browserbase/stagehand/issues/1204",
    ),
    _row(
        r"response_format|json_schema|json_object",
        learning.response_format,
        "this response_format is not served",
        "https://github.com/ItzCrazyKns/Vane/issues/969 ; " + _DASHSCOPE,
    ),
    # Caps and sampling
    _row(
        r"'max_tokens'.{0,60}not supported.{0,60}'max_completion_tokens'"
        r"|max_tokens.{0,10}and.{0,10}max_completion_tokens.{0,40}(?:same time|both|not supported)",
        learning.newer_cap,
        "the cap is called max_completion_tokens",
        "https://github.com/openai/openai-python/issues/1952",
    ),
    _row(
        r"Range of max_tokens should be \[\d+, ?(?P<limit>\d{1,9})\]"
        r"|valid range of max_tokens is \[\d+, ?(?P<limit2>\d{1,9})\]"
        r"|max_(?:completion_)?tokens.{0,80}supports at most (?P<limit3>\d{1,9})"
        r"|max_tokens: \d+ > (?P<limit4>\d{1,9})"
        r"|max_(?:completion_)?tokens[`'\"]? must be less than or equal to [`'\"]?(?P<limit5>\d{1,9})",
        learning.cap_range,
        "the cap on the reply may not be larger",
        _DASHSCOPE + " ; https://api-docs.deepseek.com/quick_start/error_codes",
    ),
    _row(
        r"max_model_len|max_(?:completion_)?tokens['`]* is too large|in the completion\)",
        learning.cap_beyond_window,
        "the cap on the reply takes too much of the context window",
        "recorded from vLLM 0.32, 2026-11-22 ; https://github.com/vllm-project/vllm/issues/20409",
    ),
    _row(
        r"'temperature' does not support .{0,60}only the default \((?P<value>\d(?:\.\d+)?)\)"
        r"|invalid temperature: only (?P<value2>\d(?:\.\d+)?) is allowed",
        learning.fixed_temperature,
        "the temperature is fixed",
        "https://github.com/QwenLM/qwen-code/issues/921 ; https://github.com/countbot-ai/CountBot/issues/61",
    ),
    _row(
        r"temperature.{0,60}[\[(]\s*-?\d(?:\.\d+)?,\s*(?P<limit>\d(?:\.\d+)?)\s*(?P<end>[\])])"
        r"|temperature.{0,60}(?:less than or equal to|at most|<=) (?P<limit2>\d(?:\.\d+)?)",
        learning.temperature_range,
        "the temperature may not be higher",
        "https://help.aliyun.com/zh/model-studio/qwen-api-via-openai-chat-completions",
    ),
    # Thinking
    _row(
        r"reasoning_content.{0,80}(?:must be passed back|is missing)|(?:missing|pass back).{0,40}reasoning_content",
        learning.echo_reasoning,
        "reasoning must be given back",
        "https://github.com/langchain-ai/langchain/issues/37713 ; https://github.com/continuedev/continue/issues/11600",
    ),
    _row(
        r"enable_thinking parameter is restricted to True",
        learning.always_thinks,
        "the model cannot be kept from thinking",
        _DASHSCOPE,
    ),
    _row(
        r"thinking_budget parameter must be a positive integer",
        learning.no_thinking_budget,
        "this thinking_budget is not taken",
        "https://github.com/QwenLM/Qwen-Agent/issues/941",
    ),
    # Messages
    _row(
        r"messages\[(?P<index>\d{1,6})\][^\n]{0,40}invalid type: sequence, expected a string"
        r"|ChatCompletionRequestContent"
        r"|content.{0,80}(?:must be|should be|expected)(?: a| of type)?(?: valid)? str(?:ing)?\b"
        r"|messages\.(?P<index2>\d{1,6})\.content.{0,80}valid string|invalid type: sequence, expected a string",
        learning_messages.content_is_string,
        "content must be a string",
        "https://github.com/tailcallhq/forgecode/issues/2008 ; https://github.com/BerriAI/litellm/issues/6642",
    ),
    _row(
        r"content.{0,80}(?:none is not an allowed value|may not be null|cannot be null|must not be null|NoneType)"
        r"|can only concatenate str \(not \"NoneType\"\)|Field required: input\.messages\.\d+\.content",
        learning_messages.content_not_null,
        "content may not be null beside tool calls",
        "https://github.com/agentscope-ai/agentscope-java/issues/1270",
    ),
    _row(
        r"system role (?:is )?not supported|\.?role.{0,10} does not support 'system'",
        learning_messages.no_system,
        "the model has no system role",
        "https://github.com/tailcallhq/forgecode/issues/1177 ; https://github.com/vllm-project/vllm/issues/2080",
    ),
    _row(
        r"system messages? (?:must|should|can only|are only).{0,40}(?:beginning|first|start)"
        r"|role 'system' must precede|only the first message can.{0,20}system",
        learning_messages.system_first,
        "the system message must be the first",
        "https://github.com/vllm-project/vllm/issues/41114",
    ),
    _row(
        r"roles must alternate",
        learning_messages.alternate,
        "user and assistant must take turns",
        "https://github.com/suitenumerique/conversations/issues/197",
    ),
    _row(
        r"developer is not one of|role.{0,120}developer|developer.{0,80}role|supported values are: `system`"
        r"|unexpected (?:message )?role|unknown variant `developer`",
        learning_messages.no_developer,
        "the role developer is not known",
        "https://github.com/openclaw/openclaw/issues/22710 ; https://github.com/volcengine/volcengine-java-sdk/issues/105",
    ),
    _row(
        r"do not contain elements with the role of user|no user query found",
        learning_messages.needs_user,
        "a request needs a user message",
        _DASHSCOPE,
    ),
    # Any other parameter, by its name
    _row(
        r"(?:unrecognized request arguments? supplied|unsupported parameter|unknown parameter|unsupported value"
        r"|unknown field|unknown argument|invalid parameter|unexpected keyword argument|unsupported argument)"
        r"\(?s?\)?[:\s]*[\"'`]?(?P<name>[A-Za-z_][\w.\[\]]*)"
        r"|[\"'`]?(?P<name2>[A-Za-z_][\w.]*)[\"'`]?\s*:?\s*(?:extra inputs are|extra fields) not permitted"
        r"|property [\"'`](?P<name3>[A-Za-z_]\w*)[\"'`] is unsupported"
        r"|additional properties are not allowed \([\"'](?P<name4>[A-Za-z_]\w*)[\"'] w"
        r"|invalid (?P<name5>[A-Za-z_]\w*): only \S+ is allowed"
        r"|[\"'`](?P<name6>[A-Za-z_]\w*)[\"'`] (?:is|are) not (?:supported|permitted|allowed)"
        r"|does not support (?:the )?(?:parameter )?[\"'`]?(?P<name7>[a-z]+(?:_[a-z]+)+)\b"
        r"|'loc': \(?[\[(]?'body(?:\.|', ')(?P<name8>[A-Za-z_]\w*)[^\n]{0,200}(?:extra_forbidden|not permitted)"
        r"|extra_forbidden[^\n]{0,200}'loc': '?\(?'?body(?:\.|', ')(?P<name9>[A-Za-z_]\w*)",
        learning.unsupported,
        "a parameter is not accepted",
        "https://github.com/appatalks/eva-agent/issues/83 ; https://platform.openai.com/docs/guides/error-codes",
    ),
)
