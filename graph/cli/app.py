"""The commands and their options. What a command does is in its own module, imported when it runs."""

from __future__ import annotations

from enum import StrEnum
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

Name = Annotated[str, typer.Argument(help="The thread's name.")]


class DrawFormat(StrEnum):
    """What `draw` can write."""

    MERMAID = "mermaid"
    TEXT = "text"
    PNG = "png"


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
    options = work.AskOptions(overrides, thread_name(thread), as_json, show_reasoning, quiet)
    work.ask(ctx.obj.merge(env_file, verbose=verbose), question, options)


@app.command(epilog="Example: portolan chat --thread trip   (and tomorrow the same again: it continues)")
def chat(
    ctx: typer.Context,
    *,
    thread: Annotated[
        str | None, typer.Option("--thread", metavar="NAME", help="The stored thread to continue or to begin.")
    ] = None,
    model: Model = None,
    tools: Tools = None,
    temperature: Temperature = None,
    max_turns: MaxTurns = None,
    show_reasoning: ShowReasoning = False,
    quiet: Quiet = False,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Talk at the terminal, in a thread that is stored."""
    from graph.cli import ask as asking  # noqa: PLC0415 - --help must not pay for LangGraph
    from graph.cli import chat as work  # noqa: PLC0415

    overrides = asking.Overrides(model, tools, temperature, max_turns)
    session = ctx.obj.merge(env_file, verbose=verbose)
    work.chat(session, thread_name(thread), overrides, show_reasoning=show_reasoning, quiet=quiet)


threads = typer.Typer(
    help="List, show and delete stored threads.",
    epilog="Example: portolan threads   or: portolan threads show trip",
    invoke_without_command=True,
    rich_markup_mode=None,
)
app.add_typer(threads, name="threads")


@threads.callback()
def _threads(ctx: typer.Context, *, env_file: EnvFile = None, verbose: Verbose = False) -> None:
    ctx.obj.merge(env_file, verbose=verbose)
    if ctx.invoked_subcommand is None:
        threads_list(ctx)


@threads.command("list", epilog="Example: portolan threads list")
def threads_list(ctx: typer.Context, *, env_file: EnvFile = None, verbose: Verbose = False) -> None:
    """List the stored threads, the latest first."""
    from graph.cli import threads as work  # noqa: PLC0415 - --help must not pay for LangGraph

    work.list_all(ctx.obj.merge(env_file, verbose=verbose))


@threads.command("show", epilog="Example: portolan threads show trip")
def threads_show(ctx: typer.Context, name: Name, *, env_file: EnvFile = None, verbose: Verbose = False) -> None:
    """Print a thread's conversation."""
    from graph.cli import threads as work  # noqa: PLC0415 - --help must not pay for LangGraph

    work.show(ctx.obj.merge(env_file, verbose=verbose), name)


@threads.command("delete", epilog="Example: portolan threads delete trip --yes")
def threads_delete(
    ctx: typer.Context,
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Delete a thread for good."""
    from graph.cli import threads as work  # noqa: PLC0415 - --help must not pay for LangGraph

    work.delete(ctx.obj.merge(env_file, verbose=verbose), name, sure=yes)


@app.command("tools", epilog="Example: portolan tools")
def tools_(ctx: typer.Context, *, env_file: EnvFile = None, verbose: Verbose = False) -> None:
    """List the tools: what each needs, and which are on."""
    from graph.cli import tools_list as work  # noqa: PLC0415 - --help must not pay for pydantic

    work.list_all(ctx.obj.merge(env_file, verbose=verbose))


@app.command(epilog="Example: portolan draw --output graph.png   or: portolan draw --format text")
def draw(
    ctx: typer.Context,
    *,
    form: Annotated[
        DrawFormat | None,
        typer.Option("--format", "-f", help="Without it, as the file's name says (.png, .txt), or else Mermaid."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write FILE, not to stdout.")
    ] = None,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Draw the graph as Mermaid, text or PNG, offline."""
    from graph.cli import draw as work  # noqa: PLC0415 - --help must not pay for LangGraph

    work.draw(ctx.obj.merge(env_file, verbose=verbose), form.value if form else None, output)


@app.command(epilog="Example: portolan config --env-file .env.vllm")
def config(ctx: typer.Context, *, env_file: EnvFile = None, verbose: Verbose = False) -> None:
    """Show what is in force and where each value comes from. Keys are masked."""
    from graph.cli import config as work  # noqa: PLC0415 - --help must not pay for pydantic

    work.show(ctx.obj.merge(env_file, verbose=verbose))


@app.command(epilog="Example: portolan doctor   or: portolan doctor --full --markdown --output REPORT.md")
def doctor(
    ctx: typer.Context,
    *,
    full: Annotated[bool, typer.Option("--full", help="All checks: about 4k tokens, not 1.5k.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="This check and what it needs; may be repeated.")
    ] = None,
    overflow: Annotated[
        bool, typer.Option("--overflow", help="Fill a large context window, too; that may cost what the window holds.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and at what cost.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON, with all evidence.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="For a README or an issue.")] = False,
    as_junit: Annotated[bool, typer.Option("--junit", help="For continuous integration.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write FILE, not to stdout.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="FILE", help="Say what changed since FILE, a --json report.")
    ] = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Do not keep what is measured.")] = False,
    model: Model = None,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Measure what the endpoint really does. Exit code 0: the agent can run; 1: not; 2: no answer, or no key."""
    from graph.cli import doctor as work  # noqa: PLC0415 - --help must not pay for LangGraph
    from graph.doctor import Options  # noqa: PLC0415

    forms = [name for name, given in (("json", as_json), ("markdown", as_markdown), ("junit", as_junit)) if given]
    if len(forms) > 1:
        msg = f"--{' and --'.join(forms)} are two forms of one report; choose one."
        raise typer.BadParameter(msg)
    options = Options(full=full, only=tuple(only or ()), overflow=overflow, keep=not no_store)
    chosen = work.DoctorOptions(options, work.form_of(forms), output, compare, dry_run)
    work.doctor(ctx.obj.merge(env_file, verbose=verbose), model, chosen)


@app.command(epilog="Example: portolan profile   or: portolan profile --forget")
def profile(
    ctx: typer.Context,
    *,
    forget: Annotated[bool, typer.Option("--forget", help="Delete what was measured of this endpoint.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
    model: Model = None,
    env_file: EnvFile = None,
    verbose: Verbose = False,
) -> None:
    """Show what is known of the endpoint: each flag, its value, and who says so."""
    from graph.cli import doctor as work  # noqa: PLC0415 - --help must not pay for LangGraph

    work.profile(ctx.obj.merge(env_file, verbose=verbose), model, forget=forget, as_json=as_json)


def thread_name(name: str | None) -> str | None:
    """A thread's name as it was meant.

    Raises:
        typer.BadParameter: it is empty, or no line of text.
    """
    if name is None:
        return None
    if not name.strip() or not name.strip().isprintable():
        msg = f"A thread's name is a line of text, not {name!r}."
        raise typer.BadParameter(msg)
    return name.strip()


def main() -> None:
    """Run the command."""
    app()
