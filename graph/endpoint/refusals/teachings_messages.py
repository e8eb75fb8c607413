"""What refusals teach of the form of the messages; see `teachings`."""

from __future__ import annotations

from typing import Final

from graph.endpoint.refusals import learning_messages
from graph.endpoint.refusals.teaching import DASHSCOPE, Teaching, row

MESSAGES: Final[tuple[Teaching, ...]] = (
    # Messages
    row(
        r"content.{0,80}(?:none is not an allowed value|may not be null|cannot be null|must not be null|NoneType)"
        r"|content.{0,80}(?:a string or an (?:array|object)\b|got null|was null)"
        r"|can only concatenate str \(not \"NoneType\"\)|Field required: input\.messages\.\d+\.content",
        learning_messages.content_not_null,
        "content may not be null beside tool calls",
        "https://github.com/agentscope-ai/agentscope-java/issues/1270 ; "
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/261 ; "
        "https://github.com/ggml-org/llama.cpp/issues/13471 ; https://github.com/songquanpeng/one-api/issues/784",
    ),
    row(
        r"messages\[(?P<index>\d{1,6})\][^\n]{0,40}invalid type: sequence, expected a string"
        r"|ChatCompletionRequestContent"
        r"|messages\.(?P<index2>\d{1,6})\.content.{0,80}valid string|invalid type: sequence, expected a string"
        r"|valid string, field: 'messages\[(?P<index3>\d{1,6})\]\.content"
        r"|content.{0,80}(?:must be|should be|expected)(?: a| of type)?(?: valid)? str(?:ing)?\b(?! or an)"
        r"|expects a single `text` element per message",
        learning_messages.content_is_string,
        "content must be a string",
        "https://github.com/OpenHands/OpenHands/issues/4643 ; https://github.com/BerriAI/litellm/issues/6642 ; "
        "https://github.com/musistudio/claude-code-router/issues/377",
    ),
    row(
        r"image input is not supported|support image input|not a multimodal model|unknown variant `image_url`"
        r"|image_url is only supported by certain models",
        learning_messages.no_images,
        "the model takes no images",
        "recorded from vLLM 0.32 and llama.cpp, 2026-11-22 ; https://github.com/nexu-io/nexu/issues/875 ; "
        "https://github.com/browser-use/web-ui/issues/274",
    ),
    row(
        r"system role (?:is )?not supported|\.?role.{0,10} does not support 'system'|invalid message role: system",
        learning_messages.no_system,
        "the model has no system role, or not there",
        "https://github.com/huggingface/chat-ui/issues/1386 ; https://github.com/QuantumNous/new-api/issues/847 ; "
        "https://github.com/codexu/note-gen/issues/918",
    ),
    row(
        r"system messages? (?:must|should|can only|are only).{0,40}(?:beginning|first|start)"
        r"|role 'system' must precede|only the first message can.{0,20}system",
        learning_messages.system_first,
        "the system message must be the first",
        "https://github.com/vllm-project/vllm/issues/41114",
    ),
    row(
        r"roles must alternate|does not support successive user or assistant messages",
        learning_messages.alternate,
        "user and assistant must take turns",
        "https://github.com/suitenumerique/conversations/issues/197 ; "
        "https://github.com/vllm-project/vllm/issues/2080 ; "
        "https://github.com/deepseek-ai/DeepSeek-R1/issues/21",
    ),
    row(
        r"unexpected role '?(?:roles?(?:enum)?\.)?user'? after role '?(?:roles?(?:enum)?\.)?tool",
        learning_messages.no_user_after_tool,
        "a user's message may not follow a tool's result",
        "https://github.com/avante-corp/avante.nvim/pull/2695 ; https://github.com/mistralai/mistral-vibe/issues/578",
    ),
    row(
        r"tool call ids? (?:was|should be|must be).{0,200}length(?: of| >=)? 9",
        learning_messages.ids_of_nine,
        "ids of tool calls are nine letters and digits",
        "https://github.com/anomalyco/opencode/issues/1680 ; https://github.com/ggml-org/llama.cpp/pull/14349 ; "
        "https://github.com/vllm-project/vllm/pull/12332",
    ),
    row(
        r"(?:tool_?use[._]?id|tool_calls?\S{0,20}\bid|call_id)\b.{0,200}"
        r"(?:should match pattern|regular expression pattern|string too long|max(?:imum)? length"
        r"|length less than or equal to)",
        learning_messages.plain_ids,
        "ids of tool calls are short, of letters, digits, _ and -",
        "https://github.com/maximhq/bifrost/issues/5097 ; https://github.com/vercel/ai/issues/5171 ; "
        "https://github.com/AnswerDotAI/fastllm/issues/45",
    ),
    row(
        r"reasoning details to be preserved|missing a `?thought_signature",
        learning_messages.details_wanted,
        "signed reasoning must be given back with the calls",
        "https://github.com/massgen/MassGen/issues/624 ; https://github.com/UKGovernmentBEIS/inspect_ai/issues/2838",
    ),
    row(
        r"(?:corrupted|invalid) thought signature|thought signature is not valid|invalid [`'\"]?signature[`'\"]? in",
        learning_messages.signature_refused,
        "signed reasoning of earlier messages is not taken any more",
        "https://github.com/massgen/MassGen/issues/665 ; https://github.com/agno-agi/agno/issues/8794 ; "
        "https://github.com/RooCodeInc/Roo-Code/pull/10759",
    ),
    row(
        r"developer is not one of|role.{0,120}developer|developer.{0,80}role|supported values are: `system`"
        r"|unexpected (?:message )?role|unknown variant `developer`",
        learning_messages.no_developer,
        "the role developer is not known",
        "https://github.com/openclaw/openclaw/issues/22710 ; https://github.com/QuantumNous/new-api/issues/847",
    ),
    row(
        r"do not contain elements with the role of user|no user query found",
        learning_messages.needs_user,
        "a request needs a user message",
        DASHSCOPE,
    ),
)
