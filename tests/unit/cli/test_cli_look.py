"""The commands that show: config, tools, draw, threads; and what a `.env` gives to the environment."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from graph import Agent, build_graph, load_settings
from graph.cli import app
from graph.cli.picture import place, ranks
from graph.testing import Call, EmulatedEndpoint, Reply
from tools import available

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-0123456789abcdefgWXYZ"


def run(*arguments: str, stdin: str | None = None, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def fields(out: str) -> dict[str, tuple[str, str]]:
    rows = [line.split("\t") for line in out.splitlines()]
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


def test_config_says_each_value_and_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".env"
    path.write_text(
        f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL=https://dashscope.aliyuncs.com/compatible-mode/v1\n"
        "AGENT_MODEL=qwen-plus\nAGENT_DATABASE_URL=postgresql://joe:PASSWORD1@h/d\nAGENT_PROFILE_TOKEN_CAP=both\n"
    )
    monkeypatch.setenv("AGENT_MAX_TURNS", "7")
    out, _ = run("config", "--env-file", str(path))
    shown = fields(out)
    assert shown["OPENAI_API_KEY"] == ("********WXYZ", f"{path}, line 1")
    assert shown["OPENAI_BASE_URL"][1] == f"{path}, line 2"
    assert shown["AGENT_MAX_TURNS"] == ("7", "the environment")
    assert shown["AGENT_MAX_RETRIES"] == ("3", "default")
    assert shown["AGENT_DATABASE_URL"][0] == "postgresql://********"
    assert shown["token_cap"][0] == "both"
    assert shown["token_cap"][1].startswith("user")
    assert "endpoint: qwen-plus at https://dashscope.aliyuncs.com/compatible-mode/v1" in out
    assert shown["quota_is_throttle"][1].startswith("known, 2")
    assert KEY not in out
    assert KEY[:8] not in out
    assert "PASSWORD1" not in out


def test_config_shows_nothing_of_a_short_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "short-key-0123")
    monkeypatch.setenv("AGENT_MODEL", "m")
    out, _ = run("config")
    assert fields(out)["OPENAI_API_KEY"][0] == "********"
    assert "0123" not in out


def test_config_without_anything_speaks_of_the_embedded_model() -> None:
    out, _ = run("config")
    assert "embedded model" in out.splitlines()[0]
    assert "env file: none found" in out


def test_config_of_a_wrong_file_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.env"
    path.write_text("\nAGENT_TEMPRATURE=1\n")
    _, err = run("config", "--env-file", str(path), code=2)
    assert f"{path}, line 2" in " ".join(err.split())
    assert "AGENT_TEMPERATURE?" in err


def test_what_settings_have_to_say_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_MODLE", "x")
    _, err = run("config")
    assert err.startswith("note: AGENT_MODLE in the environment is not a setting")


def test_other_names_of_the_file_go_to_the_environment_and_do_not_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("MY_PROXY=http://proxy:1\nMY_OTHER=file\nMY_EMPTY=\nAGENT_MAX_TURNS=3\n")
    monkeypatch.setenv("MY_OTHER", "mine")
    monkeypatch.delenv("MY_PROXY", raising=False)
    load_settings(path)
    assert "MY_PROXY" not in os.environ  # the library leaves the environment alone
    run("config", "--env-file", str(path))
    assert os.environ.pop("MY_PROXY") == "http://proxy:1"
    assert os.environ["MY_OTHER"] == "mine"
    assert "MY_EMPTY" not in os.environ
    assert "AGENT_MAX_TURNS" not in os.environ


def test_tools_are_listed_with_needs_and_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_TOOLS", "calculator,sql")
    monkeypatch.setenv("AGENT_FILES_ROOT", str(tmp_path))
    out, _ = run("tools")
    rows = {line.split("\t")[0]: line.split("\t") for line in out.splitlines()[1:]}
    assert list(rows) == [spec.name for spec in available()]
    assert rows["calculator"][2] == "on"
    assert rows["read_file"][2] == "ready"
    assert rows["sql_query"][2] == "on, not ready"
    assert "AGENT_DATABASE_URL" in rows["sql_query"][4]
    monkeypatch.setenv("AGENT_TOOLS", "clock,community:SleepTool")
    assert "community:SleepTool\tcommunity\ton" in run("tools")[0]
    monkeypatch.setenv("AGENT_TOOLS", "none")
    assert "\ton" not in run("tools")[0]
    monkeypatch.setenv("AGENT_TOOLS", "calculater")
    _, err = run("tools", code=2)
    assert "calculator" in err


def test_draw_writes_what_langgraph_draws(tmp_path: Path) -> None:
    out, _ = run("draw")
    assert out.strip() == build_graph().get_graph().draw_mermaid().strip()
    run("draw", "--output", str(tmp_path / "g.mmd"))
    assert (tmp_path / "g.mmd").read_text() == out


def test_draw_as_text_names_every_edge() -> None:
    out, _ = run("draw", "--format", "text")
    for edge in ("__start__ --> model", "model ..> tools", "tools ..> model", "model ..> __end__"):
        assert edge in out.splitlines()
    assert "| model |" in out


def test_draw_as_png_is_a_picture_of_all_nodes(tmp_path: Path) -> None:
    path = tmp_path / "g.png"
    run("draw", "-o", str(path))
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    boxes = place(build_graph().get_graph())
    assert set(boxes) == set(build_graph().get_graph().nodes)
    assert width > 2 * max(box.x + box.width / 2 for box in boxes.values())
    assert height > 2 * max(box.y for box in boxes.values())


def test_a_picture_has_no_boxes_on_top_of_each_other() -> None:
    for tools in ([], ["calculator"]):
        graph = build_graph(Agent(tools=tools)).get_graph()
        boxes = list(place(graph).values())
        for number, one in enumerate(boxes):
            for two in boxes[number + 1 :]:
                apart_x = abs(one.x - two.x) >= (one.width + two.width) / 2
                apart_y = abs(one.y - two.y) >= (one.height + two.height) / 2
                assert apart_x or apart_y
        assert ranks(graph)[0] == ["__start__"]


def test_draw_where_nothing_can_be_written(tmp_path: Path) -> None:
    _, err = run("draw", "-o", str(tmp_path / "no" / "g.png"), code=1)
    assert "cannot be written" in err


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> str:
    with EmulatedEndpoint("openai", [Reply("Hello\x1b[2J there")]) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", endpoint.api_key)
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.base_url)
        monkeypatch.setenv("AGENT_MODEL", endpoint.model)
        run("ask", "hi", "--thread", "first")
    return "first"


def test_threads_are_listed_shown_and_deleted_after_asking(thread: str) -> None:
    out, _ = run("threads")
    assert out.splitlines()[1].split("\t")[:2] == [thread, "2"]
    out, _ = run("threads", "show", thread)
    assert out.splitlines() == ["you: hi", "agent: Hello[2J there"]
    out, err = run("threads", "delete", thread, stdin="n\n", code=1)
    assert "2 messages" in err
    assert run("threads", "list")[0].count(thread) == 1
    run("threads", "delete", thread, stdin="y\n")
    assert run("threads")[0] == ""


def test_deleting_without_anybody_to_ask_says_how(thread: str) -> None:
    _, err = run("threads", "delete", thread, code=2)
    assert "Give --yes" in err
    assert run("threads", "list")[0].count(thread) == 1


def test_a_failed_result_is_shown_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [Call("calculator", {"expression": "1/0"}), Call("calculator", {"expression": "2*2"})]
    with EmulatedEndpoint("openai", [Reply(calls=calls), Reply("4")]) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", endpoint.api_key)
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.base_url)
        monkeypatch.setenv("AGENT_MODEL", endpoint.model)
        run("ask", "hi", "--thread", "sums")
    lines = run("threads", "show", "sums")[0].splitlines()
    assert sum(line.startswith("calculator failed: ") for line in lines) == 1
    assert "calculator: 4" in lines


def test_a_thread_that_is_not_there_is_named_with_the_nearest(thread: str) -> None:
    for command in (["show", "firts"], ["delete", "firts", "--yes"]):
        _, err = run("threads", *command, code=1)
        assert repr(thread) in err
    run("threads", "delete", thread, "--yes")


@pytest.mark.parametrize("command", [("config",), ("tools",), ("ask", "Hi")])
def test_a_wrong_tool_name_is_said_with_its_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / ".env"
    path.write_text("AGENT_MAX_TURNS=3\nAGENT_TOOLS=calculater\n")
    _, err = run(*command, "--env-file", str(path), code=2)
    assert f"{path}, line 2: AGENT_TOOLS: There is no tool named 'calculater'. Did you mean" in err


def test_a_folder_that_is_missing_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_TOOLS", "files")
    monkeypatch.setenv("AGENT_FILES_ROOT", str(tmp_path / "nowhere"))
    out, _ = run("tools")
    states = {line.split("\t")[0]: line.split("\t")[2] for line in out.splitlines()}
    assert states["read_file"] == "on, not ready"
    (tmp_path / "nowhere").mkdir()
    out, _ = run("tools")
    states = {line.split("\t")[0]: line.split("\t")[2] for line in out.splitlines()}
    assert states["read_file"] == "on"


def test_a_folder_for_threads_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AGENT_THREADS_DB", str(tmp_path / "file" / "deep" / "threads.db"))
    with EmulatedEndpoint("openai") as endpoint:
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.base_url)
        monkeypatch.setenv("AGENT_MODEL", "m")
        _, err = run("ask", "--thread", "one", "Hi", code=1)
    assert f"the folder of the stored threads, {tmp_path / 'file' / 'deep'}, cannot be made or used" in err
