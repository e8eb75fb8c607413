"""A prompt that is too long, in every provider's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from graph.endpoint.refusals.reading import ProviderError


@dataclass(frozen=True, slots=True)
class Overflow:
    """How large the window is and how much was asked for, where it was said."""

    limit_tokens: int | None = None
    requested_tokens: int | None = None

    alone: bool = False
    """The prompt alone was counted, without the cap on the reply."""

    at_least: bool = False
    """What was asked for is a lower bound: vLLM 0.20 counts no further than one token past what the cap leaves to the
    prompt, so that its words always say one token too many (https://github.com/vllm-project/vllm/issues/42474)."""


_WORDS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # llama.cpp, since autumn 2025 and before
        r"request \((?P<requested>\d+) tokens\) exceeds the available context size \((?P<limit>\d+) tokens\)",
        r"exceeds the available context size",
        # DashScope
        r"Range of input length should be \[\d+, ?(?P<limit>\d+)\]",
        # vLLM since 0.2x: the cap asked for and the prompt; the prompt alone; one too long to be counted at all
        (
            r"maximum context length is (?P<limit>[\d,]+) tokens\. However, you requested \d+ output tokens and your "
            r"prompt contains (?:at least )?\d+ input tokens, for a total of (?P<least>at least )?(?P<requested>[\d,]+)"
        ),
        (
            r"maximum context length is (?P<limit>[\d,]+) tokens\. However, your prompt contains (?:at least )?"
            r"(?P<alone>[\d,]+) input tokens"
        ),
        (
            r"maximum context length is (?P<limit>[\d,]+) tokens\. However, (?:you requested \d+ output tokens and )?"
            r"your prompt contains \d+ characters"
        ),
        r"maximum context length is (?P<limit>\d+) tokens and your request has (?P<requested>\d+) input tokens",
        # OpenAI, older vLLM, DeepSeek, OpenRouter ("about")
        (
            r"maximum context length is (?P<limit>[\d,]+) tokens[,.] however,? you requested (?:about )?"
            r"(?P<requested>[\d,]+)"
        ),
        (
            r"maximum context length is (?P<limit>[\d,]+) tokens\. However, your messages resulted in "
            r"(?P<alone>[\d,]+)"
        ),
        # Mistral
        r"Prompt contains (?P<alone>\d+) tokens.*too large for model with (?P<limit>\d+) maximum context length",
        # SGLang
        r"The input \((?P<alone>\d+) tokens\) is longer than the model's context length \((?P<limit>\d+) tokens\)",
        (
            r"Requested token count exceeds the model's maximum context length of (?P<limit>\d+) tokens\. "
            r"You requested a total of (?P<requested>\d+)"
        ),
        r"Input length \((?P<alone>\d+) tokens\) exceeds the maximum allowed length \((?P<limit>\d+) tokens\)",
        r"maximum context length (?:is|of) (?P<limit>[\d,]+)",
        # Moonshot
        r"exceeded model token limit: (?P<limit>\d+)(?: \(requested: (?P<requested>\d+)\))?",
        # SiliconFlow
        r"length of prompt_tokens \((?P<requested>\d+)\) must be less than max_seq_len \((?P<limit>\d+)\)",
        # OpenAI's newer models and Responses API
        (
            r"Input tokens exceed the configured limit of (?P<limit>\d+) tokens\. Your messages resulted in "
            r"(?P<alone>\d+)"
        ),
        r"Input tokens exceed the configured limit",
        r"exceeds the context window",
        r"(?:input|prompt|messages|conversation)\b[^.]{0,30} exceeds? (?:the |this )?(?:model['’]s )?context window",
        r"context_length_exceeded|context window exceeds limit|model_context_window_exceeded",
        # Anthropic, and gateways in front of it; Fireworks
        r"prompt is too long: (?P<alone>\d+) tokens > (?P<limit>\d+) maximum",
        r"prompt is too long: (?P<alone>\d+), model maximum context length: (?P<limit>\d+)",
        r"prompt is too long|input is too long for requested model",
        # Gemini, xAI, Copilot
        r"input token count \((?P<alone>\d+)\) exceeds the maximum number of tokens allowed \((?P<limit>\d+)\)",
        r"maximum prompt length is (?P<limit>\d+) but the request contains (?P<alone>\d+)",
        r"prompt token count of (?P<alone>\d+) exceeds the limit of (?P<limit>\d+)",
        r"input token count exceeds the maximum number of tokens allowed \((?P<limit>\d+)\)",
        # Text Generation Inference: prompt and cap, then the prompt alone
        (
            r"`inputs` tokens \+ `max_new_tokens` must be <= (?P<limit>\d+)"
            r"(?:\. Given: (?P<prompt>\d+) `inputs` tokens and (?P<cap>\d+))?"
        ),
        r"`inputs` must have less than (?P<limit>\d+) tokens\. Given: (?P<alone>\d+)",
        # Cerebras, and SiliconFlow: prompt and cap together
        r"Current length is (?P<requested>\d+) while limit is (?P<limit>\d+)",
        r"max_total_tokens \((?P<requested>\d+)\) must be less than or equal to max_seq_len \((?P<limit>\d+)\)",
        # Cloudflare, Ark
        r"output tokens \((?P<requested>\d+)\) exceeded this model context window limit \((?P<limit>\d+)\)",
        r"Input length (?P<alone>\d+) exceeds the maximum (?:allowed )?length (?:of )?(?P<limit>\d+)",
        # vLLM: a prompt alone that is too long; a cap that was counted down below nothing for it
        (
            r"prompt \(length (?P<alone>\d+)\) (?:is|plus the number of requested output tokens \(at least 1\) is) "
            r"longer than the maximum model length of (?P<limit>\d+)"
        ),
        r"Input length \((?P<alone>\d+)\) exceeds model's maximum context length \((?P<limit>\d+)\)",
        r"engine prompt length (?P<alone>\d+) exceeds the max_model_len (?P<limit>\d+)",
        r"max_(?:completion_)?tokens must be at least 1, got -\d+",
        # LM Studio
        r"keep the first (?P<requested>\d+) tokens .{0,80}context length of only (?P<limit>\d+) tokens",
        # LM Studio, Ollama, Groq, Ark, Qianfan, Zhipu
        r"greater than the context length|input length exceeds (?:the |maximum )?context",
        r"reduce the length of the (?:messages|input prompt|prompt)",
        r"exceed max message tokens|prompt tokens too long|tokens_too_long",
        r"prompt exceeds max length|Prompt 超长|输入.{0,20}超长",
        (
            r"(?:输入长度|提示词长度|(?:请求的?|输入的?)\s*token\s*数)[^，。；]{0,12}(?:超出|超过)[^，。；]{0,8}"
            r"(?:上下文|模型最大长度)"
        ),
        # Cohere
        r"too many tokens: size limit exceeded",
    )
)

