"""What came, put together: the bytes of a body, its reply, the tokens that it counts."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import httpx2

from graph.endpoint.assemble import ReplyAssembler
from graph.endpoint.expectation import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.endpoint.reply import Reply

_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_SECONDS: Final = 300.0


def read_body(parts: Iterable[bytes], began: float) -> tuple[bytes, str, float, float]:
    """All bytes, why they ended where that was not their end, and the seconds to the first and between two."""
    data, broke, first, silence = bytearray(), "", 0.0, 0.0
    last = began
    try:
        for part in parts:
            now = time.monotonic()
            first, silence = (now - began, 0.0) if not data else (first, max(silence, now - last))
            last = now
            data += part
            if len(data) > _MOST_BYTES or now - began > _MOST_SECONDS:
                broke = f"more than {_MOST_BYTES} bytes or {_MOST_SECONDS:.0f} s"
                break
    except httpx2.HTTPError as error:
        if not data:
            raise
        broke = f"{type(error).__name__}: {error}"
    return bytes(data), broke, first, silence


def objects_in(data: bytes) -> tuple[Mapping[str, Any], ...]:
    """The one JSON object of a body; nothing if it is something else."""
    try:
        value = json.loads(data)
    except ValueError:
        return ()
    return (value,) if isinstance(value, dict) else ()


def assembled(body: Mapping[str, Any], events: Iterable[Mapping[str, Any]], *, ended: bool) -> Reply | None:
    """What the events of a reply amount to, as Portolan reads them, with every recovery on."""
    tools = {
        tool["function"]["name"]: tool["function"].get("parameters") or {}
        for tool in body.get("tools") or ()
        if isinstance(tool, dict)
    }
    last = body["messages"][-1].get("content") if body["messages"] else ""
    assembler = ReplyAssembler(Expectation(tools=tools, prompt=last if isinstance(last, str) else ""))
    for event in events:
        for _ in assembler.feed(event):
            pass
    for _ in assembler.finish(ended=ended, streamed=body.get("stream") is True):
        pass
    return assembler.reply


def tokens_of(events: Iterable[Mapping[str, Any]]) -> int:
    """Tokens of a Responses body, or of the last event of its stream."""
    found = 0
    for event in events:
        body = event.get("response") if isinstance(event.get("response"), dict) else event
        usage = body.get("usage") if isinstance(body, dict) else None
        total = usage.get("total_tokens") if isinstance(usage, dict) else None
        found = total if isinstance(total, int) else found
    return found
