"""What refusals teach of the form of the messages; see `teachings`."""

from __future__ import annotations

from typing import Final

from graph.endpoint.refusals import learning_messages
from graph.endpoint.refusals.teaching import DASHSCOPE, Teaching, row

MESSAGES: Final[tuple[Teaching, ...]] = (
    # Messages
    row(
        r"messages\[(?P<index>\d{1,6})\][^\n]{0,40}invalid type: sequence, expected a string"
        r"|ChatCompletionRequestContent"
        r"|content.{0,80}(?:must be|should be|expected)(?: a| of type)?(?: valid)? str(?:ing)?\b"
        r"|messages\.(?P<index2>\d{1,6})\.content.{0,80}valid string|invalid type: sequence, expected a string",
        learning_messages.content_is_string,
        "content must be a string",
        "https://github.com/tailcallhq/forgecode/issues/2008 ; https://github.com/BerriAI/litellm/issues/6642",
    ),
    row(
        r"content.{0,80}(?:none is not an allowed value|may not be null|cannot be null|must not be null|NoneType)"
        r"|can only concatenate str \(not \"NoneType\"\)|Field required: input\.messages\.\d+\.content",
        learning_messages.content_not_null,
        "content may not be null beside tool calls",
        "https://github.com/agentscope-ai/agentscope-java/issues/1270",
    ),
    row(
        r"system role (?:is )?not supported|\.?role.{0,10} does not support 'system'",
        learning_messages.no_system,
        "the model has no system role",
        "https://github.com/tailcallhq/forgecode/issues/1177 ; https://github.com/vllm-project/vllm/issues/2080",
    ),
    row(
        r"system messages? (?:must|should|can only|are only).{0,40}(?:beginning|first|start)"
        r"|role 'system' must precede|only the first message can.{0,20}system",
        learning_messages.system_first,
        "the system message must be the first",
        "https://github.com/vllm-project/vllm/issues/41114",
    ),
    row(
        r"roles must alternate",
        learning_messages.alternate,
        "user and assistant must take turns",
        "https://github.com/suitenumerique/conversations/issues/197",
    ),
    row(
        r"developer is not one of|role.{0,120}developer|developer.{0,80}role|supported values are: `system`"
        r"|unexpected (?:message )?role|unknown variant `developer`",
        learning_messages.no_developer,
        "the role developer is not known",
        "https://github.com/openclaw/openclaw/issues/22710 ; https://github.com/volcengine/volcengine-java-sdk/issues/105",
    ),
    row(
        r"do not contain elements with the role of user|no user query found",
        learning_messages.needs_user,
        "a request needs a user message",
        DASHSCOPE,
    ),
)
