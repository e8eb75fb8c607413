"""What the loop tells the model of a reply that did not count: a message in the user's place that is none of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING: Final = "Your last reply did not count"


def ask_again(why: str) -> str:
    """Ask for another reply."""
    return f"{_OPENING}, since {why}. Reply again: answer in text, or call a tool."


def ask_what_is_meant(names: Sequence[str]) -> str:
    """Ask whether calls that a reply shows were meant."""
    return (
        f"{_OPENING}: it shows a call of {' and '.join(names)}, and nothing ran. To run it, send the call alone. "
        "If it is only an example, answer without it."
    )


def asks_what_is_meant(text: str) -> bool:
    """Whether a note asks that."""
    return text.startswith(f"{_OPENING}: it shows a call of")


def is_note(text: str) -> bool:
    """Whether a message in the user's place is such a note."""
    return text.startswith(_OPENING)
