"""The commands and their options. What a command does is in its own module, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graph.cli.failures import Commands
from graph.cli.session import Session

EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read settings from FILE, not from the nearest .env."),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show log and tracebacks.")]
Model = Annotated[str | None, typer.Option("--model", help="The model's name, instead of AGENT_MODEL.")]
Tools = Annotated[
    str | None, typer.Option("--tools", metavar="A,B", help="Tools by name, instead of AGENT_TOOLS; `none` for none.")
]
Temperature = Annotated[float | None, typer.Option("--temperature", min=0, max=2, help="Sampling temperature.")]
MaxTurns = Annotated[int | None, typer.Option("--max-turns", min=1, max=1000, help="Model calls in a run, at most.")]
ShowReasoning = Annotated[bool, typer.Option("--show-reasoning", help="Show what the model thinks, on stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not show tool calls and results.")]

app = typer.Typer(
    name="portolan",
    cls=Commands,
    help="A tool-calling agent on any OpenAI-compatible endpoint, or on an embedded model when none is set.",
    epilog="Settings come from the environment and the nearest .env; see .env.example and `portolan config`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only here

        typer.echo(f"portolan {version('portolan-agent')}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    env_file: EnvFile = None,
    verbose: Verbose = False,
    version: Annotated[  # noqa: ARG001 - its callback does it all
        bool, typer.Option("--version", is_eager=True, callback=lambda value: _version(wanted=value), help="Show it.")
    ] = False,
) -> None:
    ctx.obj = Session().merge(env_file, verbose=verbose)


@app.command(epilog='Example: portolan ask "What is 23 * 19?"   or: echo "23 * 19?" | portolan ask > answer.txt')
def ask(
    ctx: typer.Context,
    *,
    question: Annotated[
        str | None, typer.Argument(help="The question; `-`, or nothing while something is piped in: from stdin.")
    ] = None,
    thread: Annotated[str | None, typer.Option("--thread", metavar="NAME", help="Continue a stored thread.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole run as one JSON document on stdout.")] = False,
    model: Model = None,
    tools: Tools = None,
    temperature: Temperature = None,
    max_turns: MaxTurns = None,
    show_reasoning: ShowReasoning = False,
    quiet: Quiet = False,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Ask one question. The answer goes to stdout, everything else to stderr."""
    from graph.cli import ask as work  # noqa: PLC0415 - --help must not pay for LangGraph

    overrides = work.Overrides(model, tools, temperature, max_turns)
    options = work.AskOptions(overrides, thread, as_json, show_reasoning, quiet)
    work.ask(ctx.obj.merge(env_file, verbose=verbose), question, options)


def main() -> None:
    """Run the command."""
    app()
