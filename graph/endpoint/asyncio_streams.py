"""Connections of the running event loop.

httpcore2's own go through anyio, for trio's sake, which costs CPU at every read: LangGraph runs on asyncio alone.
"""

from __future__ import annotations

import asyncio
import ipaddress
import select
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import httpcore2

from graph.endpoint.streams import PIECE, Clock

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterable

    from graph.endpoint.streams import Sockets

_MOST: Final = 1 << 18
"""Bytes that may wait to be read before the peer is asked to wait."""

_NO_BOUND_S: Final = 1e6
"""asyncio's bound on a handshake cannot be left out."""


class _Arrived(asyncio.Protocol):
    """What a connection has brought, what may be written to it, and how it ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.data = bytearray()
        self.ended = self.lost = False
        self.error: Exception | None = None
        self._reader: asyncio.Future[bool] | None = None
        self._writer: asyncio.Future[bool] | None = None
        self._may_write = True
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.set_write_buffer_limits(0)  # so that what is written counts as sent when the system has taken it

    def data_received(self, data: bytes) -> None:
        self.data += data
        if len(self.data) > _MOST and self.transport is not None:
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        self.ended = True
        _wake(self._reader)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = self.lost = self._may_write = True
        self.error = exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        _wake(self._writer)

    async def something(self, timeout: float | None) -> bool:  # noqa: ASYNC109 - a timer is cheaper than asyncio.timeout
        """Wait for bytes, or for the end; say whether there is one of both."""
        if self.data or self.ended:
            return True
        self._reader = self._loop.create_future()
        try:
            return await _within(self._reader, timeout)
        finally:
            self._reader = None

    async def room(self, timeout: float | None) -> bool:  # noqa: ASYNC109 - as above
        """Wait until what was written is on its way; say whether it is."""
        if self._may_write:
            return True
        self._writer = self._loop.create_future()
        try:
            return await _within(self._writer, timeout)
        finally:
            self._writer = None

    def take(self, most: int) -> bytes:
        """The first bytes that wait."""
        if len(self.data) <= most:
            taken, self.data = bytes(self.data), bytearray()
        else:
            taken = bytes(self.data[:most])
            del self.data[:most]
        if self.transport is not None and not self.ended and len(self.data) <= _MOST:
            self.transport.resume_reading()
        return taken


def _wake(waiting: asyncio.Future[bool] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(True)


def _late(waiting: asyncio.Future[bool]) -> None:
    if not waiting.done():
        waiting.set_result(False)


async def _within(waiting: asyncio.Future[bool], timeout: float | None) -> bool:  # noqa: ASYNC109 - as above
    if timeout is None:
        return await waiting
    timer = waiting.get_loop().call_later(timeout, _late, waiting)
    try:
        return await waiting
    finally:
        timer.cancel()


class _AsyncStream(Clock, httpcore2.AsyncNetworkStream):
    """A connection of the running event loop."""

    def __init__(self, arrived: _Arrived, raw: asyncio.Transport) -> None:
        self._arrived = arrived
        self._raw = raw
        self._step = sys.maxsize if arrived.transport is raw else PIECE
        self._unsent = b""
        self.go_on()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore2's
        if self._unsent:
            await self._send(timeout)
        arrived = self._arrived
        if not await arrived.something(self.left(timeout)):
            raise httpcore2.ReadTimeout
        if not arrived.data and arrived.error is not None:
            self.heard(b"")
            raise httpcore2.ReadError(str(arrived.error)) from arrived.error
        return self.heard(arrived.take(max_bytes))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore2's
        self._unsent += buffer
        if not buffer:
            self.ask()
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:  # noqa: ASYNC109 - httpcore2's
        unsent, self._unsent = self._unsent, b""
        arrived = self._arrived
        if arrived.transport.is_closing():
            raise httpcore2.WriteError(str(arrived.error or "the connection is closed"))
        for at in range(0, len(unsent), self._step):
            arrived.transport.write(unsent[at : at + self._step])
            size = self._unwritten()
            while not await arrived.room(timeout):
                before, size = size, self._unwritten()
                if size >= before:
                    raise httpcore2.WriteTimeout
            if arrived.transport.is_closing():
                break
        if arrived.error is not None:
            raise httpcore2.WriteError(str(arrived.error)) from arrived.error
        self.begin()

    def _unwritten(self) -> int:
        return cast("int", self._arrived.transport.get_write_buffer_size()) + self._raw.get_write_buffer_size()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's
    ) -> httpcore2.AsyncNetworkStream:
        arrived = _Arrived()
        try:
            async with asyncio.timeout(timeout):
                arrived.transport = await asyncio.get_running_loop().start_tls(
                    self._arrived.transport,
                    arrived,
                    ssl_context,
                    server_hostname=server_hostname,
                    ssl_handshake_timeout=_NO_BOUND_S,
                )
        except BaseException as error:
            self._raw.abort()
            if isinstance(error, TimeoutError):
                raise httpcore2.ConnectTimeout(str(error)) from error
            if isinstance(error, OSError):
                raise httpcore2.ConnectError(str(error)) from error
            raise
        if arrived.transport is None:
            msg = "the connection was closed during the handshake"
            raise httpcore2.ConnectError(msg)
        arrived.transport.set_write_buffer_limits(1)  # 0 is no limit that asyncio's TLS can be below
        return _AsyncStream(arrived, self._raw)

    def get_extra_info(self, info: str) -> Any:
        transport = self._arrived.transport
        if info == "is_readable":
            seen = self.spoiled or bool(self._arrived.data) or self._arrived.ended
            return seen or _is_readable(transport.get_extra_info("socket"))
        return transport.get_extra_info({"client_addr": "sockname", "server_addr": "peername"}.get(info, info))

    async def aclose(self) -> None:
        if not self._arrived.lost:  # asyncio's transports know their loop no longer then
            self._arrived.transport.abort()


def _is_readable(own: socket.socket | None) -> bool:
    """Whether something has come that the event loop has not met yet: behind a reply it can only be the end."""
    if own is None or own.fileno() < 0:  # it is being closed
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([own], [], [], 0)[0])
    poll = select.poll()
    poll.register(own, select.POLLIN)
    return bool(poll.poll(0))


def _is_address(host: str) -> bool:
    """Whether a host is given by its address, so that there is but one to try."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class AsyncBackend(httpcore2.AsyncNetworkBackend):
    """`Backend` for an event loop."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - those of all its connections
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the address of a host that answers first."""
        loop = asyncio.get_running_loop()
        # uvloop takes no such option, and tries one address after the other.
        several = isinstance(loop, asyncio.BaseEventLoop) and not _is_address(host)
        side_by_side: Any = {"happy_eyeballs_delay": 0.25} if several else {}
        local = (local_address, 0) if local_address else None
        try:
            async with asyncio.timeout(timeout):
                raw, arrived = await loop.create_connection(_Arrived, host, port, local_addr=local, **side_by_side)
            try:
                for option in self._sockets:
                    raw.get_extra_info("socket").setsockopt(*option)
            except BaseException:
                raw.abort()
                raise
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that no name server could be asked for
            raise httpcore2.ConnectError(str(error)) from error
        return _AsyncStream(arrived, raw)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
