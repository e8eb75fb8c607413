"""Asynchronous requests through aiohttp, beneath an httpx2 client.

What httpx2 itself does for a request costs about a tenth of an asynchronous turn more (`benchmarks/run.py`): aiohttp
parses in C and has no second layer above the event loop. openai's package has such a transport, too, which tells a host
that does not resolve, a certificate that does not hold and a lost connection all as a time-out of connecting, lets a
server that takes no bytes hold a request for ever, and asks for compressed streams, which a gateway may gather before
it sends them. A proxy needs httpx2's own transport (`ALL_PROXY`, SOCKS).
"""

from __future__ import annotations

import asyncio
import io
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import httpx2

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Generator

_KEEP_ALIVE_S: Final = 5.0
_MAX_CONNECTIONS: Final = 1000
"""As in openai's own clients."""

_MAX_HEADER: Final = 100_000
"""Bytes of one header: what httpx2 takes of all together; aiohttp's default of 8190 is less than some gateways send."""

_LARGE: Final = 1 << 20
"""Bytes of a body that is written in parts, so that the loop goes on meanwhile."""

_SLOW_BYTES_PER_S: Final = 50_000
"""A request with an image of some megabytes may take minutes on the way up."""

_ERRORS: Final[tuple[tuple[type[Exception], type[httpx2.TransportError]], ...]] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx2.ReadTimeout),
    (TimeoutError, httpx2.ReadTimeout),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx2.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx2.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (aiohttp.ClientError, httpx2.ReadError),
)
"""From the special to the general."""


@contextmanager
def _as_httpx2() -> Generator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        found = next(to for of, to in _ERRORS if isinstance(error, of))
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error  # aiohttp's words name TLS
        raise found(str(cause)) from cause


class _Connector(aiohttp.TCPConnector):
    """Connections that end without a word with a loop which was closed before them, as httpx2's do."""

    def __del__(self, _warnings: Any = None) -> None:
        """Say nothing: aiohttp would log each connection as an error of the program."""


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx2():
            async for data in self._response.content.iter_any():
                yield data

    async def aclose(self) -> None:
        self._response.release()  # a connection that has more to send is closed by it
        with _as_httpx2():
            await self._response.wait_for_close()


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends the requests of one event loop.

    Args:
        secure: TLS is needed, with the certificates that httpx2 trusts.
    """

    def __init__(self, *, secure: bool) -> None:
        verify: ssl.SSLContext | bool = httpx2.create_ssl_context() if secure else True
        connector = _Connector(limit=_MAX_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_S, ssl=verify)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),  # cookies are the client's
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            max_line_size=_MAX_HEADER,
            max_field_size=_MAX_HEADER,
        )
        weakref.finalize(self, self._session.detach)  # a session that is not closed would be logged as an error

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its body is whole, and the response's is read by whoever has it.

        Raises:
            httpx2.TransportError: no answer came.
        """
        waits: dict[str, float | None] = request.extensions.get("timeout") or {}
        body = await request.aread()  # that of a redirect is a stream
        bounds = [waits.get(part) for part in ("connect", "write", "read")]
        most_s = None if None in bounds else sum(filter(None, bounds)) + len(body) / _SLOW_BYTES_PER_S
        with _as_httpx2():
            async with asyncio.timeout(most_s):  # nothing of aiohttp's own ends it where a server takes no bytes
                response = await self._session.request(
                    request.method,
                    str(request.url),
                    headers=request.headers.multi_items(),
                    data=body if len(body) < _LARGE else io.BytesIO(body),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(connect=waits.get("connect"), sock_read=waits.get("read")),
                )
        return httpx2.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=_Body(response),
            extensions={"reason_phrase": (response.reason or "").encode()},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()
