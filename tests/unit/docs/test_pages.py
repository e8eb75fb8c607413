"""What the pages say is so: the picture, the commands, the settings, the errors, the tools, the links."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import typer
from markdown_page import PAGES, README, README_ZH, ROOT, Page

import graph.errors
import tools
from graph import Agent, Settings, build_graph
from graph.cli import app
from graph.endpoint.known import providers
from graph.endpoint.sources import load_settings
from graph.errors import PortolanError
from graph.state import Context

BOTH = [README, README_ZH]


def name_of(page: Page) -> str:
    return page.path.name


def code_words(cells: list[str]) -> list[str]:
    """What stands in backticks in the cells."""
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def table_about(page: Page, word: str) -> list[list[str]]:
    """The rows of the one table whose first column has a word in backticks, without the titles."""
    (found,) = [table for table in page.tables if f"`{word}`" in " ".join(row[0] for row in table)]
    return found[1:]


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_the_picture_is_the_graph(page: Page) -> None:
    (picture,) = page.code("mermaid")
    assert picture == build_graph(settings=Settings()).get_graph().draw_mermaid()


@pytest.mark.parametrize("page", BOTH, ids=name_of)
@pytest.mark.parametrize("name", ["main", "test"])
def test_a_command_is_found_as_ci_finds_it(page: Page, name: str) -> None:
    function = re.search(
        r"^command_of\(\) \{\n.*?^\}\n", (ROOT / ".ci" / "run").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert function is not None
    script = function[0].replace("README.md", page.path.name) + f"command_of {name}\n"
    found = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (block,) = re.findall(rf"^<!-- command: {name} -->\n```sh\n(.*?)^```$", page.text, re.DOTALL | re.MULTILINE)
    assert found == block
    assert len(block.splitlines()) == 1
    assert block.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert block.endswith({"main": '.venv/bin/portolan ask "What is 23 * 19?"\n', "test": ".venv/bin/pytest\n"}[name])


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_setting_is_told_with_its_default(page: Page) -> None:
    told = {code_words([row[0]])[0]: row[1] for row in table_about(page, "AGENT_MODEL")}
    assert told.pop("AGENT_PROFILE_<FLAG>") == ""
    assert told.pop("AGENT_INSTRUCTIONS") != ""
    expected: dict[str, str] = {}
    for field in Settings.model_fields.values():
        if field.alias and field.alias != "AGENT_INSTRUCTIONS":
            expected[field.alias] = f"`{shown(field.default)}`" if field.default is not None else ""
    assert told == expected


def shown(default: Any) -> str:
    """A default as a person writes it into `.env`."""
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_command_is_told(page: Page) -> None:
    told = [command.split()[1] for command in code_words([row[0] for row in table_about(page, "portolan draw")])]
    assert sorted(told) == sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined] # a group


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_option_that_is_told_exists(page: Page) -> None:
    source = (ROOT / "graph" / "cli" / "app.py").read_text("utf-8")
    named = set(re.findall(r"`(--[a-z-]+)[^`]*`", page.prose)) - {"--help"}
    assert named
    assert {option for option in named if f'"{option}"' not in source} == set()


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_error_is_told(page: Page) -> None:
    told = set(code_words([row[0] for row in table_about(page, "SettingsError")]))
    family = {name for name in graph.errors.__all__ if name.endswith("Error")}
    bases = {"PortolanError", "TransientError"}  # never raised as they are
    assert told == family - bases
    assert all(issubclass(getattr(graph.errors, name), PortolanError) for name in told)


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_tool_is_told_in_its_group(page: Page) -> None:
    told = {code_words([row[0]])[0]: row for row in table_about(page, "clock")}
    assert set(told) == {spec.group for spec in tools.available()}
    for spec in tools.available():
        assert spec.name in code_words([told[spec.group][1]])


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_known_provider_is_named(page: Page) -> None:
    assert [provider.name for provider in providers() if provider.name not in page.prose] == []


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_field_of_the_context_is_named(page: Page) -> None:
    (line,) = re.findall(r"^`context`.*(?:\n.+)*", page.prose, re.MULTILINE)
    assert set(Context.model_fields) <= set(code_words([line]))


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_what_a_reply_tells_of_calls_that_did_not_run_is_named(page: Page) -> None:
    assert '`response_metadata["shown_calls"]`' in page.text


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_every_env_block_is_a_whole_configuration(page: Page, tmp_path: Any) -> None:
    blocks = page.code("dotenv")
    assert len(blocks) == 3
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.env"
        file.write_text(block, "utf-8")
        loaded = load_settings(file, environ={})
        assert loaded.notes == ()
        assert loaded.settings.endpoint().model in block
        assert build_graph(Agent(), settings=loaded.settings) is not None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {words.lower().replace(" ", "-") for _, words in page.headings}
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in anchors
        elif "://" not in link:
            assert (page.path.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_exists(page: Page) -> None:
    folders = "graph|tools|tests|notebooks|docs|benchmarks|\\.ci"
    named = set(re.findall(rf"`((?:{folders})/[\w./-]*\w/?)`", page.prose))
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_two_readmes_say_the_same() -> None:
    assert README_ZH.blocks == README.blocks
    assert [level for level, _ in README_ZH.headings] == [level for level, _ in README.headings]
    assert [len(table) for table in README_ZH.tables] == [len(table) for table in README.tables]
    for english, chinese in zip(README.tables, README_ZH.tables, strict=True):
        for row, same in zip(english[1:], chinese[1:], strict=True):
            assert sorted(code_words(row)) == sorted(code_words(same))
    files = [[link for link in page.links if not link.startswith(("#", "README"))] for page in BOTH]
    assert files[0] == files[1]
    points = [page.prose.count("\n- ") for page in BOTH]
    assert points[0] == points[1]
