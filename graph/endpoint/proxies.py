"""Which proxy a request goes through, by the variables that every program reads: HTTPS_PROXY, ALL_PROXY, NO_PROXY.

httpx2 reads them the same way, but only for connections that it makes itself (`graph/endpoint/transports.py`).
"""

from __future__ import annotations

import ipaddress
import os
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import httpx2

from graph.endpoint.urls import without_password
from graph.errors import SettingsError

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_LAST_PORT: Final = 65535
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

FIELD: Final = "openai_proxy"
SYSTEM: Final = "the system's proxy"


@dataclass(frozen=True, slots=True)
class Way:
    """A proxy on the way to an endpoint.

    Attributes:
        named_by: the variable or the field that it stands in, or `SYSTEM`.
        value: what stands there.
        certain: requests go through it; else they may, by a client that was not made here.
    """

    named_by: str
    value: str = field(default="", repr=False)
    certain: bool = True

    @property
    def secrets(self) -> frozenset[str]:
        """The password in its URL as it stands there and as it is, and the credentials that the proxy is sent."""
        user, _, password = self.value.rpartition("@")[0].rpartition("//")[2].partition(":")
        sent = b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        return frozenset({password, unquote(password), sent}) if password else frozenset()


def way_to(url: httpx2.URL, given: str | None = None) -> Way | None:
    """The proxy that requests to a URL go through; None: they go straight there.

    Args:
        url: where to; what is on this machine is reached without the environment's proxies.
        given: the URL of a proxy that wins over what the environment names.
    """
    if given:
        return Way(FIELD, given)
    return None if is_loopback(str(url)) else named_for(url)


def named_for(url: httpx2.URL) -> Way | None:
    """The proxy that the environment, or the system's settings, name for a URL, be it on this machine or not."""
    named = getproxies()
    kind = url.scheme if named.get(url.scheme) else "all"
    proxy = named.get(kind)
    if not proxy or any(_exempts(rule.strip().lower(), url) for rule in named.get("no", "").split(",")):
        return None
    variables = f"{kind}_proxy", f"{kind}_proxy".upper()
    return Way(next((name for name in variables if os.environ.get(name)), SYSTEM), proxy)


def proxy_on(way: Way | None) -> httpx2.Proxy | None:
    """The proxy itself.

    Raises:
        SettingsError: what was named is no proxy.
    """
    return as_proxy(way.value, way.named_by) if way else None


def as_proxy(value: str, named_by: str) -> httpx2.Proxy:
    """The proxy of a URL; without a scheme, it is one that is spoken to over http.

    Args:
        value: the URL, maybe with a user name and a password, which no error shows.
        named_by: the variable or the field that it stands in, to begin the complaint with.

    Raises:
        SettingsError: it is not the URL of a proxy, or of none that can be spoken to.
    """
    scheme, marked, _ = value.partition("://")
    url = value if marked else f"http://{value}"
    fault = f"its scheme is none of {', '.join(_SCHEMES)}"
    if not marked or scheme.lower() in _SCHEMES:
        fault = f"it has no host, or a port that is not a number from 0 to {_LAST_PORT}"
        with suppress(httpx2.InvalidURL):
            proxy = httpx2.Proxy(url)
            if proxy.url.host and (proxy.url.port or 0) <= _LAST_PORT:
                return proxy
    msg = f"{named_by} is {without_password(value)!r}, which is no proxy that can be used: {fault}"
    example = "http://127.0.0.1:7890 or socks5://127.0.0.1:1080"
    raise SettingsError(
        msg, remedy=f"Set it to the URL of an HTTP or SOCKS5 proxy, such as {example}, or leave it out."
    )


def is_loopback(base_url: str) -> bool:
    """Whether a URL points to this machine, where no proxy has a place."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _exempts(rule: str, url: httpx2.URL) -> bool:
    """Whether one entry of NO_PROXY speaks of a URL: `*`, a name with all below it, `.name`, an address, a network.

    https://curl.se/libcurl/c/CURLOPT_NOPROXY.html
    """
    scheme, marked, rule = rule.rpartition("://")
    if not rule or rule == "*" or scheme not in {"", "all", url.scheme}:
        return rule == "*" and not marked
    own_port = str(url.port or _DEFAULT_PORTS.get(url.scheme))
    address, with_port, port = rule.rpartition("]:")
    with suppress(ValueError):
        network = ipaddress.ip_network((address or rule).replace("[", "").replace("]", ""), strict=False)
        try:
            return ipaddress.ip_address(url.host) in network and (not with_port or port == own_port)
        except ValueError:
            return False
    name, _, port = rule.partition(":")
    if port and port != own_port:
        return False
    below = name.removeprefix("*")
    if below.startswith("."):
        return url.host.endswith(below)
    return url.host == name or (not marked and name != "localhost" and url.host.endswith(f".{name}"))
