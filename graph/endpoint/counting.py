"""About how many tokens a text or a prompt has: few endpoints offer their tokenizer, and tiktoken downloads its own.

The figures are estimates, within a third or so for prose, and too low for text that is no language.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.tools import BaseTool

_CHARS_A_TOKEN: Final = 4
"""English; LangChain's `count_tokens_approximately` goes by it, too."""

_TOKENS_A_WIDE: Final = 0.6
"""Chinese (https://api-docs.deepseek.com/quick_start/token_usage); Japanese and Korean take somewhat more."""

_WIDE: Final = re.compile(r"[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return math.ceil(len(text) / _CHARS_A_TOKEN + _more_for_wide(text))


def estimate_prompt(messages: Sequence[BaseMessage], tools: Sequence[Any] = ()) -> int:
    """About how many tokens messages and tools have; an image counts 85, as OpenAI's small ones do.

    Args:
        messages: the messages.
        tools: whatever LangChain makes a tool of.
    """
    offered = sum(estimate_tokens(json.dumps(convert_to_openai_tool(tool), ensure_ascii=False)) for tool in tools)
    return offered + count_tokens_approximately(messages) + math.ceil(sum(_more_for_wide(one.text) for one in messages))


def _more_for_wide(text: str) -> float:
    """What Chinese, Japanese and Korean take more than `_CHARS_A_TOKEN` says."""
    wide = 0 if text.isascii() else len(text) - len(_WIDE.sub("", text))
    return wide * (_TOKENS_A_WIDE - 1 / _CHARS_A_TOKEN)


class EstimatingChat(ChatOpenAI):
    """A `ChatOpenAI` that counts tokens offline, by estimate, whatever the model is called.

    `trim_messages(token_counter=model)` counts so. With `tiktoken_model_name` set, and in `get_token_ids`, tiktoken
    counts as before; with `custom_get_token_ids` set, that counts a text.
    """

    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has."""
        if self.tiktoken_model_name or self.custom_get_token_ids:
            return super().get_num_tokens(text)
        return estimate_tokens(text)

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        *,
        allow_fetching_images: bool = True,
    ) -> int:
        """About how many tokens messages and tools have; no image is fetched for that."""
        if self.tiktoken_model_name:
            return super().get_num_tokens_from_messages(messages, tools, allow_fetching_images=allow_fetching_images)
        return estimate_prompt(messages, tools or ())
