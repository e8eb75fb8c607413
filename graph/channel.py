"""How a thread's messages are kept: what each step adds, and now and then the whole thread.

LangGraph's usual channel writes all messages into every checkpoint, so that a thread of n messages takes n² space.
`DeltaChannel` (beta, langgraph 1.2) keeps what was written and replays it. Here it gets what it lacks for a thread of
messages: `add_messages`' whole meaning, ids that are the same on every read, wholes at such distances that space stays
linear, and an error instead of a shorter thread when a saver has lost a part of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID, uuid4, uuid5

from langchain_core.messages import (
    AnyMessage,
    BaseMessage,
    BaseMessageChunk,
    RemoveMessage,
    convert_to_messages,
    message_chunk_to_message,
)
from langgraph.channels import BinaryOperatorAggregate, DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.types import Overwrite

from graph.errors import PortolanError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langgraph.channels.base import BaseChannel
    from langgraph.checkpoint.base import PendingWrite

_IDS: Final = UUID("0f8ad1b1-6a0c-4c53-9f0e-3a1d5a2f2b61")
"""Namespace of the ids that are derived."""

_MIN_UPDATES: Final = 40
_MESSAGES_PER_UPDATE: Final = 4
"""The thread is written whole after as many updates as a quarter of its messages, and at least 40: what is written
whole then adds up to a small multiple of the thread, and a read replays a bounded share of it."""

_ROLES: Final = frozenset({"user", "human", "assistant", "ai", "system", "developer"})

_NEVER: Final = 1_000_000_000
"""LangGraph's own cadence, out of the way: a fixed one grows quadratically again."""


class LostHistoryError(PortolanError):
    """The saver no longer has what a thread is rebuilt from, so reading it would give a part of it as the whole."""


def fold_messages(state: Sequence[Any], writes: Sequence[Any]) -> list[AnyMessage]:
    """Merge writes into a thread: the same as `add_messages` for one write after the other, in one pass.

    It differs where `add_messages` cannot be repeated: a message without an id gets one that follows from what stands
    before it, so that a replay gives the same (into an empty thread: a random one). And what follows
    `REMOVE_ALL_MESSAGES` in a write is merged by id too.

    Args:
        state: the thread; it is not changed.
        writes: each a list of messages, or a single one, in any form that LangChain takes.

    Raises:
        ValueError: a message that is not there is to be removed.
    """
    return _fold(as_messages(state), writes, strict=True)


def _fold(
    state: Sequence[AnyMessage], writes: Sequence[Any], *, strict: bool, forgiven: set[str | None] | None = None
) -> list[AnyMessage]:
    """The thread with the writes; in `forgiven` come the ids that were removed, which may be removed once more."""
    merged = list(state)
    places = {message.id: place for place, message in enumerate(merged)}
    for write in writes:
        before = merged[-1].id if merged else None
        messages = as_messages([write] if _is_one(write) else write, before=before)
        start = next((at + 1 for at in reversed(range(len(messages))) if _removes_all(messages[at])), 0)
        if start:
            if forgiven is not None:
                forgiven |= places.keys()
            merged, places = [], {}
        gone: set[str | None] = set()
        for message in messages[start:]:
            place = places.get(message.id)
            if isinstance(message, RemoveMessage):
                if place is None and strict and message.id not in (forgiven or ()):
                    msg = f"there is no message with the id {message.id!r} to remove"
                    raise ValueError(msg)
                gone.add(message.id)
            elif place is None:
                places[message.id] = len(merged)
                merged.append(message)
            else:
                gone.discard(message.id)
                merged[place] = message
        if gone:
            if forgiven is not None:
                forgiven |= gone
            merged = [message for message in merged if message.id not in gone]
            places = {message.id: place for place, message in enumerate(merged)}
    return merged


def _is_one(write: Any) -> bool:
    """Whether a write is a single message; `("user", "Hello")` comes back from a saver as a list."""
    if not isinstance(write, list):
        return True
    return len(write) == len(("role", "text")) and all(isinstance(part, str) for part in write) and write[0] in _ROLES


def _removes_all(message: BaseMessage) -> bool:
    return isinstance(message, RemoveMessage) and message.id == REMOVE_ALL_MESSAGES


def as_messages(values: Sequence[Any], *, before: str | None = None) -> list[Any]:
    """Messages of any form as objects with ids; the list itself, if it is that already.

    A message without an id is copied, since an edge reads what its task wrote before the step's writes are merged: the
    same words of two tasks would get the same id there, and one would take the other's place.

    Args:
        values: messages, tuples, strings or dicts.
        before: the id of the message that stands before them.
    """
    kinds = set(map(type, values))
    whole = all(issubclass(kind, BaseMessage) and not issubclass(kind, BaseMessageChunk) for kind in kinds)
    if whole and isinstance(values, list) and all(message.id for message in values):
        return values
    messages = [
        message_chunk_to_message(message) if isinstance(message, BaseMessageChunk) else message
        for message in convert_to_messages(values)
    ]
    for place, message in enumerate(messages):
        if not message.id:
            new = _derived_id(before, place, message) if before else str(uuid4())
            messages[place] = message.model_copy(update={"id": new})
    return messages


def _derived_id(before: str, place: int, message: BaseMessage) -> str:
    text = json.dumps([before, place, message.type, message.content], default=str)
    return str(uuid5(_IDS, text))


def _fold_strictly(state: Sequence[AnyMessage], writes: Sequence[Any]) -> list[AnyMessage]:
    """`fold_messages` for a state that is known to be messages with ids: a long thread is not looked through again.

    Two tasks of a step may remove the same message: neither knows of the other.
    """
    return _fold(state, writes, strict=True, forgiven=set())


