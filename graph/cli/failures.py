"""From exceptions to exit codes: 0 an answer, 1 the run failed, 2 usage or settings, 130 stopped by Ctrl-C."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from graph.cli.session import Session
from graph.cli.terminal import Terminal
from graph.errors import PortolanError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED: Final = 1
USAGE: Final = 2
STOPPED: Final = 130


class Commands(TyperGroup):
    """The group of all commands: whatever one of them raises becomes a sentence on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_stdout()
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            raise typer.Exit(STOPPED) from None
        except PortolanError as error:
            report(error, ctx.obj)
            raise typer.Exit(exit_code(error)) from None
        except Exception as error:
            if type(error).__module__.startswith("typer."):  # usage errors and exits, which typer shows itself
                raise
            report(error, ctx.obj)
            raise typer.Exit(FAILED) from None
        finally:
            if isinstance(ctx.obj, Session):
                ctx.obj.close()
        return result


def exit_code(error: BaseException) -> int:
    """The exit code that an error means."""
    return USAGE if isinstance(error, SettingsError) else FAILED


def sentence(error: BaseException) -> str:
    """An error as one message for a person."""
    if isinstance(error, PortolanError):
        return str(error)
    told = " ".join(str(error).split())
    what = f"unexpected {type(error).__name__}" + (f": {told}" if told else "")
    return f"{what.rstrip('.')}. Run it again with --verbose to see where."


def report(error: BaseException, session: object) -> None:
    """Say on stderr why the command fails; where exactly, only if `--verbose` was given."""
    session = session if isinstance(session, Session) else Session(Terminal())
    if session.verbose:
        session.terminal.say("".join(traceback.format_exception(error)), style="dim")
    session.terminal.error(sentence(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, the outermost first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _let_go_of_stdout() -> None:
    """The reader has left (`| head`): what is still buffered goes nowhere, and Python does not complain at its end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
