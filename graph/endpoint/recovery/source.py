"""The text as it arrives, and the steps that every parser is made of.

A parser is a generator: it yields when it needs more text and goes on where it stopped, so the same code reads a whole
reply or one character at a time, and no text is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from functools import lru_cache
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Steps: TypeAlias = Generator[None, None, T]

_SPACE = re.compile(r"\s*")


class MalformedError(Exception):
    """The text cannot be the thing that was being read.

    Attributes:
        reason: why, in words.
        at: the position in the source where reading stopped.
        cut_off: the text simply ended: nothing was wrong so far.
    """

    def __init__(self, reason: str, at: int, *, cut_off: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.cut_off = cut_off


class NotACallError(MalformedError):
    """Well-formed so far, but certainly not a call to a bound tool."""


def cut_off(at: int) -> MalformedError:
    """The error for a text that ends within a call."""
    return MalformedError("the call was cut off before it was complete", at, cut_off=True)


class Source:
    """The reply so far; positions are indexes into `text`."""

    __slots__ = ("closed", "finish_reason", "text")

    def __init__(self) -> None:
        self.text = ""
        self.closed = False
        self.finish_reason: str | None = None

    def append(self, more: str) -> None:
        """Add text at the end, in place where the interpreter can: a sole reference is extended, not copied."""
        text = self.text
        self.text = ""
        text += more
        self.text = text

    def drop(self, count: int) -> None:
        """Forget the first `count` characters; positions move down by as much."""
        if count:
            self.text = self.text[count:]

    @property
    def cut_by_length(self) -> bool:
        """The reply is over because the output limit was reached."""
        return self.closed and self.finish_reason == "length"


def peek(source: Source, at: int) -> Steps[str]:
    """The character at a position, or an empty string where the reply ends."""
    while at >= len(source.text):
        if source.closed:
            return ""
        yield
    return source.text[at]


def skip_space(source: Source, at: int) -> Steps[int]:
    """The position of the next character that is not whitespace (or the end)."""
    while True:
        space = _SPACE.match(source.text, at)
        at = space.end() if space else at
        if at < len(source.text) or source.closed:
            return at
        yield


def match_one(source: Source, at: int, options: tuple[str, ...]) -> Steps[str | None]:
    """The longest of the options that stands at a position, or None."""
    while True:
        text = source.text
        hit = max((option for option in options if text.startswith(option, at)), key=len, default=None)
        rest = text[at : at + max(map(len, options))]
        more = any(len(option) > len(rest) and option.startswith(rest) for option in options)
        if source.closed or not more:
            return hit
        yield


def ends_within(source: Source, at: int, options: tuple[str, ...]) -> bool:
    """Whether the reply is over and ends, from a position on, within the beginning of one of the options."""
    rest = source.text[at:]
    return source.closed and bool(rest) and any(len(rest) < len(each) and each.startswith(rest) for each in options)


def match_end(source: Source, at: int, ends: tuple[str, ...]) -> Steps[str | None]:
    """`match_one` for what closes something: where the end of the reply cuts it short, what is there of it counts."""
    token = yield from match_one(source, at, ends)
    return source.text[at:] if token is None and ends_within(source, at, ends) else token


@lru_cache(maxsize=256)
def _any_of(options: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(option) for option in sorted(options, key=len, reverse=True)))


def find(source: Source, at: int, options: tuple[str, ...]) -> Steps[tuple[int, str] | None]:
    """Where the first of the options begins at or after a position, and which; None if the reply ends before."""
    pattern = _any_of(options)
    reach = max(map(len, options)) - 1
    while True:
        hit = pattern.search(source.text, at)
        if hit:
            return hit.start(), hit.group()
        if source.closed:
            return None
        at = max(at, len(source.text) - reach)
        yield


def take_while(source: Source, at: int, run: re.Pattern[str], limit: int) -> Steps[int]:
    """The end of a run of characters (`run` is a class with a star), at most about `limit` further on."""
    start = at
    while True:
        span = run.match(source.text, at)
        at = span.end() if span else at
        if at < len(source.text) or source.closed or at - start > limit:
            return at
        yield


def to_end(source: Source) -> Steps[tuple[int, str] | None]:
    """Wait for the end of the reply; what `find` gives when it finds nothing."""
    while not source.closed:
        yield
    return None
