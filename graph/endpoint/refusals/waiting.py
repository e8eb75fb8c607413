"""How long an endpoint asks to wait: in its headers, or in its words."""

from __future__ import annotations

import email.utils
import math
import re
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_IN_WORDS: Final = re.compile(
    r"(?i)(?:try again|retry)(?: after| in)\s+(?:(?P<m>\d{1,4})\s*m(?:in(?:ute)?s?)?(?=[\s\d.,]|$)\s*)?"
    r"(?:(?P<s>\d{1,6}(?:\.\d{1,6})?)\s*(?P<unit>ms|milliseconds?|s|sec|seconds?)\b)?"
)
"""OpenAI writes "Please try again in 1.2s", "in 6m0s", "in 20ms"; Azure "Please retry after 26 seconds"."""


def retry_after_s(headers: Mapping[str, str], message: str, *, now: float | None = None) -> float | None:
    """Return the seconds that an endpoint asks to wait, or None where it does not say.

    Reads `retry-after-ms`, `retry-after` (seconds, or a date), then the message's words.

    Args:
        headers: The response's headers, names in lower case.
        message: The provider's words.
        now: Seconds since the epoch. None: the clock.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    header = headers.get("retry-after")
    seconds = _number(header)
    if seconds is not None:
        return seconds
    if header:
        try:
            date = email.utils.parsedate_to_datetime(header)
            return max(0.0, date.timestamp() - (time.time() if now is None else now))
        except (TypeError, ValueError, OverflowError, OSError):
            pass
    words = _IN_WORDS.search(message)
    if words and (words["m"] or words["s"]):
        value = float(words["s"] or 0)
        return 60 * float(words["m"] or 0) + (value / 1000 if (words["unit"] or "").startswith("m") else value)
    return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
