"""`portolan chat`: a conversation at the terminal, in a thread that is stored."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import typer
from langchain_core.messages import AIMessage

from graph.cli.ask import prepare, say_how_it_ended
from graph.cli.failures import FAILED, report
from graph.cli.lines import reader
from graph.cli.run import GraphRun, Outcome
from graph.cli.show import RunView
from graph.cli.store import open_threads, threads_path
from graph.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    from graph.cli.ask import Overrides, Prepared
    from graph.cli.lines import Lines
    from graph.cli.session import Session
    from graph.endpoint.settings import Settings

HELP = """\
/help           this text
/new [NAME]     begin a new thread
/thread [NAME]  say which thread this is, or go to another one
/tools          the tools of this agent
/exit           leave (so does Ctrl-D)
Enter sends; Alt-Enter, or a backslash at the end of a line, goes on in the next line. Ctrl-C stops a reply."""

_COMMAND = re.compile(r"/([a-z?]+)(?:\s+(.*))?", re.DOTALL)


def chat(session: Session, thread: str | None, overrides: Overrides, *, show_reasoning: bool, quiet: bool) -> None:
    """Talk until the user leaves. Without a terminal, each line of stdin is a question."""
    settings = session.load(overrides.variables()).settings
    ready = prepare(settings)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            saver = runner.run(stack.enter_async_context(open_threads(threads_path(settings))))
            talk = Chat(session, settings, ready, saver, runner, thread or new_name(), not quiet, show_reasoning)
            talk.go_on(reader(session.terminal))
        finally:
            runner.run(stack.aclose())
    if talk.failed and not sys.stdin.isatty():
        raise typer.Exit(FAILED)


def new_name() -> str:
    """A name for a thread that was given none: when it began."""
    return f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"


@dataclass(slots=True)
class Chat:
    """A conversation: reads lines, obeys commands, asks the graph."""

    session: Session
    settings: Settings
    ready: Prepared
    saver: AsyncSqliteSaver
    runner: asyncio.Runner
    thread: str
    calls: bool
    reasoning: bool
    failed: bool = field(default=False, init=False)

    def go_on(self, lines: Lines) -> None:
        """Read and answer until there is no more to read."""
        self._greet(interactive=lines.interactive)
        while (line := lines.read()) is not None:
            text = line.strip()
            if not text:
                continue
            command = _COMMAND.fullmatch(text)
            if command is None:
                self._answer(text)
            elif not self._obey(command[1], (command[2] or "").strip()):
                break
        self._say(f'This was thread {self.thread!r}; go on with: portolan chat --thread "{self.thread}"')

    def _greet(self, *, interactive: bool) -> None:
        where = self.settings.model if self.settings.embedded else self.settings.endpoint().label
        if interactive:
            self._say(f"Portolan on {where or 'the embedded model'}. /help lists the commands, Ctrl-D leaves.")
            self._say("Alt-Enter, or a backslash at the end of a line, goes on in the next line.")
        self._name_thread()

    def _name_thread(self) -> None:
        count = len(self.runner.run(self._run(Outcome()).prior(self.thread)))
        self._say(f"Thread {self.thread!r}: {f'{count} messages so far' if count else 'new'}.")

    def _answer(self, text: str) -> None:
        outcome = Outcome()
        run = self._run(outcome)
        try:
            self.runner.run(run.ask(text, self.thread))
        except KeyboardInterrupt:
            run.watcher.end()
            self._keep_partial(run)
            self._say("Stopped. Your question and what came of the reply are kept; ask on.")
            return
        run.watcher.end()
        if outcome.error is not None:
            self.failed = True
            report(outcome.error, self.session)
            return
        if not sys.stdout.isatty() and outcome.answer is not None:
            self.session.terminal.write(outcome.answer + "\n")
        say_how_it_ended(self.session, outcome, self.settings)

    def _keep_partial(self, run: GraphRun) -> None:
        """What the user has read of a stopped reply becomes part of the thread, so that the model knows it too."""
        if run.outcome.partial.strip():
            message = AIMessage(run.outcome.partial, response_metadata={"finish_reason": "stopped_by_user"})
            self.runner.run(run.add(self.thread, message))

    def _obey(self, name: str, argument: str) -> bool:
        """Do what a slash command says; False ends the conversation."""
        commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: self._say(HELP),
            "?": lambda _: self._say(HELP),
            "new": self._new,
            "thread": self._go_to,
            "tools": self._list_tools,
        }
        if name in {"exit", "quit"}:
            return False
        if name in commands:
            commands[name](argument)
        else:
            self.session.terminal.error(f"there is no command /{name}; /help lists them.")
        return True

    def _new(self, name: str) -> None:
        self._go_to(name or new_name())

    def _go_to(self, name: str) -> None:
        self.thread = clean(name) or self.thread
        self._name_thread()

    def _list_tools(self, _: str) -> None:
        self._say(", ".join(self.ready.tools) or "This agent has no tools.")

    def _run(self, outcome: Outcome) -> GraphRun:
        view = RunView(self.session.terminal, live=sys.stdout.isatty(), calls=self.calls, reasoning=self.reasoning)
        run = GraphRun(self.ready.graph, view, outcome)
        run.keep(self.saver, threads_path(self.settings))
        return run

    def _say(self, text: str) -> None:
        self.session.terminal.say(text, style="dim")
