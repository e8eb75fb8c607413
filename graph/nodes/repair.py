"""The repair node: a broken reply is asked for again, a bounded number of times, and then is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage

from graph.endpoint.finish import was_cut
from graph.endpoint.notes import ask_again, ask_what_is_meant
from graph.endpoint.notices import say_once
from graph.errors import BrokenReplyError
from graph.nodes.base import as_node
from graph.nodes.bounds import tokens_of
from graph.nodes.verdict import BadCall, judge
from graph.state import Repair

if TYPE_CHECKING:
    from collections.abc import Collection

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

    from graph.state import State


def current_repair(state: State) -> Repair | None:
    """The repair under way; None if none is, or if it was for an earlier message of the user."""
    repair = state.get("repair")
    return repair if repair and repair["turn"] == _turn(state) else None


def _turn(state: State) -> str | None:
    users = (message for message in reversed(state["messages"]) if isinstance(message, HumanMessage))
    last = next(users, None)
    return last.id if last else None


def shown_calls(reply: BaseMessage) -> list[str]:
    """The tools of calls that stand in a reply's text and may be meant."""
    return list(reply.response_metadata.get("shown_calls") or ())


def taken_as_it_is(reply: BaseMessage, state: State, limit: int) -> BaseMessage:
    """A reply that shows a call: the answer, where the model need not or cannot be asked (once more) what it meant.

    Args:
        reply: the reply.
        state: the thread before it.
        limit: repairs in a row, at most.
    """
    shown = shown_calls(reply)
    repair = current_repair(state)
    if not shown:
        return reply
    meant = reply.response_metadata.get("fault") is not None
    if meant and (repair["count"] if repair else 0) < limit and not _has_asked(state):
        return reply
    said = (
        f"The answer shows a call of {' and '.join(shown)} that did not run, as it may be an example. If it was meant, "
        "ask for it again, or choose a model that calls tools more reliably."
    )
    say_once(said, key=f"{said} {reply.response_metadata.get('endpoint')}")
    kept = {key: value for key, value in reply.response_metadata.items() if key not in {"fault", "why"}}
    return reply.model_copy(update={"response_metadata": kept})


def _has_asked(state: State) -> bool:
    repair = current_repair(state)
    return repair is not None and repair.get("asked", False)


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
            repair = Repair(count=count, turn=_turn(state), note="", spent=0, asked=_has_asked(state))
            return {"messages": results, "repair": repair}
        shown = shown_calls(message)
        note = ask_what_is_meant(shown) if shown else ask_again(verdict.why)
        gone = [RemoveMessage(message.id)] if message.id and isinstance(message, AIMessage) else []
        spent = tokens_of(message) if isinstance(message, AIMessage) else 0
        asked = bool(shown) or _has_asked(state)
        repair = Repair(count=count, turn=_turn(state), note=note, spent=spent, asked=asked)
        return {"messages": gone, "repair": repair}


def _remedy(message: object) -> str:
    metadata = message.response_metadata if isinstance(message, AIMessage) else {}
    if metadata.get("fault") == "overrun" and "reasoning" in str(metadata.get("why")):
        return "The model thinks without end: set AGENT_THINKING=off, or choose another model."
    if was_cut(metadata):
        return "Raise AGENT_MAX_TOKENS, or ask for less at once."
    return "Ask again, or choose a model that calls tools more reliably; `portolan doctor` shows what this one can do."
