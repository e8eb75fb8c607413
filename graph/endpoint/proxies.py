"""Which proxy a request goes through, by the variables that every program reads: HTTPS_PROXY, ALL_PROXY, NO_PROXY.

httpx2 reads them the same way, but only for connections that it makes itself (`graph/endpoint/transports.py`).
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

if TYPE_CHECKING:
    import httpx2


def proxy_for(url: httpx2.URL) -> str | None:
    """The URL of the proxy that the environment, or the system's settings, name for a URL; None: there is none."""
    named = getproxies()
    proxy = named.get(url.scheme) or named.get("all")
    if not proxy or any(_exempts(rule.strip().lower(), url) for rule in named.get("no", "").split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


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
    with suppress(ValueError):
        network = ipaddress.ip_network(rule.replace("[", "").replace("]", ""), strict=False)
        try:
            return ipaddress.ip_address(url.host) in network
        except ValueError:
            return False
    name, _, port = rule.partition(":")
    if port and port != str(url.port):
        return False
    below = name.removeprefix("*")
    if below.startswith("."):
        return url.host.endswith(below)
    return url.host == name or (not marked and name != "localhost" and url.host.endswith(f".{name}"))
