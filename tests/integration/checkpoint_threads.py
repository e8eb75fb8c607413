"""What the tests of threads share: savers of each kind, and one thread on one of them."""

from __future__ import annotations

import inspect
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.channels import BinaryOperatorAggregate
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt

from graph.agent import Agent, build_graph
from graph.endpoint.settings import Endpoint, Settings
from graph.state import Input, Output, State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langgraph.types import StateSnapshot

    from graph.testing import EmulatedEndpoint

CONFIG: Any = {"configurable": {"thread_id": "t"}}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A private server on a socket in a folder of its own, under another user where this one is root."""
    found = [*map(Path, filter(None, [shutil.which("initdb")])), *Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    binaries = found[-1].resolve().parent
    command: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("PostgreSQL does not run as root, and setpriv (util-linux) is not there to change the user")
        user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = folder / "data"

    def run(*arguments: str) -> None:
        subprocess.run([*command, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run(f"{binaries}/initdb", "-D", str(data), "-U", "portolan", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run(f"{binaries}/pg_ctl", "-D", str(data), "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"host={folder} user=portolan dbname=postgres"
    finally:
        run(f"{binaries}/pg_ctl", "-D", str(data), "-w", "-s", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["memory", "sqlite", "async sqlite", "postgres", "async postgres"])
async def saver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    path = str(tmp_path / "threads.sqlite")
    if request.param == "memory":
        yield InMemorySaver()
    elif request.param == "sqlite":
        with SqliteSaver.from_conn_string(path) as sqlite:
            yield sqlite
    elif request.param == "async sqlite":
        async with AsyncSqliteSaver.from_conn_string(path) as asqlite:
            yield asqlite
    else:
        kinds = (
            pytest.importorskip("langgraph.checkpoint.postgres"),
            pytest.importorskip("langgraph.checkpoint.postgres.aio"),
        )
        url = request.getfixturevalue("postgres")
        if request.param == "postgres":
            with kinds[0].PostgresSaver.from_conn_string(url) as saver:
                saver.setup()
                saver.delete_thread("t")
                yield saver
        else:
            async with kinds[1].AsyncPostgresSaver.from_conn_string(url) as asaver:
                await asaver.setup()
                await asaver.adelete_thread("t")
                yield asaver


class Thread:
    """One thread of a graph, through the calls that fit the saver: the asynchronous ones for an asynchronous saver."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.asynchronous = type(graph.checkpointer).__name__.startswith("Async")

    async def _call(self, name: str, *arguments: Any, **options: Any) -> Any:
        if not self.asynchronous:
            return getattr(self.graph, name)(*arguments, **options)
        result = getattr(self.graph, f"a{name}")(*arguments, **options)
        return await result if inspect.isawaitable(result) else result

    async def run(self, what: Any, config: Any = CONFIG, **options: Any) -> list[AnyMessage]:
        given = what if what is None or isinstance(what, Command) else {"messages": what}
        return list((await self._call("invoke", given, config, **options))["messages"])

    async def update(self, messages: Any, config: Any = CONFIG, as_node: str | None = None) -> Any:
        return await self._call("update_state", config, {"messages": messages}, as_node=as_node)

    async def state(self, config: Any = CONFIG) -> StateSnapshot:
        found: StateSnapshot = await self._call("get_state", config)
        return found

    async def messages(self, config: Any = CONFIG) -> list[AnyMessage]:
        """The thread; what is read must be the same when it is read again, ids too."""
        first, again = [(await self.state(config)).values.get("messages", []) for _ in "12"]
        assert first == again
        assert all(message.id for message in first)
        return list(first)

    async def history(self) -> list[StateSnapshot]:
        found = await self._call("get_state_history", CONFIG)
        return [one async for one in found] if self.asynchronous else list(found)

    async def delete(self) -> None:
        saver = self.graph.checkpointer
        await saver.adelete_thread("t") if self.asynchronous else saver.delete_thread("t")


def texts(messages: list[AnyMessage]) -> list[str]:
    return [message.text for message in messages]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def approve(what: str) -> str:
    """Ask the user."""
    return f"the user says {interrupt(what)}"


def agent(endpoint: EmulatedEndpoint, saver: BaseCheckpointSaver[Any]) -> Thread:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    settings = Settings(max_retries=0)
    return Thread(build_graph(Agent([add, approve], "", where), settings=settings, checkpointer=saver))


def usual_channel() -> Any:
    return BinaryOperatorAggregate(list[AnyMessage], add_messages)  # type: ignore[arg-type]


def echo(saver: BaseCheckpointSaver[Any], channel: Any = None) -> Thread:
    """A graph without a model: it answers a user with the number of messages that it sees."""
    builder = StateGraph(State, input_schema=Input, output_schema=Output)
    builder.add_node("model", lambda state: {"messages": [AIMessage(str(len(state["messages"])))]})
    builder.add_edge(START, "model")
    builder.add_edge("model", END)
    if channel is not None:
        builder.channels["messages"] = channel
    return Thread(builder.compile(checkpointer=saver))


class LatestOnly(InMemorySaver):
    """As other people's savers are: the public contract, and none of the support for deltas."""

    get_delta_channel_history = BaseCheckpointSaver.get_delta_channel_history
    aget_delta_channel_history = BaseCheckpointSaver.aget_delta_channel_history

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        """Keep the last checkpoint alone, of the graph and of each graph within it."""
        made = super().put(config, checkpoint, metadata, new_versions)
        where = made["configurable"]
        checkpoints = self.storage[where["thread_id"]][where["checkpoint_ns"]]
        for one in [one for one in checkpoints if one != checkpoint["id"]]:
            del checkpoints[one]
        return made
