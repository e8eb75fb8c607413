"""Finish reasons: what endpoints call the end of a reply, and what that says of it.

OpenAI's words are `stop`, `length`, `tool_calls`, `function_call` and `content_filter`. Others write them in capitals
(Gemini), with another word (Mistral's `model_length`, Anthropic's `end_turn`), or `"null"` in every event before the
last (KoboldCpp, DashScope's native API).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CUT: Final = frozenset({"length", "max_tokens", "model_length", "max_output_tokens", "max_length", "token_limit"})
"""The cap on tokens."""

GIVEN_UP: Final = frozenset({"abort", "aborted", "cancelled", "canceled", "insufficient_system_resource", "timeout"})
"""The server gave the reply up: DeepSeek's words (api-docs.deepseek.com, 2026-11) and vLLM's (WIRE.md)."""

FILTERED: Final = frozenset({"content_filter", "sensitive", "safety", "prohibited_content", "blocklist", "recitation"})
"""The provider's filter stopped it: OpenAI's, Zhipu's and Gemini's words (ai.google.dev/api, FinishReason)."""

FAILED: Final = frozenset({"error", "network_error", "malformed_function_call", "unexpected_tool_call"})
"""The provider failed within the reply: OpenRouter's, Zhipu's and Gemini's words."""

OVERFLOWED: Final = frozenset({"model_context_window_exceeded"})
"""Prompt and reply filled the window (Zhipu)."""

CALLED: Final = frozenset({"tool_calls", "function_call", "tool_call", "tool_use"})
"""A call is promised."""

ENDED: Final = CALLED | {"stop", "end_turn", "stop_sequence", "eos", "eos_token", "end", "complete", "completed"}
"""The model itself ended its reply, so that nothing more was to come."""

_NONE: Final = frozenset({"", "null", "none", "finish_reason_unspecified"})


def normal(reason: object) -> str | None:
    """A reason in small letters with underscores; None if it is none."""
    if not isinstance(reason, str):
        return None
    word = reason.strip().lower().replace("-", "_")
    return None if word in _NONE else word


def was_cut(metadata: Mapping[str, Any]) -> bool:
    """Whether a reply with this metadata ended at the cap on tokens."""
    return normal(metadata.get("finish_reason")) in CUT


def how_cut(finish: str | None, *, overrun: bool, open_end: bool) -> str:
    """How a reply was cut, in words behind `it`; empty if it was not.

    Args:
        finish: the finish reason, in its `normal` form.
        overrun: it ran past every cap.
        open_end: it came as a stream that did not say that it is over.
    """
    if overrun:
        return "ran past every cap"
    if finish in CUT:
        return "ended at the token cap"
    if finish in GIVEN_UP:
        return f"was given up by the server (`{finish}`)"
    if finish is None and open_end:
        return "broke off (no finish reason, [DONE] or response.completed came)"
    return ""


def later(known: str | None, reason: object) -> str | None:
    """Of two reasons in a row, the one that counts: the first, unless the second says that the reply is not whole."""
    new = normal(reason)
    return new if known is None or (known in ENDED and new is not None and new not in ENDED) else known
