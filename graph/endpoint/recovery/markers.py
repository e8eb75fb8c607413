"""Everything the scanner looks for, and how it tells the start of a marker from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.endpoint.recovery.combine import left_out
from graph.endpoint.recovery.table import CONVENTIONS, REPLY_STARTS
from graph.endpoint.recovery.xml_tags import XmlTags

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.endpoint.recovery.convention import Convention

FRAME_ENDS: tuple[str, ...] = tuple(dict.fromkeys(end for each in CONVENTIONS for end in each.ends))
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
    Thinking("<|open|>think<|sep|>", "<|close|>think<|sep|>", shown=False),
    Thinking("<|plamo:begin_think:plamo|>", "<|plamo:end_think:plamo|>", shown=False),
    *(Thinking(f"<think:{suffix}>", f"</think:{suffix}>", shown=False) for suffix in ("opensource", "6124c78e")),
    *(Thinking(f"<ifm|{name}>", f"</ifm|{name}>", shown=False) for name in ("think", "think_fast", "think_faster")),
)
"""Qwen, DeepSeek, GLM, Kimi K2, MiniMax; Apriel; Seed-OSS; Mistral; Gemma 4; Command; Apertus; Kimi K3; PLaMo 3;
Hunyuan with the suffixes that vLLM and SGLang name; K2 Horizon. The parsers that the rows of `table` cite have them."""

ORPHAN_ENDS = (
    "</think>", "</seed:think>", "[/THINK]", "<|close|>think<|sep|>", "<|plamo:end_think:plamo|>",
)  # fmt: skip
"""A template that opens the reasoning in the prompt leaves only its end in the reply."""

BY_OPENER: dict[str, Convention] = {opener: each for each in CONVENTIONS for opener in each.openers}
STARTS: dict[str, Convention] = {opener: each for each in REPLY_STARTS for opener in each.openers}
THINKING_BY_OPENER: dict[str, Thinking] = {each.opener: each for each in THINKING}
CALL_ENDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        end
        for end in (*FRAME_ENDS, "</function_call>", "</tool_code>", "<|tool_call_end|>", "<|/tool_call|>")
        if end not in BY_OPENER
    )
)
"""What ends a call or a frame, for the replies of which a server has left no more."""

_ELEMENTS = [(each.name, each.parse) for each in CONVENTIONS if isinstance(each.parse, XmlTags)]
ELEMENT_CONVENTIONS: frozenset[str] = frozenset({*(name for name, _ in _ELEMENTS), "glm", "iquest", "k2_horizon"})
"""The conventions in which a tag within an argument looks like one around it."""

ARGUMENT_TAGS: tuple[tuple[str, str], ...] = (
    *((parse.parameter_open, parse.parameter_close) for _, parse in _ELEMENTS),
    ("<arg_value>", "</arg_value>"),
    ("<ifm|arg_value>", "</ifm|arg_value>"),
)
"""What opens and what closes an argument there."""

ARGUMENT_ENDS: tuple[str, ...] = tuple(dict.fromkeys(close for _, close in ARGUMENT_TAGS))
ELEMENT_ENDS: tuple[str, ...] = tuple(
    end for end in dict.fromkeys(end for _, parse in _ELEMENTS for end in parse.closes) if end not in BY_OPENER
)
"""What ends a call there."""

MARKERS: tuple[str, ...] = (*BY_OPENER, *THINKING_BY_OPENER, *ORPHAN_ENDS, *CALL_ENDS, *ARGUMENT_ENDS)
HARMLESS: tuple[str, ...] = (
    *THINKING_BY_OPENER,
    *ORPHAN_ENDS,
    *(opener for opener, each in BY_OPENER.items() if each.weak or each.parse is left_out),
)
"""Markers that are no sign of a call where half of one ends the reply."""


def is_half_a_call(half: str, *, behind: bool) -> bool:
    """Whether the beginning of a marker is a sign of a call where the reply ends with it.

    Args:
        half: the beginning.
        behind: a call stands right before it, so that the next thing is another one.
    """
    harmless = not behind and any(each.startswith(half) for each in HARMLESS)
    return not harmless and any(each.startswith(half) for each in BY_OPENER)


PREFIXES: frozenset[str] = frozenset(marker[:size] for marker in MARKERS for size in range(1, len(marker)))
LONGEST = max(map(len, MARKERS))
FIRST = frozenset(marker[0] for marker in MARKERS)


def _search(extra: str) -> Callable[[str, int], re.Match[str] | None]:
    marked = "|".join(re.escape(marker) for marker in sorted(MARKERS, key=len, reverse=True))
    return re.compile(f"`+|{marked}{extra}").search


find_marker = _search("")
find_marker_or_bracket = _search(r"|[\[{]")


def hold_from(text: str, at: int, begins_line: Callable[[int], bool]) -> int:
    """Where, from a position on, the end of the text begins that may still become a marker.

    Args:
        text: the text.
        at: the position.
        begins_line: whether a position begins a line: a marker of letters may stand only there.
    """
    for start in range(max(at, len(text) - LONGEST), len(text)):
        if text[start] in FIRST and text[start:] in PREFIXES and (not text[start].isalpha() or begins_line(start)):
            return start
    return len(text)
