"""SQLite, read and never written."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from toolbench import call

from tools import ToolConfig, ToolSetupError, load_tools

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.tools import BaseTool

SETUP = """
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL, people INTEGER);
CREATE TABLE street (id INTEGER PRIMARY KEY, city_id INTEGER REFERENCES city(id), name TEXT);
CREATE VIEW big AS SELECT * FROM city WHERE people > 1000000;
CREATE VIRTUAL TABLE page USING fts5(body);
CREATE TABLE file (id INTEGER PRIMARY KEY, data BLOB);
INSERT INTO city VALUES (1, 'Paris', 2100000), (2, '上海', 24870000), (3, 'Delft', NULL);
INSERT INTO page VALUES ('the needle in the haystack');
INSERT INTO file VALUES (1, x'00ff'), (2, zeroblob(2000000));
"""


class Data:
    """A database file and the tools on it."""

    def __init__(self, folder: Path, **bounds: Any) -> None:
        self.path = folder / "a db #1?.sqlite"  # a name that a URI must quote
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(SETUP)
        loaded = load_tools(["sql"], ToolConfig(database_url=SecretStr(str(self.path)), **bounds))
        self.tools: dict[str, BaseTool] = {tool.name: tool for tool in loaded}

    def query(self, sql: str) -> tuple[str, str]:
        return call(self.tools["sql_query"], query=sql)

    def content(self) -> str:
        with closing(sqlite3.connect(self.path)) as connection:
            return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path)


def test_query(data: Data) -> None:
    status, text = data.query("SELECT name, people FROM city ORDER BY id;")
    assert status == "success"
    assert text == "name | people\nParis | 2100000\n上海 | 24870000\nDelft | NULL\n[3 rows.]"
    assert data.query("SELECT * FROM city WHERE id = 9")[1] == "No rows. Columns: id, name, people."
    assert "[2 bytes]" in data.query("SELECT data FROM file WHERE id = 1")[1]
    assert "2000000" in data.query("SELECT length(data) FROM file WHERE id = 2")[1]
    assert "needle" in data.query("SELECT body FROM page WHERE page MATCH 'needle'")[1]
    assert "a\\nb" in data.query("SELECT 'a' || char(10) || 'b'")[1]
    assert "\N{REPLACEMENT CHARACTER}" in data.query("SELECT CAST(x'ff41' AS TEXT)")[1]
    assert "SCAN city" in data.query("EXPLAIN QUERY PLAN SELECT * FROM city")[1]
    assert "[1 row.]" in data.query("WITH a AS (SELECT 1) SELECT * FROM a -- done")[1]
    assert "100%" in data.query("SELECT '100%' WHERE 'a:b' LIKE '%:%'")[1]


def test_schema(data: Data) -> None:
    status, text = call(data.tools["sql_schema"])
    assert status == "success"
    assert "table city (id INTEGER PRIMARY KEY, name TEXT NOT NULL, people INTEGER)" in text
    assert "city_id refers to city.id" in text
    assert "view big (id INTEGER, name TEXT, people INTEGER)" in text
    assert "table page (body)" in text
    assert call(data.tools["sql_schema"], table='"CITY"')[1].startswith("table city (")
    status, text = call(data.tools["sql_schema"], table="citty")
    assert (status, text) == ("error", "There is no table 'citty'. There are: city.")


def test_schema_of_an_empty_database_and_of_a_broken_view(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    (schema,) = load_tools(["sql_schema"], ToolConfig(database_url=SecretStr(f"sqlite:///{path}")))
    assert call(schema) == ("success", "The database has no tables.")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE a (x)")
        connection.execute("CREATE VIEW broken AS SELECT * FROM gone")
    assert "view broken (not readable: no such table: main.gone)" in call(schema)[1]


WRITES = [
    "INSERT INTO city VALUES (4, 'x', 1)",
    "INSERT INTO city VALUES (4, 'x', 1) RETURNING id",
    "REPLACE INTO city VALUES (1, 'x', 1)",
    "UPDATE city SET name = 'x'",
    "UPDATE city SET name = 'x' RETURNING *",
    "DELETE FROM city",
    "DROP TABLE city",
    "ALTER TABLE city ADD COLUMN x",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x (y)",
    "CREATE TABLE x AS SELECT * FROM city",
    "CREATE INDEX x ON city(name)",
    "CREATE TEMP TRIGGER x AFTER INSERT ON city BEGIN SELECT 1; END",
    "WITH a AS (SELECT 1) INSERT INTO city SELECT 9, 'x', 1",
    "WITH a AS (SELECT 1) DELETE FROM city",
    "EXPLAIN DELETE FROM city",
    "INSERT INTO page(page) VALUES ('rebuild')",
    "UPDATE sqlite_master SET sql = 'x'",
    "DELETE FROM sqlite_master",
    "ATTACH 'other.db' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "PRAGMA query_only = OFF",
    "PRAGMA query_only(0)",
    "PRAGMA writable_schema = ON",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 7",
    "PRAGMA trusted_schema = ON",
    "PRAGMA database_list",
    "PRAGMA wal_checkpoint",
    "SELECT * FROM pragma_database_list",
    "SELECT load_extension('x')",
    "SELECT 1; DELETE FROM city",
    "SELECT 1; PRAGMA query_only = OFF; DELETE FROM city",
    "SELECT 1;;DROP TABLE city;--",
    "/* SELECT */ DELETE FROM city",
    "-- SELECT\nDELETE FROM city",
]


@pytest.mark.parametrize("sql", WRITES)
def test_what_could_write_is_refused(data: Data, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before, files = data.content(), sorted(path.name for path in tmp_path.iterdir())
    status, text = data.query(sql)
    assert status == "error"
    assert "can only be read" in text or "one statement" in text
    assert data.content() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == files


VERBS = st.sampled_from(
    [
        "SELECT",
        "INSERT INTO",
        "UPDATE",
        "DELETE FROM",
        "DROP TABLE",
        "PRAGMA",
        "ATTACH",
        "WITH a AS (",
        ")",
        "city",
        "SET name = 'x'",
        "VALUES (9, 'x', 1)",
        "*",
        "FROM",
        "1",
        ";",
        "--",
        "/*",
        "*/",
        "'",
        '"',
        "query_only = 0",
        "?1",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(VERBS, max_size=10).map(" ".join)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_no_statement_raises_or_writes(data: Data, sql: str) -> None:
    before = data.path.read_bytes()
    assert data.query(sql)[1]
    assert data.path.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "empty"),
        ("SELECT\0 1", "zero character"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nope", "sql_schema shows"),
        ("SELECT nope FROM city", "sql_schema shows"),
        ("SELECT ?", "write the values themselves"),
        ("SELECT :name", "write the values themselves"),
        ("-- nothing", "gives no rows"),
        ("SELECT data FROM file", "leave that column out"),
        ("SELECT randomblob(1000000000)", "more than 1,000,000 bytes"),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "failed"),
        ("SELECT '" + "x" * 30_000 + "'", "failed"),
    ],
)
def test_errors_say_what_to_do(data: Data, sql: str, said: str) -> None:
    status, text = data.query(sql)
    assert status == "error"
    assert said in text


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} FROM c"


def test_time_is_bounded(tmp_path: Path) -> None:
    data = Data(tmp_path, sql_timeout=0.05)
    assert "stopped after 0.05 seconds" in data.query(ENDLESS.format("count(*)"))[1]


def test_a_single_step_that_takes_long_is_bounded_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.sql.sqlite._STEP", 0.05)
    data = Data(tmp_path, sql_timeout=0.05)
    status, text = data.query("SELECT instr(zeroblob(999990), zeroblob(40000) || x'01')")
    assert (status, "stopped after" in text) == ("error", True)


def test_rows_and_characters_are_bounded(tmp_path: Path) -> None:
    data = Data(tmp_path, sql_max_rows=5, max_result_chars=2_000)
    status, text = data.query(ENDLESS.format("x"))
    assert status == "success"
    assert text.splitlines()[1:-1] == ["1", "2", "3", "4", "5"]
    assert "The first 5 rows; there are more. Use WHERE" in text
    assert data.query(ENDLESS.format("x") + " LIMIT 5")[1].endswith("[5 rows.]")
    status, text = data.query(ENDLESS.format("printf('%.*c', 400, 'x')"))
    assert len(text) <= 2_000
    assert "there are more" in text
    assert "… [5,000 characters]" in data.query("SELECT printf('%.*c', 5000, 'x')")[1]


def test_a_database_that_is_being_written_can_be_read(tmp_path: Path) -> None:
    data = Data(tmp_path)
    with closing(sqlite3.connect(data.path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO city VALUES (4, 'new', 1)")
        assert "new" not in data.query("SELECT name FROM city")[1]
        writer.commit()
        assert "new" in data.query("SELECT name FROM city")[1]


def test_what_is_no_database_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, but a longer text than its header" * 20)
    for url, said in (
        (str(tmp_path / "none.db"), "there is no file"),
        (str(tmp_path), "there is no file"),
        (str(tmp_path / "text.db"), "not a database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x?mode=rw&uri=true", "names no file"),
        ("  ", "No database is configured"),
    ):
        with pytest.raises(ToolSetupError, match=said):
            load_tools(["sql_query"], ToolConfig(database_url=SecretStr(url)))
    assert not (tmp_path / "none.db").exists()


async def test_async(data: Data) -> None:
    assert "Paris" in await data.tools["sql_query"].ainvoke({"query": "SELECT name FROM city"})