_COUNTED: Final = tuple(words for words in _WORDS if words.groupindex)
"""The rows that say a count: they are asked first, since a code that says nothing more may stand beside one."""

_CAP: Final = re.compile(
    r"(?is)max_(?:completion_|output_)?tokens=(?P<cap>\d+)\s*cannot be greater than "
    r"(?:max_model_len=)?(?:max_total_tokens=)?(?P<limit>\d+)"
    r"|max_(?:completion_)?tokens['`]* is too large: (?P<cap2>\d+).*?"
    r"maximum context length is (?P<limit2>\d+) tokens and your request has (?P<requested>\d+) input tokens"
    r"|maximum context length is (?P<limit3>\d+) tokens\. However, you requested \d+ (?:output )?tokens "
    r"\((?P<requested3>\d+) in the messages, (?P<cap3>\d+) in the completion\)"
    r"|maximum context length is (?P<limit4>\d+) tokens\. However, you requested (?P<cap4>\d+) output tokens and your "
    r"prompt contains at least"
)
"""vLLM's words where the cap on the reply counts, and OpenAI's old ones.

Of vLLM: first the cap alone, of 0.32 (`max_model_len=`) and before (`max_model_len=max_total_tokens=`, until April 2026
with no blank before `cannot`: https://github.com/vllm-project/vllm/pull/40324); then 0.6 to 0.2x; then older ones; at
last the cap and what it leaves to the prompt (0.20).
"""


@dataclass(frozen=True, slots=True)
class CapTooLarge:
    """A cap on the reply that leaves less than half of the window to the prompt."""

    limit_tokens: int


def find_cap_too_large(text: str) -> CapTooLarge | None:
    """Return the window if the words complain of a cap that takes more than half of it, else None.

    Such a request is not helped by a shorter prompt but by a smaller cap: the default of 4096 tokens on a server that
    was started with a window of 4096, say.
    """
    found = _CAP.search(text)
    if not found:
        return None
    groups = found.groupdict()
    cap, limit = (
        _tokens(next((said for name, said in groups.items() if said and name.startswith(kind)), None))
        for kind in ("cap", "limit")
    )
    return CapTooLarge(limit) if cap and limit and cap > limit // 2 else None


_TOO_LARGE_STATUS: Final = 413
_ZHIPU_CODE: Final = "1261"
"""https://docs.bigmodel.cn/cn/api/api-code"""


def find_overflow(error: ProviderError) -> Overflow | None:
    """Return what is known of an overflow if that is what the error is, else None."""
    text = error.text
    if find_cap_too_large(text):
        return None
    for words in (*_COUNTED, *_WORDS):
        if found := words.search(text):
            groups = found.groupdict()
            prompt, cap = _tokens(groups.get("prompt")), _tokens(groups.get("cap"))
            limit = error.limit_tokens or _tokens(groups.get("limit"))
            return Overflow(
                limit_tokens=limit,
                requested_tokens=error.requested_tokens
                or _tokens(groups.get("requested"))
                or _tokens(groups.get("alone"))
                or (prompt + cap if prompt and cap else None),
                alone=bool(groups.get("alone")) or bool(prompt and limit and prompt >= limit),
                at_least=bool(groups.get("least")),
            )
    if error.status == _TOO_LARGE_STATUS or error.type == "exceed_context_size_error" or error.code == _ZHIPU_CODE:
        return Overflow(error.limit_tokens, error.requested_tokens)
    return None


def _tokens(text: str | None) -> int | None:
    digits = (text or "").replace(",", "")
    return int(digits) if 0 < len(digits) < len("1000000000000") else None


_CAP_MARGIN: Final = 16
_LEAST_ROOM: Final = 64
"""Tokens of the window kept free when the cap is lowered, and the fewest that are worth a reply."""


def room_beside_prompt(overflow: Overflow, cap: int | None) -> int | None:
    """The lower cap with which the request may fit; None if no lower one helps, or the figures do not tell.

    Args:
        overflow: what is known of it.
        cap: the cap on the reply that was sent, in tokens.
    """
    limit, requested = overflow.limit_tokens, overflow.requested_tokens
    if not cap or not limit or not requested:
        return None
    if overflow.alone and requested >= limit:
        return None
    beside = cap if requested > cap and not overflow.alone else 0
    room = limit - (requested - beside) - _CAP_MARGIN
    if overflow.at_least:  # how long the prompt is was not counted to the end: halve the cap until it fits
        room = min(room, cap // 2)
    return room if _LEAST_ROOM <= room < cap else None
