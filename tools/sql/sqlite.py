"""SQLite files, opened so that nothing can be written.

Four locks, each enough for most cases: the file is opened with `mode=ro`; `PRAGMA query_only` is on; an authorizer
allows reading and nothing else, so that ATTACH, PRAGMA and VACUUM INTO are refused while a statement is compiled
(https://www.sqlite.org/c3ref/set_authorizer.html); and the module takes one statement at a time. The limits are those
that SQLite's authors advise for statements from strangers (https://www.sqlite.org/security.html, read 2026-11).
"""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_core.tools import ToolException

from tools.config import ToolSetupError
from tools.paths import expanded
from tools.sql.table import TableInfo, TextTable
from tools.threads import within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["SQLiteDatabase"]

_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_PRAGMAS = frozenset(
    {
        "data_version",
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
    }
)
"""Those that only describe tables; full-text indexes look at data_version."""

_DECLARED = (sqlite3.SQLITE_UPDATE, "sqlite_master")
"""What SQLite itself asks for when it first opens a virtual table, such as a full-text index (seen with 3.40). A
statement that tries the same is refused by SQLite, which lets nobody modify that table, and by the other locks."""

_REFUSED_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsmode", "fsdir"})

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,  # bytes of a value: instr() and replace() take the square of it in time
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 10,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_STEPS = 1_000  # of SQLite's virtual machine between two looks at the clock
_STEP = 2.0  # seconds that one step may take beyond a statement's time
_BUSY = 5.0  # seconds to wait for a writer of the file

_TABLES = """
SELECT name, type FROM main.sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""
_COLUMNS = 'SELECT name, type, pk, "notnull" FROM pragma_table_xinfo(?) WHERE hidden <> 1'
_KEYS = 'SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)'


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    allowed = (
        action in _ACTIONS
        or (action, first) == _DECLARED
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _REFUSED_FUNCTIONS)
        or (action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _PRAGMAS)
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


@dataclass(frozen=True, slots=True)
class SQLiteDatabase:
    """A SQLite file."""

    path: Path
    timeout: float
    """Seconds that a statement may take."""

    now: Callable[[], float] = time.monotonic

    @classmethod
    def at(cls, path: Path, timeout: float) -> SQLiteDatabase:
        """Take a file.

        Raises:
            ToolSetupError: There is no such file, or it is no database.
        """
        resolved = expanded(path).resolve()
        if not resolved.is_file():
            msg = f"The database cannot be opened: there is no file {str(path)!r}. Give the path of a SQLite file."
            raise ToolSetupError(msg)
        database = cls(resolved, timeout)
        try:
            with closing(database._connect()) as connection:
                connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.Error as error:
            msg = f"The database {str(path)!r} cannot be read: {error}."
            raise ToolSetupError(msg) from error
        return database

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY, cached_statements=0
        )
        try:
            connection.execute("PRAGMA query_only = ON").close()
            connection.execute("PRAGMA trusted_schema = OFF").close()
            for limit, value in _LIMITS.items():
                connection.setlimit(limit, value)
            connection.text_factory = _text
            ends = self.now() + self.timeout
            connection.set_progress_handler(lambda: int(self.now() > ends), _STEPS)
            connection.set_authorizer(_authorize)
        except BaseException:
            connection.close()
            raise
        return connection

    def tables(self) -> list[TableInfo]:
        """List the tables and views."""
        try:
            with closing(self._connect()) as connection:
                names = connection.execute(_TABLES).fetchall()
                return [_table(connection, name, kind) for name, kind in names]
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def query(self, sql: str, into: TextTable) -> None:
        """Run one statement that reads; see `Database.query`."""
        # SQLite looks at the clock between the steps of a statement; the second bound is for one step that takes long.
        try:
            within(self.timeout + _STEP, lambda: self._query(sql, into))
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise self._explain(error) from error
        except TimeoutError as error:
            raise self._explain(TimeoutError("interrupted")) from error

    def _query(self, sql: str, into: TextTable) -> None:
        with closing(self._connect()) as connection, closing(connection.execute(sql)) as cursor:
            if cursor.description is None:
                msg = "The statement gives no rows. Only statements that read can be run, such as SELECT."
                raise ToolException(msg)
            into.columns = [column[0] for column in cursor.description]
            while (row := cursor.fetchone()) and into.add(row):
                pass

    def _explain(self, error: Exception) -> ToolException:
        text = str(error)
        if re.search(r"authoriz|prohibited|readonly|may not be modified", text):
            text = f"refused ({text}): the database can only be read. Use SELECT"
        elif "one statement" in text:
            text = "refused: give one statement at a time"
        elif "bindings" in text:
            text = "refused: parameters such as ? and :name have no values here; write the values themselves"
        elif "interrupted" in text:
            text = f"stopped after {self.timeout:g} seconds. Ask for less: add WHERE or LIMIT, avoid cross joins"
        elif "too big" in text:
            text = f"a value has more than {_LIMITS[sqlite3.SQLITE_LIMIT_LENGTH]:,} bytes; leave that column out"
        elif re.search(r"no such (table|column)", text):
            text += "; sql_schema shows the tables and columns"
        return ToolException(f"The query failed: {text}.")


def _table(connection: sqlite3.Connection, name: str, kind: str) -> TableInfo:
    try:
        columns = [
            f"{column} {type_}".rstrip() + (" PRIMARY KEY" if key else " NOT NULL" if required else "")
            for column, type_, key, required in connection.execute(_COLUMNS, (name,))
        ]
    except sqlite3.Error as error:  # a virtual table whose module is not here, or a view of a table that is gone
        return TableInfo(name, kind, [f"not readable: {error}"])
    keys = [
        f"{column} refers to {other}" + (f".{target}" if target else "")
        for column, other, target in connection.execute(_KEYS, (name,))
    ]
    return TableInfo(name, kind, columns, keys)


def _text(data: bytes) -> str:
    """Read text that is not UTF-8 after all without failing the whole query."""
    return data.decode("utf-8", "replace")
