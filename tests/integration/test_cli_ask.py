"""`portolan ask` against an emulated endpoint: streams, exit codes, signals, pipes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from graph.cli import app
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from pathlib import Path

MULTIPLY = Reply("Let me see.", calls=[Call("calculator", {"expression": "23 * 19"})])
COMMAND = [sys.executable, "-m", "graph.cli"]


def environment(endpoint: EmulatedEndpoint | None = None, **more: str) -> dict[str, str]:
    values = dict(os.environ)
    if endpoint is not None:
        values |= {
            "OPENAI_API_KEY": endpoint.api_key,
            "OPENAI_API_BASE": endpoint.base_url,
            "AGENT_MODEL": endpoint.model,
            "AGENT_MAX_RETRIES": "0",
        }
    return values | more


def process(
    *arguments: str, endpoint: EmulatedEndpoint | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(endpoint, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def run(
    *arguments: str, endpoint: EmulatedEndpoint | None = None, stdin: bytes | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in this process, which is quicker."""
    result = CliRunner().invoke(app, list(arguments), input=stdin, env=environment(endpoint, **more))
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout_bytes, result.stderr_bytes)


def test_the_answer_alone_is_on_stdout_and_calls_and_results_on_stderr() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY, Reply("23 × 19 = 437，对吗？")]) as endpoint:
        done = process("ask", "What is 23 * 19?", endpoint=endpoint)
    assert done.returncode == 0
    assert done.stdout.decode() == "23 × 19 = 437，对吗？\n"
    err = done.stderr.decode()
    assert err.index('calculator(expression="23 * 19")') < err.index("calculator: 437")
    assert endpoint.api_key not in err


def test_quiet_shows_the_answer_and_nothing_else() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY, Reply("437")]) as endpoint:
        done = run("ask", "-q", "What is 23 * 19?", endpoint=endpoint)
    assert (done.stdout, done.stderr) == (b"437\n", b"")


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "-"]])
def test_the_question_may_come_from_stdin(arguments: list[str]) -> None:
    with EmulatedEndpoint("openai", [Reply("ok")]) as endpoint:
        done = run(*arguments, endpoint=endpoint, stdin="\ufeff你好？\nzweite Zeile\n".encode())
    assert done.returncode == 0
    assert endpoint.bodies[0]["messages"][-1]["content"] == "你好？\nzweite Zeile"


def test_json_is_the_whole_run() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY, Reply("437")]) as endpoint:
        done = run("ask", "--json", "What is 23 * 19?", endpoint=endpoint)
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert (document["answer"], document["finish_reason"], document["error"]) == ("437", "stop", None)
    assert [message["role"] for message in document["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert document["tool_calls"][0]["arguments"] == {"expression": "23 * 19"}
    assert document["tool_calls"][0]["result"] == "437"
    assert document["usage"]["total_tokens"] > 0
    assert document["turns"] == 2
    assert document["endpoint"] == {"model": endpoint.model, "base_url": endpoint.base_url, "embedded": False}
    assert endpoint.api_key.encode() not in done.stdout


def test_a_run_that_fails_ends_with_one_and_a_sentence() -> None:
    with EmulatedEndpoint("openai", [Fault("refuse", error="quota")] * 2) as endpoint:
        done = run("ask", "hi", endpoint=endpoint)
        document = json.loads(run("ask", "--json", "hi", endpoint=endpoint).stdout)
    assert (done.returncode, done.stdout) == (1, b"")
    err = done.stderr.decode()
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert document["error"]["type"] == "QuotaError"
    assert document["answer"] is None
    assert document["messages"] == [{"role": "user", "content": "hi"}]


def test_verbose_shows_where() -> None:
    with EmulatedEndpoint("openai", [Fault("refuse", error="quota")]) as endpoint:
        done = process("-v", "ask", "hi", endpoint=endpoint)
    assert b"Traceback" in done.stderr
    assert endpoint.api_key.encode() not in done.stderr


def test_settings_that_are_wrong_end_with_two() -> None:
    done = run("ask", "hi", OPENAI_API_KEY="sk-0123456789abcdef")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no model is named" in done.stderr
    done = run("ask", "--json", "hi", OPENAI_API_KEY="sk-0123456789abcdef")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["type"] == "SettingsError"


@pytest.mark.parametrize("before", [True, False])
def test_the_env_file_may_be_named_before_or_after_the_command(tmp_path: Path, *, before: bool) -> None:
    with EmulatedEndpoint("openai", [Reply("ok")]) as endpoint:
        path = tmp_path / "one.env"
        path.write_text(
            f"OPENAI_API_KEY={endpoint.api_key}\nOPENAI_API_BASE={endpoint.base_url}\nAGENT_MODEL={endpoint.model}\n"
        )
        option = ["--env-file", str(path)]
        done = run(*option, "ask", "hi") if before else run("ask", "hi", *option)
    assert (done.returncode, done.stdout) == (0, b"ok\n")


def test_overrides_reach_the_request() -> None:
    with EmulatedEndpoint("openai", [Reply("ok")] * 2) as endpoint:
        run("ask", "hi", "--temperature", "0.5", "--tools", "calculator", endpoint=endpoint)
        run("ask", "hi", "--tools", "none", endpoint=endpoint)
        assert endpoint.bodies[0]["temperature"] == 0.5
        assert [tool["function"]["name"] for tool in endpoint.bodies[0]["tools"]] == ["calculator"]
        assert "tools" not in endpoint.bodies[1]
        wrong = run("ask", "hi", "--model", "no-such-model", endpoint=endpoint)
    assert wrong.returncode == 1
    assert b"no-such-model" in wrong.stderr


def test_the_turn_limit_is_an_error() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY] * 2) as endpoint:
        done = run("ask", "hi", "--max-turns", "2", endpoint=endpoint)
    assert done.returncode == 1
    assert b"2 turns" in done.stderr


