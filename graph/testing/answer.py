"""An HTTP answer as the server sends it, with what may happen on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.testing.errors import Refusal, error_body, error_event

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from graph.testing.provider import Provider


@dataclass(frozen=True, slots=True)
class Hold:
    """Send nothing until it is released, the client leaves, or the server closes."""

    release: threading.Event | None


@dataclass(frozen=True, slots=True)
class Torn:
    """Announce data, send its first bytes, and drop the connection."""

    data: bytes
    sent: int


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Send the same bytes again and again, until the client leaves or the server closes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """Drop the connection."""


Part = bytes | Hold | Torn | KeepAlive | Drop


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and parts.

    Attributes:
        status: HTTP status; 0 drops the connection before any header.
        headers: Headers beside length, encoding, date and server.
        parts: The body and what happens in it.
        chunked: Chunked transfer, a part a chunk; otherwise the length is announced.
        hold: Nothing at all is sent before this is over.
        refused: Why validation refused the request.
        cut: Whether the answer is cut off on purpose.
    """

    status: int
    parts: Sequence[Part] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    hold: Hold | None = None
    refused: str | None = None
    cut: bool = False


def json_answer(value: Any, provider: Provider, *, status: int = 200, hold: Hold | None = None) -> Answer:
    """A JSON value as an answer."""
    body = json.dumps(value, ensure_ascii=provider.wire.ascii).encode()
    return Answer(status, [body], {"content-type": provider.plain_type}, hold=hold)


def stream_answer(
    events: Sequence[Part], provider: Provider, *, http_chunk: int | None = None, hold: Hold | None = None
) -> Answer:
    """Events as an answer, each in an HTTP chunk of its own, or in chunks of so many bytes."""
    cut = any(isinstance(part, Torn | Drop) for part in events)
    if http_chunk and all(isinstance(part, bytes) for part in events):
        whole = b"".join(part for part in events if isinstance(part, bytes))
        events = [whole[start : start + http_chunk] for start in range(0, len(whole), http_chunk)]
    headers = {"content-type": provider.stream_type, "cache-control": "no-cache"}
    return Answer(200, events, headers, chunked=True, hold=hold, cut=cut)


def refusal_answer(
    refusal: Refusal, provider: Provider, *, stream: bool = False, headers: Mapping[str, str] | None = None
) -> Answer:
    """A refusal in the provider's shape; framed as an event for a stream, where the provider does that."""
    shape = refusal.shape or provider.error
    if stream and provider.sse_refusals:
        kind, body = "text/event-stream;charset=UTF-8", error_event(refusal, shape)
    else:
        kind, body = error_body(refusal, shape)
        kind = provider.plain_type if kind == "application/json" else kind
    every = {"content-type": kind, **refusal.headers, **(headers or {})}
    return Answer(refusal.status, [body], every, refused=refusal.message)
