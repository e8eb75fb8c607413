"""How LangGraph's server starts and stops with the graph: with a `.env` that is right, missing, or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langgraph_sdk import get_sync_client
from studio_server import StudioServer

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.studio, pytest.mark.timeout(300)]

QUESTION = {"messages": [{"role": "user", "content": "What is 23 * 19?"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    return folder


@pytest.fixture
def started() -> Iterator[list[StudioServer]]:
    """Servers that a test started: stopped at its end, and their logs shown if it fails."""
    servers: list[StudioServer] = []
    yield servers
    for server in servers:
        server.stop()
        print(server.log)  # noqa: T201 - pytest shows it with a failure


def test_it_ends_cleanly_and_keeps_no_key(folder: Path, started: list[StudioServer]) -> None:
    script = [Reply(calls=[Call("calculator", {"expression": "23 * 19"})]), Reply("It is 437.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        env = {"OPENAI_API_KEY": endpoint.api_key, "OPENAI_API_BASE": endpoint.base_url, "AGENT_MODEL": endpoint.model}
        server = StudioServer(folder, env)
        started.append(server)
        with get_sync_client(url=server.wait_until_ready(), api_key=None) as client:
            thread = client.threads.create()["thread_id"]
            done = client.runs.wait(thread, "portolan", input=QUESTION)
        assert done["messages"][-1]["content"] == "It is 437."
        assert server.stop() == 0
        key = endpoint.api_key.encode()
    assert "Traceback" not in server.log
    assert "BlockingError" not in server.log
    kept = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(b"It is 437." in path.read_bytes() for path in kept), "the server keeps threads in its folder"
    assert [path for path in kept if key in path.read_bytes()] == []


def test_without_an_env_file_the_embedded_model_is_offered(folder: Path, started: list[StudioServer]) -> None:
    server = StudioServer(folder)
    started.append(server)
    with get_sync_client(url=server.wait_until_ready(), api_key=None) as client:
        (assistant,) = client.assistants.search()
        fields = client.assistants.get_schemas(assistant["assistant_id"])["context_schema"]["properties"]
    assert fields["model"]["default"] == ""
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "OPENAI_API_KEY=sk-secret\n\nOPENAI_API_BASE=localhost:8000/v1\nAGENT_MODEL=m\n",
            ".env, line 3: OPENAI_API_BASE='localhost:8000/v1' is not a URL that starts with http:// or https://",
        ),
        ("AGENT_TOOLS=calculator,telescope\n", "AGENT_TOOLS: There is no tool named 'telescope'"),
    ],
    ids=["a URL without a scheme", "an unknown tool"],
)
def test_the_last_word_on_a_wrong_env_file_is_one_sentence(
    folder: Path, started: list[StudioServer], lines: str, sentence: str
) -> None:
    (folder / ".env").write_text(lines, encoding="utf-8")
    server = StudioServer(folder)
    started.append(server)
    assert server.wait_for_end() != 0
    *_, last = server.log.strip().splitlines()
    assert last.startswith("portolan: ")
    assert sentence in last
    assert "sk-secret" not in server.log


@pytest.mark.model
@pytest.mark.timeout(900)
def test_the_embedded_model_answers_and_the_server_goes_on_meanwhile(folder: Path, started: list[StudioServer]) -> None:
    server = StudioServer(folder)
    started.append(server)
    with get_sync_client(url=server.wait_until_ready(), api_key=None, timeout=800) as client:
        thread = client.threads.create()["thread_id"]
        done = client.runs.wait(thread, "portolan", input=QUESTION)
    assert [m["content"] for m in done["messages"] if m["type"] == "tool"] == ["437"]
    assert "437" in done["messages"][-1]["content"]
    assert server.stop() == 0
    assert "BlockingError" not in server.log
