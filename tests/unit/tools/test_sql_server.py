"""PostgreSQL and MySQL: what can be told without a server, and the whole of it where one is at hand.

`PORTOLAN_TEST_POSTGRES` and `PORTOLAN_TEST_MYSQL` name servers to test against: URLs of an administrator, who makes
and drops a database `portolan_test` and an account `portolan_reader`.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from toolbench import call

from tools import ToolConfig, ToolSetupError, load_tools
from tools.sql.tool import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.tools import BaseTool
    from sqlalchemy import URL

PASSWORD = "p@ss/w:rd #1"


def config(url: str) -> ToolConfig:
    return ToolConfig(database_url=SecretStr(url), sql_timeout=2, sql_max_rows=5)


@pytest.mark.parametrize("system", ["mssql+pyodbc", "oracle", "duckdb", "snowflake", "nonsense"])
def test_systems_that_are_not_known_to_stay_unwritten_are_refused(system: str) -> None:
    with pytest.raises(ToolSetupError, match=r"for reading only\. Supported: sqlite, postgresql, mysql, mariadb"):
        open_database(config(f"{system}://u:hunter2@h/d"))


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h:port/d", "://u:hunter2@h", "post gres://u:hunter2@h"])
def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ToolSetupError) as caught:
        open_database(config(url))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(ToolSetupError, match=r'pip install "portolan-agent\[postgres\]"'):
        open_database(config("postgresql://u:hunter2@h/d"))


def test_a_server_that_is_down_is_said_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://u:hunter2@127.0.0.1:{port}/d?application_name=hunter3"
    database = open_database(config(url))
    assert "hunter2" not in repr(database)
    for tool, arguments in zip(load_tools(["sql"], config(url)), ({}, {"query": "SELECT 1"}), strict=True):
        status, said = call(tool, **arguments)
        assert status == "error"
        assert "connection" in said
        assert "hunter" not in said
        assert "sqlalche.me" not in said


# Against servers


def administered(variable: str) -> URL:
    if not (url := os.environ.get(variable)):
        pytest.skip(f"{variable} names no server")
    return make_url(url)


def administer(url: URL, statements: list[str]) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))


@pytest.fixture
def postgres() -> Iterator[URL]:
    admin = administered("PORTOLAN_TEST_POSTGRES").set(drivername="postgresql+psycopg")
    drop = ["DROP DATABASE IF EXISTS portolan_test", "DROP ROLE IF EXISTS portolan_reader"]
    administer(
        admin, [*drop, f"CREATE ROLE portolan_reader LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE portolan_test"]
    )
    inside = admin.set(database="portolan_test")
    administer(
        inside,
        [
            "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL)",
            "INSERT INTO item VALUES (1, 'one')",
            "CREATE TABLE part (id int PRIMARY KEY, item_id int REFERENCES item(id))",
            "CREATE SEQUENCE counter",
            """
            CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO item VALUES (7, 'w'); RETURN 1; END $$
            """,
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO portolan_reader",
            "GRANT ALL ON SEQUENCE counter TO portolan_reader",
        ],
    )
    yield inside
    administer(admin, drop)


@pytest.fixture
def mysql() -> Iterator[URL]:
    admin = administered("PORTOLAN_TEST_MYSQL").set(drivername="mysql+pymysql")
    drop = ["DROP DATABASE IF EXISTS portolan_test", "DROP USER IF EXISTS portolan_reader@localhost"]
    administer(admin, [*drop, f"CREATE USER portolan_reader@localhost IDENTIFIED BY '{PASSWORD}'"])
    administer(admin, ["CREATE DATABASE portolan_test", "GRANT ALL ON *.* TO portolan_reader@localhost"])
    inside = admin.set(database="portolan_test")
    administer(
        inside,
        [
            "CREATE TABLE item (id int PRIMARY KEY, name varchar(20) NOT NULL)",
            "INSERT INTO item VALUES (1, 'one')",
            "CREATE TABLE part (id int PRIMARY KEY, item_id int, FOREIGN KEY (item_id) REFERENCES item(id))",
            "CREATE TABLE loose (id int) ENGINE=MyISAM",
            "CREATE FUNCTION writes() RETURNS int BEGIN INSERT INTO item VALUES (7, 'w'); RETURN 1; END",
            "CREATE FUNCTION writes_loose() RETURNS int BEGIN INSERT INTO loose VALUES (7); RETURN 1; END",
            "CREATE PROCEDURE does_write() BEGIN INSERT INTO item VALUES (8, 'w'); END",
        ],
    )
    yield inside
    administer(admin, drop)


def readers(url: URL) -> dict[str, BaseTool]:
    own = url.set(username="portolan_reader", password=PASSWORD).render_as_string(hide_password=False)
    return {tool.name: tool for tool in load_tools(["sql"], config(own))}


def rows(url: URL, table: str) -> int:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


POSTGRES_WRITES = [
    "INSERT INTO item VALUES (2, 'x')",
    "WITH a AS (INSERT INTO item VALUES (2, 'x') RETURNING *) SELECT * FROM a",
    "UPDATE item SET name = 'x'",
    "DELETE FROM item",
    "DROP TABLE part",
    "CREATE TABLE x (y int)",
    "SELECT 1 INTO x",
    "SELECT * FROM item FOR UPDATE",
    "SELECT 1; DELETE FROM part; COMMIT",
    "SELECT 1; COMMIT; DELETE FROM part",
    "COMMIT",
    "SET default_transaction_read_only = off",
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT nextval('counter')",
    "SELECT writes()",
    "SELECT query_to_xml('INSERT INTO item VALUES (9, ''x'')', true, true, '')",
    "DO $$ BEGIN INSERT INTO item VALUES (3, 'x'); END $$",
    "COPY item TO PROGRAM 'true'",
    "COPY item TO '/tmp/portolan_copy'",
    "SELECT lo_export(1, '/tmp/portolan_copy')",
    "SELECT pg_read_file('/etc/hostname')",
    "EXPLAIN ANALYZE DELETE FROM item",
]


def test_postgres_is_only_read(postgres: URL) -> None:
    tools = readers(postgres)
    assert call(tools["sql_query"], query="SELECT id, name FROM item;") == ("success", "id | name\n1 | one\n[1 row.]")
    assert "True" in call(tools["sql_query"], query="SELECT 'a%b:c' LIKE '%:%'")[1]
    for sql in POSTGRES_WRITES:
        status, said = call(tools["sql_query"], query=sql)
        assert status == "error", (sql, said)
        assert PASSWORD not in said
        assert rows(postgres, "item") == 1
    assert "part (id INTEGER NOT NULL, item_id INTEGER)\n  item_id refers to item.id" in call(tools["sql_schema"])[1]


def test_postgres_is_bounded(postgres: URL) -> None:
    query = readers(postgres)["sql_query"]
    assert "stopped after 2 seconds" in call(query, query="SELECT pg_sleep(60)")[1]
    status, said = call(query, query="SELECT generate_series(1, 1000000000)")
    assert (status, "The first 5 rows; there are more" in said) == ("success", True)


def test_postgres_superusers_are_refused(postgres: URL) -> None:
    (query,) = load_tools(["sql_query"], config(postgres.render_as_string(hide_password=False)))
    status, said = call(query, query="SELECT 1")
    assert status == "error"
    assert "CREATE ROLE reader" in said


MYSQL_WRITES = [
    "INSERT INTO item VALUES (2, 'x')",
    "UPDATE item SET name = 'x'",
    "DELETE FROM item",
    "DROP TABLE part",
    "CREATE TABLE x (y int)",
    "CREATE TEMPORARY TABLE x (y int)",
    "TRUNCATE item",
    "SELECT 1; DELETE FROM part",
    "SELECT writes()",
    "SELECT writes_loose()",
    "CALL does_write()",
    "COMMIT",
    "SET SESSION TRANSACTION READ WRITE",
    "SELECT 1 INTO OUTFILE '/tmp/portolan_out'",
    "SELECT 1 /*!50000 INTO OUTFILE '/tmp/portolan_out' */",
    "SELECT 1 INTO/**/DUMPFILE '/tmp/portolan_out'",
    "/*!50000 DELETE FROM item */",
    "/* SELECT */ DELETE FROM item",
    "# SELECT\nDELETE FROM item",
    "SELECT load_file('/etc/hostname')",
    "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE item",
    "SELECT * FROM item FOR UPDATE",
    "HANDLER item OPEN",
    "ANALYZE FORMAT=JSON DELETE FROM item",
]


def test_mysql_is_only_read(mysql: URL) -> None:
    tools = readers(mysql.update_query_dict({"client_flag": "65536", "local_infile": "1"}))
    assert call(tools["sql_query"], query="SELECT id, name FROM item;") == ("success", "id | name\n1 | one\n[1 row.]")
    assert "1" in call(tools["sql_query"], query="/* c */ -- d\n SELECT 'a%b:c' LIKE '%:%'")[1]
    for sql in MYSQL_WRITES:
        status, said = call(tools["sql_query"], query=sql)
        assert status == "error", (sql, said)
        assert PASSWORD not in said
        assert (rows(mysql, "item"), rows(mysql, "part"), rows(mysql, "loose")) == (1, 0, 0)
    assert "item_id refers to item.id" in call(tools["sql_schema"])[1]


def test_mysql_is_bounded(mysql: URL) -> None:
    query = readers(mysql)["sql_query"]
    assert "stopped after 2 seconds" in call(query, query="SELECT sleep(60)")[1]
    many = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 900) SELECT * FROM c"
    status, said = call(query, query=many)
    assert (status, "The first 5 rows; there are more" in said) == ("success", True)


def test_a_wrong_password_is_not_repeated(postgres: URL) -> None:
    wrong = postgres.set(username="portolan_reader", password="n@t this/one").render_as_string(hide_password=False)
    with pytest.raises(SQLAlchemyError):
        create_engine(postgres.set(username="nobody", password="x"), poolclass=NullPool).connect()
    (query,) = load_tools(["sql_query"], config(wrong))
    assert "n@t" not in call(query, query="SELECT 1")[1]
