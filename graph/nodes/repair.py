"""The repair node: a broken reply is asked for again, a bounded number of times, and then is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage

from graph.errors import BrokenReplyError
from graph.nodes.base import as_node
from graph.nodes.bounds import tokens_of
from graph.nodes.verdict import BadCall, judge

if TYPE_CHECKING:
    from collections.abc import Collection

    from langchain_core.runnables import Runnable

    from graph.state import Repair, State


def current_repair(state: State) -> Repair | None:
    """The repair under way; None if none is, or if it was for an earlier message of the user."""
    repair = state.get("repair")
    return repair if repair and repair["turn"] == _turn(state) else None


def _turn(state: State) -> str | None:
    users = (message for message in reversed(state["messages"]) if isinstance(message, HumanMessage))
    last = next(users, None)
    return last.id if last else None


def result_of(call: BadCall) -> ToolMessage:
    """What a call that did not run gets as its result."""
    return ToolMessage(call.reason, tool_call_id=call.id, name=call.name or None, status="error")


@dataclass(frozen=True, slots=True)
class RepairNode:
    """Answers each bad call with its error; a reply without calls is taken back and asked for again."""

    tool_names: Collection[str]
    limit: int

    def node(self) -> Runnable[State, dict[str, Any]]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "repair")

    async def acall(self, state: State) -> dict[str, Any]:
        """`call` for an event loop; nothing in it waits."""
        return self.call(state)

    def call(self, state: State) -> dict[str, Any]:
        """One repair.

        Raises:
            BrokenReplyError: the limit is reached.
        """
        message = state["messages"][-1]
        verdict = judge(message, self.tool_names)
        repair = current_repair(state)
        count = (repair["count"] if repair else 0) + 1
        if count > self.limit:
            received = message.text if isinstance(message, AIMessage) else ""
            msg = f"the model's reply was broken {count} times in a row"
            remedy = _remedy(message)
            where = message.response_metadata.get("endpoint") if isinstance(message, AIMessage) else None
            raise BrokenReplyError(msg, received=received, reason=verdict.why, endpoint=where, remedy=remedy)
        if verdict.bad:
            results = [result_of(call) for call in verdict.bad]
            return {"messages": results, "repair": {"count": count, "turn": _turn(state), "note": "", "spent": 0}}
        note = f"Your last reply did not count, since {verdict.why}. Reply again: answer in text, or call a tool."
        gone = [RemoveMessage(message.id)] if message.id and isinstance(message, AIMessage) else []
        spent = tokens_of(message) if isinstance(message, AIMessage) else 0
        return {"messages": gone, "repair": {"count": count, "turn": _turn(state), "note": note, "spent": spent}}


def _remedy(message: object) -> str:
    metadata = message.response_metadata if isinstance(message, AIMessage) else {}
    finish = metadata.get("finish_reason")
    if metadata.get("fault") == "overrun" and "reasoning" in str(metadata.get("why")):
        return "The model thinks without end: set AGENT_THINKING=off, or choose another model."
    if finish in {"length", "max_tokens"}:
        return "Raise AGENT_MAX_TOKENS, or ask for less at once."
    return "Ask again, or choose a model that calls tools more reliably; `portolan doctor` shows what this one can do."
