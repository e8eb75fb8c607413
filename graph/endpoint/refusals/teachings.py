"""The table behind `lesson_from`: the words of a refusal, when they count, and what they change.

Each row was seen in the wild; its `evidence` says where. Order matters: narrow words stand before broad ones.
"""

from __future__ import annotations

from typing import Final

from graph.endpoint.refusals import learning_parameters
from graph.endpoint.refusals.teaching import Teaching, row
from graph.endpoint.refusals.teachings_calling import CALLING
from graph.endpoint.refusals.teachings_messages import MESSAGES
from graph.endpoint.refusals.teachings_parameters import PARAMETERS

_ANY_OTHER: Final = row(
    r"(?:unrecognized request arguments? supplied|unsupported parameter|unknown parameter|unsupported value"
    r"|unknown field|unknown argument|invalid parameter|unexpected keyword argument|unsupported argument"
    r"|argument not supported on this model)"
    r"\(?s?\)?[:\s]*[\"'`]?(?P<name>[A-Za-z_][\w.\[\]]*(?:, [a-z]+(?:_[a-z]+)*\b)*)"
    r"|[\"'`]?(?P<name2>[A-Za-z_][\w.]*)[\"'`]?\s*:?\s*(?:extra inputs are|extra fields) not permitted"
    r"|property [\"'`](?P<name3>[A-Za-z_]\w*)[\"'`] is unsupported"
    r"|additional properties are not allowed \([\"'](?P<name4>[A-Za-z_]\w*)[\"'] w"
    r"|invalid (?P<name5>[A-Za-z_]\w*): only \S+ is allowed"
    r"|[\"'`](?P<name6>[A-Za-z_]\w*)[\"'`] (?:is|are) not (?:supported|permitted|allowed)"
    r"|does not support (?:the )?(?:parameter )?[\"'`]?(?P<name7>[a-z]+(?:_[a-z]+)+)\b"
    r"|'loc': \(?[\[(]?'body(?:\.|', ')(?P<name8>[A-Za-z_]\w*)[^\n]{0,200}(?:extra_forbidden|not permitted)"
    r"|extra_forbidden[^\n]{0,200}'loc': '?\(?'?body(?:\.|', ')(?P<name9>[A-Za-z_]\w*)"
    r"|extra inputs are not permitted, field: '(?P<name10>[A-Za-z_][\w.\[\]]*)'"
    r"|unknown name \"(?P<name11>[A-Za-z_]\w*)\".{0,60}cannot find field"
    r"|does not support parameters: [\[{](?P<name12>[^\]}]{1,200})[\]}]"
    r"|does not support parameter (?P<name13>[A-Za-z]\w*)"
    r"|\b(?P<name14>[a-z]+(?:_[a-z]+)+)=\w+ (?:is|are) not supported",
    learning_parameters.unsupported,
    "a parameter is not accepted",
    "https://platform.openai.com/docs/guides/error-codes ; "
    "https://github.com/web-infra-dev/midscene/issues/1322 ; https://github.com/MinLL/SkyrimNet-GamePlugin/issues/77 ; "
    "https://github.com/BerriAI/litellm/issues/6456 ; https://github.com/n8n-io/n8n/issues/14581 ; "
    "https://github.com/agno-agi/agno/issues/4508",
)
"""Any other parameter, by its name."""

TEACHINGS: Final[tuple[Teaching, ...]] = (*CALLING, *PARAMETERS, *MESSAGES, _ANY_OTHER)
