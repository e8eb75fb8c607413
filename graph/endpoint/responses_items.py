"""The items of the Responses wire: what a request says, a response's output made regular, the calls of a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graph.endpoint.arguments import seal
from graph.endpoint.calls import CallAssembler
from graph.endpoint.outgoing.messages import flatten
from graph.endpoint.pairing import call_ids
from graph.endpoint.reply import BrokenCall, Call

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def tool_schemas(asked: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """JSON Schemas of the parameters of the tools that a request offers, by name."""
    return {
        str(tool["name"]): tool.get("parameters") or {}
        for tool in _dicts(asked.get("tools"))
        if tool.get("type") == "function" and tool.get("name")
    }


def taken_ids(asked: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the thread's earlier calls."""
    return frozenset(str(item["call_id"]) for item in _dicts(asked.get("input")) if item.get("call_id"))


def request_text(asked: Mapping[str, Any]) -> str:
    """The user's last words."""
    given = asked.get("input")
    if isinstance(given, str):
        return given
    users = [item for item in _dicts(given) if item.get("role") == "user"]
    return flatten(users[-1].get("content")) if users else ""


def given_texts(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """What the user and tools say in a request: a call that stands there word for word is a quotation."""
    given = asked.get("input")
    if isinstance(given, str):
        return (given,)
    return tuple(
        flatten(item.get("output" if item.get("type") == "function_call_output" else "content"))
        for item in _dicts(given)
        if item.get("role") == "user" or item.get("type") == "function_call_output"
    )


def without_strays(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, each call standing in the content only where it is one of the message's calls, and once.

    The stock code sends the calls in the content as they are, and adds those that it does not find there by their id.
    """
    clean: list[BaseMessage] = []
    for message in messages:
        ids = set(call_ids(message))
        content: list[Any] = []
        for block in message.content if isinstance(message.content, list) else ():
            if isinstance(block, dict) and block.get("type") == "function_call":
                if block.get("call_id") not in ids:
                    continue
                ids.discard(block["call_id"])
            content.append(block)
        changed = isinstance(message.content, list) and len(content) != len(message.content)
        clean.append(message.model_copy(update={"content": content}) if changed else message)
    return clean


def regular_input(items: list[Any]) -> list[Any]:
    """The items of a request as strict endpoints take them: arguments that are an object's text, no id that is null."""
    regular: list[Any] = []
    for item in items:
        if isinstance(item, dict) and item.get("type") == "function_call":
            found = {key: value for key, value in item.items() if key != "id" or value}
            regular.append({**found, "arguments": _object_text(item.get("arguments"))})
        else:
            regular.append(item)
    return regular


def _object_text(arguments: object) -> str:
    if isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    try:
        fits = isinstance(arguments, str) and isinstance(json.loads(arguments), dict)
    except ValueError:
        fits = False
    return arguments if fits and isinstance(arguments, str) else "{}"


def response_object(final: Mapping[str, Any], model: str) -> dict[str, Any]:
    """A response with every field that the stock code reads, and no error: an error has been told before."""
    usage = final.get("usage")
    return {
        "id": None,
        "created_at": 0,
        "model": model,
        "object": "response",
        **final,
        "status": final.get("status") or "completed",
        "error": None,
        "usage": usage if isinstance(usage, dict) else None,
        "output": [_regular(item) for item in _dicts(final.get("output"))],
    }


def _regular(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("type") != "message":
        return item
    content = item.get("content")
    parts = [{"type": "output_text", "text": content}] if isinstance(content, str) else _dicts(content)
    regular = [
        {"annotations": [], **part, "text": part["text"] if isinstance(part.get("text"), str) else ""}
        if part.get("type") == "output_text"
        else part
        for part in parts
    ]
    return {"id": None, "role": "assistant", **item, "content": regular}


class HeldCalls:
    """The calls of one response, held back until it is known how it ended.

    Args:
        names: the names of the tools that the request offered.
        taken: ids that the thread has used already.
    """

    def __init__(self, names: Collection[str], taken: Collection[str]) -> None:
        self._names, self._taken = names, taken
        self._items: dict[int, dict[str, Any]] = {}
        self._pieces: dict[int, list[str]] = {}
        self._whole: dict[int, object] = {}

    def take(self, kind: str, event: Mapping[str, Any]) -> None:
        """Take in an event of a call; its `output_index` says of which."""
        place = event["output_index"] if isinstance(event["output_index"], int) else 0
        known = self._items.setdefault(place, {})
        item = event.get("item")
        if isinstance(item, dict):
            known.update({key: value for key, value in item.items() if value or key not in known})
        pieces = self._pieces.setdefault(place, [])
        if kind.endswith(".delta"):
            piece = event.get("delta")
            if piece:
                pieces.append(piece if isinstance(piece, str) else json.dumps(piece))
        elif kind == "response.function_call_arguments.done":
            self._keep(place, event.get("arguments"))
            if event.get("name"):
                known.setdefault("name", event["name"])
        elif isinstance(item, dict):
            self._keep(place, item.get("arguments"))

    def _keep(self, place: int, arguments: object) -> None:
        if arguments:
            self._whole[place] = arguments

    def finish(
        self, output: list[dict[str, Any]], *, cut: str, gone: bool
    ) -> list[tuple[dict[str, Any], Call | BrokenCall]]:
        """Each call as an item that the stock code reads right, and as it is; arguments not whole are sealed.

        Args:
            output: the items of the whole response.
            cut: how the reply ended early, if it did.
            gone: nothing tells how the reply would have gone on, so that none of its calls may run.
        """
        assembler = CallAssembler(self._names, self._taken)
        items = list(self._gathered(output))
        for item in items:
            function = {"name": item.get("name"), "arguments": item.get("arguments")}
            for _ in assembler.whole({"id": item.get("call_id"), "function": function}):
                pass
        finished: list[tuple[dict[str, Any], Call | BrokenCall]] = []
        seen: set[object] = set()
        for item, (call, _) in zip(items, assembler.finish(cut=cut), strict=True):
            made = call
            if gone and isinstance(call, Call):
                made = BrokenCall(call.id, call.name, call.arguments, f"the reply {cut} before it was complete")
            text = made.arguments if isinstance(made, Call) else made.arguments + seal(made.arguments)
            kept = {key: value for key, value in item.items() if key != "id"}
            if item.get("id") and item["id"] not in seen:
                seen.add(item["id"])
                kept["id"] = item["id"]
            finished.append(({**kept, "call_id": made.id, "name": made.name, "arguments": text}, made))
        return finished

    def _gathered(self, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if not self._items:
            yield from (item for item in output if item.get("type") == "function_call")
            return
        for place, item in sorted(self._items.items()):
            last = output[place] if place < len(output) else {}
            said = last.get("arguments") if last.get("type") == "function_call" else None
            arguments = self._whole.get(place) or "".join(self._pieces[place]) or said
            yield {"type": "function_call", **item, "arguments": arguments}
