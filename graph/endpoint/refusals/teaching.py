"""One row of the table of teachings: words of a refusal, and what they teach."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.endpoint.profile import Profile

    Learn = Callable[[re.Match[str], Mapping[str, Any], Profile], Mapping[str, Any] | None]

DASHSCOPE: Final = "https://help.aliyun.com/en/model-studio/error-code"


@dataclass(frozen=True, slots=True)
class Teaching:
    """One row: words that teach something, and what."""

    words: re.Pattern[str]
    learn: Learn
    why: str
    evidence: str


def row(words: str, learn: Learn, why: str, evidence: str) -> Teaching:
    """A row whose words may stand in any case and on several lines."""
    return Teaching(re.compile(words, re.IGNORECASE | re.DOTALL), learn, why, evidence)
