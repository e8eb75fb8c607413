"""Shows a run on a terminal: the answer on stdout, calls, results and reasoning on stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from graph.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.messages import AIMessage, ToolMessage

    from graph.cli.terminal import Terminal

_SHOWN_CHARS: Final = 600
_SHOWN_LINES: Final = 12


class RunView:
    """Shows a run as it happens.

    On a terminal the text of every reply is streamed. Into a pipe or a file goes the answer alone, when it is known to
    be the answer: text that comes before a tool call is not.

    Args:
        terminal: where to.
        live: stream to stdout.
        calls: show calls and results.
        reasoning: show what the model thinks.
    """

    def __init__(self, terminal: Terminal, *, live: bool, calls: bool = True, reasoning: bool = False) -> None:
        self._terminal = terminal
        self._live = live
        self._calls = calls
        self._reasoning = reasoning
        self._open: str = ""
        arrows = terminal.unicode
        self._to, self._from, self._bad = ("→", "←", "✗") if arrows else ("->", "<-", "!!")

    def asked(self) -> None:
        """The model has the question, or the results, and nothing has come back."""
        self._terminal.wait("waiting for the model")

    def text(self, piece: str) -> None:
        """Stream a piece of the reply."""
        if self._live:
            self._begin("text")
            self._terminal.write(piece)

    def reasoning(self, piece: str) -> None:
        """Stream a piece of the reasoning, dimmed."""
        if self._reasoning:
            self._begin("reasoning")
            self._terminal.go_on()
            self._terminal.err.print(Text(clean(piece), style="dim italic"), end="", soft_wrap=True)

    def reply(self, message: AIMessage) -> None:
        """End the reply's line and show its calls."""
        self.end()
        calls = [(call["name"], format_arguments(call["args"])) for call in message.tool_calls]
        calls += [(call["name"] or "?", call["args"] or "") for call in message.invalid_tool_calls]
        if calls and self._calls and not self._live and message.text.strip():
            self._line(message.text.strip(), style="dim")
        for name, arguments in calls if self._calls else ():
            self._line(f"{self._to} {name}({arguments})", style="cyan")

    def result(self, message: ToolMessage) -> None:
        """Show a result, shortened."""
        if not self._calls:
            return
        failed = message.status == "error"
        sign, style = (self._bad, "red") if failed else (self._from, "green")
        self._line(f"{sign} {message.name or 'tool'}: {shorten(message.text)}", style=style)
        self.asked()

    def again(self) -> None:
        """Say that the reply did not count."""
        self.end()
        self._terminal.note("the model's reply did not count; it is asked again")

    def end(self) -> None:
        """End the line that is being streamed."""
        self._terminal.go_on()
        if self._open == "text":
            self._terminal.write("\n")
        elif self._open == "reasoning":
            self._terminal.err.print()
        self._open = ""

    def _begin(self, kind: str) -> None:
        if self._open != kind:
            self.end()
            self._open = kind

    def _line(self, text: str, *, style: str) -> None:
        self.end()
        sys.stdout.flush()
        self._terminal.say(text, style=style)


def format_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as a person writes a call: `expression="23 * 19"`."""
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in arguments.items()
    )


def shorten(text: str) -> str:
    """A text's beginning, with the number of characters that are left out."""
    text = text.strip()
    kept = "\n".join(text[:_SHOWN_CHARS].split("\n")[:_SHOWN_LINES])
    return text if kept == text else f"{kept.rstrip()} … ({len(text) - len(kept.rstrip())} more characters)"
