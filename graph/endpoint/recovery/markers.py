"""Everything the scanner looks for, and how it tells the start of a marker from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.endpoint.recovery.table import CALL_ENDS, CONVENTIONS, DSML, REPLY_STARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.endpoint.recovery.convention import Convention

FRAME_ENDS = (
    "</tool_call>", "</tool_calls>", "</function_calls>", "</minimax:tool_call>", "</dots_function_call>",
    "</seed:tool_call>", "</atem:function_calls>", f"</{DSML}function_calls>", f"</{DSML}tool_calls>",
    f"</{DSML}toolcalls>", f"</{DSML}tool>", f"</{DSML} calls>", "<|tool_calls_section_end|>",
    "<|close|>tools<|sep|>", "<|python_end|>", "<|tool_call_end|>", *CALL_ENDS,
)  # fmt: skip
"""What may close a frame after its calls."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """A pair of markers around reasoning.

    Attributes:
        opener: begins it.
        closer: ends it.
        shown: it stays in the content as it is; special tokens' text goes to the reasoning instead.
    """

    opener: str
    closer: str
    shown: bool = True


THINKING: tuple[Thinking, ...] = (
    Thinking("<think>", "</think>"),
    Thinking("<thinking>", "</thinking>"),
    Thinking("<seed:think>", "</seed:think>"),
    Thinking("[THINK]", "[/THINK]"),
    Thinking("<|channel>thought", "<channel|>", shown=False),
    Thinking("<|START_THINKING|>", "<|END_THINKING|>", shown=False),
    Thinking("<|inner_prefix|>", "<|inner_suffix|>", shown=False),
)
"""Qwen, DeepSeek, GLM, Kimi, MiniMax; some fine-tunes; Seed-OSS; Mistral; Gemma 4; Command R7B; Apertus."""

ORPHAN_ENDS = ("</think>", "</seed:think>", "[/THINK]")
"""A template that opens the reasoning in the prompt leaves only its end in the reply."""

BY_OPENER: dict[str, Convention] = {opener: each for each in CONVENTIONS for opener in each.openers}
STARTS: dict[str, Convention] = {opener: each for each in REPLY_STARTS for opener in each.openers}
THINKING_BY_OPENER: dict[str, Thinking] = {each.opener: each for each in THINKING}
MARKERS: tuple[str, ...] = (*BY_OPENER, *THINKING_BY_OPENER, *ORPHAN_ENDS)
PREFIXES: frozenset[str] = frozenset(marker[:size] for marker in MARKERS for size in range(1, len(marker)))
LONGEST = max(map(len, MARKERS))
FIRST = frozenset(marker[0] for marker in MARKERS)


def _search(extra: str) -> Callable[[str, int], re.Match[str] | None]:
    marked = "|".join(re.escape(marker) for marker in sorted(MARKERS, key=len, reverse=True))
    return re.compile(f"`+|{marked}{extra}").search


find_marker = _search("")
find_marker_or_bracket = _search(r"|[\[{]")
