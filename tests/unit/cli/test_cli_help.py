"""Help, version and usage: quick, with examples, and without LangGraph."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from graph.cli import app

HEAVY = ("langgraph", "langchain_core", "langchain_openai", "openai", "xllamacpp", "prompt_toolkit")
COMMANDS = ("ask", "chat", "threads", "threads list", "threads show", "threads delete", "tools", "draw", "config")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example(command: str) -> None:
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert f"Example: portolan {command.split(maxsplit=1)[0]}" in out
    assert "--env-file" in out


def test_the_help_names_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in COMMANDS:
        assert f"  {command.split()[0]} " in out


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["chat", "--help"], ["--version"]])
def test_help_does_not_import_what_runs_need(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from graph.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert end.code == 0, end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_top_help_does_not_import_pydantic() -> None:
    script = (
        "import sys\nfrom graph.cli import main\ntry:\n    main()\nfinally:\n    assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, check=True)


def test_the_version_is_the_distribution_s() -> None:
    code, out, _ = run("--version")
    assert (code, out.split()[0]) == (0, "portolan")
    assert out.split()[1][0].isdigit()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["ask", "--nonsense", "x"],
        ["ask", "x", "--temperature", "3"],
        ["ask", "x", "--max-turns", "0"],
        ["ask", "   "],
        ["ask"],
        ["ask", "x", "--thread", " "],
        ["chat", "--thread", "two\nlines"],
        ["draw", "--format", "gif"],
        ["threads", "show"],
    ],
)
def test_wrong_usage_ends_with_two_and_a_sentence(arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Error" in err
    assert "Traceback" not in err


def test_module_and_command_are_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "graph.cli", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("portolan ")
