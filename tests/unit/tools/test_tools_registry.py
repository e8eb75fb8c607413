"""The registry, and what holds for every tool."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import SecretStr
from toolbench import call

import tools
from tools import ToolConfig, ToolSetupError, available, load_tools, select

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


@pytest.fixture
def config(tmp_path: Path) -> ToolConfig:
    database = tmp_path / "data.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
    return ToolConfig(root=tmp_path, database_url=SecretStr(str(database)))


@pytest.fixture
def everything(config: ToolConfig) -> list[BaseTool]:
    return load_tools(["all"], config)


def test_default_set_needs_nothing() -> None:
    names = [tool.name for tool in load_tools()]
    assert names == ["calculator", "current_time", "convert_time", "date_difference", "convert_units"]
    assert all(not spec.needs for spec in available() if spec.default)


def test_every_entry_makes_the_tool_of_its_name(config: ToolConfig) -> None:
    for spec in available():
        assert spec.factory(config).name == spec.name


def test_groups_stand_for_their_tools_and_order_is_the_registrys(config: ToolConfig) -> None:
    loaded = load_tools(["sql", " Files ", "list_files"], config)
    assert [tool.name for tool in loaded] == [
        "list_files", "read_file", "search_files", "write_file", "sql_schema", "sql_query"
    ]  # fmt: skip
    assert load_tools([], config) == []


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ToolSetupError, match=r"no tool named 'calculater'.*Did you mean `calculator`"):
        select(["calculater"])
    with pytest.raises(ToolSetupError, match="There are: calculator"):
        select(["qqq"])


@pytest.mark.parametrize(("name", "setting"), [("files", "AGENT_FILES_ROOT"), ("sql_query", "AGENT_DATABASE_URL")])
def test_what_a_tool_lacks_is_named_with_its_setting(name: str, setting: str) -> None:
    with pytest.raises(ToolSetupError, match=setting):
        load_tools([name])
    (spec, *_) = select([name])
    assert setting in spec.missing(ToolConfig())[0]
    assert setting in spec.needs_text


def test_ready_tools_lack_nothing(config: ToolConfig) -> None:
    assert all(not spec.missing(config) for spec in available())


def test_config_refuses_bounds_that_are_none() -> None:
    with pytest.raises(ToolSetupError, match="`sql_max_rows` must be more than 0, not 0"):
        ToolConfig(sql_max_rows=0)
    with pytest.raises(ToolSetupError, match="`max_result_chars` must be at least 1000"):
        ToolConfig(max_result_chars=10)


def test_config_shows_no_password() -> None:
    assert "hunter2" not in repr(ToolConfig(database_url=SecretStr("postgresql://u:hunter2@h/d")))


def test_importing_and_choosing_tools_imports_neither_langchain_nor_pydantic() -> None:
    code = (
        "import sys, tools; tools.select(['all']); tools.names(); "
        "print(sorted({'langchain_core', 'pydantic', 'pint', 'sqlalchemy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_all_tools_imports_nothing_slow(config: ToolConfig) -> None:
    code = (
        "import sys, pathlib, pydantic, tools; "
        f"config = tools.ToolConfig(root=pathlib.Path({str(config.root)!r}), "
        f"database_url=pydantic.SecretStr({str(Path(str(config.root)) / 'data.db')!r})); "
        "tools.load_tools(['all'], config); "
        "print(sorted({'pint', 'sqlalchemy', 'trafilatura', 'ddgs', 'langchain_community'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return set(schema) | {key for value in schema.values() for key in _keys(value)}
    if isinstance(schema, list):
        return {key for value in schema for key in _keys(value)}
    return set()


def test_schemas_are_plain_and_described(everything: list[BaseTool]) -> None:
    for tool in everything:
        function = convert_to_openai_tool(tool)["function"]
        assert re.fullmatch(r"[a-z_]{2,64}", function["name"])
        assert function["name"] != "search"  # DashScope refuses it
        assert 20 < len(function["description"]) < 300
        parameters = function["parameters"]
        assert not _keys(parameters) & {"$ref", "$defs", "anyOf", "allOf", "oneOf", "not"}
        for argument in parameters["properties"].values():
            assert 5 < len(argument["description"]) < 120
            assert argument["type"] in ("string", "integer", "number")


@pytest.mark.parametrize("arguments", [{}, {"nope": 1}, {"query": [], "path": {}, "url": 3, "expression": None}])
def test_bad_arguments_come_back_as_text(everything: list[BaseTool], arguments: dict[str, Any]) -> None:
    for tool in everything:
        status, text = call(tool, **arguments)
        if status == "error":
            assert tool.name in text
            assert "Call it again" in text
        else:  # a tool without required arguments
            assert arguments == {}


def test_nothing_of_the_config_is_an_argument(everything: list[BaseTool]) -> None:
    seen = {argument for tool in everything for argument in tool.args}
    assert not seen & {"config", "gate", "now", "search", "root", "run_manager", "callbacks"}


def test_names_are_complete() -> None:
    assert set(tools.names()) > {spec.group for spec in available()} | {"default", "all", "web_fetch"}
