"""`portolan ask`: one question, one answer."""

from __future__ import annotations

import asyncio
import contextlib
import locale
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from graph.agent import Agent, build_graph
from graph.cli.document import dump, run_document
from graph.cli.failures import STOPPED, exit_code, report
from graph.cli.run import GraphRun, Outcome
from graph.cli.show import RunView
from graph.cli.store import open_threads, threads_path
from graph.errors import PortolanError, SettingsError
from graph.toolbox import collect_tools

if TYPE_CHECKING:
    from pathlib import Path

    from langgraph.graph.state import CompiledStateGraph

    from graph.cli.session import Session
    from graph.endpoint.settings import Settings


@dataclass(frozen=True, slots=True)
class Overrides:
    """Settings for one run of the command."""

    model: str | None = None
    tools: str | None = None
    temperature: float | None = None
    max_turns: int | None = None

    def variables(self) -> dict[str, str | None]:
        """The overrides by the variable that each stands for."""
        return {
            "AGENT_MODEL": self.model,
            "AGENT_TEMPERATURE": None if self.temperature is None else str(self.temperature),
            "AGENT_MAX_TURNS": None if self.max_turns is None else str(self.max_turns),
            "AGENT_TOOLS": None if self.tools is None else self.tools.strip() or "none",
        }


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to ask."""

    overrides: Overrides
    thread: str | None = None
    as_json: bool = False
    show_reasoning: bool = False
    quiet: bool = False


def ask(session: Session, question: str | None, options: AskOptions) -> None:
    """Ask, and end with the exit code that says how it went."""
    text = read_question(question)
    outcome = Outcome()
    settings: Settings | None = None
    stopped = False
    live = not options.as_json and sys.stdout.isatty()
    view = RunView(session.terminal, live=live, calls=not options.quiet, reasoning=options.show_reasoning)
    try:
        settings = session.load(options.overrides.variables()).settings
        graph = prepare(settings).graph
        asyncio.run(_ask(GraphRun(graph, view, outcome), text, options.thread, threads_path(settings)))
    except PortolanError as error:
        outcome.error = error
    except KeyboardInterrupt as error:
        outcome.error = outcome.error or error
        stopped = True
    view.end()
    if options.as_json:
        session.terminal.write(dump(run_document(outcome, settings, options.thread)) + "\n")
    elif not live and outcome.answer is not None:
        session.terminal.write(outcome.answer + "\n")
    if stopped:
        session.terminal.note("stopped by Ctrl-C")
        raise typer.Exit(STOPPED)
    if outcome.error is not None:
        report(outcome.error, session)
        raise typer.Exit(exit_code(outcome.error))
    say_how_it_ended(session, outcome, settings)


async def _ask(run: GraphRun, text: str, thread: str | None, path: Path) -> None:
    if thread is None:
        await run.ask(text)
        return
    async with open_threads(path) as saver:
        run.keep(saver, path)
        await run.ask(text, thread)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A graph that is ready to run, and the names of its tools."""

    graph: CompiledStateGraph[Any, Any, Any, Any]
    tools: tuple[str, ...]


def prepare(settings: Settings) -> Prepared:
    """The graph, with the embedded model loaded if it is the one that serves.

    The model is fetched and loaded here, in the main thread, where Ctrl-C reaches it.
    """
    tools = collect_tools(None, settings)
    graph = build_graph(Agent(tools=tools), settings=settings)
    if settings.embedded:
        from graph.endpoint.embedded import (  # noqa: PLC0415 - only who uses the model pays for it
            ModelLoadError,
            WeightsError,
            serve,
        )
        from graph.endpoint.notices import say_once  # noqa: PLC0415 - beside it

        try:
            serve(settings.model, cache_dir=settings.model_cache, notify=say_once)
        except (ModelLoadError, WeightsError) as error:
            if settings.model is None:
                raise
            msg = f"{settings.origin('model')}: {error.summary}"
            raise SettingsError(msg, detail=error.detail, remedy=error.remedy) from error
    return Prepared(graph, tuple(tool.name for tool in tools))


def say_how_it_ended(session: Session, outcome: Outcome, settings: Settings | None) -> None:
    """Say what is wrong with an answer that came."""
    if outcome.cut:
        cap = f" (AGENT_MAX_TOKENS={settings.max_tokens})" if settings else ""
        session.terminal.note(f"the answer was cut at the token cap{cap}; raise it, or ask for less at once.")
    elif outcome.finish_reason == "content_filter":
        session.terminal.note("the endpoint's content filter ended the answer.")


def read_question(argument: str | None) -> str:
    """The question: the argument, or stdin if it is `-` or missing while something is piped in.

    Raises:
        typer.BadParameter: there is none.
    """
    if argument is not None and argument != "-":
        text = argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    elif argument is None and (sys.stdin is None or sys.stdin.isatty()):
        msg = 'Give a question: portolan ask "What is 23 * 19?", or pipe it in.'
        raise typer.BadParameter(msg)
    else:
        text = decode(sys.stdin.buffer.read())
    if not text.strip():
        msg = "The question is empty."
        raise typer.BadParameter(msg)
    return text.strip()


def decode(data: bytes) -> str:
    """Piped text: UTF-8, or else in the code page of this machine."""
    for encoding in ("utf-8-sig", locale.getpreferredencoding(do_setlocale=False)):
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return data.decode(encoding)
    return data.decode("utf-8", "replace")
