"""What a database gives back: rows as bounded text, and the shape of its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tools.limits import cut_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Database", "TableInfo", "TextTable"]

_CELL = 500  # characters of one value
_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table or view."""

    name: str
    kind: str
    """`table` or `view`."""

    columns: Sequence[str]
    """Each with its type, such as `id INTEGER PRIMARY KEY`."""

    more: Sequence[str] = ()
    """Foreign keys, in words."""


@dataclass(slots=True)
class TextTable:
    """Rows as lines of text, taken one by one until there is no room for more."""

    max_rows: int
    room: int
    """Characters left."""

    columns: Sequence[str] = ()
    lines: list[str] = field(default_factory=list)
    full: bool = False
    """Whether rows were left out."""

    def add(self, row: Sequence[Any]) -> bool:
        """Take a row if it fits; say whether to go on."""
        line = _SEPARATOR.join(_cell(value) for value in row)
        if self.lines and (len(self.lines) >= self.max_rows or len(line) >= self.room):
            self.full = True
            return False
        self.room -= len(line) + 1
        self.lines.append(line)
        return True

    def __str__(self) -> str:
        if not self.lines:
            return f"No rows. Columns: {', '.join(self.columns)}."
        heading = _SEPARATOR.join(cut_line(name, _CELL) for name in self.columns)
        count = f"{len(self.lines):,} row" + ("" if len(self.lines) == 1 else "s")
        note = f"[{count}.]"
        if self.full:
            note = f"[The first {count}; there are more. Use WHERE, LIMIT with OFFSET, COUNT or GROUP BY.]"
        return "\n".join([heading, *self.lines, note])


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value):,} bytes]"
    text = cut_line(str(value), _CELL)
    return text.replace("\r", "\\r").replace("\n", "\\n")


class Database(Protocol):
    """A database that can only be read."""

    def tables(self) -> list[TableInfo]:
        """List the tables and views that can be queried."""
        ...

    def query(self, sql: str, into: TextTable) -> None:
        """Run one statement and put its rows into a table.

        Raises:
            ToolException: It is refused, fails, or takes too long.
        """
        ...
