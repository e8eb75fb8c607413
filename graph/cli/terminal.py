"""The two streams of the command: the answer on stdout, everything else on stderr; and text that is safe to show."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.console import RenderableType

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but tab and newline: what a model or a page says must not drive the terminal."""

_PIPE_WIDTH = 10_000
"""Where nobody watches, lines are not broken."""


def clean(text: str) -> str:
    """Text without control characters, carriage returns as newlines."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def writable(text: str, stream: TextIO) -> str:
    """Text as the stream's encoding can take it: what it lacks is a question mark, and never an exception."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding, "replace")


class Terminal:
    """Where a command writes."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        self.err = _console(stderr=True)
        self.out = _console(stderr=False)
        self._waiting = 0

    @property
    def unicode(self) -> bool:
        """Whether stderr can show more than its code page's letters."""
        return (sys.stderr.encoding or "").lower().replace("-", "").startswith("utf")

    def wait(self, text: str) -> None:
        """Say what is being waited for, where a person watches; it goes away with whatever is written next."""
        if self.err.is_terminal:
            self.go_on()
            shown = f"{'…' if self.unicode else '...'} {text}"
            self.err.file.write(shown)
            self.err.file.flush()
            self._waiting = len(shown)

    def go_on(self) -> None:
        """Take away what was being waited for."""
        if self._waiting:
            self.err.file.write(f"\r{' ' * self._waiting}\r")
            self.err.file.flush()
            self._waiting = 0

    def say(self, text: str, *, label: str = "", style: str = "") -> None:
        """One message on stderr."""
        self.go_on()
        line = Text(f"{label}: " if label else "", style=f"bold {style}".strip())
        self.err.print(line + Text(clean(text), style=style), soft_wrap=not self.err.is_terminal)

    def note(self, text: str) -> None:
        """What the user should know, beside the answer."""
        self.say(text, label="note", style="yellow")

    def error(self, text: str) -> None:
        """Why the command fails."""
        self.say(text, label="error", style="red")

    def show(self, renderable: RenderableType) -> None:
        """What the command was asked for, on stdout."""
        self.go_on()
        self.out.print(renderable)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table on stdout: aligned where a person reads it, with tabs where a program does."""
        if not sys.stdout.isatty():
            lines = ["\t".join(" ".join(clean(cell).split()) for cell in row) for row in (titles, *rows)]
            self.write("\n".join(lines) + "\n")
            return
        table = Table(box=None, pad_edge=False)
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        self.out.print(table)

    def write(self, text: str) -> None:
        """Plain text on stdout, at once and without any style."""
        self.go_on()
        text = clean(text) if sys.stdout.isatty() else text
        sys.stdout.write(writable(text, sys.stdout))
        sys.stdout.flush()


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


class NoteHandler(logging.Handler):
    """Shows what is logged as `note: …` on stderr, but for notices that the command gives in words of its own.

    Args:
        terminal: where to.
        own: the keys of those notices.
    """

    def __init__(self, terminal: Terminal, own: Collection[str] = ()) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal
        self._own = own

    def emit(self, record: logging.LogRecord) -> None:
        """Show one record."""
        if getattr(record, "notice", None) in self._own:
            return
        try:
            self._terminal.note(record.getMessage())
        except Exception:  # noqa: BLE001 - logging's own rule: a handler never raises
            self.handleError(record)
