"""Connections whose reads end in time, whatever trickles in.

A socket's time-out begins anew with each byte. So one byte of a header now and then, or one answer of status 102 after
the other, would hold a request for ever. Here a read has what is left of the time since the request was written, or
since the last piece of the body was taken.

httpcore2 writes a request's headers, its body, and nothing (`b""`) at the end: what it writes is sent at once.
"""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import httpcore2

if TYPE_CHECKING:
    from collections.abc import Sequence

    Sockets = Sequence[tuple[int, int, int]]


PIECE: Final = 1 << 16
"""Bytes that are written at once over TLS, which waits for all that it was given: a time-out is for each of them."""

_AT_ONCE_S: Final = 1.0
"""Seconds in which the end of a connection meets a request on its way; later the server has thought about it."""


class ClosedMeanwhileError(httpcore2.RemoteProtocolError):
    """A connection was closed while a request was on its way, which may be sent on another one."""


class Clock:
    """The time that a connection's reads have together, and whether it still serves.

    Attributes:
        spoiled: something came that no request has asked for, so that no further one may use it.
    """

    spoiled = False
    _since = 0.0
    _end = math.inf
    _requests = 0  # not what is said to a SOCKS proxy before them
    _silent = False

    def ask(self) -> None:
        """Take note that a request is sent, of which nothing was heard yet."""
        self._requests += 1
        self._silent = True
        self.begin()

    def begin(self) -> None:
        """Begin anew: a request was sent, whose answer has all its time."""
        self._end = math.inf
        self.go_on()

    def heard(self, data: bytes) -> bytes:
        """Take note of what was read.

        Raises:
            ClosedMeanwhileError: a connection that had served before ends at once, without a byte.
        """
        if self._silent and not data and self._requests > 1 and time.monotonic() - self._since < _AT_ONCE_S:
            msg = "Server disconnected without sending a response."
            raise ClosedMeanwhileError(msg)
        self._silent = False
        return data

    def go_on(self) -> None:
        """Begin anew: a piece of the body was taken and the next one is asked for."""
        self._since = time.monotonic()

    def end_in(self, seconds: float) -> None:
        """Let all further reads of this answer have so long together."""
        self._end = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float | None:
        """Seconds that the next read may take.

        Raises:
            httpcore2.ReadTimeout: none.
        """
        end = min(self._end, math.inf if timeout is None else self._since + timeout)
        if end == math.inf:
            return None
        left = end - time.monotonic()
        if left <= 0:
            msg = f"bytes came, but the answer did not get on for {timeout or 0:g} s"
            raise httpcore2.ReadTimeout(msg)
        return left


class _Stream(Clock, httpcore2.NetworkStream):
    """A connection of httpcore2's."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self._step = sys.maxsize if inner.get_extra_info("ssl_object") is None else PIECE
        self._unsent = b""
        self.go_on()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            self._send(timeout)
        try:
            return self.heard(self._inner.read(max_bytes, self.left(timeout)))
        except httpcore2.ReadError:
            self.heard(b"")
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if not buffer:
            self.ask()
            self._send(timeout)

    def _send(self, timeout: float | None) -> None:
        unsent, self._unsent = self._unsent, b""
        for at in range(0, len(unsent), self._step):
            self._inner.write(unsent[at : at + self._step], timeout)
        self.begin()

    def start_tls(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return (info == "is_readable" and self.spoiled) or self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()


class Backend(httpcore2.SyncBackend):
    """Makes connections.

    Args:
        sockets: options of each socket: level, name, value.
    """

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        """Connect, as httpcore2 does.

        Raises:
            httpcore2.ConnectError: nothing answers, or a socket has no such option.
        """
        try:
            stream = super().connect_tcp(*args, **{**options, "socket_options": None})
        except UnicodeError as error:  # a host that no name server could be asked for
            raise httpcore2.ConnectError(str(error)) from error
        try:
            for option in self._sockets:
                stream.get_extra_info("socket").setsockopt(*option)
        except OSError as error:
            stream.close()
            raise httpcore2.ConnectError(str(error)) from error
        return _Stream(stream)