def test_an_answer_cut_at_the_cap_is_said() -> None:
    with EmulatedEndpoint("openai", [Reply("one two three four five six seven eight")], exact=False) as endpoint:
        done = run("ask", "count", endpoint=endpoint, AGENT_MAX_TOKENS="3")
    assert done.returncode == 0
    assert done.stdout.startswith(b"one two")
    assert b"note: the answer was cut at the token cap (AGENT_MAX_TOKENS=3)" in done.stderr
    assert done.stderr.count(b"was cut") == 1, "the notice of the library says the same"


def test_reasoning_is_shown_on_stderr_if_asked_for() -> None:
    with EmulatedEndpoint("deepseek-v4", [Reply("4", reasoning="two and two")] * 2) as endpoint:
        plain = run("ask", "2+2?", endpoint=endpoint)
        shown = run("ask", "2+2?", "--show-reasoning", endpoint=endpoint)
    assert b"two and two" not in plain.stderr
    assert b"two and two" in shown.stderr
    assert plain.stdout == shown.stdout == b"4\n"


def test_a_named_thread_continues_in_the_next_process() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY, Reply("437"), Reply("as before")]) as endpoint:
        run("ask", "What is 23 * 19?", "--thread", "sums 求和", endpoint=endpoint)
        done = process("ask", "And again?", "--thread", "sums 求和", "--json", endpoint=endpoint)
        listed = run("threads", endpoint=endpoint)
        shown = run("threads", "show", "sums 求和", endpoint=endpoint)
        roles = [message["role"] for message in endpoint.bodies[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert [message["role"] for message in json.loads(done.stdout)["messages"]] == ["user", "assistant"]
    assert listed.stdout.decode().splitlines()[1].split("\t")[:2] == ["sums 求和", "6"]
    assert "you: What is 23 * 19?" in shown.stdout.decode()
    assert "calculator: 437" in shown.stdout.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("kind", ["stall", "stall-before-headers"])
def test_ctrl_c_ends_with_130_and_no_traceback(kind: Any) -> None:
    with EmulatedEndpoint("openai", [Fault(kind)]) as endpoint:
        process = subprocess.Popen(
            [*COMMAND, "ask", "hi"],
            env=environment(endpoint),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        endpoint.wait_for_requests(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().strip().endswith("note: stopped by Ctrl-C")
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_leaves_is_met_with_silence() -> None:
    with EmulatedEndpoint("openai", [Reply("word " * 20_000)], limits={"output": 32_000}) as endpoint:
        process = subprocess.Popen(
            [*COMMAND, "ask", "-q", "hi"],
            env=environment(endpoint, AGENT_MAX_TOKENS="32000"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"word"
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        process.wait(60)
    assert err == b""


def test_a_terminal_without_unicode_gets_what_it_can_show() -> None:
    with EmulatedEndpoint("openai", [MULTIPLY, Reply("答案 437")] * 2) as endpoint:
        done = process("ask", "hi", endpoint=endpoint, PYTHONIOENCODING="ascii")
        document = process("ask", "--json", "hi", endpoint=endpoint, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout == b"?? 437\n"
    assert b"-> calculator(" in done.stderr
    assert json.loads(document.stdout)["answer"] == "答案 437"


def test_a_damaged_thread_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    path.write_bytes(b"not a database at all, " * 100)
    for arguments in (["ask", "hi", "--thread", "a"], ["chat"], ["threads"], ["threads", "show", "a"]):
        with EmulatedEndpoint("openai") as endpoint:
            done = run(*arguments, endpoint=endpoint, AGENT_THREADS_DB=str(path), stdin=b"hi\n")
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode().count("\n") == 1
        assert b"is damaged" in done.stderr
    assert path.read_bytes().startswith(b"not a database")


def test_a_thread_file_in_use_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    with EmulatedEndpoint("openai") as endpoint:
        done = run("ask", "hi", "--thread", "a", endpoint=endpoint, AGENT_THREADS_DB=str(path))
    other.close()
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().count("\n") == 1
    assert b"locked by another program" in done.stderr


def test_a_thread_where_a_folder_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with EmulatedEndpoint("openai") as endpoint:
        done = run("ask", "hi", "--thread", "a", endpoint=endpoint, AGENT_THREADS_DB=str(tmp_path / "file" / "t.db"))
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
