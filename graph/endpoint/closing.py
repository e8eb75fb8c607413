"""Whether a `</think>` ends a block of reasoning that the chat template had opened, or is only spoken of.

Where the template writes `<think>` into the prompt and no reasoning parser runs, only the closing tag comes in the
content, on a line of its own (vllm-project/vllm#12999) or right behind the thought, and the answer right behind it:
vLLM's own tests of its parser read `This is a reasoning section</think>This is the rest`
(tests/reasoning/test_deepseekr1_reasoning_parser.py). A line of prose may end with such a tag as well.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

OPENING: Final = ("<think>", "<thinking>")
CLOSING: Final = ("</think>", "</thinking>")

_TAG: Final = re.compile(r"</think(?:ing)?>")
_NAMED: Final = re.compile(r"think(?:ing)?>")
_LINE_ENDS: Final = re.compile(r"[ \t]*(?:\n|$)")
_COMPOUND: Final = re.compile(r"[-\u2010\u2011]\w")
_FENCE: Final = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_ELEMENT_ENDS: Final = re.compile(r"</([\w.-]+)>")

_MOST: Final = 16
"""Tags, and elements around one, that are looked at: a text with more of them speaks of them."""

_SENTENCE_ENDS: Final = frozenset(".!?:…。！？：\n")
_CLOSES: Final = "\"'”’)]}）】」』»*_`"
"""What may stand between the end of a sentence and the tag."""

_OPENS: Final = frozenset("([{<=\"'`“‘（【「『«")
_GOES_ON: Final = frozenset(".,;:!?)]}>'”’、，；：。！？）】」』»…")
"""What goes on with the sentence in which a tag is spoken of, and begins no answer."""

_INTRODUCES: Final = frozenset(":：")
"""What ends a thought, but no sentence: behind it and a blank, the tag is what the words are about."""

_ITEM: Final = re.compile(r"(?:[-*+>#]+|\w{1,3}[.)])")
"""The mark of an item, a quotation or a heading."""

_PAIRS: Final = ("“”", "‘’", "「」", "『』", "«»")


def find_closing(text: str, *, mentioned: bool = False, attached: bool = True) -> re.Match[str] | None:
    """The tag that ends a block that had been opened before the text began; None if there is none.

    Args:
        text: the whole reply.
        mentioned: users or tools wrote such a tag, so that the reply may speak of it, at a line's end, too.
        attached: a tag counts within a line, too, where the answer follows right behind it.
    """
    if _is_json(text):
        return None
    opening = min((at for tag in OPENING if (at := text.find(tag)) >= 0), default=len(text))
    for tag in islice(_TAG.finditer(text, 0, opening), _MOST):
        before, behind = text[: tag.start()], text[tag.end() :]
        if _is_quoted(before, behind):
            continue
        if _LINE_ENDS.match(behind):
            ends = not mentioned and _ends_thought(before)
        else:
            ends = attached and _is_attached(before, behind, mentioned=mentioned)
        if ends:
            return tag
    return None


def is_mentioned(said: Iterable[str]) -> bool:
    """Whether such a tag, opening or closing, stands in what users and tools said."""
    return any(_NAMED.search(one) for one in said)


def opens_quote(before: str) -> bool:
    """Whether a text ends with a mark that opens a quotation or code, so that what follows stands in it."""
    mark, line = before[-1:], before[before.rfind("\n") + 1 :]
    if mark == "'":
        return not before[-2:-1].strip() or before[-2:-1] in _OPENS
    return bool(mark) and mark in '`"' and line.count(mark) % 2 == 1


def _ends_thought(before: str) -> bool:
    """Whether a tag at a line's end stands alone there, touches the thought, or stands behind its last sentence."""
    line = before[before.rfind("\n") + 1 :].strip()
    if not line or not before[-1].isspace():
        return True
    thought = line.rstrip(_CLOSES)
    return thought[-1:] in _SENTENCE_ENDS - _INTRODUCES and not _ITEM.fullmatch(line)


def _is_attached(before: str, behind: str, *, mentioned: bool) -> bool:
    """Whether thought and answer touch the tag, as the words of a sentence do not."""
    touches = bool(before) and not before[-1].isspace()
    thought = before.rstrip(_CLOSES).rstrip(" \t").rstrip(_CLOSES)
    ended = thought[-1:] in _SENTENCE_ENDS
    if behind[0].isspace():
        return ended and touches
    if behind[0] in _GOES_ON:
        return False
    if not before.strip():  # an empty thought; with a hyphen, the tag is the beginning of a word
        return not mentioned and not _COMPOUND.match(behind)
    return ended or (touches and not mentioned and bool(thought) and thought[-1] not in _OPENS)


def _is_quoted(before: str, behind: str) -> bool:
    """Whether what stands between the two stands in code, in a quotation, or in an element."""
    if len(_FENCE.findall(before)) % 2 and _FENCE.search(behind):
        return True
    line, rest = before[before.rfind("\n") + 1 :], behind.partition("\n")[0]
    if any(line.count(mark) % 2 and mark in rest for mark in '`"'):
        return True
    if any(line.rfind(opens) > line.rfind(closes) and closes in rest for opens, closes in _PAIRS):
        return True
    if opens_quote(before) or (before[-1:] == behind[:1] and behind[:1] in frozenset("*_~|")):
        return True
    return any(
        before.count(f"<{name}") > before.count(f"</{name}")
        for end in islice(_ELEMENT_ENDS.finditer(behind), _MOST)
        if f"<{(name := end[1])}" not in behind[: end.start()]
    )


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
