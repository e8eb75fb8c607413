"""Reasoning that comes as `<think>…</think>` within the answer, told apart from the answer as it streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.endpoint.closing import CLOSING, OPENING, find_closing, opens_quote

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class ThinkSplitter:
    """Splits text into reasoning and answer. Only a block at the answer's beginning is reasoning.

    Args:
        opened: the chat template has written the opening tag into the prompt already, so that the reply begins within
            the block; if then no closing tag comes, the text was the answer. A tag in quotation marks or code is none.
        enabled: False passes everything through as answer.
    """

    opened: bool = False
    enabled: bool = True
    closed: bool = field(default=False, init=False)
    """Whether the block has come to its end."""

    _state: str = "start"
    _held: str = ""
    _unsure: str = ""

    def __post_init__(self) -> None:
        """Choose the state in which the reply begins."""
        if not self.enabled:
            self._state = "answer"

    def feed(self, text: str) -> tuple[str, str]:
        """Return what is reasoning and what is answer, as far as it is clear."""
        if self._state == "after":  # the line breaks between block and answer belong to neither
            text = text.lstrip("\n")
            self._state = "answer" if text else "after"
        if self._state in {"answer", "after"}:
            return "", text
        self._held += text
        if self._state == "start":
            head = self._held.lstrip()
            if not head or any(tag.startswith(head) for tag in OPENING):
                return "", ""
            tag = next((tag for tag in OPENING if head.startswith(tag)), None)
            if tag is None and not self.opened:
                self._state, held, self._held = "answer", self._held, ""
                return "", held
            self._state = "thinking"
            if tag is not None:
                self.opened, self._held = False, head.removeprefix(tag).lstrip("\n")
        return self._think()

    def _think(self) -> tuple[str, str]:
        found = min(((at, tag) for tag in CLOSING for at in self._ends(tag)), default=None)
        if found is not None:
            at, tag = found
            reasoning, rest = self._held[:at], self._held[at + len(tag) :].lstrip("\n")
            self._state, self._held, self._unsure = "answer" if rest else "after", "", ""
            self.closed = True
            return reasoning, rest
        keep = _tail(self._held)
        reasoning, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if self.opened:
            self._unsure += reasoning
        return reasoning, ""

    def _ends(self, tag: str) -> Iterator[int]:
        """Where the block may end with this tag."""
        at = self._held.find(tag)
        while at >= 0:
            if not self.opened or not opens_quote(self._unsure + self._held[:at]):
                yield at
            at = self._held.find(tag, at + 1)

    def close(self, *, cut: bool = False) -> tuple[str, str, bool]:
        """Return the rest, and whether the reply ended within the block.

        Args:
            cut: the reply broke off or ended at the token cap, so that the closing tag may have been still to come.
        """
        state, held, self._held = self._state, self._held, ""
        if state == "thinking":
            if self.opened and not cut:
                return "", self._unsure + held, False
            return held, "", True
        return "", held, False


def _tail(text: str) -> int:
    """How many characters at the end may be the beginning of a closing tag."""
    longest = max(map(len, CLOSING)) - 1
    for size in range(min(longest, len(text)), 0, -1):
        if any(tag.startswith(text[-size:]) for tag in CLOSING):
            return size
    return 0


def split_opened(text: str, *, mentioned: bool = False, attached: bool = True) -> tuple[str, str] | None:
    """Reasoning and answer of a whole text that began within the block; None if it did not.

    The arguments are those of `find_closing`.
    """
    found = find_closing(text, mentioned=mentioned, attached=attached)
    return found and (text[: found.start()].strip(), text[found.end() :].lstrip(" \t").lstrip("\n"))
