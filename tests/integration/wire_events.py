"""Events of a streamed reply, written by hand: for what no emulated provider sends by itself."""

from __future__ import annotations

import json
from typing import Any

from graph.testing import Raw


def event(delta: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event with one choice; `more` stands beside the choices."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


def called(name: str | None, arguments: Any, **more: Any) -> dict[str, Any]:
    """A delta with the head of a call, or with a piece of its arguments."""
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    head = {"id": "a", "type": "function"} if name else {}
    return {"tool_calls": [{"index": 0, **head, "function": function, **more}]}


def stream(*events: Any, done: bool = True) -> Raw:
    """A body of events; what is text already goes out as it is."""
    lines = [one if isinstance(one, str) else f"data: {json.dumps(one)}\n\n" for one in events]
    body = "".join([*lines, "data: [DONE]\n\n" if done else ""])
    return Raw(body.encode("utf-8", "surrogateescape"), headers={"content-type": "text/event-stream"})


def plain(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> Raw:
    """A plain body with one choice."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **more}
    return Raw(json.dumps(whole).encode())
