"""Values in brackets with slips that are met in JSON by hand and in code: a reading to ask by, never to run on.

Beyond what `values` takes these are typographic quotes and full-width signs, comments, keys and words without quotes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.recovery.pythonic import PythonCall, read_calls
from graph.endpoint.recovery.source import MalformedError, Source
from graph.endpoint.recovery.values import MAX_DEPTH, parse_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSERS: Final = {"{": "}", "[": "]", "(": ")"}
_WORDS: Final = frozenset({"true", "false", "null", "True", "False", "None"})
_WIDE: Final = str.maketrans("：，｛｝［］（）", ":,{}[]()")
_TOKEN: Final = re.compile(
    r"""(?P<kept> "(?:[^"\\]|\\.)*+ (?:"|\\?\Z) | '(?:[^'\\]|\\.)*+ (?:'|\\?\Z) | [+\-]?\d[\w.+\-]* | \s+ )
    | (?P<quoted> [“”„] [^“”„]*+ (?:[“”„]|\Z) | [‘’] [^‘’]*+ (?:[‘’]|\Z) | ` [^`]*+ (?:`|\Z) )
    | (?P<comment> // [^\n]*+ | \# [^\n]*+ | /\* (?:[^*]|\*(?!/))*+ (?:\*/|\Z) )
    | (?P<word> [^\W\d] [\w.\-]*+ ) (?P<called> \s{0,4} [=(] )?
    | (?P<sign> . )""",
    re.DOTALL | re.VERBOSE,
)
"""Every token goes to its end or to that of the text, so that a text is read once, whatever is in it."""

_CALLED: Final = re.compile(r"(?<![\w.])[^\W\d][\w.]*+(?=\()")


def read_loosely(text: str, at: int) -> tuple[Any, int] | None:
    """The object or list that begins at a place, and the position after it.

    Args:
        text: the text.
        at: where the bracket stands.
    """
    tidied = _tidy(text, at)
    if tidied is None:
        return None
    try:
        return parse_whole(tidied[0], "python"), tidied[1]
    except MalformedError:
        return None


def read_arguments(text: str, at: int) -> tuple[list[Any], dict[str, Any], int] | None:
    """The arguments of a call written as code: those without a name, those with one, and the position after them.

    Args:
        text: the text.
        at: where the parenthesis stands.
    """
    tidied = _tidy(text, at)
    if tidied is None:
        return None
    source, found = Source(), list[PythonCall]()
    source.append(f"f{tidied[0]}\n")
    source.closed = True
    try:
        for _ in read_calls(source, 0, found, many=False):  # a closed source never waits
            pass
    except MalformedError:
        return None
    return found[0].unnamed, found[0].arguments, tidied[1]


def _tidy(text: str, at: int) -> tuple[str, int] | None:
    """What stands in brackets, as `values` reads it, and the position after the closing one; None if none closes it."""
    pieces: list[str] = []
    closers: list[str] = []
    for token in _TOKEN.finditer(text, at):
        pieces.append(_mended(token, within_braces="}" in closers))
        sign = pieces[-1][-1:] if token["sign"] or token["called"] else ""
        if sign in _CLOSERS:
            closers.append(_CLOSERS[sign])
            if len(closers) > MAX_DEPTH:
                return None
        elif sign and sign in ")]}":
            if not closers or closers.pop() != sign:
                return None
            if not closers:
                return "".join(pieces), token.end()
    return None


def _mended(token: re.Match[str], *, within_braces: bool) -> str:
    """A token as `values` reads it."""
    written = token[0]
    if token["comment"]:
        return " "
    if token["quoted"]:
        return json.dumps(written[1:-1])
    if token["word"] and not token["called"] and within_braces and written not in _WORDS:
        return json.dumps(written)
    return written.translate(_WIDE) if token["sign"] else written


def named_brackets(text: str, at: int) -> Iterator[tuple[int, str]]:
    """The names before parentheses from a place on, and where these stand."""
    for found in _CALLED.finditer(text, at):
        yield found.end(), found[0]
