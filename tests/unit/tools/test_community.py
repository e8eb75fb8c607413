"""Tools of langchain-community, by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from graph import Settings
from graph.errors import SettingsError
from graph.toolbox import collect_tools
from tools.community import load_community
from tools.config import ToolSetupError


def test_a_tool_without_configuration_is_made() -> None:
    tool = load_community("community:SleepTool")
    assert tool.name == "sleep"


@pytest.mark.parametrize(
    ("name", "words"), [("NoSuchTool", "no tool named"), ("QuerySQLDatabaseTool", "without arguments")]
)
def test_what_cannot_be_made_is_a_sentence(name: str, words: str) -> None:
    with pytest.raises(ToolSetupError, match=words):
        load_community(name)


def test_it_stands_beside_the_others_and_names_its_origin() -> None:
    names = [
        tool.name for tool in collect_tools(None, Settings(tools=("clock", "current_time", "community:SleepTool")))
    ]
    assert names == ["current_time", "convert_time", "date_difference", "sleep"]
    with pytest.raises(SettingsError, match="AGENT_TOOLS"):
        collect_tools(None, Settings(tools=("community:Nothing",)))


def test_the_package_is_not_imported_before_it_is_asked_for() -> None:
    program = "import sys, graph.toolbox, tools; print('langchain_community' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