class MessagesChannel(DeltaChannel[list[AnyMessage]]):
    """The channel of a thread's messages.

    A thread is written whole with its first message, and again whenever enough was added since. So a read that comes
    upon no whole at all has lost its beginning, and says so.

    Args:
        reducer: merges writes into the thread.
        typ: the type of the value, for schemas.
        snapshot_frequency: LangGraph's own cadence.
    """

    __slots__ = ("_changed", "_due", "_seeded", "_since", "_type")

    def __init__(
        self,
        reducer: Callable[[Any, Sequence[Any]], Any] = _fold_strictly,
        typ: Any = list[AnyMessage],
        *,
        snapshot_frequency: int = _NEVER,
    ) -> None:
        super().__init__(reducer, list, snapshot_frequency=snapshot_frequency)
        self._type = typ
        self._changed = False
        self._due = False
        self._seeded = False
        self._since = 0

    @property
    def ValueType(self) -> Any:  # noqa: N802 - LangGraph's name
        """The type that schemas show; the base class knows only `list`."""
        return self._type

    @property
    def UpdateType(self) -> Any:  # noqa: N802 - LangGraph's name
        """The type that schemas show."""
        return self._type

    def copy(self) -> Self:
        """A copy, for reads within a step."""
        new = super().copy()
        new._type, new._changed, new._due = self._type, self._changed, self._due  # noqa: SLF001 - of its own class
        new._seeded, new._since = self._seeded, self._since  # noqa: SLF001 - of its own class
        return new

    def from_checkpoint(self, checkpoint: Any) -> Self:
        """A channel as a checkpoint has it: a whole thread, or nothing yet."""
        new = super().from_checkpoint(checkpoint)
        new._type = self._type  # noqa: SLF001 - of its own class
        new._seeded = checkpoint is not super().checkpoint()  # noqa: SLF001 - of its own class
        new.value = as_messages(new.value)
        return new

    def replay_writes(self, writes: Sequence[PendingWrite]) -> None:
        """Add what was written since the whole that was found.

        Raises:
            LostHistoryError: none was found.
        """
        if not self._seeded:
            msg = "a part of this thread is gone from the checkpoint saver, so the rest cannot be read"
            remedy = (
                "The saver must keep every checkpoint and every write of a thread until the thread is deleted: "
                "turn off what prunes or expires them, and begin a new thread. One that keeps the newest checkpoint "
                "alone must be given to build_graph, also where this graph is a node of another."
            )
            raise LostHistoryError(msg, remedy=remedy)
        strict, self.reducer = self.reducer, _fold_leniently
        try:
            super().replay_writes(writes)
        finally:
            self.reducer = strict
        self.value = as_messages(self.value)
        self._since = len(writes)

    def update(self, values: Sequence[Any]) -> bool:
        """Merge what one step wrote."""
        empty = not self.is_available() or not self.get()
        if not super().update(values):
            return False
        if any(isinstance(value, Overwrite | dict) for value in values):  # an overwrite is taken as it is
            self.value = as_messages(self.value)
        self._changed = True
        self._since += 1
        # Ids of messages written into an empty thread are random, so they must not be replayed.
        self._due = self._due or empty or self._since >= max(_MIN_UPDATES, len(self.value) // _MESSAGES_PER_UPDATE)
        return True

    def checkpoint(self) -> Any:
        """The whole thread if it is due, else nothing: what was written is stored by itself."""
        # A saver stores the value of a channel only in a step that changed it.
        if not (self._due and self._changed):
            self._changed = False
            return super().checkpoint()
        self._changed, self._due, self._since = False, False, 0
        return list(self.get())


def _fold_leniently(state: Sequence[Any], writes: Sequence[Any]) -> list[AnyMessage]:
    """What once was merged must be readable for ever, so a replay passes over a removal that finds nothing."""
    return _fold(as_messages(state), writes, strict=False)


class _WholeThread(BinaryOperatorAggregate[list[AnyMessage]]):
    """LangGraph's usual channel, but the writes of a step are merged together, as `MessagesChannel` does."""

    __slots__ = ()

    def update(self, values: Sequence[Any]) -> bool:
        """Merge what one step wrote."""
        if not values or any(map(_may_overwrite, values)):
            return super().update(values)
        self.value = _fold_strictly(as_messages(self.value), values)
        return True


def _may_overwrite(write: Any) -> bool:
    """Whether a write may be one of LangGraph's overwrites; a dict is one, or a message."""
    return isinstance(write, Overwrite) or (isinstance(write, dict) and "content" not in write)


def _fold_one(state: list[AnyMessage], write: Any) -> list[AnyMessage]:
    return fold_messages(state, [write])


def messages_channel(saver: BaseCheckpointSaver[Any] | bool | None) -> BaseChannel[Any, Any, Any]:  # noqa: FBT001 - what LangGraph's `compile` takes
    """The channel for a saver: `MessagesChannel` if the saver says that it can serve one, else LangGraph's usual one.

    LangGraph's savers for memory, SQLite and PostgreSQL, and those of its servers, bring their own
    `get_delta_channel_history`. One that does not may drop what a thread is rebuilt from: the shallow savers keep the
    last checkpoint only, others expire old ones. Threads written with either channel are read by the other.

    Args:
        saver: what `build_graph` was given; None and True leave it to a parent graph or a server.
    """
    channel: BaseChannel[Any, Any, Any] = MessagesChannel()
    if isinstance(saver, BaseCheckpointSaver) and not _replays(type(saver)):
        channel = _WholeThread(list[AnyMessage], _fold_one)
    channel.key = "messages"
    return channel


def _replays(kind: type[BaseCheckpointSaver[Any]]) -> bool:
    names = ("get_delta_channel_history", "aget_delta_channel_history")
    return any(getattr(kind, name) is not getattr(BaseCheckpointSaver, name) for name in names)
