"""Errors of the way to an endpoint: no answer came, or it broke off.

They are told by the names of their classes, so nothing is imported: the HTTP library may be httpx or httpx2 (openai
3.x), wrapped by the openai package or not, and what they raise has the same names. The innermost cause says most.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from graph.endpoint.refusals.proxies import proxy_remedy, refusal_of_tunnel, refused_by_proxy
from graph.errors import BrokenReplyError, EndpointTimeoutError, ErrorFields, PortolanError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from graph.endpoint.proxies import Way

_TIMEOUTS: Final = frozenset(
    {"APITimeoutError", "TimeoutException", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"}
    | {"TimeoutError", "CancelledByTimeout", "StreamChunkTimeoutError"}
)
_CONNECTION: Final = frozenset(
    {"APIConnectionError", "ConnectError", "ReadError", "WriteError", "CloseError", "NetworkError", "TransportError"}
    | {"RemoteProtocolError", "LocalProtocolError", "ProtocolError", "ProxyError", "UnsupportedProtocol"}
    | {"ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError"}
    | {"BrokenPipeError", "gaierror", "SSLError", "SSLCertVerificationError", "IncompleteRead", "DecodingError"}
    | {"SSLEOFError", "SSLZeroReturnError"}
)
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"})  # noqa: S104 - compared only


def classify_exception(
    exc: BaseException,
    *,
    endpoint: str,
    way: Way | None = None,
    secrets: Collection[str] = (),
    set_by: Callable[[str], str] | None = None,
) -> PortolanError | None:
    """Return the typed error for a failure of the connection, or None if `exc` is no such failure.

    Args:
        exc: What the HTTP client raised; its causes are looked at too.
        endpoint: Model and base URL, for people.
        way: The proxy that the request went through, or may have gone through; None: none that is known of.
        secrets: Keys in use, so that none is shown.
        set_by: Says what sets a part of the request's time-out: `read`, `write` or `pool`.
    """
    if isinstance(exc, PortolanError):
        return exc
    chain = list(_chain(exc))
    names = [{cls.__name__ for cls in type(link).__mro__} for link in chain]
    words = " ".join(str(link) for link in chain)
    fields: ErrorFields = {"endpoint": endpoint, "detail": _detail(chain), "secrets": secrets}
    if any(_TIMEOUTS & named for named in names):
        connecting = any("ConnectTimeout" in named for named in names)
        fields["remedy"] = (
            _unreachable_remedy("connect", words, endpoint, way)
            if connecting
            else f"Try again, or allow more time{f' ({set_by(_part(names))})' if set_by else ''}."
        )
        what = "connect" if connecting else "answer or go on answering"
        return EndpointTimeoutError(f"The endpoint did not {what} in time", **fields)
    if isinstance(exc, OverflowError):
        fields["remedy"] = "Ask for less at once; if the endpoint sends without end, look at the server's log."
        return BrokenReplyError("The endpoint's answer is larger than anything that is read", **fields)
    if any(_CONNECTION & named for named in names):
        kind = _kind(names, words)
        refusal = refusal_of_tunnel(_detail(chain)) if any("ProxyError" in named for named in names) else None
        if refusal is not None:
            return refused_by_proxy(refusal, way, endpoint=endpoint, secrets=secrets)
        if way is not None and way.certain and kind in _OF_A_CONNECTION:
            kind = "proxy"
        fields["remedy"] = _unreachable_remedy(kind, words, endpoint, way)
        return UnreachableError(_UNREACHABLE[kind], **fields)
    return None


_UNREACHABLE: Final = {
    "dns": "The endpoint's host name does not resolve",
    "tls": "No secure connection to the endpoint could be made",
    "proxy": "The proxy before the endpoint failed",
    "refused": "Nothing answers at the endpoint's address",
    "broke": "The connection to the endpoint broke off",
    "connect": "The endpoint cannot be reached",
}

_OF_A_CONNECTION: Final = frozenset({"dns", "refused", "connect"})
"""What fails here is the connection that is made first: the one to the proxy, where there is one."""

_WORDS: Final = (
    (
        "dns",
        re.compile(r"(?i)name or service not known|nodename nor servname|getaddrinfo|name resolution|no address ass"),
    ),
    ("tls", re.compile(r"(?i)\bssl\b|certificate|tls|wrong version number")),
    ("proxy", re.compile(r"(?i)\bproxy\b")),
    (
        "refused",
        re.compile(r"(?i)connection refused|errno 111|errno 61\b|actively refused|all connection attempts failed"),
    ),
    ("broke", re.compile(r"(?i)reset by peer|broken pipe|disconnected|incomplete|peer closed|eof|chunked")),
)


_SPEAKS_PLAIN: Final = re.compile(r"(?i)wrong[ _]version|record[ _]layer")


def _kind(names: list[set[str]], words: str) -> str:
    every = set().union(*names)
    if "ProxyError" in every:
        return "proxy"
    if "gaierror" in every:
        return "dns"
    if {"SSLError", "SSLCertVerificationError"} & every:
        return "tls"
    if found := next((kind for kind, pattern in _WORDS if pattern.search(words)), None):
        return found
    broke = {
        "ReadError",
        "WriteError",
        "RemoteProtocolError",
        "IncompleteRead",
        "DecodingError",
        "ConnectionResetError",
    }
    return "broke" if broke & every else "connect"


def _part(names: list[set[str]]) -> str:
    """The part of a request's time-out that is over."""
    every = set().union(*names)
    return "write" if "WriteTimeout" in every else "pool" if "PoolTimeout" in every else "read"


def _unreachable_remedy(kind: str, words: str, endpoint: str, way: Way | None) -> str:
    found = re.search(r"https?://\S+", endpoint)
    parts = urlsplit(found[0]) if found else None
    host = (parts.hostname or "") if parts else ""
    local = host in _LOCAL
    plain = parts is not None and parts.scheme == "https" and bool(_SPEAKS_PLAIN.search(words))
    remedies = (
        (way and local, proxy_remedy(way, host, local=True)),
        (kind == "tls" and plain, "The server there seems to speak plain HTTP: write http:// in OPENAI_API_BASE."),
        (
            kind == "tls",
            "Check the certificate, the clock, and whether a company's proxy needs its root (SSL_CERT_FILE).",
        ),
        (kind == "proxy" or way, proxy_remedy(way, host)),
        (kind == "dns", f"Check the host name {host} in OPENAI_API_BASE, and the network."),
        (kind == "broke", "Try again; if it always breaks off after the same time, a proxy in between has a time-out."),
        (local, "Check that the server runs and listens on that port; in a container, localhost is the container."),
    )
    elsewhere = "Check the host and port in OPENAI_API_BASE, the network, and the firewall."
    return next((remedy for fits, remedy in remedies if fits), elsewhere)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what caused it, outermost first; groups by their first member."""
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            link = link.exceptions[0]
        else:
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _detail(chain: list[BaseException]) -> str:
    """Return the words of the innermost link that has any."""
    own = [
        link for link in chain if type(link).__name__ != "CancelledError"
    ] or chain  # how anyio ends what took too long
    for link in reversed(own):
        if str(link).strip():
            return f"{type(link).__name__}: {link}"
    return type(own[-1]).__name__
