"""What refusals teach of tools and their choice, of streaming, and of structured output; see `teachings`."""

from __future__ import annotations

from typing import Final

from graph.endpoint.refusals import learning
from graph.endpoint.refusals.teaching import DASHSCOPE, Teaching, row

CALLING: Final[tuple[Teaching, ...]] = (
    # Tools and their choice
    row(
        r"Function tools with reasoning_effort are not supported",
        learning.tools_need_effort_none,
        "tools are taken only with reasoning_effort none",
        "https://github.com/BerriAI/litellm/pull/34569 ; https://github.com/pipecat-ai/pipecat/issues/4043",
    ),
    row(
        r"tool_choice.{0,120}thinking|thinking.{0,80}tool_choice",
        learning.choice_not_in_thinking,
        "a call cannot be forced while the model thinks",
        "https://github.com/cloudwego/eino/issues/994 ; https://github.com/langchain-ai/langchain/issues/40769",
    ),
    row(
        r"tool_choice is one of the strings that should be \[(?P<allowed>[^\]]*)\]",
        learning.choice_from_list,
        "only some forms of tool_choice are taken",
        DASHSCOPE,
    ),
    row(
        r"tool[_ ]choice.{0,60}(?:not (?:supported|allowed|valid)|unsupported|invalid)"
        r"|tool[_ ]choice.{0,60}(?:only|must be|仅支持).{0,20}auto"
        r"|(?:does not support|unsupported|invalid).{0,40}tool_choice|support the provided 'tool_choice' value",
        learning.choice_not_taken,
        "this form of tool_choice is not taken",
        "https://docs.bigmodel.cn/api-reference ; https://github.com/zed-industries/zed/issues/36094 ; "
        "https://github.com/zed-industries/zed/pull/52740 ; https://github.com/vectorize-io/hindsight/issues/4246",
    ),
    row(
        r"Tool names are not allowed to be \[(?P<names>[^\]]*)\]",
        learning.forbidden_names,
        "a tool may not have this name",
        DASHSCOPE,
    ),
    row(
        r"'tools': array too long\. Expected an array with maximum length (?P<limit>\d{1,6})",
        learning.max_tools,
        "there are more tools than may be sent",
        "https://platform.openai.com/docs/api-reference/chat/create",
    ),
    row(
        r"\bstrict\b.{0,80}(?:not (?:permitted|supported|allowed)|unsupported|unknown|unrecognized|extra)"
        r"|(?:unsupported|unknown|unrecognized|extra|unexpected).{0,60}\bstrict\b",
        learning.strict,
        "strict is not permitted in a function",
        "https://api-docs.deepseek.com/guides/tool_calls",
    ),
    # Streaming
    row(
        r"enable_thinking (?:must be set to false for non-streaming|only support stream)",
        learning.thinking_streams,
        "thinking is served only as a stream",
        "https://github.com/infiniflow/ragflow/issues/8972",
    ),
    row(
        r"only supports? stream(?:ing)? (?:mode|output)|stream must be (?:set to )?true|must have stream=true"
        r"|user api does not support http call|non-?stream(?:ing)?.{0,40}not (?:supported|allowed)",
        learning.stream_only,
        "only streamed requests are served",
        "https://github.com/infiniflow/ragflow/issues/5912 ; https://github.com/leookun/cursor-byok/issues/14 ; "
        "https://github.com/nullclaw/nullclaw/pull/231",
    ),
    row(
        r"stream_options.{0,80}(?:not (?:permitted|supported|allowed)|unsupported|unknown|unrecognized|extra)"
        r"|(?:unsupported|unknown|unrecognized|unexpected|extra).{0,60}stream_options",
        learning.no_stream_usage,
        "stream_options is not accepted",
        "https://github.com/openai/openai-python/issues/2296",
    ),
    row(
        r"'stream' does not support true|verified to stream this model"
        r"|(?:does not|doesn't) support (?:tool use in )?stream(?:ing)?\b|`?stream(?:ing)?`? is not supported"
        r"|unsupported for streaming|streaming completion is not support",
        learning.plain_only,
        "only plain requests are served",
        "https://github.com/animalnots/BetterChatGPT-PLUS/issues/62 ; "
        "https://github.com/earendil-works/pi/issues/3739 ; "
        "https://github.com/langchain-ai/langchainjs/issues/2645 ; https://github.com/langgenius/dify/issues/2897",
    ),
    # Structured output
    row(
        r"json mode.{0,60}not supported when enable_thinking|response_format.{0,60}thinking",
        learning.no_json_in_thinking,
        "response_format is not taken while the model thinks",
        DASHSCOPE,
    ),
    row(
        r"must contain the word ['\"]?json",
        learning.json_word,
        "the messages must contain the word json",
        "https://github.com/browserbase/stagehand/issues/1204",
    ),
    row(
        r"response_format|json[_ ]schema|json_object|json mode|structured outputs?\b",
        learning.response_format,
        "this response_format is not served",
        "https://github.com/ItzCrazyKns/Vane/issues/969 ; "
        "https://github.com/BerriAI/litellm/pull/31466 ; "
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/189 ; " + DASHSCOPE,
    ),
)
