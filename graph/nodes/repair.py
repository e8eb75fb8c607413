"""The repair node: a broken reply is asked for again, a bounded number of times, and then is an error."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage

from graph.endpoint.broken_by import broken_by
from graph.endpoint.finish import was_cut
from graph.endpoint.notes import ask_again, ask_run_or_text, ask_what_is_meant
from graph.endpoint.notices import say
from graph.endpoint.retry import RetryPolicy, retry_delay
from graph.endpoint.run_or_text import DOUBTED, MEANT
from graph.errors import BrokenReplyError
from graph.nodes.base import as_node
from graph.nodes.bounds import tokens_of
from graph.nodes.doubt import standing, whole, with_doubted, with_kept
from graph.nodes.verdict import BadCall, judge
from graph.state import Repair

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

    from graph.endpoint.connect import ModelSource
    from graph.errors import TransientError
    from graph.state import State


def current_repair(state: State, messages: Sequence[BaseMessage] | None = None) -> Repair | None:
    """The repair under way; None if none is, or if it was for another thread: the user has gone on, or edited it.

    Args:
        state: the thread, and the repair.
        messages: the thread before the reply, if it has one already.
    """
    repair = state.get("repair")
    if not repair or repair["turn"] != _turn(state):
        return None
    if "kept" in repair and repair["kept_behind"] != standing(state["messages"] if messages is None else messages):
        return None
    return repair


def _turn(state: State) -> str | None:
    users = (message for message in reversed(state["messages"]) if isinstance(message, HumanMessage))
    last = next(users, None)
    return last.id if last else None


def shown_calls(reply: AIMessage) -> list[str]:
    """The tools of calls that stand in a reply's text and may be meant."""
    return list(reply.response_metadata.get("shown_calls") or ())


def taken_as_it_is(reply: AIMessage, *, asks: bool) -> AIMessage:
    """A reply that shows a call: the answer, where the model need not or cannot be asked (once more) what it meant.

    Args:
        reply: the reply.
        asks: the model can be asked.
    """
    shown = shown_calls(reply)
    if not shown or (asks and reply.response_metadata.get("fault") is not None):
        return reply
    named = f"The answer shows a call of {' and '.join(shown)} that did not run"
    if reply.response_metadata.get(MEANT) == "text":
        say(f"{named}: the model was asked, and said that it is there to be read.")
    else:
        say(
            f"{named}, as it may be an example. If it was meant, ask for it again, or choose a model that calls tools "
            "more reliably."
        )
    return whole(reply)


def may_ask(repair: Repair | None, limit: int) -> bool:
    """Whether the model would be asked what it meant: once, and within the limit of repairs in a row."""
    return (repair["count"] if repair else 0) < limit and not _has_asked(repair)


def _has_asked(repair: Repair | None) -> bool:
    return repair is not None and repair.get("asked", False)


def result_of(call: BadCall) -> ToolMessage:
    """What a call that did not run gets as its result."""
    return ToolMessage(call.reason, tool_call_id=call.id, name=call.name or None, status="error")


