"""The compiled graph, whose `update_state` keeps what the tasks of a step have ended.

LangGraph shows the writes of tasks that have ended while another one waits (`get_state`), but an update of the state
goes on from before them (langgraph 1.2, `Pregel.bulk_update_state`): a tool that has run would run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import RunnableConfig
    from langgraph.types import StateSnapshot, StateUpdate

_NO_EDITS = frozenset({START, END, "__input__", "__copy__"})
"""What `as_node` says where an update does something else than to write to the state."""


class AgentGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """A compiled graph in which an edit of a waiting thread runs no tool twice."""

    def bulk_update_state(self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]) -> RunnableConfig:
        """As LangGraph has it; the results of tools that have run stand before what is written."""
        if _edits(supersteps):
            supersteps = _behind_results(self.get_state(config), supersteps)
        return super().bulk_update_state(_by_hand(config), supersteps)

    async def abulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """`bulk_update_state` for an event loop."""
        if _edits(supersteps):
            supersteps = _behind_results(await self.aget_state(config), supersteps)
        return await super().abulk_update_state(_by_hand(config), supersteps)


def _by_hand(config: RunnableConfig) -> RunnableConfig:
    """The config without the place of a task in another graph, whose code makes the edit: LangGraph hands it on."""
    return {**config, "metadata": {**(config.get("metadata") or {}), "langgraph_path": ()}}


def _edits(supersteps: Sequence[Sequence[StateUpdate]]) -> bool:
    first = supersteps[0][0] if supersteps and supersteps[0] else None
    return first is not None and first.as_node not in _NO_EDITS and isinstance(first.values, dict | None)


def _behind_results(
    snapshot: StateSnapshot, supersteps: Sequence[Sequence[StateUpdate]]
) -> Sequence[Sequence[StateUpdate]]:
    """The same updates, the first of them with what tools have given in a step that is not over."""
    results = [message for task in snapshot.tasks if task.name == "tools" for message in _messages(task.result)]
    if not results or all(task.result for task in snapshot.tasks):  # of a step that is over, it is to be done anew
        return supersteps
    first, *others = supersteps[0]
    values = {**(first.values or {})}
    written = values.get("messages")
    values["messages"] = [*results, *(written if isinstance(written, list) else [] if written is None else [written])]
    return [[first._replace(values=values), *others], *supersteps[1:]]


def _messages(result: Any) -> list[Any]:
    """The messages that a task has written; a tool's Commands write several times."""
    written = result.get("messages") if isinstance(result, dict) else None
    if not isinstance(written, list):
        return [] if written is None else [written]
    return [one for item in written for one in (item if isinstance(item, list) else [item])]
