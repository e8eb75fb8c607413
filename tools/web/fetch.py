"""Fetching a page within bounds on redirects, size and time.

The client is httpx2, which the openai package brings along. Proxies from the environment are not used: a proxy would
look the host up itself, and the check of its address would mean nothing.
"""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from langchain_core.tools import ToolException

from tools.web.transport import CheckedTransport, Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["MAX_REDIRECTS", "Fetched", "fetch"]

MAX_REDIRECTS = 5
_MAX_URL = 2_000
_CONNECT = 8.0  # seconds for each address
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; portolan-agent)",
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,text/*;q=0.9,*/*;q=0.5",
    "Accept-Language": "en,zh;q=0.8,*;q=0.5",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent."""

    url: str
    """Where it came from in the end."""

    content_type: str
    """Media type in lower case, without parameters; empty when there was none."""

    charset: str | None
    body: bytes
    cut: bool
    """Whether the body went on beyond the bound on its size."""


def _checked(text: str, base: httpx2.URL | None = None) -> httpx2.URL:
    try:
        url = base.join(text) if base else httpx2.URL(text.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        msg = f"{text[:200]!r} is not a URL ({error})."
        raise ToolException(msg) from error
    shown = str(url.copy_with(userinfo=b""))[:200]
    if url.scheme not in ("http", "https") or not url.raw_host:
        msg = f"{shown!r} cannot be fetched: give a full URL that begins with https:// or http://."
        raise ToolException(msg)
    if url.userinfo:
        msg = f"{shown!r} is refused: URLs with a user name or password in them are not fetched."
        raise ToolException(msg)
    if len(str(url)) > _MAX_URL:
        msg = f"The URL has {len(str(url)):,} characters; the limit is {_MAX_URL:,}."
        raise ToolException(msg)
    return url


async def fetch(text: str, *, timeout: float, max_bytes: int, gate: Gate | None = None) -> Fetched:  # noqa: ASYNC109 - a bound on all of it, kept by asyncio.timeout
    """Fetch a URL, following redirects, each checked like the first.

    Args:
        text: The URL.
        timeout: Seconds for all of it.
        max_bytes: The most bytes of the body, after decompression.
        gate: Which addresses may be reached.

    Raises:
        ToolException: The URL or an address is refused, the server cannot be reached or answers with an error, or the
            time is up.
    """
    url = _checked(text)
    try:
        async with asyncio.timeout(timeout):
            for _ in range(MAX_REDIRECTS + 1):
                answer = await _get(url, max_bytes, gate or Gate())
                if isinstance(answer, Fetched):
                    return answer
                url = _checked(answer, url)
    except TimeoutError as error:
        msg = f"{_host(url)} did not answer in full within {timeout:g} seconds. Try another page."
        raise ToolException(msg) from error
    except httpx2.RequestError as error:
        msg = f"{_host(url)} could not be reached: {_reason(error)}. Try another page, or later."
        raise ToolException(msg) from error
    msg = f"The page was redirected more than {MAX_REDIRECTS} times. Try another page."
    raise ToolException(msg)


def _host(url: httpx2.URL) -> str:
    return f"The host {url.host!r}"


def _reason(error: httpx2.RequestError) -> str:
    return str(error).strip().rstrip(".")[:200] or type(error).__name__


async def _get(url: httpx2.URL, max_bytes: int, gate: Gate) -> Fetched | str:
    """Send one request; give what came, or where the server redirects to."""
    timeout = httpx2.Timeout(None, connect=_CONNECT)  # the whole is bounded by the caller
    async with (
        httpx2.AsyncClient(transport=CheckedTransport(gate), trust_env=False, timeout=timeout) as client,
        client.stream("GET", url, headers=_HEADERS, follow_redirects=False) as response,
    ):
        if response.has_redirect_location:
            return response.headers["location"]
        if not response.is_success:
            msg = f"The server answered {response.status_code} {response.reason_phrase} for {str(url)[:200]!r}."
            raise ToolException(msg)
        body, cut = await _body(response, max_bytes)
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(str(url), content_type, response.charset_encoding, body, cut)


async def _body(response: httpx2.Response, max_bytes: int) -> tuple[bytes, bool]:
    """Read a body up to the bound, decompressing no more than that either."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        msg = (
            f"The server sent the page compressed as {encoding[:40]!r}, which was not asked for and is not understood."
        )
        raise ToolException(msg)
    pieces: AsyncIterator[bytes] = response.aiter_raw()
    if encoding.endswith("gzip"):
        pieces = _unzip(pieces, max_bytes)
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


async def _unzip(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: the gzip format
    try:
        async for piece in pieces:
            yield unzip.decompress(piece, max_bytes + 1)  # the bound holds for a bomb in one piece, too
            if unzip.unconsumed_tail or unzip.eof:
                return
    except zlib.error as error:
        msg = "The server sent a page that is damaged: it cannot be decompressed."
        raise ToolException(msg) from error
