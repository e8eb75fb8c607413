"""Makes faults happen: from what was being said to the answer that goes wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from graph.testing.answer import (
    Answer,
    Drop,
    Hold,
    KeepAlive,
    Part,
    Torn,
    json_answer,
    refusal_answer,
    stream_answer,
)
from graph.testing.errors import Refusal, error_body, error_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.testing.model import Turn
    from graph.testing.provider import Provider
    from graph.testing.script import Fault

ERRORS: Mapping[str, Refusal] = {
    "invalid": Refusal(400, "The request is invalid."),
    "rate_limit": Refusal(429, "Rate limit reached. Please try again later.", "requests", code="rate_limit_exceeded"),
    "quota": Refusal(429, "You exceeded your current quota.", "insufficient_quota", code="insufficient_quota"),
    "billing": Refusal(402, "Insufficient Balance", "unknown_error", code="invalid_request_error"),
    "content_filter": Refusal(400, "The content was filtered.", code="content_filter"),
    "server": Refusal(500, "The server had an error while processing your request.", "server_error"),
    "overloaded": Refusal(503, "The server is overloaded.", "server_error", code="server_is_overloaded"),
    "timeout": Refusal(504, "Gateway Timeout", shape="html"),
}
"""Errors for providers that have none of their own under the name."""

NAMES: Mapping[int, str] = {
    401: "key",
    402: "billing",
    403: "permission",
    404: "not_found",
    429: "rate_limit",
    503: "overloaded",
}
"""The name of the error that a status alone means. Another of the 4xx is `invalid`, and all else `server`."""

_PLAIN: Mapping[str, int] = {"key": 401, "permission": 403, "not_found": 404}
"""Names that are the plain refusal with another status at providers that have no error of their own for them."""

_CLIENT_ERRORS = range(400, 500)
_LAST_ASCII = 0x7F

WIRE_OF_FAULT: Mapping[str, Mapping[str, Any]] = {
    "no-finish": {"finish": "missing"},
    "null-delta": {"finish": "null-delta"},
    "no-done": {"done": False},
    "no-blank-line": {"done": False},
}
"""Faults that are a matter of the wire."""


class Writer(Protocol):
    """Something that was being said, in either form."""

    @property
    def turn(self) -> Turn:
        """What was said."""

    def plain(self) -> dict[str, Any]:
        """The plain body."""

    def events(self) -> list[bytes]:
        """The stream's events."""


def _error_named(name: str, provider: Provider) -> Refusal:
    refusal = provider.errors.get(name) or (provider.rules.bad_key if name == "key" else None) or ERRORS.get(name)
    if refusal is None and name in _PLAIN:
        refusal = replace(_error_named("invalid", provider), status=_PLAIN[name])
    if refusal is None:
        names = sorted({*_PLAIN, *ERRORS, *provider.errors})
        msg = f"{provider.name!r} has no error {name!r}; it has {names}"
        raise ValueError(msg)
    return refusal


def error_of(fault: Fault, provider: Provider) -> Refusal:
    """The error that a fault means: a named one, or what the provider sends with the status that the fault gives.

    One of the 4xx is never the error of the provider's servers: no provider says so, and clients try that one again.

    Raises:
        ValueError: The provider has no error of this name.
    """
    status = fault.status or 0
    name = NAMES.get(status, "invalid" if status in _CLIENT_ERRORS else "server")
    refusal = _error_named(fault.error or name, provider)
    return replace(
        refusal,
        status=fault.status or refusal.status,
        message=refusal.message if fault.message is None else fault.message,
        code=refusal.code if fault.code is None else fault.code,
        shape=fault.shape or refusal.shape,
    ).fill({"model": provider.model, "served": provider.model, "key": "sk-emulated"})


def go_wrong(fault: Fault, writer: Writer, provider: Provider, *, stream: bool) -> Answer:
    """Build the answer that goes wrong."""
    if fault.kind == "refuse":
        return _refuse(fault, provider, stream=stream)
    if fault.kind == "disconnect-before-headers":
        return Answer(0, cut=True)
    stream = {"json-for-stream": False, "sse-for-plain": True}.get(fault.kind, stream)
    hold = Hold(fault.release) if fault.kind == "stall-before-headers" else None
    if fault.kind in ("not-json", "empty-body"):
        default = b"" if fault.kind == "empty-body" else b"upstream connect error or disconnect/reset before headers"
        return Answer(200, [_bytes(fault.body, default)], {"content-type": provider.plain_type, **fault.headers})
    if fault.kind == "error-200" or (fault.kind == "error-event" and not stream):
        kind, body = error_body(error_of(fault, provider), fault.shape or provider.event_error or provider.error)
        return Answer(200, [_bytes(fault.body, body)], {"content-type": kind, **fault.headers})
    if stream:
        return stream_answer(_broken_events(fault, writer.events(), provider), provider, hold=hold)
    return _broken_body(fault, writer.plain(), provider, hold)


