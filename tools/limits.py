"""Cutting results that are too long, with a note that says what was left out and how to get it."""

from __future__ import annotations

__all__ = ["DEFAULT_REST", "NOTE_ROOM", "clip", "cut_line"]

NOTE_ROOM = 160
"""Characters that a tool which pages by itself leaves free for its own note."""

DEFAULT_REST = "Ask for less at once to see the rest."


def clip(text: str, max_chars: int, rest: str = DEFAULT_REST) -> str:
    """Cut `text` so that it has at most `max_chars` characters, its note included.

    Args:
        text: A tool's result.
        max_chars: The bound, in characters.
        rest: One sentence that tells the model how to get what was left out.

    Returns:
        The text itself when it fits; otherwise its beginning and a note in square brackets with the number of
        characters that were left out.
    """
    if len(text) <= max_chars:
        return text

    def note(kept: int) -> str:
        return f"\n[Cut: {len(text) - kept:,} of {len(text):,} characters left out. {rest}]"

    # The count of what is left out is part of the note, so the longest that the note can be makes the room.
    kept = max(0, max_chars - len(note(0)))
    return (text[:kept] + note(kept))[:max_chars]


def cut_line(text: str, max_chars: int) -> str:
    """Shorten one line or cell, saying how long it was."""
    if len(text) <= max_chars:
        return text
    return f"{text[:max_chars]}… [{len(text):,} characters]"
