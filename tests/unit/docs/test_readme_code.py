"""The README's Python runs: each block as a script of its own, on emulated endpoints over real HTTP."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING, Any

import pytest
from markdown_page import README

from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from graph.testing import RecordedRequest, ScriptItem

DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1"
BLOCKS = README.code("python")


def block(word: str) -> str:
    """The one block that has a word."""
    (found,) = [text for text in BLOCKS if word in text]
    return found


def run(text: str, folder: Path) -> dict[str, Any]:
    """Run a script; gives its names."""
    file = folder / "script.py"
    file.write_text(text, "utf-8")
    return runpy.run_path(str(file), run_name="__main__")


def model(request: RecordedRequest) -> ScriptItem:
    """What the emulated model says: a call first, then what the tool said."""
    last = request.messages[-1]
    if last["role"] == "tool":
        return Reply(f"It is {last['content']}.")
    if "12 m" in last["content"]:
        return Reply(calls=[Call("berth_fee", {"length_m": 12, "nights": 3})])
    return Reply(calls=[Call("calculator", {"expression": "23 * 19"})])


@pytest.fixture
def endpoint() -> Any:
    with EmulatedEndpoint("openai", model) as endpoint:
        yield endpoint


@pytest.fixture
def env_file(endpoint: EmulatedEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.env` that names the emulated endpoint, in the working folder."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in endpoint.env.items()), "utf-8")
    return file


def test_every_block_is_run_by_a_test_below() -> None:
    words = ("build_graph()\nresult", DASHSCOPE, "astream", "TurnLimitError", "EmulatedEndpoint")
    assert sorted(BLOCKS) == sorted(block(word) for word in words)


@pytest.mark.usefixtures("env_file")
def test_the_first_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(block("build_graph()\nresult"), tmp_path)
    assert capsys.readouterr().out == "It is 437.\n"


def test_a_tool_and_an_endpoint_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with EmulatedEndpoint("dashscope", model) as endpoint:
        monkeypatch.setenv("DASHSCOPE_API_KEY", endpoint.api_key)
        run(block(DASHSCOPE).replace(DASHSCOPE, endpoint.base_url), tmp_path)
    assert capsys.readouterr().out == "It is 90.00 EUR.\n"
    assert [tool["function"]["name"] for tool in endpoint.bodies[0]["tools"]] == ["berth_fee", "calculator"]
    assert endpoint.bodies[0]["messages"][0] == {"role": "system", "content": "You answer for the harbour office."}


@pytest.mark.usefixtures("env_file")
def test_a_stream_in_a_stored_thread(
    endpoint: EmulatedEndpoint, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(block("astream"), tmp_path)
    run(block("astream"), tmp_path)
    assert capsys.readouterr().out == "It is 437." * 2
    assert (tmp_path / "threads.db").exists()
    roles = [message["role"] for message in endpoint.bodies[-1]["messages"]]
    assert roles == ["system", *("user", "assistant", "tool", "assistant"), *("user", "assistant", "tool")]
    assert [body["temperature"] for body in endpoint.bodies] == [0] * 4


@pytest.mark.usefixtures("env_file")
def test_an_answer_where_no_error_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(block("TurnLimitError"), tmp_path)
    assert capsys.readouterr().out == "It is 437.\n"


def test_the_turn_limit_is_told(env_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env_file.write_text(env_file.read_text("utf-8") + "AGENT_MAX_TURNS=1\n", "utf-8")
    run(block("TurnLimitError"), tmp_path)
    assert capsys.readouterr().out == "1 turns were not enough; the thread can go on.\n"


def test_a_refusal_is_told_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = [Fault(status=401, message="Incorrect API key provided.", code="invalid_api_key")]
    with EmulatedEndpoint("openai", script) as endpoint:
        for name, value in endpoint.env.items():
            monkeypatch.setenv(name, value)
        run(block("TurnLimitError"), tmp_path)
    said = capsys.readouterr().out
    assert "Incorrect API key provided." in said
    assert "OPENAI_API_KEY" in said
    assert endpoint.api_key not in said


def test_the_test_of_ones_own_agent(tmp_path: Path) -> None:
    names = run(block("EmulatedEndpoint"), tmp_path)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()
