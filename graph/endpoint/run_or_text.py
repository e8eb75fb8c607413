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

_LOOKS: Final = 120
"""Characters of a reply within which it may be about the question, and no answer to the user."""

_OPENING: Final = r"[\s*_`\"'“‘«]*"
_BEGINS: Final = re.compile(
    rf"{_OPENING}(RUN|TEXT)(?!\w)(?:[*_\"'”’»]+|`(?!``))?[.:!?…。：！]*(?:[*_\"'”’»]+|`(?!``))?\s*"
)
_TAG: Final = re.compile(r"<\|[^|>]*\|>|</?[A-Za-z_]+>|```(?:text|json)?")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
_FILLERS: Final = frozenset(
    {"answer", "choice", "i", "i'd", "is", "it", "it's", "my", "reply", "say", "the", "word", "would", "运行", "文本"}
)
_UNCLEAR: Final = frozenset({"both", "either", "neither", "no", "ok", "okay", "sure", "yes", "是", "否", "好"})
_SAYS: Final = re.compile(r"(?<![A-Za-z])(?:RUN|TEXT)(?![A-Za-z])")
_OF_THE_QUESTION: Final = re.compile(
    r"\bthe\s+user\b|\b(?:see|want|show)\w*\s+(?:it|this|that|them)\s+(?:as|to)\b|用户", re.IGNORECASE
)
_CODE: Final = re.compile(r"[{\[<]")


class WordReader:
    """Takes the word off a reply, which is held back until it is clear whether it is one.

    A short reply that speaks of the question without a clear word counts as `TEXT`: nothing runs, and what the model
    said first is the answer, rather than what it said to the loop.

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
        if len(self._held) <= _LOOKS:
            return ""
        return self._settle()

    def close(self) -> str:
        """End the text.

        Returns:
            What was held back and is no word.
        """
        if self._past:
            return ""
        if word := _short(self._held):
            self.word, self._past = word, True
            return ""
        return self._settle()

    def _settle(self) -> str:
        self._past = True
        found = _BEGINS.match(self._held)
        if found is None:
            return self._held
        self.word = "run" if found.group(1) == "RUN" else "text"
        return self._held[found.end() :]


def _short(text: str) -> Word | None:
    """The word of a reply that is little more than it, or is about the question; None if it is neither."""
    plain = _TAG.sub(" ", text)
    words = [word.lower() for word in _LETTERS.findall(plain)]
    told = [word for word in words if word not in _FILLERS]
    if told in (["run"], ["text"]) and not _CODE.search(plain):
        return "run" if told == ["run"] and "?" not in plain else "text"
    said = _SAYS.findall(plain)
    begins = _BEGINS.match(text)
    if begins and len(set(said)) == 1:
        return None
    if said or (told and set(told) <= _UNCLEAR) or (_OF_THE_QUESTION.search(plain) and not _CODE.search(plain)):
        return "text"
    return None
