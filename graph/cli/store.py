"""Stored threads: one SQLite file in the platform's data folder, or where `AGENT_THREADS_DB` says."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from graph.errors import PortolanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

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
    if "locked" in told or "busy" in told:
        msg = f"the stored threads in {path} are locked by another program"
        remedy = "End it, or wait, and try again."
    elif "not a database" in told or "malformed" in told or "encrypted" in told:
        msg = f"{path} is damaged, or is no file of stored threads"
        remedy = "Move it away to begin anew, or name another file in AGENT_THREADS_DB."
    elif "no such" in told or "no column" in told:
        msg = f"{path} is a database, but not one of stored threads"
        remedy = "Name another file in AGENT_THREADS_DB."
    elif "full" in told:
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
        path.parent.mkdir(parents=True, exist_ok=True)
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


@contextmanager
def _reading(path: Path) -> Iterator[SqliteSaver]:
    from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: PLC0415 - only for who looks at threads

    try:
        connection = sqlite3.connect(path)
        try:
            saver = SqliteSaver(connection)
            saver.setup()
            yield saver
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise store_error(path, error) from error


def list_threads(path: Path) -> list[ThreadInfo]:
    """All stored threads, the one that changed last first.

    Raises:
        ThreadStoreError: the file cannot be read.
    """
    if not path.exists():
        return []
    with _reading(path) as saver:
        rows = saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints WHERE checkpoint_ns = ''").fetchall()
        found = [_info(saver, str(name)) for (name,) in rows]
    return sorted(found, key=lambda one: (one.changed.timestamp() if one.changed else 0.0, one.name), reverse=True)


def _info(saver: SqliteSaver, name: str) -> ThreadInfo:
    try:
        checkpoint: Any = _latest(saver, name)
        return ThreadInfo(name, len(_messages(checkpoint)), datetime.fromisoformat(checkpoint["ts"]).astimezone())
    except sqlite3.Error:
        raise
    except Exception:  # noqa: BLE001 - a thread that was stored by another version is listed all the same
        return ThreadInfo(name, 0, None)


def _latest(saver: SqliteSaver, name: str) -> Any:
    found = saver.get_tuple({"configurable": {"thread_id": name}})
    return found.checkpoint if found else None


def _messages(checkpoint: Any) -> list[BaseMessage]:
    return list(checkpoint["channel_values"].get("messages", ())) if checkpoint else []


def read_thread(path: Path, name: str) -> list[BaseMessage] | None:
    """The messages of a thread; None if there is no such thread.

    Raises:
        ThreadStoreError: it cannot be read.
    """
    if not path.exists():
        return None
    with _reading(path) as saver:
        try:
            checkpoint = _latest(saver, name)
        except sqlite3.Error:
            raise
        except Exception as error:
            msg = f"the thread {name!r} in {path} cannot be read"
            remedy = f'It is damaged, or of another version; `portolan threads delete "{name}"` removes it.'
            raise ThreadStoreError(msg, detail=f"{type(error).__name__}: {error}", remedy=remedy) from error
        return _messages(checkpoint) if checkpoint else None


def delete_thread(path: Path, name: str) -> bool:
    """Delete a thread for good; False if there is none of the name.

    Raises:
        ThreadStoreError: the file cannot be written.
    """
    if not path.exists():
        return False
    with _reading(path) as saver:
        known = saver.conn.execute("SELECT 1 FROM checkpoints WHERE thread_id = ? LIMIT 1", (name,)).fetchone()
        if known:
            saver.delete_thread(name)
        return known is not None
