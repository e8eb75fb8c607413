"""What all commands share: global options, the log, and settings with what is said about them."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.cli.terminal import NoteHandler, Terminal
from graph.endpoint.notices import CUT_ANSWER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from graph.endpoint.sources import LoadedSettings


@dataclass(slots=True)
class Session:
    """One run of the command."""

    terminal: Terminal = field(default_factory=Terminal)
    env_file: Path | None = None
    verbose: bool = False

    def merge(self, env_file: Path | None, *, verbose: bool) -> Session:
        """Take in the global options that stand after the command's name; they win over those before it."""
        self.env_file = env_file or self.env_file
        self.verbose = verbose or self.verbose
        self._set_up_log()
        return self

    def _set_up_log(self) -> None:
        self.close()
        ours = logging.getLogger("portolan")
        ours.addHandler(NoteHandler(self.terminal, own={CUT_ANSWER}))
        ours.propagate = False
        if self.verbose:
            logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr, force=True)
        elif not sys.warnoptions:
            warnings.simplefilter("ignore")  # libraries' advice to their programmers is not for users

    def close(self) -> None:
        """Leave the log of the library as it was, for who calls the command from within a process."""
        ours = logging.getLogger("portolan")
        for handler in [one for one in ours.handlers if isinstance(one, NoteHandler)]:
            ours.removeHandler(handler)
        ours.propagate = True

    def load(self, overrides: Mapping[str, str | None] | None = None) -> LoadedSettings:
        """The settings, with the command's own options by variable.

        What the `.env` file says to other programs goes into the environment.

        Raises:
            SettingsError: a setting is wrong.
        """
        from graph.endpoint.sources import load_settings  # noqa: PLC0415 - pydantic is not for --help

        chosen = {name: value for name, value in (overrides or {}).items() if value is not None}
        loaded = load_settings(self.env_file, options=chosen)
        if loaded.env_file:
            export_others(loaded.env_file)
        for note in loaded.notes:
            self.terminal.note(note)
        return loaded


def export_others(env_file: Path) -> None:
    """Put what a `.env` file says to other programs (`HTTPS_PROXY`, `LANGSMITH_…`) into the environment, if unset."""
    from dotenv import dotenv_values  # noqa: PLC0415 - not for --help

    for name, value in dotenv_values(env_file, encoding="utf-8-sig").items():
        if value and not name.startswith(("OPENAI_", "AGENT_")):
            os.environ.setdefault(name, value)
