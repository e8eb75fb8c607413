"""Compiles the words of all languages into one pattern for each kind, when it is first searched for.

A text is folded before it is searched: in small letters and without accents, as many people type.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

Kind: TypeAlias = Literal["example", "call", "forbids", "plans", "goes_ahead", "hints", "relays", "doubts", "announces"]

_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u0655]")
"""Accents of Latin, Cyrillic and Arabic letters. Those of other scripts (Japanese, Hindi) tell words apart."""
_LETTERS: Final = str.maketrans({"ß": "ss", "ł": "l", "đ": "d", "ı": "i", "’": "'"})
_EDGES: Final = {
    "start": r"(?:(?<!.)|(?<=[.!?,;:)—–-]\s)|(?<=[.!?,;:。，、！？；：।،؟]))",
    "end": r"\s*(?:[.!?,;:)(—–…。，、！？；：।،؟\n-]|\Z)",
}
_CLAUSE: Final = r"[^.!?。！？।؟\n]"
_SHORTHAND: Final = re.compile(r" … | \?| |\{([a-z_]+)\}")


def says(kind: Kind, folded: str) -> bool:
    """Whether a folded text says something of a kind, in any language."""
    return any(pattern.search(folded) for pattern in _patterns(kind, folded))


def ends_of(kind: Kind, folded: str) -> list[int]:
    """Where in a folded text that which is said of a kind ends."""
    return [found.end() for pattern in _patterns(kind, folded) for found in pattern.finditer(folded)]


def fold(text: str) -> str:
    """A text in small letters, without the accents that people leave out."""
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare.lower().translate(_LETTERS))


def _patterns(kind: Kind, folded: str) -> list[re.Pattern[str]]:
    """The patterns by which a folded text may say something of a kind: those of its letters."""
    every = (_pattern(kind, latin=True), None if folded.isascii() else _pattern(kind, latin=False))
    return [pattern for pattern in every if pattern]


@functools.cache
def _pattern(kind: Kind, *, latin: bool) -> re.Pattern[str]:
    spelled = (_spelled(kind, one) for one in _languages() if _is_latin(one) == latin)
    return re.compile("|".join(filter(None, spelled)))


@functools.cache
def _languages() -> tuple[dict[str, Any], ...]:
    found = sorted(
        (one for one in files(__package__).iterdir() if one.name.endswith(".toml")), key=lambda one: one.name
    )
    return tuple(tomllib.loads(one.read_text(encoding="utf-8")) for one in found)


def _is_latin(language: dict[str, Any]) -> bool:
    """Whether a language is written in Latin letters, which are ASCII in a folded text."""
    return all(fold(pattern).replace("…", "").isascii() for pattern in language["doubts"])


def _spelled(kind: Kind, language: dict[str, Any]) -> str:
    """What is said of a kind in one language, as one pattern; empty if that is nothing."""
    if not language.get(kind):
        return ""
    spaced = language.get("spaced", True)
    gap = rf"{_CLAUSE}{{0,40}}?\b" if spaced else rf"{_CLAUSE}{{0,20}}?"

    def spell(shorthand: re.Match[str]) -> str:
        if name := shorthand[1]:
            return _EDGES.get(name) or f"(?:{_SHORTHAND.sub(spell, fold(language[name]))})"
        return {" … ": gap, " ?": r"\s*"}.get(shorthand[0], r"\s+")

    either = "|".join(_SHORTHAND.sub(spell, fold(pattern)) for pattern in language[kind])
    return rf"\b(?:{either})" if spaced else f"(?:{either})"
