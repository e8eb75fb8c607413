"""A turn as Chat Completions: one body, or the events of a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graph.testing.pieces import CallWriter, cut, presence
from graph.testing.wire import TAGGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graph.testing.model import Turn
    from graph.testing.wire import Presence, Wire

CREATED = 1_795_000_000
"""Every reply's time, so that replies compare equal."""

SIGNATURE = "signature of"
"""How what signs a call begins."""

Chunk = dict[str, Any]


def usage_of(turn: Turn, wire: Wire, *, streamed: bool) -> dict[str, Any]:
    """The usage as the wire has it."""
    usage = {**turn.usage, **(wire.extras.stream_usage if streamed else wire.extras.usage)}
    if wire.usage_strings:
        return {key: str(value) if isinstance(value, int) else value for key, value in usage.items()}
    return usage


def _reasoning(text: str, wire: Wire) -> dict[str, Any]:
    """Reasoning under the fields of the wire."""
    if wire.reasoning == "both":
        return {"reasoning": text, "reasoning_content": text}
    if wire.reasoning in ("details", "signed"):
        detail = {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}
        return {"reasoning": text, "reasoning_details": [detail]}
    return {wire.reasoning: text} if wire.reasoning in ("reasoning", "reasoning_content") else {}


def _signed(calls: list[dict[str, Any]], wire: Wire) -> list[dict[str, Any]]:
    """The signature of the first call, which is the one that Gemini signs, as OpenRouter gives it."""
    if wire.reasoning != "signed" or not calls or not calls[0].get("id"):
        return []
    of, form = calls[0]["id"], "google-gemini-v1"
    return [{"type": "reasoning.encrypted", "data": f"{SIGNATURE} {of}", "id": of, "format": form, "index": 0}]


def _tagged(turn: Turn, wire: Wire) -> str:
    """The content, with reasoning inside where the wire has it there."""
    if turn.reasoning and wire.reasoning in TAGGED:
        if wire.reasoning == "open-think-attached":
            return f"{turn.reasoning}</think>{turn.text}"
        opening = "<think>\n" if wire.reasoning == "think-tags" else ""
        return f"{opening}{turn.reasoning}\n</think>\n\n{turn.text}"
    return turn.text


