"""The usual messages as Chat Completions has them: plain text, calls and results, of which long threads consist.

`ChatOpenAI` makes the same of them; in a thread of a thousand messages that takes it more than a third of the turn.
What is in any way unusual is left to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall

Message = dict[str, Any]

_READ_BY_LANGCHAIN = frozenset({"name", "tool_calls", "function_call", "audio"})
"""Keys of `additional_kwargs` that go into a request."""


def part_usual(messages: Sequence[BaseMessage]) -> tuple[list[Message | None], list[BaseMessage]]:
    """The usual messages as a request has them, with None where an unusual one stands; and the unusual ones."""
    forms = [_form(message) for message in messages]
    return forms, [message for message, form in zip(messages, forms, strict=True) if form is None]


def put_together(forms: Sequence[Message | None], unusual: Iterable[Message]) -> list[Message]:
    """All messages of a request in order: what `part_usual` has given, and what became of the unusual ones."""
    others = iter(unusual)
    return [next(others) if form is None else form for form in forms]


def _form(message: BaseMessage) -> Message | None:
    content = message.content
    if not isinstance(content, str):
        return None
    if isinstance(message, ToolMessage):
        return {"content": content, "role": "tool", "tool_call_id": message.tool_call_id}
    if message.name is not None or not _READ_BY_LANGCHAIN.isdisjoint(message.additional_kwargs):
        return None
    if isinstance(message, HumanMessage):
        return {"content": content, "role": "user"}
    if not isinstance(message, AIMessage) or message.invalid_tool_calls:
        return None
    said: Message = {"content": content, "role": "assistant"}
    if calls := message.tool_calls:
        said |= {"content": content or None, "tool_calls": [_call(call) for call in calls]}
    return said


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _call(call: ToolCall) -> Message:
    arguments = _encode(call["args"])
    return {"type": "function", "id": call["id"], "function": {"name": call["name"], "arguments": arguments}}
