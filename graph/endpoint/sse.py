"""Server-sent events out of bytes, as forgiving as servers are careless.

The SDK's own decoder drops a last event without a blank line, raises on an event without data, and hands a body that is
plain JSON to nobody (WIRE.md, B4); an agent has to know what came, so the bytes are read here.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = "[DONE]"

_DECODER = json.JSONDecoder(strict=False)


@dataclass(slots=True)
class BodyReader:
    """Turns a response's bytes into events: the objects of an event stream, or the one object of a JSON body.

    Which of the two it is, the bytes decide and not the request: servers answer a streamed request with JSON, and a
    plain one with events. Feed it with `feed`, end it with `close`; `done` tells whether `[DONE]` came, `event` what
    stood in the line `event:` of the one that came last, `garbage` holds the beginning of what was neither an event nor
    JSON, `torn` tells whether some of it began like an event that did not come whole, and `mangled` whether some bytes
    were no UTF-8.
    """

    limit: int = 64 * 1024 * 1024
    done: bool = False
    streamed: bool | None = None
    event: str = ""
    garbage: str = ""
    torn: bool = False
    mangled: bool = False
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    )
    _pending: str = ""
    _kind: str = ""
    _data: list[str] = field(default_factory=list)
    _body: list[str] = field(default_factory=list)
    _size: int = 0

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield the events that are complete after these bytes.

        Raises:
            OverflowError: the body is larger than `limit` bytes.
        """
        self._size += len(data)
        if self._size > self.limit:
            msg = f"the body is larger than {self.limit} bytes"
            raise OverflowError(msg)
        text = self._text(data)
        if self.streamed is None:
            self._pending += text
            head = self._pending.lstrip("\ufeff \t\r\n")
            if len(head) < _FIELD and head[:1] not in {"{", "[", ":"}:
                return
            self.streamed = _is_field(head)
            text, self._pending = head, ""
        if not self.streamed:
            self._body.append(text)
            return
        # A line ends with \n, \r\n or \r; a \r at the end may be the first half of \r\n.
        text = self._pending + text
        held = "\r" if text.endswith("\r") else ""
        lines = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._pending = lines.pop() + held
        for line in lines:
            yield from self._line(line)

    def close(self) -> Iterator[Any]:
        """Yield what is complete at the body's end, also an event that no blank line ended. A second time: nothing."""
        rest = self._text(b"", final=True)
        if self.streamed is None:
            self.streamed = False
            rest = self._pending + rest
        pending, self._pending = self._pending, ""
        if self.streamed:
            yield from self._line((pending + rest).rstrip("\r"))
            yield from self._line("")
            return
        body, self._body = "".join((*self._body, rest)).strip(), []
        if body:
            yield from self._decode(body)

    def _text(self, data: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(data, final)
        if text.isascii() or not _NO_TEXT.search(text):
            return text
        self.mangled = True
        return _NO_TEXT.sub("\ufffd", text)

    def _line(self, line: str) -> Iterator[Any]:
        if line.startswith("data:"):
            if self._data and (before := self._whole("\n".join(self._data))) is not None:
                self._data = []  # events that only one line break separates
                yield before
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line.strip():
            data, self._data = "\n".join(self._data).strip(), []
            kind, self._kind = self._kind, ""
            self.event = kind
            for value in self._decode(data) if data else ():
                yield (
                    {"error": value}
                    if kind == "error" and not (isinstance(value, dict) and "error" in value)
                    else value
                )
            if kind == "error" and data and self.garbage == data[:_SHOWN]:
                yield {"error": {"message": data[:_SHOWN]}}
        elif line.startswith("event:"):
            self._kind = line.removeprefix("event:").strip()
        elif line[0] == "{":  # an object that no `data:` announces, as gateways send on failure
            try:
                value, end = _DECODER.raw_decode(line)
            except (ValueError, RecursionError):
                self._keep(line)
                return
            yield value
            yield from self._line(line[end:].lstrip())

    def _whole(self, data: str) -> Any:
        """The object that some lines are, if they are one."""
        try:
            value = json.loads(data, strict=False)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def _keep(self, data: str) -> None:
        """Keep what cannot be read, and whether an event was begun in it."""
        self.garbage = self.garbage or data[:_SHOWN]
        self.torn = self.torn or data[0] in "{["

    def _decode(self, data: str) -> Iterator[Any]:
        if data == DONE:
            self.done = True
            return
        try:
            yield json.loads(data, strict=False)
        except (ValueError, RecursionError):
            parts = data.split("\n")
            if len(parts) > 1:  # events that only one line break separates, or a body of a line each
                self.streamed = True
                for part in parts:
                    yield from self._decode(part.strip())
            elif data:
                self._keep(data)


_NO_TEXT: Final = re.compile("[\udc80-\udcff]")
"""What stands for a byte that is no UTF-8 (PEP 383)."""

_SHOWN: Final = 500

_FIELD = 6
"""Characters that tell an event's field (`data:`, `event:`, `id:`, `retry:`, `: comment`) from a body."""


def _is_field(head: str) -> bool:
    return head[0] == ":" or head.startswith(("data:", "event:", "id:", "retry:"))