class ChatWriter:
    """Writes one turn.

    Args:
        turn: What was said.
        wire: How it is written.
        body: The request.
        model: The model's name as it is echoed.
        numbers: Counts replies and calls.
    """

    def __init__(
        self, turn: Turn, wire: Wire, body: Mapping[str, Any], model: str, numbers: tuple[Iterator[int], Iterator[int]]
    ) -> None:
        self.turn, self.wire, self.body = turn, wire, body
        functions = [tool.get("function", {}).get("name") for tool in body.get("tools") or ()]
        self._calls = CallWriter(wire, numbers[1], functions)
        self._head = {"id": f"chatcmpl-{next(numbers[0]):024x}", "created": CREATED, "model": model}

    def plain(self) -> Chunk:
        """The body of a plain reply."""
        turn, wire, extras = self.turn, self.wire, self.wire.extras
        text = _tagged(turn, wire)
        content = {"content": text} if text or not turn.calls else presence("content", wire.empty_content)
        message = {"role": "assistant", **content, **extras.message}
        if wire.reasoning_null:
            message |= dict.fromkeys(_reasoning("", wire))
        if turn.reasoning:
            message |= _reasoning(turn.reasoning, wire)
        if turn.calls or wire.empty_tool_calls:
            message["tool_calls"] = self._calls.whole(turn)
            if signed := _signed(message["tool_calls"], wire):
                message["reasoning_details"] = [*(message.get("reasoning_details") or ()), *signed]
        finish = None if wire.finish == "missing" else turn.finish_reason
        choice = {"index": 0, "message": message, "finish_reason": finish, **extras.choice}
        reply = {**self._head, "object": "chat.completion", "choices": [choice], **extras.body}
        if wire.usage != "never":
            reply["usage"] = None if wire.usage == "null" else usage_of(turn, wire, streamed=False)
        return reply

    def chunks(self) -> list[Chunk]:
        """The chunks of a stream."""
        deltas = self._deltas()
        wire, extras = self.wire, self.wire.extras
        finish = self.turn.finish_reason
        choices: list[Chunk] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
        end = self._padded(dict(wire.finish_delta))
        if wire.finish in ("with-last-piece", "twice"):
            choices[-1]["finish_reason"] = finish
        if wire.finish in ("own-chunk", "twice", "null-delta"):
            delta = None if wire.finish == "null-delta" else end
            choices.append({"index": 0, "delta": delta, "finish_reason": finish})
        chunks = []
        for place, choice in enumerate(choices):
            choice.update(extras.chunk_choice)
            if place:
                choice.update(extras.middle_choice)
            if choice["finish_reason"] is not None:
                choice.update(extras.finish_choice)
            chunks.append(self._chunk([choice]))
        chunks[0] |= extras.first_chunk
        self._add_usage(chunks)
        chunks[-1] |= extras.last_chunk
        if wire.obfuscation:
            for chunk in chunks:
                chunk["obfuscation"] = "emulated"
        return chunks

    def _chunk(self, choices: list[Chunk]) -> Chunk:
        return {**self._head, "object": "chat.completion.chunk", "choices": choices, **self.wire.extras.chunk}

    def _deltas(self) -> list[Chunk]:
        """Role, reasoning, text and calls, in the order in which models write them."""
        turn, wire = self.turn, self.wire
        deltas = [self._padded({**_reasoning(part, wire)}) for part in cut(self._apart(), wire.chunk_size)]
        deltas += [self._padded({"content": part}) for part in cut(_tagged(turn, wire), wire.chunk_size)]
        how: Presence = wire.call_content
        if turn.forced and wire.forced_call_content is not None:
            how = wire.forced_call_content
        nulls = dict.fromkeys(wire.call_delta_nulls)
        pieces = self._calls.streamed(turn)
        if signed := _signed(pieces[0] if pieces else [], wire):
            deltas.append(self._padded({"reasoning_details": signed}))
        deltas += [{**nulls, **presence("content", how), "tool_calls": got} for got in pieces]
        first = {"role": "assistant", **presence("content", wire.first_content)}
        if wire.role == "merged" and deltas:
            deltas[0] = {"role": "assistant", **{key: value for key, value in deltas[0].items() if key != "role"}}
            deltas[0] = {**presence("content", wire.first_content), **deltas[0]}
        elif wire.role == "every":
            deltas = [self._padded(first), *({**delta, "role": "assistant"} for delta in deltas)]
        elif wire.role != "never" or not deltas:
            deltas = [self._padded(first), *deltas]
        return deltas

    def _apart(self) -> str:
        """The reasoning that has a field of its own."""
        shown = self.wire.reasoning not in ("hidden", *TAGGED)
        return self.turn.reasoning if shown else ""

    def _padded(self, delta: Chunk) -> Chunk:
        """A delta with the nulls and the empty list that the wire adds."""
        padded = {**dict.fromkeys(self.wire.delta_nulls), **delta}
        if self.wire.empty_tool_calls:
            padded.setdefault("tool_calls", [])
        return padded

    def _add_usage(self, chunks: list[Chunk]) -> None:
        wire = self.wire
        asked = (self.body.get("stream_options") or {}).get("include_usage") is True
        usage = usage_of(self.turn, wire, streamed=True)
        if wire.usage_null or wire.usage == "null":
            for chunk in chunks:
                chunk["usage"] = None
        if wire.usage == "every-chunk":
            for place, chunk in enumerate(chunks):
                chunk["usage"] = {**usage, **_so_far(usage, place + 1, len(chunks))}
        if wire.usage in ("with-finish", "finish-and-extra"):
            chunks[-1]["usage"] = usage
        if wire.usage in ("always", "finish-and-extra", "every-chunk") or (wire.usage == "asked" and asked):
            chunks.append({**self._chunk([]), "usage": usage, **wire.extras.usage_chunk})

    def events(self) -> list[bytes]:
        """The events of a stream, `[DONE]` included."""
        wire = self.wire
        texts = [json.dumps(chunk, ensure_ascii=wire.ascii, separators=(",", ":")) for chunk in self.chunks()]
        if wire.done:
            texts.append("[DONE]")
        events = []
        for place, text in enumerate(texts):
            comment = f"{wire.comments[place % len(wire.comments)]}{wire.newline * 2}" if wire.comments else ""
            events.append(f"{comment}{wire.data_prefix}{text}{wire.newline * 2}".encode())
        return events


def _so_far(usage: Mapping[str, Any], place: int, total: int) -> dict[str, Any]:
    """Cumulative counts: the prompt's all along, the answer's growing."""
    try:
        prompt, answer = int(usage["prompt_tokens"]), int(usage["completion_tokens"]) * place // total
    except (KeyError, TypeError, ValueError):
        return {}
    return {"completion_tokens": answer, "total_tokens": prompt + answer}
