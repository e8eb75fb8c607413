"""What the tools are told by whoever loads them, and the error when that does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import SecretStr

__all__ = ["ToolConfig", "ToolSetupError"]


class ToolSetupError(ValueError):
    """The tools that were asked for cannot be made: the text names the tool, what is wrong and what to do.

    It is for the person who configures the agent. What goes wrong while a tool runs is a `ToolException`, which the
    model reads.

    Attributes:
        need: Which need of a tool is not met rightly, if that is what is wrong: `root`, `database` or `web`.
    """

    need: str | None = None


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """Everything the tools may need to know. Nothing here can be seen or changed by the model."""

    root: Path | None = None
    """The folder that the file tools work in; nothing outside it can be reached."""

    database_url: SecretStr | None = None
    """A SQLAlchemy URL, or the path of a SQLite file, that the SQL tools read. Secret, since it may hold a password."""

    max_result_chars: int = 8_000
    """The most characters that one tool call gives back (about 2,000 tokens of English); longer results are cut."""

    sql_max_rows: int = 100
    """The most rows that one query gives back."""

    sql_timeout: float = 10.0
    """Seconds that one query may take."""

    web_timeout: float = 20.0
    """Seconds that one web call may take in all: name look-up, redirects and reading together."""

    web_max_bytes: int = 2 * 1024 * 1024
    """The most bytes of a page, after decompression, that are read."""

    def __post_init__(self) -> None:
        for name in ("max_result_chars", "sql_max_rows", "sql_timeout", "web_timeout", "web_max_bytes"):
            value = getattr(self, name)
            smallest = 1_000 if name == "max_result_chars" else 0
            if value <= 0 or value < smallest:
                bound = f"at least {smallest}" if smallest else "more than 0"
                msg = f"`{name}` must be {bound}, not {value!r}."
                raise ToolSetupError(msg)
