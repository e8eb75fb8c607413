"""Keys out of text: what an endpoint says is shown to people, logged and checkpointed; keys are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[redacted]"

_MIN_SECRET = 6
"""A shorter "secret" (`EMPTY`, `x`) is a placeholder for a keyless server, and would blank out ordinary words."""

_PATTERNS = (
    # "Incorrect API key provided: <anything>": OpenAI and its imitators echo the key, partly starred.
    re.compile(r"(?i)(key provided\s*[:=]\s*[\"']?)(?!\[redacted\])[^\s\"',;}\])]{4,}"),
    # "api_key: <something with a digit or a star>": "OPENAI_API_KEY: that it is complete" is a sentence, not a key.
    re.compile(r"(?i)(api[ _-]?key[\"']?\s*[:=]\s*[\"']?)(?!\[redacted\])(?=[^\s\"',;}\])]*[\d*])[^\s\"',;}\])]{4,}"),
    re.compile(r"(?i)(\bbearer\s+)(?!\[redacted\])[^\s\"',;}\])]{6,}"),
    # user:password@ in a URL, and a key given as a query parameter.
    re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@"),
    re.compile(r"(?i)([?&](?:api[_-]?key|key|token|access_token)=)[^\s&#\"']+"),
    # Shapes of issued keys: OpenAI, DashScope, DeepSeek, OpenRouter, Moonshot and most others begin with sk-.
    re.compile(r"()\b(?:sk|rk|pk)-[A-Za-z0-9_*.-]{6,}"),
    re.compile(r"()\b(?:hf|gsk|xai|nvapi|ghp|github_pat|AIza)[_-]?[A-Za-z0-9_-]{20,}"),
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
    # Zhipu: 32 hex digits, a dot, 16 characters.
    re.compile(r"()\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with every one of `secrets`, and everything shaped like a key, replaced.

    Args:
        text: Any text that may be shown: a provider's message, a URL, a sentence of our own.
        secrets: The keys in use. Those shorter than six characters are placeholders and are left alone.

    Returns:
        The text with `[redacted]` in place of each key. Redacting twice changes nothing more.
    """
    for secret in sorted((s for s in secrets if len(s) >= _MIN_SECRET), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text
