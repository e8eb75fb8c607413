"""A tool call while its pieces come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.arguments import Joined, Wholeness, argument_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE_OR_TWO: Final = "the stream does not tell whether this is one call or two"
"""A doubt that the pieces which follow may lift."""


@dataclass(slots=True)
class Building:
    """A call under way. It is not shown while its name may go on, nor if its arguments are not an object's own text."""

    position: int
    index: int | None
    id: str
    given: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    whole: Wholeness = field(default_factory=Wholeness)
    joined: Joined = field(default_factory=Joined)
    extra: Mapping[str, Any] | None = None
    shown: bool = False
    encoded: bool | None = None
    placeholder: bool = False
    doubt: str = ""
    announced: str = ""
    repeats: Building | None = None
    incomplete: bool = False

    def add(self, value: object) -> None:
        """Add a piece of arguments."""
        text = self.joined.feed(argument_text(value))
        if not text:
            return
        if self.encoded is None and text.strip():
            self.encoded = text.lstrip()[0] != "{"
        self.arguments.append(text)
        self.whole.feed(text)
        if text.strip() and self.doubt == ONE_OR_TWO:
            self.doubt = ""

    def begin_again(self) -> None:
        """Forget an empty object that only stood for the arguments that come now."""
        self.arguments.clear()
        self.whole = Wholeness()
        self.placeholder = False

    @property
    def text(self) -> str:
        """Its arguments so far."""
        return "".join(self.arguments)
