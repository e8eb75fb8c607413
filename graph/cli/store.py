"""Stored threads: one SQLite file in the platform's data folder, or where `AGENT_THREADS_DB` says."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from platformdirs import user_data_path

from graph.errors import PortolanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph.graph.state import CompiledStateGraph

    from graph.endpoint.settings import Settings


class ThreadStoreError(PortolanError):
    """The stored threads cannot be read or written."""


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A stored thread: its name, how many messages it has, and when the last one came (None: it cannot be read)."""

    name: str
    messages: int
    changed: datetime | None


def data_folder() -> Path:
    """The platform's folder for what the command keeps."""
    return user_data_path("portolan", appauthor=False)


def threads_path(settings: Settings) -> Path:
    """The file of the stored threads."""
    return settings.threads_db or data_folder() / "threads.db"


def store_error(path: Path, error: sqlite3.Error | OSError) -> ThreadStoreError:
    """What is wrong with the file, and what to do."""
    told = str(error).lower()
    if isinstance(error, OSError) and error.errno != errno.ENOSPC:
        msg = f"the folder of the stored threads, {path.parent}, cannot be made or used"
        remedy = "Check the path and its permissions, or name another file in AGENT_THREADS_DB."
    elif "locked" in told or "busy" in told:
        msg = f"the stored threads in {path} are locked by another program"
        remedy = "End it, or wait, and try again."
    elif "not a database" in told or "malformed" in told or "encrypted" in told:
        msg = f"{path} is damaged, or is no file of stored threads"
        remedy = "Move it away to begin anew, or name another file in AGENT_THREADS_DB."
    elif "no such" in told or "no column" in told:
        msg = f"{path} is a database, but not one of stored threads"
        remedy = "Name another file in AGENT_THREADS_DB."
    elif "full" in told or isinstance(error, OSError):
        msg = f"there is no room on the disk for the stored threads in {path}"
        remedy = "Make room, or name a file on another disk in AGENT_THREADS_DB."
    else:
        msg = f"the stored threads in {path} cannot be read or written"
        remedy = "Check the folder and its permissions, or name another file in AGENT_THREADS_DB."
    return ThreadStoreError(msg, detail=str(error), remedy=remedy)


@asynccontextmanager
async def open_threads(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The checkpointer of a run, for the event loop that is running.

    Raises:
        ThreadStoreError: the file cannot be used.
    """
    import aiosqlite  # noqa: PLC0415 - with LangGraph: only for who stores threads
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: PLC0415

    try:
        _probe(path)
        connection = await aiosqlite.connect(path)
    except (sqlite3.Error, OSError) as error:
        raise store_error(path, error) from error
    try:
        saver = AsyncSqliteSaver(connection)
        try:
            await saver.setup()
        except sqlite3.Error as error:
            raise store_error(path, error) from error
        yield saver
    finally:
        await connection.close()


def _probe(path: Path) -> None:
    """Open the file for a moment: an asynchronous connection that fails leaves its thread behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA schema_version")
    finally:
        connection.close()


class StoredThreads:
    """The stored threads, to look at and to delete. Nothing is made where there are none yet.

    Every method raises `ThreadStoreError` if the file cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.path = threads_path(settings)
        self._settings = settings

    def infos(self) -> list[ThreadInfo]:
        """All threads, the one that changed last first."""
        if not self.path.exists():
            return []
        with self._open() as graph:
            found = [self._info(graph, name) for name in self._names(graph)]
        return sorted(found, key=lambda one: (one.changed.timestamp() if one.changed else 0.0, one.name), reverse=True)

    def read(self, name: str) -> list[BaseMessage] | None:
        """The messages of a thread; None if there is no such thread."""
        if not self.path.exists():
            return None
        with self._open() as graph:
            if name not in self._names(graph):
                return None
            try:
                return _messages(graph, name)
            except (sqlite3.Error, PortolanError):
                raise
            except Exception as error:
                msg = f"the thread {name!r} in {self.path} cannot be read"
                remedy = f'It is damaged, or of another version; `portolan threads delete "{name}"` removes it.'
                raise ThreadStoreError(msg, detail=f"{type(error).__name__}: {error}", remedy=remedy) from error

    def delete(self, name: str) -> None:
        """Delete a thread for good."""
        with self._open() as graph:
            _saver(graph).delete_thread(name)

    @contextmanager
    def _open(self) -> Iterator[CompiledStateGraph[Any, Any, Any, Any]]:
        """The graph on the file: only a graph knows how a thread is put together from what is stored."""
        from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: PLC0415 - only for who looks at threads

        from graph.agent import Agent, build_graph  # noqa: PLC0415

        try:
            _probe(self.path)
            connection = sqlite3.connect(self.path, check_same_thread=False)
            try:
                saver = SqliteSaver(connection)
                saver.setup()
                yield build_graph(Agent(tools=[]), settings=self._settings, checkpointer=saver)
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise store_error(self.path, error) from error

    @staticmethod
    def _names(graph: CompiledStateGraph[Any, Any, Any, Any]) -> list[str]:
        rows = _saver(graph).conn.execute("SELECT DISTINCT thread_id FROM checkpoints WHERE checkpoint_ns = ''")
        return [str(name) for (name,) in rows.fetchall()]

    @staticmethod
    def _info(graph: CompiledStateGraph[Any, Any, Any, Any], name: str) -> ThreadInfo:
        try:
            state = graph.get_state({"configurable": {"thread_id": name}})
            changed = datetime.fromisoformat(state.created_at).astimezone() if state.created_at else None
            return ThreadInfo(name, len(state.values.get("messages", ())), changed)
        except sqlite3.Error:
            raise
        except Exception:  # noqa: BLE001 - a thread that was stored by another version is listed all the same
            return ThreadInfo(name, 0, None)


def _saver(graph: CompiledStateGraph[Any, Any, Any, Any]) -> SqliteSaver:
    return cast("SqliteSaver", graph.checkpointer)


def _messages(graph: CompiledStateGraph[Any, Any, Any, Any], name: str) -> list[BaseMessage]:
    return list(graph.get_state({"configurable": {"thread_id": name}}).values.get("messages", ()))