@dataclass(frozen=True, slots=True)
class RepairNode:
    """Answers each bad call with its error; a reply without calls is taken back and asked for again.

    So is one that broke off since the endpoint failed, whatever is in it: the model is told nothing, as it did nothing
    wrong, and the same request is sent again after the wait that fits the failure.
    """

    tool_names: Collection[str]
    limit: int
    longest_wait_s: float
    source: ModelSource

    def node(self) -> Runnable[State, dict[str, Any]]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "repair")

    def call(self, state: State) -> dict[str, Any]:
        """One repair.

        Raises:
            TransientError: the endpoint failed within the reply, and asking again is not to help.
            BrokenReplyError: the reply is broken in another way, and the limit is reached.
        """
        update, wait_s = self._repaired(state)
        time.sleep(wait_s)
        return update

    async def acall(self, state: State) -> dict[str, Any]:
        """`call` for an event loop."""
        update, wait_s = self._repaired(state)
        await asyncio.sleep(wait_s)
        return update

    def _repaired(self, state: State) -> tuple[dict[str, Any], float]:
        """What changes, and the seconds to wait before the model is asked again."""
        message = state["messages"][-1] if state["messages"] else None
        verdict = judge(message, self.tool_names) if isinstance(message, AIMessage) else None
        if not isinstance(message, AIMessage) or verdict is None or verdict.kind != "broken":
            return {"repair": None}, 0.0  # the user has edited the thread since
        thread = state["messages"][:-1]
        before = current_repair(state, thread)
        count, waited_s = (before["count"] + 1, before.get("waited_s", 0.0)) if before else (1, 0.0)
        failures = before.get("failures", 0) if before else 0
        asked, spent = _has_asked(before), tokens_of(message)
        gone = [RemoveMessage(message.id)] if message.id else []
        if failure := broken_by(message):
            failures += 1
            wait_s = self._wait_s(failure, count, failures, waited_s)
            note, waited_s = before["note"] if before else "", waited_s + wait_s
            repair = Repair(
                count=count,
                turn=_turn(state),
                note=note,
                spent=spent,
                asked=asked,
                waited_s=waited_s,
                failures=failures,
            )
            return {"messages": gone, "repair": with_kept(repair, before)}, wait_s
        if count > self.limit:
            raise _given_up(message, verdict.why, count, self.source.where)
        repair = Repair(
            count=count, turn=_turn(state), note="", spent=0, asked=asked, waited_s=waited_s, failures=failures
        )
        if verdict.bad:
            return {"messages": [result_of(call) for call in verdict.bad], "repair": repair}, 0.0
        shown = shown_calls(message)
        repair["note"] = ask_what_is_meant(shown) if shown else ask_again(verdict.why)
        if message.response_metadata.get(DOUBTED):
            users = (one.text for one in reversed(thread) if isinstance(one, HumanMessage))
            repair["note"] = ask_run_or_text(message.response_metadata[DOUBTED], next(users, ""))
            repair = with_doubted(repair, message, thread)
        elif before and "kept" in before and not shown:  # no word came: it is asked once more
            repair["note"], repair = before["note"], with_kept(repair, before)
        repair["spent"], repair["asked"] = spent, bool(shown) or asked
        return {"messages": gone, "repair": repair}, 0.0

    def _wait_s(self, failure: TransientError, count: int, failures: int, waited_s: float) -> float:
        """The seconds to wait after a failure, as for a request that failed before anything was shown.

        Time-outs are bounded as there; repairs for another reason do not count for that.

        Raises:
            TransientError: the failure itself, if asking again is not to help.
        """
        timeouts = RetryPolicy().max_timeouts + count - failures
        bounds = RetryPolicy(max_retries=self.limit, max_time_s=self.longest_wait_s, max_timeouts=timeouts)
        wait_s = retry_delay(failure, attempt=count, elapsed_s=waited_s, policy=bounds)
        if wait_s is None:
            raise failure
        return wait_s


def _given_up(message: AIMessage, why: str, count: int, served: str | None) -> BrokenReplyError:
    times = "once" if count == 1 else f"{count} times in a row"
    where = message.response_metadata.get("endpoint") or served
    msg = f"the reply was broken {times}"
    return BrokenReplyError(msg, received=message.text, reason=why, endpoint=where, remedy=_remedy(message))


def _remedy(message: AIMessage) -> str:
    metadata = message.response_metadata
    finish, fault = metadata.get("finish_reason"), metadata.get("fault")
    if fault == "overrun" and "reasoning" in str(metadata.get("why")):
        return "The model thinks without end: set AGENT_THINKING=off, or choose another model."
    if was_cut(metadata):
        return "Raise AGENT_MAX_TOKENS, or ask for less at once."
    if fault == "cut_off" or (fault == "empty" and finish is None):
        return (
            "The server, or a proxy before it, does not send its replies whole: look at its log, and at the time-outs "
            "of what stands in between."
        )
    return "Ask again, or choose a model that calls tools more reliably; `portolan doctor` shows what this one can do."
