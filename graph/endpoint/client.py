"""The HTTP clients of one endpoint: a synchronous one, and an asynchronous one for each event loop.

Requests are sent here as they are. The SDK would walk every message through a union of typed dicts on every
request (SPEED.md) and read replies more strictly than servers write them.

The plain stack caches one asynchronous client for the process, so that the second `asyncio.run` meets connections of a
loop that is closed. Here each loop has its own, closed when the loop shuts down, or when nobody has it any more.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import threading
import urllib.request
import weakref
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import openai

from graph.endpoint.redirects import MOST, REDIRECT, onward

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping

    from pydantic import SecretStr


def is_loopback(base_url: str) -> bool:
    """Whether a URL points to this machine, where no proxy has a place."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class HttpRefusal(Exception):  # noqa: N818 - a signal to the exchange, which turns it into a typed error
    """An answer of status 300 or above, as it came."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status = response.status_code
        self.headers = response.headers
        self.content = response.content


class Clients:
    """Makes and keeps the clients. They retry nothing themselves: the exchange decides on that.

    Args:
        base_url: always explicit, so that no variable of the environment redirects requests.
        api_key: sent to that base URL and nowhere else.
        connect_timeout_s: seconds to connect.
        read_timeout_s: seconds without a byte, where a request does not say otherwise.
        route: what requests are sent to, below the base URL.
        headers: further headers of every request.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        route: str = "chat/completions",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url = base_url
        self._url = httpx2.URL(f"{base_url}/{route}")
        self._api_key = api_key
        self._connect_timeout_s = connect_timeout_s
        self._timeout = httpx2.Timeout(read_timeout_s, connect=connect_timeout_s)
        self._sent_headers = {
            "authorization": f"Bearer {api_key.get_secret_value()}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "user-agent": "portolan",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        self._lock = threading.Lock()
        self._sync: httpx2.Client | None = None
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )

    def _transport(self) -> dict[str, Any]:
        return {"timeout": self._timeout, "trust_env": not is_loopback(self._base_url), "follow_redirects": False}

    @property
    def _sync_http(self) -> httpx2.Client:
        """The synchronous client; it serves all threads."""
        with self._lock:
            if self._sync is None:
                self._sync = openai.DefaultHttpxClient(**self._transport())
                weakref.finalize(self, self._sync.close)
            return self._sync

    async def _async_http(self) -> httpx2.AsyncClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        known = self._by_loop.get(loop)
        if known is not None:
            return known
        client = self._new_async_http()
        closer = _close_with_loop(client)
        await anext(closer)  # from here on the loop knows the generator, and ends it when it shuts down
        self._by_loop[loop] = client
        weakref.finalize(self, _close_soon, weakref.ref(loop), closer).atexit = False
        return client

    def _new_async_http(self) -> httpx2.AsyncClient:
        options = self._transport()
        if options["trust_env"] and urllib.request.getproxies():
            return openai.DefaultAsyncHttpxClient(**options)
        from graph.endpoint.fast_transport import AiohttpTransport  # noqa: PLC0415 - only a loop pays for the import

        return httpx2.AsyncClient(transport=AiohttpTransport(secure=self._url.scheme == "https"), **options)

    def _request(self, body: Mapping[str, Any], options: Mapping[str, Any]) -> httpx2.Request:
        timeout = options.get("timeout") or self._timeout
        if isinstance(timeout, int | float):
            timeout = httpx2.Timeout(timeout, connect=self._connect_timeout_s)
        query = options.get("extra_query")
        return httpx2.Request(
            "POST",
            self._url.copy_merge_params(query) if query else self._url,
            headers={**self._sent_headers, **(options.get("extra_headers") or {})},
            content=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
            extensions={"timeout": timeout.as_dict()},
        )

    @contextmanager
    def send(self, body: Mapping[str, Any], options: Mapping[str, Any]) -> Generator[httpx2.Response]:
        """Send a request for a reply; the response's bytes are read within the block.

        Args:
            body: the request's body.
            options: `timeout` (seconds without a byte, or a `Timeout`), `extra_headers`, `extra_query`.

        Raises:
            HttpRefusal: the status is 400 or above, or a redirect that is not to be followed.
            httpx2.TransportError: no answer came.
        """
        response = sent(self._sync_http, self._request(body, options))
        try:
            if response.status_code >= _REFUSED:
                response.read()
                raise HttpRefusal(response)
            yield response
        finally:
            response.close()

    @asynccontextmanager
    async def asend(self, body: Mapping[str, Any], options: Mapping[str, Any]) -> AsyncGenerator[httpx2.Response]:
        """`send` for an event loop."""
        response = await asent(await self._async_http(), self._request(body, options))
        try:
            if response.status_code >= _REFUSED:
                await response.aread()
                raise HttpRefusal(response)
            yield response
        finally:
            await response.aclose()


_REFUSED = REDIRECT.start


def sent(client: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """The response to a request, its body not read yet; redirects that stay at the endpoint are followed."""
    response = client.send(request, stream=True)
    for _ in range(MOST):
        following = onward(response)
        if following is None:
            break
        response.close()
        response = client.send(following, stream=True)
    return response


async def asent(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    """`sent` for an event loop."""
    response = await client.send(request, stream=True)
    for _ in range(MOST):
        following = onward(response)
        if following is None:
            break
        await response.aclose()
        response = await client.send(following, stream=True)
    return response


async def _close_with_loop(http_client: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Close a client when its loop shuts down: a loop finishes the asynchronous generators begun in it."""
    try:
        yield
    finally:
        await http_client.aclose()


_closing: set[asyncio.Task[None]] = set()
"""Held here, since a loop holds its tasks weakly."""


def _close_soon(loop_ref: weakref.ref[asyncio.AbstractEventLoop], closer: AsyncGenerator[None]) -> None:
    """Close a client that nobody has any more in its own loop, which may be another thread's."""

    def begin() -> None:
        task = asyncio.ensure_future(closer.aclose())
        _closing.add(task)
        task.add_done_callback(_closing.discard)

    loop = loop_ref()
    if loop is not None:
        with suppress(RuntimeError):  # the loop has closed, and the client with it
            loop.call_soon_threadsafe(begin)
