"""The HTTP clients of one endpoint: a synchronous one, and an asynchronous one for each event loop.

The plain stack caches one asynchronous client for the process, so that the second `asyncio.run` meets connections of a
loop that is closed. Here each loop has its own, closed when the loop shuts down.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import openai

from graph.endpoint.settings import OPENAI_URL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

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


class Clients:
    """Makes and keeps the SDK's clients. They retry nothing themselves: the exchange decides on that.

    Args:
        base_url: always explicit, so that no variable of the environment redirects requests.
        api_key: sent to that base URL and nowhere else.
        connect_timeout_s: seconds to connect.
        read_timeout_s: seconds without a byte, where a request does not say otherwise.
        headers: further headers of every request.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = httpx2.Timeout(read_timeout_s, connect=connect_timeout_s)
        self._headers = dict(headers or {})
        self._lock = threading.Lock()
        self._sync: openai.OpenAI | None = None
        self._by_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[openai.AsyncOpenAI, AsyncGenerator[None]]
        ] = weakref.WeakKeyDictionary()

    def _options(self) -> dict[str, Any]:
        return {
            "base_url": self._base_url,
            "api_key": self._api_key.get_secret_value(),
            "timeout": self._timeout,
            "max_retries": 0,
            "default_headers": self._headers,
        }

    def _transport(self) -> dict[str, Any]:
        return {"timeout": self._timeout, "trust_env": not is_loopback(self._base_url), "follow_redirects": True}

    def _clean(self, client: openai.OpenAI | openai.AsyncOpenAI) -> None:
        """Keep what the environment says of an OpenAI account (organisation, project) from other vendors' servers."""
        if self._base_url != OPENAI_URL:
            client.organization = None
            client.project = None

    @property
    def sync(self) -> openai.OpenAI:
        """The synchronous client; it serves all threads."""
        with self._lock:
            if self._sync is None:
                http_client = openai.DefaultHttpxClient(**self._transport())
                self._sync = openai.OpenAI(http_client=http_client, **self._options())
                self._clean(self._sync)
                weakref.finalize(self, http_client.close)
            return self._sync

    async def asynchronous(self) -> openai.AsyncOpenAI:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        known = self._by_loop.get(loop)
        if known is not None:
            return known[0]
        http_client = openai.DefaultAsyncHttpxClient(**self._transport())
        client = openai.AsyncOpenAI(http_client=http_client, **self._options())
        self._clean(client)
        closer = _close_with_loop(http_client)
        await anext(closer)  # from here on the loop knows the generator, and ends it when it shuts down
        self._by_loop[loop] = (client, closer)
        return client


async def _close_with_loop(http_client: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Close a client when its loop shuts down: a loop finishes the asynchronous generators begun in it."""
    try:
        yield
    finally:
        await http_client.aclose()
