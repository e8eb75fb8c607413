"""What a reply is: an answer, calls that can run, or broken; and what a thread calls for, which users may have edited.

The whole routing of the loop rests on this.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, ToolMessage

from graph.endpoint.finish import was_cut

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall


@dataclass(frozen=True, slots=True)
class BadCall:
    """A call that must not run, and what the model is told of it as its result."""

    id: str
    name: str
    arguments: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a reply, or with a thread.

    Attributes:
        kind: `answer` ends the run; `calls` runs those that can run; `broken` is asked for again; `unanswered`, of a
            thread alone, is the model's turn.
        calls: the calls, in order; one that cannot run gets its reason as its result.
        why: what is wrong with a broken reply.
    """

    kind: Literal["answer", "calls", "broken", "unanswered"]
    calls: tuple[ToolCall | BadCall, ...] = ()
    why: str = ""

    @property
    def bad(self) -> tuple[BadCall, ...]:
        """The calls that cannot run."""
        return tuple(call for call in self.calls if isinstance(call, BadCall))


def judge_thread(messages: Sequence[BaseMessage], tool_names: Collection[str]) -> Verdict:
    """What a thread calls for: after the model its reply decides, after an edit (`update_state`) whatever stands last.

    Results behind a reply leave its other calls to be run. An empty thread calls for nothing.
    """
    if not messages:
        return Verdict("answer")
    reply = next((message for message in reversed(messages) if not isinstance(message, ToolMessage)), None)
    if not isinstance(reply, AIMessage):
        return Verdict("unanswered")
    if reply is messages[-1]:
        return judge(reply, tool_names)
    left = tuple(open_calls(messages, tool_names).values())
    runs = any(not isinstance(call, BadCall) for call in left)
    return Verdict("calls", left) if runs else Verdict("unanswered")


def open_calls(messages: Sequence[BaseMessage], tool_names: Collection[str]) -> dict[int, ToolCall | BadCall]:
    """The calls of the thread's last reply that have no result yet, by their place in it, from 0."""
    results: Counter[str] = Counter()
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            break
        if isinstance(message, ToolMessage):
            results[message.tool_call_id] += 1
    else:
        return {}
    left = dict(enumerate(judge(message, tool_names).calls))
    for place, call in tuple(left.items()) if results else ():
        if results[id_of(call)] > 0:
            results[id_of(call)] -= 1
            del left[place]
    return left


def id_of(call: ToolCall | BadCall) -> str:
    """The id of a call; empty if it has none."""
    return call.id if isinstance(call, BadCall) else call["id"] or ""


def judge(message: AIMessage, tool_names: Collection[str]) -> Verdict:
    """Judge a reply by what the endpoint sent: calls, raw arguments, finish reason, text."""
    metadata = message.response_metadata
    calls: list[ToolCall | BadCall] = []
    # The adapter has judged its own replies; those of other models are judged here.
    cut = metadata.get("model_provider") != "portolan" and (was_cut(metadata) or metadata.get("status") == "incomplete")
    for call in message.tool_calls:
        if call["name"] not in tool_names:
            calls.append(_bad(call, f"There is no tool named {call['name']!r}. {_offer(tool_names)}"))
        elif cut and call is message.tool_calls[-1]:
            calls.append(_bad(call, "The reply ended at the token cap within this call."))
        else:
            calls.append(call if call["id"] else {**call, "id": ""})  # a tool gives a result of its own only to an id
    reasons = metadata.get("broken_calls") or {}
    for invalid in message.invalid_tool_calls:
        reason = invalid.get("error") or reasons.get(invalid.get("id")) or "its arguments are not whole JSON"
        known = invalid.get("name") in tool_names
        again = "Send it again, whole." if known else "Send a whole call of a tool that there is."
        calls.append(_bad(invalid, f"The call did not run: {reason}. {again}"))
    bad = [call for call in calls if isinstance(call, BadCall)]
    if len(bad) < len(calls):
        return Verdict("calls", tuple(calls))
    if bad:
        return Verdict("broken", tuple(calls), why="; ".join(f"{call.name}: {call.reason}" for call in bad))
    if metadata.get("fault"):
        return Verdict("broken", why=str(metadata.get("why") or metadata["fault"]))
    if not message.text.strip() and not message.additional_kwargs.get("refusal"):
        return Verdict("broken", why="it has neither text nor a tool call")
    return Verdict("answer")


def _bad(call: Any, reason: str) -> BadCall:
    arguments = call.get("args")
    return BadCall(
        call.get("id") or "", call.get("name") or "", str(arguments if arguments is not None else ""), reason
    )


def _offer(tool_names: Collection[str]) -> str:
    return f"There are: {', '.join(sorted(tool_names))}." if tool_names else "There are no tools."
