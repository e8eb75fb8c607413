"""What every test starts from: no settings but its own, no cache but its own, nothing said or learned before."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any, Literal

import hypothesis
import pytest
from langgraph.types import Command

from graph import Agent, Endpoint, Settings, build_graph
from graph.endpoint.knowledge import forget_learned
from graph.endpoint.notices import forget_notices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_core.messages import BaseMessage

    from graph.testing import EmulatedEndpoint

# Started in the background by a shell, this process has Ctrl-C ignored, and so would the commands that the tests stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How fast a machine is must not decide whether a test passes.
hypothesis.settings.register_profile(
    "portolan", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("portolan")

_PREFIXES = ("OPENAI_", "AGENT_", "LANGSMITH_", "LANGCHAIN_", "LC_", "DASHSCOPE_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Keep the developer's own environment, `.env` and cache out of the tests.

    Tests marked `model` keep the cache folder: the weights in it are 1.1 GB.
    """
    for name in list(os.environ):
        if name.startswith(_PREFIXES) or name in _PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    if request.node.get_closest_marker("model") is None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    forget_learned()
    forget_notices()


Mode = Literal["invoke", "stream", "ainvoke", "astream"]


class Run:
    """Runs a graph in one of the four ways; the stream ways make the model stream. Gives the last state's messages."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.streamed = "stream" in mode
        self.tokens: list[Any] = []

    def __call__(self, graph: Any, messages: Any, **options: Any) -> list[BaseMessage]:
        given = messages if messages is None or isinstance(messages, dict | Command) else {"messages": messages}
        if isinstance(given, dict) and isinstance(given.get("messages"), str):
            given = {"messages": [("user", given["messages"])]}
        if self.mode == "invoke":
            return graph.invoke(given, **options)["messages"]
        if self.mode == "ainvoke":
            return asyncio.run(graph.ainvoke(given, **options))["messages"]
        last: dict[str, Any] = {}
        if self.mode == "stream":
            for kind, value in graph.stream(given, stream_mode=["messages", "values"], **options):
                last = self._take(kind, value, last)
            return last["messages"]
        return asyncio.run(self._astream(graph, given, options))["messages"]

    async def _astream(self, graph: Any, given: Any, options: dict[str, Any]) -> dict[str, Any]:
        last: dict[str, Any] = {}
        async for kind, value in graph.astream(given, stream_mode=["messages", "values"], **options):
            last = self._take(kind, value, last)
        return last

    def _take(self, kind: str, value: Any, last: dict[str, Any]) -> dict[str, Any]:
        if kind == "messages":
            self.tokens.append(value[0])
            return last
        return value


@pytest.fixture(params=["invoke", "stream", "ainvoke", "astream"])
def run(request: pytest.FixtureRequest) -> Run:
    """The four ways to run a graph: plain and streamed, synchronous and asynchronous."""
    return Run(request.param)


@pytest.fixture
def runner() -> type[Run]:
    """`runner("stream")(graph, …)`: one of the four ways, chosen by the test."""
    return Run


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail(text: str) -> str:
    """Always fail."""
    msg = f"no such thing: {text}"
    raise LookupError(msg)


@pytest.fixture
def build() -> Callable[..., Any]:
    """Make a graph on an emulated endpoint: `build(endpoint, tools=[…], max_turns=3, checkpointer=…)`."""

    def make(endpoint: EmulatedEndpoint, tools: Any = (add, fail), checkpointer: Any = None, **settings: Any) -> Any:
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        quick = {"connect_timeout_s": 5, "read_timeout_s": 20, "stream_timeout_s": 20, "retry_time_s": 10} | settings
        agent = Agent(tools=list(tools), endpoint=where)
        return build_graph(agent, settings=Settings(**quick), checkpointer=checkpointer)

    return make
