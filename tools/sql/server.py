"""PostgreSQL and MySQL or MariaDB, connected so that nothing is written, and never committed.

Every query has a connection of its own, in a read-only transaction that is rolled back. One statement only:

- PostgreSQL: it runs as `DECLARE … CURSOR FOR` through the extended protocol, which takes a single SELECT or VALUES
  and refuses WITH that changes data
  (https://www.postgresql.org/docs/current/sql-declare.html and protocol-flow.html, read 2026-11). A superuser's SELECT
  can still write files on the server (lo_export), so such accounts are refused.
- MySQL and MariaDB: the driver sends one statement unless told otherwise; it must begin with a word that reads, and
  what reads or writes files on the server (OUTFILE, DUMPFILE, LOAD_FILE) is refused.

Other systems are refused until it is known how to open them for reading only.
"""

from __future__ import annotations

import importlib
import re
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from langchain_core.tools import ToolException
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tools.config import ToolSetupError
from tools.sql.table import TableInfo, TextTable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from sqlalchemy import URL

__all__ = ["ServerDatabase"]

_CONNECT = 10  # seconds
_BATCH = 20  # rows
_MAX_SQL = 20_000
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
_INSTALL = {"psycopg": 'pip install "portolan-agent[postgres]"', "pymysql": "pip install pymysql"}
_MYSQL_OPTIONS = frozenset({"charset", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity"})
"""What a MySQL URL may add. Others could let several statements through, or local files be sent."""

_READS = re.compile(r"[\s(]*(select|with|values|table|explain|describe|desc)\b", re.IGNORECASE)
_COMMENT = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z)|/\*(?!!|M!).*?\*/)+", re.DOTALL)
_SERVER_FILES = re.compile(r"\b(outfile|dumpfile|load_file)\b|/\*M?!", re.IGNORECASE)

_POWERS = """
SELECT rolsuper OR pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')
    OR pg_has_role(session_user, 'pg_write_server_files', 'MEMBER')
    OR pg_has_role(session_user, 'pg_read_server_files', 'MEMBER')
FROM pg_catalog.pg_roles WHERE rolname = session_user
"""


