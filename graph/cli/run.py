"""One run of the graph: what happens in it is shown as it happens, and kept, also if it fails or is stopped."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.message import add_messages

from graph.cli.failures import causes
from graph.cli.store import store_error
from graph.endpoint.finish import was_cut
from graph.errors import PortolanError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


class Watcher(Protocol):
    """Told of a run, piece by piece."""

    def asked(self) -> None:
        """The model is asked."""

    def text(self, piece: str) -> None:
        """A piece of a reply's text, which may or may not become the answer."""

    def reasoning(self, piece: str) -> None:
        """A piece of what the model thinks."""

    def reply(self, message: AIMessage) -> None:
        """A reply is whole; its calls run next."""

    def result(self, message: ToolMessage) -> None:
        """A call has its result."""

    def again(self) -> None:
        """The reply did not count, and is asked for again."""

    def end(self) -> None:
        """Nothing more comes."""


@dataclass(slots=True)
class Outcome:
    """What a run came to, kept up to date while it goes on.

    Attributes:
        messages: the thread with what the run added.
        start: how many of them were there before.
        replies: all replies of the model, those that did not count too.
        seconds: how long it took.
        error: what it ended with, if not with an answer.
        partial: the text of the reply that was under way when it ended.
    """

    messages: list[BaseMessage] = field(default_factory=list)
    start: int = 0
    replies: list[AIMessage] = field(default_factory=list)
    seconds: float = 0.0
    error: BaseException | None = None
    partial: str = ""

    @property
    def new(self) -> list[BaseMessage]:
        """The messages of this run, the question first."""
        return self.messages[self.start :]

    @property
    def last(self) -> AIMessage | None:
        """The last reply, if the run ends with it."""
        last = self.messages[-1] if self.messages else None
        return last if isinstance(last, AIMessage) else None

    @property
    def answer(self) -> str | None:
        """The answer; None if there is none."""
        if self.error is not None or self.last is None:
            return None
        return self.last.text or str(self.last.additional_kwargs.get("refusal") or "")

    @property
    def finish_reason(self) -> str | None:
        """Why the last reply ended."""
        return self.last.response_metadata.get("finish_reason") if self.last else None

    @property
    def cut(self) -> bool:
        """Whether the answer ended at the token cap."""
        return self.last is not None and was_cut(self.last.response_metadata)


class _Results(AsyncCallbackHandler):
    """Shows each result when its tool ends; the tools node itself gives them all at once."""

    def __init__(self, watcher: Watcher, shown: set[str]) -> None:
        self._watcher = watcher
        self._shown = shown

    async def on_tool_end(self, output: Any, **_: Any) -> None:
        """A tool ended."""
        if isinstance(output, ToolMessage):
            self._shown.add(output.tool_call_id)
            self._watcher.result(output)


@dataclass(slots=True)
class GraphRun:
    """Runs a graph, shows what happens and keeps it in the outcome.

    Args:
        graph: what is asked.
        watcher: told of each piece.
        outcome: filled as the run goes on, so that it says how far a run came that was stopped.
    """

    graph: CompiledStateGraph[Any, Any, Any, Any]
    watcher: Watcher
    outcome: Outcome = field(default_factory=Outcome)
    _threads_db: Path | None = None
    _asked: HumanMessage = field(default_factory=lambda: HumanMessage(""))
    _shown: set[str] = field(default_factory=set)

    def keep(self, saver: BaseCheckpointSaver[Any], path: Path) -> None:
        """Keep threads in a file. A saver belongs to an event loop, which begins after the graph is made."""
        self.graph.checkpointer = saver
        self._threads_db = path

    async def ask(self, question: str, thread: str | None = None) -> None:
        """Ask. An error is kept in the outcome; a cancel passes through."""
        outcome = self.outcome
        started = time.monotonic()
        try:
            with self._store_errors():
                await self._run(question, thread)
        except asyncio.CancelledError:
            outcome.error = KeyboardInterrupt("stopped")
            raise
        except Exception as error:  # noqa: BLE001 - whatever ends a run is reported with what there is of it
            outcome.error = error
        finally:
            outcome.seconds = time.monotonic() - started
        if outcome.error is None and outcome.answer is None:
            msg = "the run ended without an answer"
            outcome.error = PortolanError(msg, remedy="Ask again; `--json` shows all that came.")

    async def prior(self, thread: str) -> list[BaseMessage]:
        """The messages of a stored thread.

        Raises:
            ThreadStoreError: it cannot be read.
        """
        with self._store_errors():
            state = await self.graph.aget_state(RunnableConfig(configurable={"thread_id": thread}))
        return list(state.values.get("messages", ()))

    async def add(self, thread: str, message: BaseMessage) -> None:
        """Add a message to a stored thread, as if the model had said it.

        Raises:
            ThreadStoreError: it cannot be written.
        """
        with self._store_errors():
            config = RunnableConfig(configurable={"thread_id": thread})
            await self.graph.aupdate_state(config, {"messages": [message]}, as_node="model")

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        """Turn what SQLite says into a sentence about the file of the threads."""
        try:
            yield
        except Exception as error:
            sql = next((one for one in causes(error) if isinstance(one, sqlite3.Error)), None)
            if sql is None or self._threads_db is None:
                raise
            raise store_error(self._threads_db, sql) from error

    async def _run(self, question: str, thread: str | None) -> None:
        config = RunnableConfig(callbacks=[_Results(self.watcher, self._shown)])
        if thread is not None:
            config["configurable"] = {"thread_id": thread}
            self.outcome.messages = await self.prior(thread)
        self._asked = HumanMessage(question, id=str(uuid4()))
        self.outcome.start = len(self.outcome.messages)
        self.outcome.messages.append(self._asked)
        given = {"messages": [self._asked]}
        self.watcher.asked()
        stream: Any = self.graph.astream(given, config, stream_mode=["messages", "updates"])
        async for mode, data in stream:
            if mode == "messages":
                self._token(data[0])
            else:
                for node, update in data.items():
                    self._update(node, update)

    def _token(self, message: BaseMessage) -> None:
        if not isinstance(message, AIMessage):
            return
        if reasoning := message.additional_kwargs.get("reasoning_content"):
            self.watcher.reasoning(reasoning)
        if message.text:
            self.outcome.partial += message.text
            self.watcher.text(message.text)

    def _update(self, node: str, update: Any) -> None:
        for one in update if isinstance(update, list) else [update]:
            added = one.get("messages", []) if isinstance(one, dict) else []
            self._merge(added)
            if node == "model" and self.outcome.last is not None:
                self.outcome.replies.append(self.outcome.last)
                self.outcome.partial = ""
                self.watcher.reply(self.outcome.last)
                continue
            for message in added:
                if isinstance(message, ToolMessage) and message.tool_call_id not in self._shown:
                    self._shown.add(message.tool_call_id)
                    self.watcher.result(message)
        if node == "repair":
            self.watcher.again()

    def _merge(self, added: list[Any]) -> None:
        outcome = self.outcome
        outcome.messages = cast("list[BaseMessage]", add_messages(cast("Any", outcome.messages), added))
        own = (position for position, message in enumerate(outcome.messages) if message.id == self._asked.id)
        outcome.start = next(own, outcome.start)
