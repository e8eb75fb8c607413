"""Reads the word with which a model that was asked says whether a call that it showed is to run.

The question is asked where the user's words leave open whether a call is to run or is the text that they asked for
(`Convert to JSON: …`). A model that only repeats its reply has not said that it runs: every call of an open model may
come as text (WIRE.md, C), and so does every example.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

Word: TypeAlias = Literal["run", "text"]

MEANT: Final = "meant"
"""Under this key of a reply's metadata stands the word."""

BEHIND_RUN: Final = "behind_run"
"""Under this key stands the text behind the word `RUN` in which no call was found."""

DOUBTED: Final = "doubted_calls"
"""Under this key stand the calls that the question is about: `name`, and `arguments` as JSON."""

_OPENING: Final = r"[\s*_`\"'“‘]*"
_MARKS: Final = r"[\s*_`\"'”’.:!。：！]*"
_MAY_BE: Final = re.compile(
    rf"{_OPENING}(?:r|ru|run(?:\W.{{0,16}})?|t|te|tex|text(?:\W.{{0,16}})?)?", re.IGNORECASE | re.DOTALL
)
_BEGINS: Final = re.compile(
    rf"{_OPENING}(RUN|TEXT)(?!\w)(?!\W{{0,3}}(?:or|and)\b)(?!\s*/)(?:[*_\"'”’]+|`(?!`))?[.:!。：！]?(?:[*_\"'”’]+|`(?!`))?\s*"
)
_ALONE: Final = re.compile(rf"{_OPENING}(?:run{_MARKS}(?:or\s|/){_OPENING})?(run|text){_MARKS}", re.IGNORECASE)
"""With the question said after it, which decides nothing, it is the text that stands."""


class WordReader:
    """Takes the word off the beginning of a reply, which is held back until it is clear whether it is one.

    Attributes:
        word: what the model said; None if it said neither.
    """

    def __init__(self) -> None:
        self.word: Word | None = None
        self._held = ""
        self._past = False

    def feed(self, text: str) -> str:
        """Take the next piece of the text.

        Returns:
            What is text for certain: nothing, as long as it may be the word.
        """
        if self._past:
            return text
        self._held += text
        if _MAY_BE.fullmatch(self._held):
            return ""
        return self._settle(_BEGINS.match(self._held))

    def close(self) -> str:
        """End the text.

        Returns:
            What was held back and is no word.
        """
        if self._past:
            return ""
        return self._settle(_ALONE.fullmatch(self._held) or _BEGINS.match(self._held))

    def _settle(self, found: re.Match[str] | None) -> str:
        self._past = True
        if found is None:
            return self._held
        self.word = "run" if found.group(1).upper() == "RUN" else "text"
        return self._held[found.end() :]
