"""The HTTP clients of one endpoint: a synchronous one, and an asynchronous one for each event loop.

Requests are sent here as they are. The SDK would walk every message through a union of typed dicts on every
request (SPEED.md) and read replies more strictly than servers write them.

The plain stack caches one asynchronous client for the process, so that the second `asyncio.run` meets connections of a
loop that is closed. Here each loop has its own, closed when the loop shuts down, or when nobody has it any more.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import threading
import time
import weakref
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2

from graph.endpoint.headers import checked_headers
from graph.endpoint.keys import Key
from graph.endpoint.proxies import named_for, way_to
from graph.endpoint.redirects import REDIRECT, asent, sent
from graph.endpoint.timeouts import checked_timeout
from graph.endpoint.transports import new_async_client, new_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping

    from graph.endpoint.dispatch import Dispatch
    from graph.endpoint.keys import Given
    from graph.endpoint.proxies import Way
    from graph.endpoint.streams import Sockets


class HttpRefusal(Exception):  # noqa: N818 - a signal to the exchange, which turns it into a typed error
    """An answer of status 300 or above, as it came."""

    def __init__(self, response: httpx2.Response, content: bytes) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status = response.status_code
        self.headers = response.headers
        self.content = content


class Clients:
    """Makes and keeps the clients. They retry nothing themselves: the exchange decides on that.

    Args:
        base_url: always explicit, so that no variable of the environment redirects requests.
        api_key: sent to that base URL and nowhere else; or what gives one for each request.
        connect_timeout_s: seconds to connect.
        read_timeout_s: seconds without a byte, where a request does not say otherwise.
        write_timeout_s: seconds in which nothing of a request is taken; None: as long as without a byte.
        pool_timeout_s: seconds to wait for a connection of the pool; None: as long as without a byte.
        route: what requests are sent to, below the base URL.
        headers: further headers of every request.
        query: parameters of every request's URL.
        proxy: the URL of a proxy; None: what the environment names.
        sockets: options of each socket: level, name, value.
        given: clients to use in the place of those that are made here, which bound an answer's beginning better.

    Raises:
        SettingsError: no request can carry the key or a header.
    """

    def __init__(
        self,
        base_url: str,
        api_key: Given,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        write_timeout_s: float | None = None,
        pool_timeout_s: float | None = None,
        route: str = "chat/completions",
        headers: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        proxy: str | None = None,
        sockets: Sockets = (),
        given: tuple[httpx2.Client | None, httpx2.AsyncClient | None] = (None, None),
    ) -> None:
        self._base_url = base_url
        self._url = _with_query(httpx2.URL(f"{base_url}/{route}"), query)
        self._key = Key(api_key)
        parts = {"connect": connect_timeout_s, "write": write_timeout_s, "pool": pool_timeout_s}
        self._timeout_parts = {name: part for name, part in parts.items() if part is not None}
        self._timeout = httpx2.Timeout(read_timeout_s, **self._timeout_parts)
        self._sent_headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "user-agent": "portolan",
            **checked_headers(headers, "default_headers"),
        }
        self._ways: dict[str, Any] = {"proxy": proxy, "sockets": sockets}
        self._given = given
        self._lock = threading.Lock()
        self._sync: httpx2.Client | None = None
        self._by_loop: dict[asyncio.AbstractEventLoop, tuple[httpx2.AsyncClient, Callable[[], object]]] = {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys sent of late; what one request carries besides, its `Dispatch` knows."""
        return tuple(self._key.secrets)

    @property
    def _sync_http(self) -> httpx2.Client:
        """The synchronous client; it serves all threads."""
        if self._given[0] is not None:
            return self._given[0]
        with self._lock:
            if self._sync is None:
                self._sync = new_client(self._base_url, self._timeout, **self._ways)
                weakref.finalize(self, self._sync.close)
            return self._sync

    async def _async_http(self) -> httpx2.AsyncClient:
        """The client of the running event loop."""
        if self._given[1] is not None:
            return self._given[1]
        loop = asyncio.get_running_loop()
        with self._lock:  # other threads, with loops of their own, write it meanwhile
            known = self._by_loop.get(loop)
        if known is not None and not known[0].is_closed:  # closed it is where the loop goes on after its shutdown
            return known[0]
        self._forget_closed_loops()
        client = self._new_async_http()
        closer = _close_with_loop(client)
        _closers.add(closer)
        await anext(closer)  # from here on the loop knows the generator, and ends it when it shuts down
        finalizer = weakref.finalize(self, _close_soon, weakref.ref(loop), closer)
        finalizer.atexit = False
        with self._lock:
            self._by_loop[loop] = client, finalizer.detach
        return client

    def _forget_closed_loops(self) -> None:
        """Let go of what loops left behind that were closed without being shut down first."""
        with self._lock:
            left = [self._by_loop.pop(loop) for loop in list(self._by_loop) if loop.is_closed()]
        for _, detach in left:
            detach()

    def _new_async_http(self) -> httpx2.AsyncClient:
        return new_async_client(self._base_url, self._timeout, **self._ways)

    def _request(
        self, client: httpx2.Client | httpx2.AsyncClient, key: str, body: Mapping[str, Any], options: Mapping[str, Any]
    ) -> httpx2.Request:
        timeout = checked_timeout(options.get("timeout")) or self._timeout
        if isinstance(timeout, tuple):
            timeout = httpx2.Timeout(timeout)
        elif isinstance(timeout, int | float):
            timeout = httpx2.Timeout(timeout, **self._timeout_parts)
        build = client.build_request if client in self._given else httpx2.Request  # the user's has headers of its own
        return build(
            "POST",
            _with_query(self._url, options.get("extra_query")),
            headers={
                "authorization": f"Bearer {key}",
                **self._sent_headers,
                **checked_headers(options.get("extra_headers"), "extra_headers"),
            },
            content=_encode(body).encode("utf-8", "replace"),
            extensions={"timeout": timeout.as_dict()},
        )

    def _way_of(self, client: httpx2.Client | httpx2.AsyncClient) -> Way | None:
        """The proxy that a client's requests go through; one of the user's may have others than the environment's."""
        if client not in self._given:
            return way_to(self._url, self._ways["proxy"])
        way = named_for(self._url) if client.trust_env else None
        return replace(way, certain=False) if way else None

    @contextmanager
    def send(
        self, body: Mapping[str, Any], options: Mapping[str, Any], dispatch: Dispatch | None = None
    ) -> Generator[httpx2.Response]:
        """Send a request for a reply; the response's bytes are read within the block.

        Args:
            body: the request's body.
            options: `timeout` (seconds without a byte, a tuple, or a `Timeout`), `extra_headers`, `extra_query`.
            dispatch: takes note of the request.

        Raises:
            SettingsError: a header cannot be sent, or the key that a function gave; or the time-out is none.
            HttpRefusal: the status is 400 or above, or a redirect that is not to be followed.
            httpx2.TransportError: no answer came, or none in time, however many bytes of it did.
            TimeoutError: a refusal did not come to its end in time.
        """
        client = self._sync_http
        request = self._request(client, self._key.get(), body, options)
        if dispatch is not None:
            dispatch.begin(request, lambda: self._way_of(client))
        response = sent(client, request)
        try:
            if response.status_code >= _REFUSED:
                raise HttpRefusal(response, b"".join(map(_InTime(response), response.iter_bytes())))
            yield response
        finally:
            response.close()

    @asynccontextmanager
    async def asend(
        self, body: Mapping[str, Any], options: Mapping[str, Any], dispatch: Dispatch | None = None
    ) -> AsyncGenerator[httpx2.Response]:
        """`send` for an event loop."""
        client = await self._async_http()
        request = self._request(client, await self._key.aget(), body, options)
        if dispatch is not None:
            dispatch.begin(request, lambda: self._way_of(client))
        response = await asent(client, request)
        try:
            if response.status_code >= _REFUSED:
                in_time = _InTime(response)
                raise HttpRefusal(response, b"".join([in_time(part) async for part in response.aiter_bytes()]))
            yield response
        finally:
            await response.aclose()