@dataclass(frozen=True, slots=True)
class ServerDatabase:
    """A database behind a URL. Its repr leaves the URL out, which may hold a password."""

    engine: Engine
    options: Mapping[str, Any]
    """What the driver is told besides the URL."""

    timeout: float
    """Seconds that a statement may take."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.engine.dialect.name})"

    @classmethod
    def at(cls, url: URL, timeout: float) -> ServerDatabase:
        """Take a database by its URL, without connecting yet.

        Raises:
            ToolSetupError: The system is not known to be readable without writing, or its driver is missing.
        """
        system = url.get_backend_name()
        if system not in _DRIVERS:
            msg = (
                f"The database system {system!r} is not supported, since it is not known how to open it for reading "
                f"only. Supported: sqlite, {', '.join(_DRIVERS)}."
            )
            raise ToolSetupError(msg)
        driver = _DRIVERS[system]
        options: dict[str, Any] = {"connect_timeout": _CONNECT}
        if driver == "pymysql":
            url = url.set(query={name: value for name, value in url.query.items() if name in _MYSQL_OPTIONS})
            options |= {"read_timeout": int(timeout) + _CONNECT, "write_timeout": _CONNECT, "local_infile": False}
        try:
            engine = create_engine(
                url.set(drivername=f"{system}+{driver}"), poolclass=NullPool, hide_parameters=True, connect_args=options
            )
        except ImportError as error:
            msg = f"A {system} database needs the package `{driver}`: {_INSTALL[driver]}."
            raise ToolSetupError(msg) from error
        return cls(engine, options, timeout)

    def tables(self) -> list[TableInfo]:
        """List the tables and views of all schemas but the system's."""
        try:
            inspector = inspect(self.engine)
            default = inspector.default_schema_name
            schemas: list[str | None] = [None]
            if self.engine.dialect.name == "postgresql":
                schemas += [
                    name for name in inspector.get_schema_names() if name not in (default, "information_schema")
                ]
            found: list[TableInfo] = []
            for schema in schemas:
                prefix = f"{schema}." if schema else ""
                views = set(inspector.get_view_names(schema))
                names = [*inspector.get_table_names(schema), *sorted(views)]
                for name in names:
                    columns = [
                        f"{column['name']} {column['type']}" + ("" if column["nullable"] else " NOT NULL")
                        for column in inspector.get_columns(name, schema)
                    ]
                    keys = [
                        f"{', '.join(key['constrained_columns'])} refers to "
                        f"{key['referred_table']}.{', '.join(key['referred_columns'])}"
                        for key in ([] if name in views else inspector.get_foreign_keys(name, schema))
                    ]
                    found.append(TableInfo(prefix + name, "view" if name in views else "table", columns, keys))
        except SQLAlchemyError as error:
            raise self._explain(error) from None
        return found

    def query(self, sql: str, into: TextTable) -> None:
        """Run one statement that reads; see `Database.query`."""
        if len(sql) > _MAX_SQL:
            msg = f"The statement has {len(sql):,} characters; the limit is {_MAX_SQL:,}."
            raise ToolException(msg)
        read = self._postgresql if self.engine.dialect.name == "postgresql" else self._mysql
        try:
            with closing(self._connect()) as connection:
                ends = time.monotonic() + self.timeout
                with closing(read(connection, sql, into)) as rows:
                    while (row := next(rows, None)) is not None and into.add(row) and time.monotonic() <= ends:
                        pass
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._explain(error) from None
        # MariaDB ends a result early, without an error, when the time is up.
        if time.monotonic() > ends and not into.full:
            raise self._explain(TimeoutError("timeout"))

    def _connect(self) -> Any:
        """Connect without a pool: what is left of a result is dropped with the connection, not read to its end."""
        dialect = self.engine.dialect
        arguments, options = dialect.create_connect_args(self.engine.url)
        return dialect.connect(*arguments, **{**options, **self.options})

    def _postgresql(self, connection: Any, sql: str, into: TextTable) -> Generator[Any]:
        connection.read_only = True
        # The first query also fixes the transaction's mode: it cannot be set to READ WRITE after it.
        if connection.execute(_POWERS).fetchone()[0]:
            msg = (
                "The account is refused: it may use files or programs of the database server, even from a SELECT. "
                "Tell the user to connect as one that only reads: "
                "CREATE ROLE reader LOGIN PASSWORD '…'; GRANT pg_read_all_data TO reader;"
            )
            raise ToolException(msg)
        connection.execute(f"SET LOCAL statement_timeout = {int(self.timeout * 1000)}")
        with connection.cursor(name="portolan") as cursor:
            cursor.execute(sql)
            into.columns = [column.name for column in cursor.description or ()]
            while rows := cursor.fetchmany(_BATCH):
                yield from rows

    def _mysql(self, connection: Any, sql: str, into: TextTable) -> Generator[Any]:
        if _SERVER_FILES.search(sql):
            msg = "The query is refused: OUTFILE, DUMPFILE, LOAD_FILE and /*! comments may not occur in it."
            raise ToolException(msg)
        if not _READS.match(_COMMENT.sub("", sql)):
            msg = "The query is refused: the database can only be read. Use SELECT, WITH, EXPLAIN or DESCRIBE."
            raise ToolException(msg)
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            is_mariadb = "mariadb" in str(cursor.fetchone()[0]).lower()
            bound = ("max_statement_time", self.timeout) if is_mariadb else ("max_execution_time", self.timeout * 1000)
            cursor.execute(f"SET SESSION {bound[0]} = {bound[1]:.0f}")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("START TRANSACTION READ ONLY")
        rows = importlib.import_module("pymysql.cursors").SSCursor(connection)  # does not hold all rows in memory
        try:
            rows.execute(sql)
            into.columns = [column[0] for column in rows.description or ()]
            while row := rows.fetchone():
                yield row
        finally:
            if rows._result:  # noqa: SLF001 - closing the cursor would first read all the rows that are left
                rows._result.unbuffered_active = False  # noqa: SLF001 - see above

    def _explain(self, error: Exception) -> ToolException:
        """Say what the server said, without the statement, hints on SQLAlchemy, or the password."""
        cause = getattr(error, "orig", None) or error
        arguments = [str(part) for part in cause.args] or [str(cause)]
        text = " ".join(" ".join(arguments).split()) or type(cause).__name__
        if "timeout" in text.lower() or "max_statement_time" in text or "maximum statement execution time" in text:
            text = f"stopped after {self.timeout:g} seconds. Ask for less: add WHERE or LIMIT"
        elif "multiple commands" in text:
            text = "refused: give one statement at a time"
        elif "DECLARE CURSOR" in text or ("syntax error" in text and "portolan" in text):
            text = f"refused: only SELECT, WITH and VALUES can be run ({text})"
        return ToolException(f"The query failed: {self._redact(text)}")

    def _redact(self, text: str) -> str:
        url = self.engine.url
        secrets = [url.password, *(value for value in url.query.values() if isinstance(value, str))]
        for secret in filter(None, secrets):
            for form in (str(secret), quote(str(secret)), quote_plus(str(secret))):
                text = text.replace(form, "***")
        return text
