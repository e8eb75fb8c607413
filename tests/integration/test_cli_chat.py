"""`portolan chat`: at a pseudo-terminal, and reading lines where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = [sys.executable, "-m", "graph.cli"]


def environment(endpoint: EmulatedEndpoint) -> dict[str, str]:
    return os.environ | {
        "OPENAI_API_KEY": endpoint.api_key,
        "OPENAI_API_BASE": endpoint.base_url,
        "AGENT_MODEL": endpoint.model,
        "AGENT_MAX_RETRIES": "0",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "TERM": "xterm",
    }


def piped(endpoint: EmulatedEndpoint, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "chat", *arguments]
    return subprocess.run(
        command, env=environment(endpoint), input=text, capture_output=True, text=True, encoding="utf-8", check=False
    )


def asked(body: dict[str, Any]) -> list[str]:
    return [message["content"] for message in body["messages"] if message["role"] == "user"]


def test_without_a_terminal_each_line_is_a_question() -> None:
    script = [Reply(calls=[Call("calculator", {"expression": "2+2"})]), Reply("四"), Reply("last")]
    with EmulatedEndpoint("openai", script) as endpoint:
        done = piped(endpoint, "2+2?\n\none\\\ntwo\n/tools\n/nonsense\n/thread\n/exit\nnever\n", "--thread", "t")
    assert (done.returncode, done.stdout) == (0, "四\nlast\n")
    assert asked(endpoint.bodies[-1]) == ["2+2?", "one\ntwo"]
    for told in (
        "Thread 't': new.",
        "calculator: 4",
        "convert_units",
        "no command /nonsense",
        "Thread 't': 6 messages",
    ):
        assert told in done.stderr


def test_a_turn_that_fails_is_one_sentence_and_the_next_one_goes_on() -> None:
    with EmulatedEndpoint("openai", [Fault("refuse", error="quota"), Reply("fine")]) as endpoint:
        done = piped(endpoint, "one\ntwo\n")
    assert (done.returncode, done.stdout) == (1, "fine\n")
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr
    assert asked(endpoint.bodies[-1]) == ["one", "two"]


def test_new_begins_a_thread_and_thread_goes_back() -> None:
    with EmulatedEndpoint("openai", [Reply("1"), Reply("2"), Reply("3")]) as endpoint:
        done = piped(endpoint, "a\n/new other\nb\n/thread t\nc\n", "--thread", "t")
    assert [asked(body) for body in endpoint.bodies] == [["a"], ["b"], ["a", "c"]]
    assert done.returncode == 0


READING = "\x1b[?2004h"
"""What the prompt writes when it begins to read: control keys that are pressed before go to the terminal's own line."""


@pytest.fixture
def spawn() -> Iterator[Callable[..., Any]]:
    """Start `portolan chat` at a pseudo-terminal."""
    started: list[Any] = []

    def start(endpoint: EmulatedEndpoint, *arguments: str, greeting: str = "Thread 't'") -> Any:
        child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "chat", *arguments],
            env=environment(endpoint),
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 100),
        )
        started.append(child)
        child.expect(greeting)
        child.expect_exact(READING)
        return child

    yield start
    for child in started:
        child.close(force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_a_conversation_at_a_terminal(spawn: Callable[..., Any]) -> None:
    long = Reply("These words arrive, and then the server is silent for ever and a day.")
    script = [Reply("First answer."), Fault("stall", reply=long, after=4), Reply("Second answer.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        child = spawn(endpoint, "--thread", "t")
        child.send("first line\x1b\r")  # Alt-Enter
        child.send("second line\\\r")  # a backslash
        child.send("third line\r")
        child.expect("First answer.")
        assert asked(endpoint.bodies[0]) == ["first line\nsecond line\nthird line"]

        child.send("tell me\r")
        child.expect("These")
        child.send("\x03")
        child.expect("Stopped")
        child.expect_exact(READING)
        child.send("\x03")  # nothing runs: the line is emptied, and the chat goes on
        child.expect("Ctrl-D")
        child.send("go on\r")
        child.expect("Second answer.")
        messages = endpoint.bodies[-1]["messages"]
        assert [message["role"] for message in messages[1:]] == ["user", "assistant", "user", "assistant", "user"]
        assert messages[4]["content"].startswith("These")
        child.expect_exact(READING)
        child.send("\x04")
        child.expect("go on with: portolan chat --thread")
        child.expect_exact(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0

        endpoint.say_next(Reply("Third answer."))
        child = spawn(endpoint, "--thread", "t", greeting="6 messages so far")
        child.send("\x1b[A")  # the history is that of the last session
        child.expect("go on")
        child.send(" today\r")
        child.expect("Third answer.")
        assert asked(endpoint.bodies[-1])[-1] == "go on today"
        assert len(asked(endpoint.bodies[-1])) == 4
        child.send("/exit\r")
        child.expect_exact(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_an_error_at_a_terminal_leaves_the_prompt(spawn: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Fault("refuse", error="quota"), Reply("Fine again.")]) as endpoint:
        child = spawn(endpoint, "--thread", "t")
        child.send("one\r")
        child.expect("error: ")
        child.send("two\r")
        child.expect("Fine again.")
        child.expect_exact(READING)
        child.send("\x04")
        child.expect_exact(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


def seen(written: str) -> list[str]:
    """The lines that a terminal shows in the end: a carriage return lets what follows stand over what was there."""
    lines = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", written).replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines[:-1] if lines[-1] == "" else lines


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("quiet", [True, False])
def test_at_a_terminal_every_reply_is_streamed_on_lines_of_its_own(*, quiet: bool) -> None:
    script = [Reply("Let me see.", calls=[Call("calculator", {"expression": "2+2"})]), Reply("It is 4.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        arguments = [*COMMAND[1:], "ask", *(["-q"] if quiet else []), "2+2?"]
        child = pexpect.spawn(COMMAND[0], arguments, env=environment(endpoint), encoding="utf-8", timeout=60)
        lines = seen(child.read())
        child.close()
    calls = ['→ calculator(expression="2+2")', "← calculator: 4"]
    assert lines == ["Let me see.", *([] if quiet else calls), "It is 4."]
    assert child.exitstatus == 0
