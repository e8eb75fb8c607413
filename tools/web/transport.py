"""One HTTP request to an address that was checked, and to no other."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from langchain_core.tools import ToolException

from tools.threads import in_thread
from tools.web.addresses import Address, Resolver, refusal, resolve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["CheckedTransport", "Gate"]

_ADDRESSES = 4  # of a host that are tried
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Gate:
    """How host names become addresses, and which of those may be reached. Not within the model's reach."""

    resolve: Resolver = resolve
    refusal: Callable[[Address], str | None] = refusal
    ssl_context: ssl.SSLContext | None = None
    """Which certificates are trusted; by default those that the system trusts."""

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Look a host up and check all that it resolves to.

        Raises:
            ToolException: It cannot be found, or any of its addresses is refused: a name with both a public and a
                private address is how such checks are got round.
        """
        try:
            found = await in_thread(lambda: self.resolve(host, port))
        except (OSError, ValueError) as error:  # UnicodeError, for a name that is none, is a ValueError
            msg = f"The host {host!r} cannot be found. Check the spelling, or try again if the network is down."
            raise ToolException(msg) from error
        for address in found:
            if reason := self.refusal(address):
                msg = f"The host {host!r} is refused: its address {reason}. Only public web pages can be fetched."
                raise ToolException(msg)
        if not found:
            msg = f"The host {host!r} has no address."
            raise ToolException(msg)
        return found[:_ADDRESSES]


@functools.cache
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Connects to the very address that was checked, so that a name cannot resolve to another one meanwhile.

    The request goes to the address; the Host header and the TLS handshake, certificate check included, keep the name.
    Every request has a connection of its own: a connection kept for an address would otherwise serve another host name
    at the same address whose certificate was never checked.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._open: httpx2.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the response's body is read through this transport until it is closed."""
        host = request.url.raw_host.decode("ascii")
        port = request.url.port or _PORTS[request.url.scheme]
        addresses = await self._gate.addresses(host, port)
        context = self._gate.ssl_context
        if context is None:
            context = await in_thread(_trusted)  # reads the system's certificates
        failed: httpx2.TransportError | None = None
        for address in addresses:
            await self.aclose()
            self._open = httpx2.AsyncHTTPTransport(verify=context, trust_env=False)
            sent = httpx2.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._open.handle_async_request(sent)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failed = error
        raise failed or httpx2.ConnectError("no address")

    async def aclose(self) -> None:
        """Close the connection."""
        if self._open is not None:
            transport, self._open = self._open, None
            await transport.aclose()
