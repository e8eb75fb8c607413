"""`portolan threads`: the stored threads, listed, shown, deleted."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

import typer
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from rich.text import Text

from graph.cli.show import format_arguments, shorten
from graph.cli.store import StoredThreads
from graph.cli.terminal import clean
from graph.errors import PortolanError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from graph.cli.session import Session


def list_all(session: Session) -> None:
    """Print each thread's name, number of messages and last change."""
    threads = StoredThreads(session.load().settings)
    found = threads.infos()
    if not found:
        session.terminal.say(f"No threads yet in {threads.path}. Begin one: portolan chat --thread NAME", style="dim")
        return
    rows = [
        (one.name, str(one.messages), f"{one.changed:%Y-%m-%d %H:%M}" if one.changed else "cannot be read")
        for one in found
    ]
    session.terminal.table(("thread", "messages", "last change"), rows)


def show(session: Session, name: str) -> None:
    """Print a thread's conversation.

    Raises:
        PortolanError: there is no such thread.
    """
    threads = StoredThreads(session.load().settings)
    messages = threads.read(name)
    if messages is None:
        raise no_such_thread(threads, name)
    for message in messages:
        for text in lines_of(message):
            session.terminal.show(text)


def delete(session: Session, name: str, *, sure: bool) -> None:
    """Delete a thread, after asking.

    Raises:
        PortolanError: there is no such thread.
    """
    threads = StoredThreads(session.load().settings)
    found = next((one for one in threads.infos() if one.name == name), None)
    if found is None:
        raise no_such_thread(threads, name)
    size = f"{found.messages} messages" if found.changed else "it cannot be read"
    if not sure and not _confirmed(f"Delete the thread {clean(name)!r} ({size}) for good?"):
        session.terminal.say("Nothing was deleted.", style="dim")
        raise typer.Exit(1)
    threads.delete(name)
    session.terminal.say(f"Deleted {name!r}.", style="dim")


def _confirmed(question: str) -> bool:
    """Ask at the terminal.

    Raises:
        typer.BadParameter: nobody is there to answer.
    """
    if sys.stdin is None or not sys.stdin.readable():
        raise _nobody()
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        if sys.stdin.isatty():  # Ctrl-C, or the end of the input
            raise
        raise _nobody() from None


def _nobody() -> typer.BadParameter:
    return typer.BadParameter("Nobody is there to answer, so nothing was deleted. Give --yes to delete without asking.")


def no_such_thread(threads: StoredThreads, name: str) -> PortolanError:
    """The error, with the nearest name there is."""
    near = difflib.get_close_matches(name, [one.name for one in threads.infos()], n=1, cutoff=0.5)
    msg = f"there is no thread named {clean(name)!r} in {threads.path}"
    return PortolanError(msg, remedy=f"Did you mean {near[0]!r}?" if near else "`portolan threads` lists them.")


def lines_of(message: BaseMessage) -> list[Text]:
    """One message for people: who, what, and the calls."""
    if isinstance(message, ToolMessage):
        failed = message.status == "error"
        said = f"{message.name or 'tool'}{' failed' if failed else ''}: {clean(shorten(message.text))}"
        return [Text(said, style="red" if failed else "green")]
    who = {"human": "you", "ai": "agent"}.get(message.type, message.type)
    lines = []
    if message.text.strip():
        style = "bold" if isinstance(message, HumanMessage) else ""
        lines.append(Text(f"{who}: ", style="bold") + Text(clean(message.text.strip()), style=style))
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return [
        *lines,
        *(Text(clean(f"{who} calls {call['name']}({format_arguments(call['args'])})"), style="cyan") for call in calls),
    ]
