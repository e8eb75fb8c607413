"""Which proxy a request goes through, by the variables that every program reads: HTTPS_PROXY, ALL_PROXY, NO_PROXY.

httpx2 reads them the same way, but only for connections that it makes itself (`graph/endpoint/transports.py`).
"""

from __future__ import annotations

import ipaddress
import os
import re
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from graph.errors import SettingsError

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_LAST_PORT: Final = 65535


def proxy_for(url: httpx2.URL) -> httpx2.Proxy | None:
    """The proxy that the environment, or the system's settings, name for a URL; None: there is none.

    Raises:
        SettingsError: what they name is no proxy.
    """
    named = getproxies()
    kind = url.scheme if named.get(url.scheme) else "all"
    proxy = named.get(kind)
    if not proxy or any(_exempts(rule.strip().lower(), url) for rule in named.get("no", "").split(",")):
        return None
    variables = f"{kind}_proxy", f"{kind}_proxy".upper()
    return as_proxy(proxy, next((name for name in variables if os.environ.get(name)), "the system's proxy"))


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


def without_password(url: str) -> str:
    """A URL, or what should be one, without all that may belong to a user name and a password."""
    user, _, place = url.rpartition("@")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", user)
    return f"{scheme[0]}{place}" if scheme else place


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
    address, with_port, port = rule.rpartition("]:")
    with suppress(ValueError):
        network = ipaddress.ip_network((address or rule).replace("[", "").replace("]", ""), strict=False)
        try:
            return ipaddress.ip_address(url.host) in network and (not with_port or port == str(url.port))
        except ValueError:
            return False
    name, _, port = rule.partition(":")
    if port and port != str(url.port):
        return False
    below = name.removeprefix("*")
    if below.startswith("."):
        return url.host.endswith(below)
    return url.host == name or (not marked and name != "localhost" and url.host.endswith(f".{name}"))
