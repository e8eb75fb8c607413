"""Emulated endpoints are independent: of one another, and of what the user's cache holds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from platformdirs import user_cache_path

from graph.endpoint import store
from graph.endpoint.knowledge import forget_learned
from graph.errors import ModelNotFoundError
from graph.testing import Call, EmulatedEndpoint, Reply
from graph.testing.endpoint import MARK
from graph.testing.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

COMMAND = [sys.executable, "-m", "graph.cli", "ask", "Hello"]
LEARNS = ["refused", "refused", "answered"]
"""What gpt-5.6 makes of an agent that does not know it: the cap's name, then the effort."""


def outcomes(endpoint: EmulatedEndpoint) -> list[str]:
    return ["answered" if request.refused is None else "refused" for request in endpoint.requests]


def folder_of(endpoint: EmulatedEndpoint) -> Path:
    return Path(tempfile.gettempdir(), endpoint.root_url.rpartition("/")[2])


def at_port(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let further endpoints have this port."""
    bind = Server.server_bind

    def same(self: Server) -> None:
        self.server_address = ("127.0.0.1", port)
        bind(self)

    monkeypatch.setattr(Server, "server_bind", same)


def test_one_after_another_at_the_same_port(
    run: Run, build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    ports = set()
    for _ in range(2):
        with EmulatedEndpoint("openai-gpt-5.6", [Reply("Hello.")]) as endpoint:
            run(build(endpoint), "Hello")
            assert outcomes(endpoint) == LEARNS
            assert folder_of(endpoint).is_dir()
        assert not folder_of(endpoint).exists()
        port = int(endpoint.root_url.rpartition("/")[0].rpartition(":")[2])
        ports.add(port)
        said += [record.getMessage().replace(endpoint.base_url, "") for record in caplog.records]
        caplog.clear()
        at_port(monkeypatch, port)
    assert len(ports) == 1
    assert said[: len(said) // 2] == said[len(said) // 2 :] != []
    assert not (user_cache_path("portolan", appauthor=False) / "profiles").exists()


def test_several_at_once(runner: type[Run], build: Callable[..., Any]) -> None:
    def one(number: int) -> list[str]:
        with EmulatedEndpoint("openai-gpt-5.6", [Reply(str(number))]) as endpoint:
            assert runner("invoke")(build(endpoint), "Hello")[-1].text == str(number)
            return outcomes(endpoint)

    with EmulatedEndpoint("openai-gpt-5.6", [Reply("outer")]) as outer, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == [LEARNS] * 8
        assert runner("stream")(build(outer), "Hello")[-1].text == "outer"
    assert outcomes(outer) == LEARNS


def test_a_call_that_was_shown_is_said_of_each(build: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    shown = 'Here is the call.\n\n```json\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n```\n\nDid I get it right?'
    for _ in range(2):
        with EmulatedEndpoint("openai", lambda _: Reply(shown)) as endpoint:
            build(endpoint).invoke({"messages": [("user", "What is 1 + 2?")]})
    assert sum("did not run" in record.getMessage() for record in caplog.records) == 2


def test_other_processes_meet_what_was_learned(tmp_path: Path) -> None:
    with EmulatedEndpoint("openai-gpt-5.6", [Reply("One."), Reply("Two.")]) as endpoint:
        environment = {**os.environ, **endpoint.env, "AGENT_TOOLS": "clock"}
        answers = [
            subprocess.run(COMMAND, env=environment, capture_output=True, check=True, cwd=tmp_path, text=True).stdout
            for _ in range(2)
        ]
    assert answers == ["One.\n", "Two.\n"]
    assert outcomes(endpoint) == [*LEARNS, "answered"]
    assert not (user_cache_path("portolan", appauthor=False) / "profiles").exists()


def test_nothing_is_kept_of_an_endpoint_that_is_closed(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai-gpt-5.6", [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply("3")]) as endpoint:
        build(endpoint).invoke({"messages": [("user", "What is 1 + 2?")]})
        path = store.path_of(endpoint.base_url, endpoint.model)
        facts = store.load(endpoint.base_url, endpoint.model)
        assert path.parent == folder_of(endpoint)
        assert facts
    forget_learned()
    assert store.load(endpoint.base_url, endpoint.model) == {}
    assert store.save(endpoint.base_url, endpoint.model, facts) is None
    assert not path.parent.exists()


def test_the_next_endpoint_at_the_port_is_no_answer_to_an_older_agent(
    run: Run, build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmulatedEndpoint("openai") as endpoint:
        graph = build(endpoint)
    at_port(monkeypatch, int(endpoint.root_url.rpartition("/")[0].rpartition(":")[2]))
    with EmulatedEndpoint("openai", [Reply("Hello.")]) as newer:
        with pytest.raises(ModelNotFoundError):
            run(graph, "Hello")
        assert run(build(newer), "Hello")[-1].text == "Hello."


def test_several_calls_at_dashscope_if_the_profile_says_how(run: Run, build: Callable[..., Any]) -> None:
    two = Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 30, "b": 40})])
    with EmulatedEndpoint("dashscope", [two, Reply("3 and 70.")]) as endpoint:
        messages = run(build(endpoint, profile_overrides={"parallel_tool_calls_default": "false"}), "1 + 2, 30 + 40?")
    assert [message.text for message in messages if message.type == "tool"] == ["3", "70"]


def test_both_sides_know_the_same_mark() -> None:
    folder = Path(tempfile.gettempdir(), f"{MARK}abc_1234")
    assert store.path_of(f"http://127.0.0.1:1/{folder.name}/v1", "m").parent == folder
    for url in (f"https://example.com/v1/{folder.name}/v1", "http://127.0.0.1:1/v1"):
        assert store.path_of(url, "m").parent == user_cache_path("portolan", appauthor=False) / "profiles"
