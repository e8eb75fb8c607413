"""What is odd in the bytes of a stream, and what the plain stack would make of its tool calls."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graph.doctor.wire import Seen

REASONING_FIELDS = ("reasoning_content", "reasoning")


def reasoning_fields(seen: Seen) -> set[str]:
    """The fields in which reasoning came."""
    return {name for part in seen.deltas for name in REASONING_FIELDS if isinstance(part.get(name), str) and part[name]}


def stream_oddities(seen: Seen) -> Iterator[str]:
    """What a standard stream does not have, a sentence each."""
    if not seen.streamed:
        return
    if not seen.headers.get("content-type", "").startswith("text/event-stream"):
        yield f"the content type is {seen.headers.get('content-type')!r}, not text/event-stream"
    if not seen.done:
        yield "the stream does not end with [DONE], so that a broken connection looks like its end"
    if not seen.finish_reasons:
        yield "no finish reason comes"
    elif len(seen.finish_reasons) > 1:
        yield f"the finish reason comes {len(seen.finish_reasons)} times"
    if "\n:" in f"\n{seen.raw}":
        yield "comments keep the stream alive"


def pieces(seen: Seen) -> list[Mapping[str, Any]]:
    """The pieces of tool calls, in order."""
    return [piece for part in seen.deltas for piece in part.get("tool_calls") or () if isinstance(piece, dict)]


def call_oddities(seen: Seen) -> Iterator[str]:
    """What the pieces of streamed calls have that the standard has not."""
    found = pieces(seen)
    if any(not isinstance(piece.get("index"), int) for piece in found):
        yield "pieces of calls come without an index"
    later = [(before, piece) for before, piece in pairwise(found) if before.get("index") == piece.get("index")]
    if any(_name(piece) and _name(piece) == _name(before) for before, piece in later):
        yield "the function's name is repeated in later pieces"
    if any(piece.get("id") and before.get("id") and piece["id"] != before["id"] for before, piece in later):
        yield "the id changes within a call"
    if any(_arguments(piece) is not None and not isinstance(_arguments(piece), str) for piece in found):
        yield "arguments come as an object, not as text"


def _name(piece: Mapping[str, Any]) -> Any:
    function = piece.get("function")
    return function.get("name") if isinstance(function, dict) else None


def _arguments(piece: Mapping[str, Any]) -> Any:
    function = piece.get("function")
    return function.get("arguments") if isinstance(function, dict) else None


def plain_stack_calls(seen: Seen) -> list[tuple[str, dict[str, Any]]] | None:
    """The calls as LangChain's own merge of chunks makes them; None where it raises."""
    merged: AIMessageChunk | None = None
    try:
        for piece in pieces(seen):
            chunk = AIMessageChunk(
                content="",
                tool_call_chunks=[
                    {
                        "name": _name(piece),
                        "args": _arguments(piece),
                        "id": piece.get("id"),
                        "index": piece.get("index"),
                        "type": "tool_call_chunk",
                    }
                ],
            )
            merged = chunk if merged is None else merged + chunk
    except (ValueError, TypeError):
        return None
    return [(call["name"], call["args"]) for call in merged.tool_calls] if merged else []
