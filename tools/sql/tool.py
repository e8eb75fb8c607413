"""The tools that read a database."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.config import ToolSetupError
from tools.limits import NOTE_ROOM
from tools.sql.sqlite import SQLiteDatabase
from tools.sql.table import Database, TableInfo, TextTable

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_sql_query", "build_sql_schema", "open_database"]


class SqlSchemaArgs(ToolArgs):
    """Arguments of `sql_schema`."""

    table: str = Field(default="", description="One table or view; empty for all")


class SqlQueryArgs(ToolArgs):
    """Arguments of `sql_query`."""

    query: str = Field(description="One SELECT statement")


def open_database(config: ToolConfig) -> Database:
    """Take the database that is configured: a SQLAlchemy URL, or the path of a SQLite file.

    Raises:
        ToolSetupError: None is configured, or it cannot be read. The text never holds the URL's password.
    """
    text = config.database_url.get_secret_value().strip() if config.database_url else ""
    if not text:
        msg = "No database is configured. Set `AGENT_DATABASE_URL`, e.g. sqlite:///data.db."
        raise ToolSetupError(msg)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return SQLiteDatabase.at(Path(text), config.sql_timeout)
    if scheme.lower() in ("sqlite", "sqlite+pysqlite"):
        path = rest.partition("?")[0].removeprefix("/")
        if path in ("", ":memory:") or path.startswith("file:"):
            msg = "The database URL names no file. Give sqlite:///relative/path.db or sqlite:////absolute/path.db."
            raise ToolSetupError(msg)
        return SQLiteDatabase.at(Path(path), config.sql_timeout)

    from sqlalchemy import make_url  # noqa: PLC0415 - takes a second to import, which SQLite does not need
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - see above

    from tools.sql.server import ServerDatabase  # noqa: PLC0415 - see above

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        msg = "The database URL is not understood. Its form is system://user:password@host:port/name."
        raise ToolSetupError(msg) from None  # the cause repeats the URL with its password
    return ServerDatabase.at(url, config.sql_timeout)


def build_sql_schema(config: ToolConfig) -> BaseTool:
    """Make the tool `sql_schema`."""
    database = open_database(config)

    def sql_schema(table: str = "") -> str:
        """Show the tables of the database with their columns. Use it before sql_query."""
        tables = database.tables()
        if not tables:
            return "The database has no tables."
        if table.strip():
            tables = [_find(tables, table.strip())]
        return "\n".join(_describe(found) for found in tables)

    return build_tool(
        sql_schema,
        name="sql_schema",
        args=SqlSchemaArgs,
        max_chars=config.max_result_chars,
        rest="Give the name of one table to see it alone.",
    )


def _find(tables: list[TableInfo], wanted: str) -> TableInfo:
    names = {found.name.lower(): found for found in tables}
    plain = wanted.strip("\"`'[]").lower()
    if plain in names:
        return names[plain]
    near = difflib.get_close_matches(plain, names, n=3, cutoff=0.5) or list(names)[:20]
    msg = f"There is no table {wanted[:60]!r}. There are: {', '.join(names[name].name for name in near)}."
    raise ToolException(msg)


def _describe(table: TableInfo) -> str:
    lines = [f"{table.kind} {table.name} ({', '.join(table.columns)})"]
    return "\n  ".join([*lines, *table.more])


def build_sql_query(config: ToolConfig) -> BaseTool:
    """Make the tool `sql_query`."""
    database = open_database(config)

    def sql_query(query: str) -> str:
        """Run one SQL query that reads (SELECT) and give its rows. Nothing can be changed."""
        if not query.strip() or "\0" in query:
            msg = "The query is empty or has a zero character. Give one SELECT statement."
            raise ToolException(msg)
        table = TextTable(config.sql_max_rows, config.max_result_chars - 2 * NOTE_ROOM)
        database.query(query, table)
        return str(table)

    return build_tool(sql_query, name="sql_query", args=SqlQueryArgs, max_chars=config.max_result_chars)
