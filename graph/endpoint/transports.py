"""Transports for httpx2 over connections of `streams.py`: httpcore2 lets them be made elsewhere, httpx2 does not."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import httpcore2
import httpx2
from openai import DEFAULT_CONNECTION_LIMITS

from graph.endpoint.asyncio_streams import AsyncBackend
from graph.endpoint.certificates import tls_context
from graph.endpoint.proxies import proxy_on, way_to
from graph.endpoint.streams import Backend, Clock, ClosedMeanwhileError
from graph.endpoint.urls import shown_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping

    from graph.endpoint.streams import Sockets


class _Body(httpx2.SyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        clock = _clock_of(self._response)
        with _IN_HTTPX2:
            for part in cast("Iterable[bytes]", self._response.stream):
                yield part
                clock.go_on()
        clock.spoiled = _has_more(self._response)

    def close(self) -> None:
        self._response.close()


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        clock = _clock_of(self._response)
        with _IN_HTTPX2:
            async for part in cast("AsyncIterable[bytes]", self._response.stream):
                yield part
                clock.go_on()
        clock.spoiled = _has_more(self._response)

    async def aclose(self) -> None:
        await self._response.aclose()


class _Transport(httpx2.BaseTransport):
    """Sends a request anew if a connection's end met it, once: a server that dies of it would end each that is kept."""

    def __init__(self, pool: httpcore2.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with _IN_HTTPX2:
            try:
                response = self._pool.handle_request(_in_httpcore2(request))
            except ClosedMeanwhileError:
                response = self._pool.handle_request(_in_httpcore2(request))
        return _response(response, _Body(response))

    def close(self) -> None:
        self._pool.close()


class _AsyncTransport(httpx2.AsyncBaseTransport):
    """`_Transport` for an event loop."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with _IN_HTTPX2:
            try:
                response = await self._pool.handle_async_request(_in_httpcore2(request))
            except ClosedMeanwhileError:
                response = await self._pool.handle_async_request(_in_httpcore2(request))
        return _response(response, _AsyncBody(response))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Client(httpx2.Client):
    """Sends a request as it is: no redirect is followed, no cookie kept, nothing wrapped around what comes.

    The log names no query, in which some endpoints want their key.
    """

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        if not stream or self.is_closed or request.url.userinfo:  # which httpx2 makes a header of
            return super().send(request, stream=stream, **options)
        response = self._transport_for_url(request.url).handle_request(request)
        return _come(self, request, response)


class _AsyncClient(httpx2.AsyncClient):
    """`_Client` for an event loop."""

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        if not stream or self.is_closed or request.url.userinfo:
            return await super().send(request, stream=stream, **options)
        response = await self._transport_for_url(request.url).handle_async_request(request)
        return _come(self, request, response)


_logger: Final = logging.getLogger("httpx2")


def _come(client: _Client | _AsyncClient, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    response.request = request
    if response.has_redirect_location:
        with suppress(httpx2.RemoteProtocolError):  # no request can be sent where it leads
            response.next_request = client._build_redirect_request(request, response)  # noqa: SLF001 - as in its `send`
    if _logger.isEnabledFor(logging.INFO):
        url = shown_url(str(request.url))
        answer = response.http_version, response.status_code, response.reason_phrase
        _logger.info('HTTP Request: %s %s "%s %d %s"', request.method, url, *answer)
    return response


def new_client(
    base_url: str, timeout: httpx2.Timeout, *, proxy: str | None = None, sockets: Sockets = ()
) -> httpx2.Client:
    """A client for one endpoint that follows no redirect by itself; certificates are the environment's.

    Args:
        base_url: the endpoint's; what is on this machine is reached without the environment's proxies.
        timeout: seconds to connect, to write, and that an answer may take to begin or to go on.
        proxy: the URL of a proxy; None: what the environment names.
        sockets: options of each socket: level, name, value.

    Raises:
        SettingsError: a proxy, or the certificates that the environment names, cannot be used.
    """
    kinds = httpcore2.ConnectionPool, httpcore2.HTTPProxy, httpcore2.SOCKSProxy
    return _Client(timeout=timeout, **_routes(base_url, proxy, _Transport, kinds, Backend(sockets)))


def new_async_client(
    base_url: str, timeout: httpx2.Timeout, *, proxy: str | None = None, sockets: Sockets = ()
) -> httpx2.AsyncClient:
    """`new_client` for an event loop."""
    kinds = httpcore2.AsyncConnectionPool, httpcore2.AsyncHTTPProxy, httpcore2.AsyncSOCKSProxy
    return _AsyncClient(timeout=timeout, **_routes(base_url, proxy, _AsyncTransport, kinds, AsyncBackend(sockets)))


def _routes(
    base_url: str, proxy: str | None, transport: Callable[[Any], Any], kinds: tuple[Any, Any, Any], backend: object
) -> Any:
    """What a client is made with: the direct way, and the proxy of each scheme that has one."""
    direct, http_proxy, socks_proxy = kinds
    here = httpx2.URL(base_url)
    ways = {scheme: proxy_on(way_to(here.copy_with(scheme=scheme), proxy)) for scheme in ("http", "https")}
    over_tls = here.scheme == "https" or any(way and way.url.scheme == "https" for way in ways.values())
    certificates = tls_context() if over_tls else None  # a redirect from http to https has the library's own
    options: Mapping[str, Any] = {
        "ssl_context": certificates,
        "max_connections": _LIMITS.max_connections,
        "max_keepalive_connections": _LIMITS.max_keepalive_connections,
        "keepalive_expiry": _LIMITS.keepalive_expiry,
        "network_backend": backend,
    }
    mounts = {}
    for scheme, way in ways.items():
        if way is not None:
            kind = socks_proxy if way.url.scheme.startswith("socks") else http_proxy
            more = {"proxy_ssl_context": certificates} if way.url.scheme == "https" else {}
            pool = kind(proxy_url=_url(way.url), proxy_auth=way.raw_auth, **more, **options)
            mounts[f"{scheme}://"] = transport(pool)
    return {"transport": transport(direct(**options)), "mounts": mounts, "follow_redirects": False}


_LIMITS: Final = DEFAULT_CONNECTION_LIMITS


def _url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _in_httpcore2(request: httpx2.Request) -> httpcore2.Request:
    return httpcore2.Request(
        request.method,
        _url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _response(response: httpcore2.Response, body: _Body | _AsyncBody) -> httpx2.Response:
    _clock_of(response).go_on()
    return httpx2.Response(response.status, headers=response.headers, stream=body, extensions=response.extensions)


def _has_more(response: httpcore2.Response) -> bool:
    """Whether bytes came behind the end of a body: they would be read as the answer to the next request."""
    connection = getattr(getattr(response.stream, "_stream", None), "_connection", None)
    trailing, _ = getattr(getattr(connection, "_h11_state", None), "trailing_data", (b"", False))
    return bool(trailing)


def end_in(response: httpx2.Response, seconds: float) -> bool:
    """Let what is left of an answer have so long to come, and say whether it is so: clients of the user's cannot."""
    clock = response.extensions.get("network_stream")
    if not isinstance(clock, Clock):
        return False
    clock.end_in(seconds)
    return True


def _clock_of(response: httpcore2.Response) -> Clock:
    stream = response.extensions["network_stream"]
    return stream if isinstance(stream, Clock) else Clock()  # another stream is that of a protocol switched to


_FAILURES: Final = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)


class _InHttpx2:
    """What httpcore2 raises, as httpx2 does, which names it the same."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ClosedMeanwhileError):
            raise httpx2.RemoteProtocolError(str(error)) from None
        if isinstance(error, _FAILURES):
            raise getattr(httpx2, type(error).__name__)(str(error)) from error


_IN_HTTPX2: Final = _InHttpx2()