def _bytes(body: Any, default: bytes) -> bytes:
    if body is None:
        return default
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def _refuse(fault: Fault, provider: Provider, *, stream: bool) -> Answer:
    answer = refusal_answer(error_of(fault, provider), provider, stream=stream, headers=fault.headers)
    answer = replace(answer, refused=None)
    if fault.body is None:
        return answer
    return replace(answer, parts=[_bytes(fault.body, b"")])


def _spoil(fault: Fault, value: dict[str, Any]) -> dict[str, Any]:
    """A body or chunk without its choices or its role."""
    if fault.kind == "choices-null":
        return {**value, "choices": None}
    if fault.kind == "choices-empty":
        return {**value, "choices": []}
    if fault.kind == "choices-missing":
        return {key: part for key, part in value.items() if key != "choices"}
    for choice in value.get("choices", ()):
        (choice.get("message") or choice.get("delta") or {}).pop("role", None)
    return value


def _inside_character(data: bytes) -> int:
    """How many bytes end in the middle of the first character beyond ASCII."""
    start = next((place for place, byte in enumerate(data) if byte > _LAST_ASCII), None)
    if start is None:
        msg = "the fault 'disconnect-mid-character' needs a reply with a character beyond ASCII"
        raise ValueError(msg)
    return start + 1


def _broken_body(fault: Fault, body: dict[str, Any], provider: Provider, hold: Hold | None) -> Answer:
    if fault.kind in ("choices-null", "choices-empty", "choices-missing", "role-missing"):
        body = _spoil(fault, body)
    answer = json_answer(body, provider, hold=hold)
    data = b"".join(part for part in answer.parts if isinstance(part, bytes))
    half = len(data) // 2
    if fault.kind == "disconnect-mid-character":
        return replace(answer, parts=[Torn(data, _inside_character(data))], cut=True)
    if fault.kind in ("disconnect", "disconnect-mid-chunk", "end-early"):
        return replace(answer, parts=[Torn(data, half)], cut=True)
    if fault.kind == "stall":
        return replace(answer, parts=[data[:half], Hold(fault.release), data[half:]])
    if fault.kind == "keep-alive-forever":
        return replace(answer, parts=[KeepAlive(b"\n")], chunked=True)
    return answer


def _broken_events(fault: Fault, events: list[bytes], provider: Provider) -> list[Part]:
    sent, rest = events[: fault.after], events[fault.after :]
    torn = events[min(fault.after, len(events) - 1)]
    build: Mapping[str, Callable[[], list[Part]]] = {
        "disconnect": lambda: [*sent, Drop()],
        "disconnect-mid-chunk": lambda: [*sent, Torn(torn, len(torn) // 2)],
        "disconnect-mid-character": lambda: _torn_character(events),
        "end-early": lambda: [*sent],
        "stall": lambda: [*sent, Hold(fault.release), *rest],
        "keep-alive-forever": lambda: [*sent, KeepAlive(b": keep-alive\n\n")],
        "error-event": lambda: [*sent, *_error_events(fault, provider)],
        "no-blank-line": lambda: [*events[:-1], events[-1].rstrip(b"\r\n")],
        "empty-event": lambda: [*events[:1], b"id: 1\nevent: ping\ndata:\n\n", *events[1:]],
        "role-missing": lambda: _spoiled_event(fault, events, 0),
        **dict.fromkeys(
            ("choices-null", "choices-empty", "choices-missing"),
            lambda: _spoiled_event(fault, events, min(1, len(events) - 1)),
        ),
    }
    return build.get(fault.kind, lambda: [*events])()


def _torn_character(events: list[bytes]) -> list[Part]:
    place = next((number for number, event in enumerate(events) if number and not event.isascii()), 0)
    return [*events[:place], Torn(events[place], _inside_character(events[place]))]


def _error_events(fault: Fault, provider: Provider) -> list[Part]:
    shape = fault.shape or provider.event_error or provider.error
    event = error_event(error_of(fault, provider), shape, prefix=provider.wire.data_prefix)
    return [_bytes(fault.body, event), *([b"data: [DONE]\n\n"] if fault.done else [])]


def _spoiled_event(fault: Fault, events: list[bytes], place: int) -> list[Part]:
    chunk = json.loads(events[place].split(b"data:", 1)[1])
    changed = json.dumps(_spoil(fault, chunk), ensure_ascii=False).encode()
    return [*events[:place], b"data: " + changed + b"\n\n", *events[place + 1 :]]
