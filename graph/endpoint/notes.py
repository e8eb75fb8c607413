"""What the loop tells the model of a reply that did not count: a message in the user's place that is none of theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPENING: Final = "Your last reply did not count"
_ONE_WORD: Final = "Reply with one word, RUN or TEXT."
_MOST: Final = 300
"""Characters of a call's arguments, and of the user's words, which name them well enough."""


def ask_again(why: str) -> str:
    """Ask for another reply."""
    return f"{_OPENING}, since {why}. Reply again: answer in text, or call a tool."


def ask_what_is_meant(names: Sequence[str]) -> str:
    """Ask whether calls that a reply shows were meant."""
    return (
        f"{_OPENING}: it shows a call of {' and '.join(names)}, and nothing ran. To run it, send the call alone. "
        "If it is only an example, answer without it."
    )


def ask_run_or_text(calls: Sequence[Mapping[str, str]], words: str = "") -> str:
    """Ask whether calls that a reply shows are to run, where the user's words may ask for their text.

    Args:
        calls: `name`, and `arguments` as JSON. They stand in the question, as the reply itself is not sent.
        words: the user's, as a small model goes by what stands nearest.
    """
    names = dict.fromkeys(call["name"] for call in calls)
    shown = "; ".join(f"{call['name']}({_clipped(call['arguments'])})" for call in calls)
    asked = "it to run, or to see it" if len(calls) == 1 else f"these {len(calls)} calls to run, or to see them"
    if len(words) > _MOST:  # people say what they want at the beginning and at the end
        words = f"{words[: _MOST // 2]} … {words[-_MOST // 2 :]}"
    said = f"The user said: {json.dumps(words, ensure_ascii=False)} " if words.strip() else ""
    return (
        f"{_OPENING}: it shows a call of {' and '.join(names)}, and nothing ran: {shown}. {said}"
        f"Does the user want {asked} as text? {_ONE_WORD}"
    )


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def asks_what_is_meant(text: str) -> bool:
    """Whether a note asks what calls that a reply shows were meant for."""
    return text.startswith(f"{_OPENING}: it shows a call of")


def is_note(text: str) -> bool:
    """Whether a message in the user's place is such a note."""
    return text.startswith(_OPENING)
