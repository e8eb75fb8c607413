"""Replies on the Responses wire, item by item, in every form in which servers send them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Literal

from graph.testing import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.testing import RecordedRequest

Item = dict[str, Any]
Places = Literal["own", "none", "zero"]
"""How the events of a stream say to which item they belong: by `output_index`, without it (llama.cpp), or with 0 in
all of them (gateways)."""


def message(text: str, item_id: str = "msg_1") -> Item:
    """A text of the assistant as an item."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": item_id, "role": "assistant", "status": "completed", "content": [part]}


def refusal(text: str) -> Item:
    """A refusal as an item."""
    return {**message(""), "content": [{"type": "refusal", "refusal": text}]}


def function_call(arguments: Any, call_id: Any = "call_1", name: str = "add", item_id: str = "fc_1") -> Item:
    """A call as an item."""
    return {"type": "function_call", "id": item_id, "call_id": call_id, "name": name, "arguments": arguments}


def sum_of(a: int, b: int, number: int = 1) -> Item:
    """A whole call of `add`."""
    return function_call(json.dumps({"a": a, "b": b}), f"call_{number}", item_id=f"fc_{number}")


def reasoning(text: str = "", number: int = 1, **fields: Any) -> Item:
    """Reasoning as an item, as vLLM and llama.cpp send it."""
    content = [{"type": "reasoning_text", "text": text}] if text else []
    return {"type": "reasoning", "id": f"rs_{number}", "summary": [], "content": content} | fields


def response(*output: Item, **fields: Any) -> Item:
    """A whole response."""
    least = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "completed", "error": None}
    return {**least, "output": list(output), "usage": None} | fields


def _deltas(item: Item) -> tuple[Item, list[Item]]:
    """An item as it is announced, and the events of its content."""
    kind = item["type"]
    if kind == "function_call":
        arguments = item["arguments"]
        pieces = [arguments] if isinstance(arguments, str) else []
        name = "response.function_call_arguments.delta"
        return {**item, "arguments": ""}, [{"type": name, "delta": piece} for piece in pieces]
    if kind not in {"message", "reasoning"}:
        return item, []
    events: list[Item] = []
    for place, part in enumerate(item.get("content") or ()):
        text = part.get("text", part.get("refusal"))
        pieces = [text[start : start + 5] for start in range(0, len(text), 5)]
        name = f"response.{part['type']}.delta"
        events += [{"type": name, "content_index": place, "delta": piece} for piece in pieces]
    return {**item, "content": [], "status": "in_progress"}, events


def events_of(body: Item, places: Places = "own") -> list[Item]:
    """The events that a stream of this response has, the terminal one last."""
    found: list[Item] = [{"type": "response.created", "response": {**body, "status": "in_progress", "output": []}}]
    for place, item in enumerate(body["output"]):
        at = {"own": {"output_index": place}, "none": {}, "zero": {"output_index": 0}}[places]
        head, deltas = _deltas(item)
        found.append({"type": "response.output_item.added", **at, "item": head})
        found += [{**delta, **at, "item_id": item["id"]} for delta in deltas]
        found.append({"type": "response.output_item.done", **at, "item": item})
    return [*found, {"type": f"response.{body['status']}", "response": body}]


def written(events: Sequence[Item], *, close: bool = False) -> Raw:
    """Events as a stream."""
    parts = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    return Raw(parts, headers={"content-type": "text/event-stream"}, close=close)


def script(*bodies: Item | Raw, places: Places = "own", same_id: bool = False) -> Callable[[RecordedRequest], Raw]:
    """Answer with these responses in turn, in the form that is asked for; with the last one for ever."""
    left, numbers = list(bodies), itertools.count()

    def answer(request: RecordedRequest) -> Raw:
        body = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(body, Raw):
            return body
        body = body if same_id else {**body, "id": f"resp_{next(numbers)}"}
        return written(events_of(body, places)) if request.stream else Raw(json.dumps(body).encode())

    return answer


class Added:
    """A tool that tells what it was called with."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def tool(self) -> Callable[..., int]:
        """The tool."""

        def add(a: int = 0, b: int = 0) -> int:
            """Add two numbers."""
            self.seen.append((a, b))
            return a + b

        return add
