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

BESIDE: Final = "beside_doubted"
"""Under this key stands what the reply says beside them."""

_SHORT: Final = 200
"""Characters of a reply that may be about the question, without its words, and be no answer to the user."""

_LONG: Final = 600
"""Characters of a reply in which the words of the question are no part of an answer to the user (`CREATE … TEXT`)."""

_BLOCK: Final = re.compile(r"```(?!text\b).*?(?:```|\Z)", re.DOTALL)
_MARKS: Final = r"(?:[*_\"'”’»]+|`(?!``))?"
_RUN: Final = re.compile(rf"[\s*_`\"'“‘«]*RUN(?!\w){_MARKS}[.:!…。：！]*{_MARKS}\s*")
_SAYS: Final = re.compile(r"(?<![A-Za-z])(?:RUN|TEXT)(?![A-Za-z])")
_TAG: Final = re.compile(r"<\|[^|>]*\|>|</?[A-Za-z_]+>|```(?:text|json)?")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
_FILLERS: Final = frozenset({"answer", "choice", "i", "i'd", "is", "it", "it's", "my", "reply", "say", "the", "word"})
_RUNS: Final = frozenset({"run", "运行", "执行"})
_IS_TEXT: Final = frozenset({"text", "文本", "文字"})
_UNCLEAR: Final = _IS_TEXT | frozenset(
    {"run", "not", "don't", "don’t", "不要运行", "不运行"}
    | {"r", "ru", "t", "te", "tex", "json", "both", "either", "neither", "as", "plain", "only", "do", "send", "execute"}
    | {"running", "no", "ok", "okay", "sure", "yes", "是", "否", "好", "ja", "nein", "oui", "non", "sí", "si", "da"}
    | {"да", "нет", "はい", "いいえ", "네", "아니요"}
)
_OF_THE_QUESTION: Final = re.compile(
    r"\bthe\s+user\b|\b(?:see|want|show)\w*\s+(?:it|this|that|them)\s+(?:as|to)\b|用户", re.IGNORECASE
)
_CODE: Final = re.compile(r"[{\[<]")


class WordReader:
    """Holds a reply to the question until its end, and takes the word off it.

    A reply that speaks of the question without a clear word counts as `TEXT`: nothing runs, and what the model said
    first is the answer, rather than what it said to the loop.

    Attributes:
        word: what the model said; None if its reply is an answer of its own.
    """

    def __init__(self) -> None:
        self.word: Word | None = None
        self._held: list[str] = []

    def feed(self, text: str) -> None:
        """Take the next piece of the text."""
        self._held.append(text)

    def close(self) -> str:
        """End the text.

        Returns:
            What stands behind `RUN`; nothing for `TEXT`; else all of it.
        """
        text = "".join(self._held)
        begins = _RUN.match(text)
        behind = text[begins.end() :] if begins else ""
        if _is_run(text):
            self.word = "run"
        elif begins and not _SAYS.search(behind):
            self.word = "run"
            return behind
        elif (len(text) <= _LONG and _SAYS.search(_BLOCK.sub(" ", text))) or _is_about_the_question(text):
            self.word = "text"
        else:
            return text
        return ""


def _is_run(text: str) -> bool:
    """Whether a reply is the word `RUN` and nothing more, in whatever case and wrapping."""
    plain = _TAG.sub(" ", text)
    told = [word for word in map(str.lower, _LETTERS.findall(plain)) if word not in _FILLERS]
    return len(told) == 1 and told[0] in _RUNS and not re.search(r"[{\[<?？]", plain)


def _is_about_the_question(text: str) -> bool:
    if text.strip() and not re.search(r"\w", text):  # a scrap is no answer
        return True
    if len(text) > _SHORT or _CODE.search(_TAG.sub(" ", text)):
        return False
    told = {word for word in map(str.lower, _LETTERS.findall(text)) if word not in _FILLERS}
    return bool(told and told <= _UNCLEAR) or _OF_THE_QUESTION.search(text) is not None
