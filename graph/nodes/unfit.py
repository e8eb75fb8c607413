"""A model that sends the same call again whose arguments do not fit the tool's schema: it is stopped as broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from graph.errors import BrokenReplyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

UNFIT = "The tool did not run, since the arguments do not fit its schema"
"""How the result of such a call begins."""


def check_unfit(messages: Sequence[BaseMessage], limit: int, *, endpoint: str | None) -> None:
    """See that the model has not sent the same unfit calls too often in a row.

    Other arguments each time are tries, which the turns of a run bound: a schema may hold the rules of a trade.

    Args:
        messages: the thread.
        limit: repairs in a row, at most.
        endpoint: where the model answers, for people.

    Raises:
        BrokenReplyError: it has sent them more often.
    """
    if not messages or not _is_unfit(messages[-1]):
        return
    times, calls = 0, None
    why = messages[-1].text.partition("since ")[2].rpartition(". ")[0]
    for message in reversed(messages):
        if isinstance(message, HumanMessage) or (isinstance(message, ToolMessage) and not _is_unfit(message)):
            break
        if isinstance(message, AIMessage):
            made = _calls(message)
            if calls is not None and made != calls:
                break
            times, calls = times + 1, made
    if times > max(limit, 1):  # one is no repetition
        msg = f"the model sent the same call {times} times in a row, and its arguments do not fit the tool's schema"
        remedy = "Ask again, or choose a model that calls tools more reliably."
        raise BrokenReplyError(msg, received="; ".join(calls or ()), reason=why, endpoint=endpoint, remedy=remedy)


def _is_unfit(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and message.status == "error" and message.text.startswith(UNFIT)


def _calls(message: AIMessage) -> list[str]:
    return sorted(f"{call['name']}({json.dumps(call['args'], ensure_ascii=False)})" for call in message.tool_calls)
