"""Where a conversation's lines come from: the editor at a terminal, or stdin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from graph.cli.store import data_folder

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History

    from graph.cli.terminal import Terminal

_GOES_ON = "\\"


class Lines(Protocol):
    """A source of questions."""

    interactive: bool

    def read(self) -> str | None:
        """The next question, of one line or several; None at the end."""


class PipedLines:
    """Reads stdin line by line; a backslash at the end joins a line to the next one."""

    interactive = False

    def read(self) -> str | None:
        """The next question; None at the end of stdin."""
        lines: list[str] = []
        while line := sys.stdin.readline():
            line = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n")
            if not line.endswith(_GOES_ON):
                return "\n".join([*lines, line])
            lines.append(line.removesuffix(_GOES_ON))
        return "\n".join(lines) if lines else None


class EditedLines:
    """The editor: history across sessions, several lines with Alt-Enter or a backslash at the end."""

    interactive = True

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._session: PromptSession[str] = _editor(_history(terminal))

    def read(self) -> str | None:
        """The next question; None after Ctrl-D. Ctrl-C empties the line."""
        while True:
            try:
                return self._session.prompt()
            except EOFError:
                return None
            except KeyboardInterrupt:
                self._terminal.say("Ctrl-D or /exit leaves.", style="dim")


def _history(terminal: Terminal) -> History:
    from prompt_toolkit.history import FileHistory, InMemoryHistory  # noqa: PLC0415 - only at a terminal

    path = data_folder() / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        terminal.note(f"the history cannot be kept in {path} ({error.strerror}).")
        return InMemoryHistory()
    return FileHistory(path)


def _editor(history: History) -> PromptSession[str]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - only at a terminal
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent  # noqa: PLC0415

    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith(_GOES_ON):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    return PromptSession(
        "> ",
        history=history,
        key_bindings=keys,
        multiline=True,
        prompt_continuation=lambda width, *_: ". ".rjust(width),
        enable_open_in_editor=False,
    )


def reader(terminal: Terminal) -> Lines:
    """The editor where a person sits, stdin otherwise."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        return EditedLines(terminal)
    return PipedLines()
