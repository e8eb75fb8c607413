"""Every tool call has exactly one result: a thread put into the form that strict endpoints accept.

OpenAI, DashScope and DeepSeek refuse a call without a result and a result without a call, for ever, once such a thread
is checkpointed (WIRE.md, A1.7, A3, B5). A crash, a cancel, a limit or an edit of the state leaves exactly that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from graph.endpoint.reply import new_call_id

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = "No result is known: the run was interrupted. The call may or may not have had an effect."
"""The result that a call gets when none was recorded."""


def call_ids(message: BaseMessage) -> list[str | None]:
    """The ids of the calls in a message, valid and invalid, in the order in which they are sent."""
    if not isinstance(message, AIMessage):
        return []
    return [call.get("id") for call in (*message.tool_calls, *message.invalid_tool_calls)]


def is_paired(messages: Sequence[BaseMessage]) -> bool:
    """Whether each call is followed by its results at once and in order, with ids that are not used twice."""
    seen: set[str] = set()
    following = iter(messages)
    for message in following:
        if isinstance(message, ToolMessage):
            return False
        if not isinstance(message, AIMessage):
            continue
        for one in call_ids(message):
            result = next(following, None)
            if not one or one in seen or not isinstance(result, ToolMessage) or result.tool_call_id != one:
                return False
            seen.add(one)
    return True


def pair(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the thread with each call followed by exactly one result; the messages given are not changed.

    Results are moved behind their call. A call without a result gets one that says so. Calls whose id is missing or
    used before get a new one, with their result. A result without a call is left out.
    """
    if is_paired(messages):
        return list(messages)
    results = _results(messages)
    paired: list[BaseMessage] = []
    seen: set[str] = set()
    for position, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            continue
        if not call_ids(message):
            paired.append(message)
            continue
        renamed, answers = _with_results(message, results.get(position, {}), seen)
        paired.append(renamed)
        paired.extend(answers)
    return paired


def _results(messages: Sequence[BaseMessage]) -> dict[int, dict[str, list[ToolMessage]]]:
    """The results of each calling message, by its position: those right behind it first, then any later one."""
    found: dict[int, dict[str, list[ToolMessage]]] = {}
    open_calls: list[tuple[int, str]] = []
    for position, message in enumerate(messages):
        ids = [one or "" for one in call_ids(message)]
        if ids:
            found[position] = {}
            open_calls += [(position, one) for one in ids]
        elif isinstance(message, ToolMessage):
            owner = next((one for one in reversed(open_calls) if one[1] == message.tool_call_id), None)
            if owner is not None:
                first = next(one for one in open_calls if one == owner)
                open_calls.remove(first)
                found[owner[0]].setdefault(owner[1], []).append(message)
    return found


def _with_results(
    message: BaseMessage, results: dict[str, list[ToolMessage]], seen: set[str]
) -> tuple[BaseMessage, list[ToolMessage]]:
    if not isinstance(message, AIMessage):
        return message, []
    calls: list[dict[str, Any]] = [dict(call) for call in (*message.tool_calls, *message.invalid_tool_calls)]
    answers: list[ToolMessage] = []
    changed = False
    for call in calls:
        old = call.get("id") or ""
        if not old or old in seen:
            call["id"], changed = new_call_id(seen), True
        seen.add(call["id"])
        queue = results.get(old)
        answer = queue.pop(0) if queue else None
        if answer is None:
            answer = ToolMessage(INTERRUPTED, tool_call_id=call["id"], name=call.get("name") or None, status="error")
        elif answer.tool_call_id != call["id"]:
            answer = answer.model_copy(update={"tool_call_id": call["id"]})
        answers.append(answer)
    if changed:
        valid = len(message.tool_calls)
        message = message.model_copy(update={"tool_calls": calls[:valid], "invalid_tool_calls": calls[valid:]})
    return message, answers
