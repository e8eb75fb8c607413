"""A turn as Responses, in a simple form: text, function calls and reasoning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graph.testing.chat import CREATED
from graph.testing.model import argument_text
from graph.testing.pieces import cut
from graph.testing.responses_checks import ENCRYPTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graph.testing.model import Turn
    from graph.testing.provider import Provider
    from graph.testing.responses_checks import Kept

Item = dict[str, Any]
Event = tuple[str, Item]


class ResponsesWriter:
    """Writes one turn.

    Args:
        turn: What was said.
        provider: Whose form it takes: with all events (OpenAI, vLLM), or with fewer (llama.cpp).
        body: The request.
        numbers: Counts replies and calls.
        kept: Takes in the items that are made.
    """

    def __init__(
        self,
        turn: Turn,
        provider: Provider,
        body: Mapping[str, Any],
        numbers: tuple[Iterator[int], Iterator[int]],
        kept: Kept,
    ) -> None:
        self.turn, self._provider, self._body, self._kept = turn, provider, body, kept
        self._full = provider.responses == "full"
        self._number, self._call_number = f"{next(numbers[0]):032x}", numbers[1]
        self._size = provider.wire.chunk_size

    def plain(self) -> Item:
        """The body of a plain reply."""
        return self._response([item for item, _ in self._output()])

    def events(self) -> list[bytes]:
        """The events of a stream."""
        begun: Item = {"id": f"resp_{self._number}", "object": "response", "status": "in_progress"}
        if self._full:
            begun = {**self._response([]), "status": "in_progress", "usage": None}
        found: list[Event] = [("response.created", {"response": begun}), ("response.in_progress", {"response": begun})]
        output = self._output()
        for place, (item, parts) in enumerate(output):
            at = {"output_index": place} if self._full else {}
            found += [(kind, {**at, **data}) for kind, data in self._item_events(item, parts)]
        response = self._response([item for item, _ in output])
        found.append((f"response.{response['status']}", {"response": response}))
        return [self._event(number, kind, data) for number, (kind, data) in enumerate(found)]

    def _event(self, number: int, kind: str, data: Item) -> bytes:
        sequence = {"sequence_number": number} if self._full else {}
        text = json.dumps({"type": kind, **data, **sequence}, ensure_ascii=self._provider.wire.ascii)
        return f"event: {kind}\ndata: {text}\n\n".encode()

    def _response(self, output: list[Item]) -> Item:
        turn, body = self.turn, self._body
        status = {"length": "incomplete" if self._full else "completed", "failed": "failed"}.get(
            turn.finish_reason, "completed"
        )
        usage = {
            "input_tokens": turn.usage.get("prompt_tokens", 0),
            "output_tokens": turn.usage.get("completion_tokens", 0),
            "total_tokens": turn.usage.get("total_tokens", 0),
            "input_tokens_details": {"cached_tokens": 0},
        }
        least = {
            "id": f"resp_{self._number}",
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "model": body.get("model") or self._provider.model,
            "output": output,
            "usage": usage,
        }
        if not self._full:
            return {**least, "completed_at": CREATED}
        error = {"code": "server_error", "message": turn.text} if status == "failed" else None
        return {
            **least,
            "usage": {**usage, "output_tokens_details": {"reasoning_tokens": 0}},
            "background": False,
            "error": error,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "metadata": body.get("metadata") or {},
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "reasoning": body.get("reasoning"),
            "temperature": body.get("temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": "disabled",
        }

    def _output(self) -> list[tuple[Item, list[str]]]:
        """The output's items, each with the pieces in which it is streamed."""
        turn, output = self.turn, list[tuple[Item, list[str]]]()
        if turn.reasoning:
            output.append((self._reasoning(turn.reasoning), cut(turn.reasoning, self._size)))
        if turn.text or not turn.calls:
            part = {"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []}
            message = {"type": "message", "id": f"msg_{self._number}", "role": "assistant", "status": "completed"}
            output.append(({**message, "content": [part]}, cut(turn.text, self._size)))
        for place, call in enumerate(turn.calls):
            number = next(self._call_number)
            made = self._provider.wire.id_format.format(n=number, i=place, name=call.name)
            item = {
                "type": "function_call",
                "id": f"fc_{number:032x}",
                "call_id": made if call.id is None else call.id,
                "name": call.name,
                "arguments": argument_text(call),
                "status": "completed" if turn.finish_reason != "length" else "incomplete",
            }
            output.append((item, cut(item["arguments"], self._size)))
        self._kept.keep([item for item, _ in output], store=self._body.get("store") is not False)
        return output

    def _reasoning(self, text: str) -> Item:
        """A reasoning item, in the provider's form."""
        item: Item = {"type": "reasoning", "id": f"rs_{self._number}", "summary": []}
        form = self._provider.responses_reasoning
        if form == "content":
            encrypted = {"encrypted_content": None if self._full else ""}
            return {**item, "content": [{"type": "reasoning_text", "text": text}], **encrypted, "status": "completed"}
        if form == "asked" and ENCRYPTED in (self._body.get("include") or ()):
            item["encrypted_content"] = f"gAAA{self._provider.name}-{self._number}"
        if form == "summary" or (self._body.get("reasoning") or {}).get("summary"):
            item["summary"] = [{"type": "summary_text", "text": text}]
        return item

    def _item_events(self, item: Item, parts: list[str]) -> list[Event]:
        item_id, begun = {"item_id": item["id"]}, {**item, "status": "in_progress"}
        added, done = "response.output_item.added", "response.output_item.done"
        if item["type"] == "function_call":
            kind = "response.function_call_arguments"
            deltas: list[Event] = [(f"{kind}.delta", {**item_id, "delta": part}) for part in parts]
            whole: list[Event] = [(f"{kind}.done", {**item_id, "name": item["name"], "arguments": item["arguments"]})]
            ended = whole if self._full else []
            return [(added, {"item": {**begun, "arguments": ""}}), *deltas, *ended, (done, {"item": item})]
        if item["type"] == "reasoning":
            return self._reasoning_events(item, parts)
        at, part_of = {**item_id, **({"content_index": 0} if self._full else {})}, item["content"][0]
        deltas = [("response.output_text.delta", {**at, "delta": part, "logprobs": []}) for part in parts]
        return [
            (added, {"item": {**begun, "content": []}}),
            ("response.content_part.added", {**at, "part": {**part_of, "text": ""}}),
            *deltas,
            ("response.output_text.done", {**at, "text": part_of["text"], "logprobs": []}),
            ("response.content_part.done", {**at, "part": part_of}),
            (done, {"item": item}),
        ]

    def _reasoning_events(self, item: Item, parts: list[str]) -> list[Event]:
        added, done = "response.output_item.added", "response.output_item.done"
        if item.get("content"):
            part, item_id = item["content"][0], {"item_id": item["id"]}
            at = {**item_id, "content_index": 0} if self._full else item_id
            kind = "response.reasoning"
            deltas: list[Event] = [(f"{kind}_text.delta", {**at, "delta": text}) for text in parts]
            head: list[Event] = [(f"{kind}_part.added", {**at, "part": {**part, "text": ""}})]
            tail: list[Event] = [(f"{kind}_text.done", {**at, "text": part["text"]})]
            tail.append((f"{kind}_part.done", {**at, "part": part}))
            begun: Event = (added, {"item": {**item, "content": [], "status": "in_progress"}})
            middle = [*head, *deltas, *tail] if self._full else deltas
            return [begun, *middle, (done, {"item": item})]
        at, kind = {"item_id": item["id"], "summary_index": 0}, "response.reasoning_summary"
        begun = (added, {"item": {**item, "summary": []}})
        if not item["summary"]:
            return [begun, (done, {"item": item})]
        text = item["summary"][0]
        return [
            begun,
            (f"{kind}_part.added", {**at, "part": {**text, "text": ""}}),
            *((f"{kind}_text.delta", {**at, "delta": part}) for part in parts),
            (f"{kind}_text.done", {**at, "text": text["text"]}),
            (f"{kind}_part.done", {**at, "part": text}),
            (done, {"item": item}),
        ]
