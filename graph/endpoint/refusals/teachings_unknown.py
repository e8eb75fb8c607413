"""What refusals teach of any other parameter, by its name; see `teachings`.

Whatever word stands where these forms have a name, nothing is learned unless the request has a field of that name.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from graph.endpoint.refusals import learning_parameters
from graph.endpoint.refusals.teaching import Teaching, row

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_.\[\]]*"
_NAMES: Final = _NAME + r"(?:['\"`]?, ['\"`]?[a-z]+(?:_[a-z]+)*\b)*"
_QUOTED: Final = r"[\"'`]?"

_FORMS: Final = (
    # OpenAI, NVIDIA NIM ("parameter(s)"), pydantic, serde, Go, zod, old models of OpenAI ("incompatible")
    (
        r"(?:(?:unrecognized|incompatible) request arguments? supplied"
        r"|(?:unsupported|unknown|unrecognized|unexpected) (?:parameter|(?:keyword )?argument|field|key|property)"
        r"|unsupported value|invalid parameter)"
        r"s?\b(?:\(s\))?(?: in object)?[:\s]*QUOTED<NAMES>"
    ),
    # xAI
    (
        r"(?:parameter|argument|field)s? (?:is |are )?not (?:supported|allowed|permitted)(?: (?:on|by|for) this model)?"
        r":\s*QUOTED<NAMES>"
    ),
    # pydantic, Mistral, Fireworks
    r"QUOTED<NAME>QUOTED\s*:?\s*(?:extra inputs are|extra fields) not permitted",
    r"'loc': \(?[\[(]?'body(?:\.|', ')<NAME>[^\n]{0,200}(?:extra_forbidden|not permitted)",
    r"extra_forbidden[^\n]{0,200}'loc': '?\(?'?body(?:\.|', ')<NAME>",
    r"extra inputs are not permitted(?:, field)?: QUOTED<NAME>",
    # Azure AI
    r"extra (?:parameters|inputs|fields) [\[({]<LIST>[\])}] are not (?:allowed|permitted|supported)",
    # Groq, Cerebras; JSON Schema in Python and in Java (Bedrock), of the body itself
    r"property [\"'`]<NAME>[\"'`] is unsupported",
    r"additional properties are not allowed \(<LIST> (?:was|were) unexpected",
    r"#: extraneous key \[<NAME>\] is not permitted",
    # Gemini, Moonshot
    r"unknown name \"<NAME>\".{0,60}cannot find field",
    r"invalid <NAME>: only \S+ is allowed",
    # LiteLLM, xAI, SiliconFlow, Databricks
    r"does not support parameters: [\[{]<LIST>[\]}]",
    r"do(?:es not|esn't|n't| not) support (?:the )?(?:parameter )?QUOTED<NAME>",
    # Anthropic, Cohere, Cerebras and whoever says it plainly
    r"QUOTED<NAME>QUOTED (?:is|are|was|were|has been|have been) (?:deprecated|removed)",
    (
        r"(?<!\bwith )(?<!\bwith [\"'`])\b<NAME>QUOTED(?: (?:parameter|argument|field|option))? (?:is |are )?"
        r"(?:not|no longer) (?:supported|permitted|allowed|accepted)"
    ),
    r"\b<NAME>=[\w.]+ (?:is|are) not supported",
    r"QUOTED<NAME>QUOTED is not a (?:valid|supported|recognized|known) (?:parameter|argument|field)",
    # In Chinese
    r"不(?:被)?支持(?:的)?(?:参数)?\s*[:：]?\s*QUOTED<NAME>",
    r"未知(?:的)?(?:参数|字段)\s*[:：]?\s*QUOTED<NAME>",
    r"<NAME>QUOTED\s*(?:参数|字段)?\s*(?:不(?:被)?支持|无法(?:被)?识别)",
)


def _words() -> str:
    """All forms as one pattern, in which each name has a group of its own."""
    count = itertools.count()
    parts = {"<NAME>": _NAME, "<NAMES>": _NAMES, "<LIST>": r"[^\])}]{1,200}?"}

    def group(found: re.Match[str]) -> str:
        return f"(?P<name{next(count)}>{parts[found[0]]})"

    return "|".join(re.sub(r"<[A-Z]+>", group, form.replace("QUOTED", _QUOTED)) for form in _FORMS)


ANY_OTHER: Final[Teaching] = row(
    _words(),
    learning_parameters.unsupported,
    "a parameter is not accepted",
    "https://platform.openai.com/docs/guides/error-codes ; "
    "https://github.com/web-infra-dev/midscene/issues/1322 ; https://github.com/MinLL/SkyrimNet-GamePlugin/issues/77 ; "
    "https://github.com/BerriAI/litellm/issues/6456 ; https://github.com/n8n-io/n8n/issues/14581 ; "
    "https://github.com/agno-agi/agno/issues/4508 ; https://github.com/The-PR-Agent/pr-agent/issues/2456 ; "
    "https://github.com/CherryHQ/cherry-studio/issues/9214 ; https://github.com/crmne/ruby_llm/issues/155 ; "
    "https://github.com/lastmile-ai/mcp-agent/pull/126 ; https://github.com/MoonshotAI/kimi-cli/issues/2534",
)
"""Any other parameter, by its name. Not seen in a provider's own reply, but plain: the Chinese forms, and zod's."""