_REFUSED = REDIRECT.start

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _with_query(url: httpx2.URL, query: Mapping[str, Any] | None) -> httpx2.URL:
    """A URL with further parameters; those of a list are written as the SDK does, `name[]=a&name[]=b`."""
    if not query:
        return url
    named = {f"{key}[]" if isinstance(value, list | tuple) else key: value for key, value in query.items()}
    given = {key: value for key, value in named.items() if value is not None}
    return url.copy_merge_params(given) if given else url


class _InTime:
    """Hands on the parts of a refusal, which has as much time for all of it as an answer has to get on."""

    def __init__(self, response: httpx2.Response) -> None:
        self._seconds = response.request.extensions["timeout"]["read"]
        self._began = time.monotonic()

    def __call__(self, part: bytes) -> bytes:
        if self._seconds is not None and time.monotonic() - self._began > self._seconds:
            msg = f"a refusal did not come to its end within {self._seconds:g} s"
            raise TimeoutError(msg)
        return part


async def _close_with_loop(http_client: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Close a client when its loop shuts down: a loop finishes the asynchronous generators begun in it."""
    try:
        yield
    finally:
        await http_client.aclose()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next round


_closers: weakref.WeakSet[AsyncGenerator[None]] = weakref.WeakSet()


@atexit.register
def _end_left() -> None:
    """End what loops left behind that were never closed, or Python warns that nobody awaited it."""
    for closer in list(_closers):
        ending = closer.aclose()
        with suppress(Exception):
            ending.send(None)
        with suppress(Exception):
            ending.close()


async def _end(closer: AsyncGenerator[None]) -> None:
    with suppress(RuntimeError):  # the loop is ending it by itself
        await closer.aclose()


_closing: set[asyncio.Task[None]] = set()
"""Held here, since a loop holds its tasks weakly."""


def _close_soon(loop_ref: weakref.ref[asyncio.AbstractEventLoop], closer: AsyncGenerator[None]) -> None:
    """Close a client that nobody has any more in its own loop, which may be another thread's."""

    def begin() -> None:
        task = asyncio.ensure_future(_end(closer))
        _closing.add(task)
        task.add_done_callback(_closing.discard)

    loop = loop_ref()
    if loop is not None:
        with suppress(RuntimeError):  # the loop has closed, and the client with it
            loop.call_soon_threadsafe(begin)
