"""A call that the user's words leave in doubt runs where the model, asked, says so; a forbidden one never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
CALL = '{"name": "read_file", "arguments": {"path": "main.py"}}'
MARKED = f"<tool_call>\n{CALL}\n</tool_call>"
OTHER = MARKED.replace("main", "other")

opened: list[str] = []


def read_file(path: str) -> str:
    """Read a file."""
    opened.append(path)
    return "def load(): ..."


@pytest.fixture(autouse=True)
def _none_opened() -> None:
    opened.clear()


@MODES
@pytest.mark.parametrize(
    "prompt",
    [
        "Read main.py and describe its functions.",
        "Read main.py and explain the function call in line 3.",
        "Search the web and explain how function calling works.",
        "Lies main.py und erkläre den Funktionsaufruf in Zeile 3.",
        "读取 main.py 并解释其中的函数调用。",
    ],
)
def test_it_runs_when_the_model_says_so(prompt: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    run, script = runner(mode), [Reply(MARKED), Reply("RUN"), Reply("It loads.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
        messages = run(build(endpoint, [read_file]), prompt)
    assert opened == ["main.py"]
    assert messages[-1].text == "It loads."
    if mode in {"stream", "astream"}:
        assert "".join(token.text for token in run.tokens if isinstance(token, AIMessage)) == "It loads."


@MODES
@pytest.mark.parametrize(
    ("second", "runs"), [("RUN", True), (MARKED, False), (f"RUN\n{MARKED}", True), ("TEXT", False)]
)
def test_where_calls_are_what_is_asked_about_it_runs_by_a_word(
    second: str, runs: bool, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(MARKED), Reply(second), *([Reply("It loads.")] if runs else [])]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, [read_file]), "Explain how the tool calls in main.py are written.")
    assert opened == (["main.py"] if runs else [])
    assert messages[-1].text == ("It loads." if runs else MARKED)


@MODES
@pytest.mark.parametrize(
    "prompt", ["Do not use any tools. What is in main.py?", "不要使用任何工具，main.py 里有什么？"]
)
def test_it_never_runs_against_the_users_word(prompt: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(MARKED)) as endpoint:
        messages = runner(mode)(build(endpoint, [read_file]), prompt)
    assert opened == []
    assert messages[-1].response_metadata["shown_calls"] == ["read_file"]


@MODES
def test_one_in_doubt_beside_another_gets_a_result(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    both = f"First, the one:\n{MARKED}\nand then the other:\n{OTHER}"
    with EmulatedEndpoint("vllm-0.32", [Reply(both), Reply(MARKED), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [read_file]), "Read main.py and other.py.")
    assert sorted(opened) == ["main.py", "other.py"]
    results = [message for message in messages if isinstance(message, ToolMessage)]
    assert [message.status for message in results].count("error") == len(results) - 2
    assert messages[-1].text == "Done."
