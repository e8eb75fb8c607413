"""The scanner's place in the reply, and the passages it goes through without looking for calls."""

from __future__ import annotations

import re
from sys import maxsize
from typing import TYPE_CHECKING

from graph.endpoint.recovery.convention import Match
from graph.endpoint.recovery.output import Output
from graph.endpoint.recovery.source import Source, Steps, find, peek, take_while

if TYPE_CHECKING:
    from graph.endpoint.recovery.markers import Thinking

FENCE = 3
"""Backticks that begin a block; fewer begin a span within a line."""

TICKS = re.compile("`*")
_TICKS_OR_LINE = re.compile(r"`+|\n")
_INDENT = 8
_LINE = 400


class Cursor:
    """Source and output of one reply; what has been let go is dropped from the source, so positions begin at 0."""

    def __init__(self) -> None:
        self.source = Source()
        self.output = Output()
        self.thought = False
        self.blank_line = True

    def give(self, end: int, start: int) -> None:
        """Let everything up to `end` go: from `start` on it is content."""
        text = self.source.text
        self.output.text(text[start:end])
        line = text.rfind("\n", 0, end)
        self.blank_line = (line >= 0 or self.blank_line) and not text[line + 1 : end].strip()
        self.source.drop(end)

    def take(self, match: Match) -> None:
        """Leave out everything up to the end of a match."""
        self.output.cut(match, self.source.text[: match.end])
        self.give(match.end, match.end)

    def begins_line(self, start: int) -> bool:
        """Whether only a little space stands between the beginning of the line and a position."""
        text = self.source.text
        line = text.rfind("\n", max(0, start - _INDENT), start)
        begins = line >= 0 or (self.blank_line and start <= _INDENT)
        return begins and not text[line + 1 : start].strip()

    def line_before(self, start: int) -> str:
        """What stands before a position on its line."""
        text = self.source.text
        first = max(0, start - _LINE)
        newline = text.rfind("\n", first, start)
        before = text[max(first, newline + 1) : start]
        return (before if newline >= 0 or first else self.output.line + before).strip()

    def pass_code(self, size: int) -> Steps[None]:
        """Pass on the inside of a code span or block, and its closing backticks.

        A span of one or two backticks ends with its line at the latest. A block ends at a run, as long as the opening
        one or longer, that begins or ends a line.
        """
        source = self.source
        block = False
        at = 0
        while True:
            found = _TICKS_OR_LINE.search(source.text, at)
            if found is None:
                self.give(len(source.text), 0)
                at = 0
                if source.closed:
                    return
                yield
                continue
            start, at = found.span()
            if found.group() == "\n":
                block = True
                if size < FENCE:
                    break
                continue
            if at == len(source.text):
                self.give(start, 0)
                start, at = 0, (yield from take_while(source, 0, TICKS, maxsize))
            run = at - start
            if not block:
                if run == size:
                    break
            elif run >= size and (self.begins_line(start) or (yield from peek(source, at)) in {"", "\n", "\r"}):
                break
        self.give(at, 0)

    def read_thinking(self, start: int, kind: Thinking) -> Steps[None]:
        """Reasoning passes through untouched (or is set aside), and nothing in it is a call."""
        self.give(start, 0)
        self.thought = True
        if not kind.shown:
            found = yield from find(self.source, len(kind.opener), (kind.closer,))
            stop = found[0] if found else len(self.source.text)
            end = stop + (len(kind.closer) if found else 0)
            self.take(Match(end, reasoning=self.source.text[len(kind.opener) : stop]))
            return
        self._pass_thinking(len(kind.opener))
        while True:
            text = self.source.text
            at = text.find(kind.closer)
            if at >= 0:
                self._pass_thinking(at + len(kind.closer))
                self.blank_line = True  # the answer begins here
                return
            if self.source.closed:
                self._pass_thinking(len(text))
                return
            held = next((size for size in range(len(kind.closer) - 1, 0, -1) if text.endswith(kind.closer[:size])), 0)
            self._pass_thinking(len(text) - held)
            yield

    def _pass_thinking(self, end: int) -> None:
        self.output.thinking(self.source.text[:end])
        self.give(end, end)
