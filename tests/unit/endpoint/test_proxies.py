"""Proxies are chosen as httpx2 chooses them for connections of its own."""

from __future__ import annotations

import ssl

import httpx2
import pytest

from graph.endpoint.proxies import is_loopback, proxy_for

URLS = [
    "http://example.com/v1",
    "https://example.com/v1",
    "https://api.example.com/v1",
    "https://notexample.com/v1",
    "http://10.1.2.3:8000/v1",
    "https://[fd00::1]:8000/v1",
    "http://gpu:8000/v1",
]

RULES = ["", "*", "a, *", "example.com", ".example.com", "*.example.com", "https://example.com", "EXAMPLE.com"]
RULES += [
    "10.1.2.3",
    "10.1.0.0/16",
    "10.9.0.0/16",
    "fd00::1",
    "[fd00::1]",
    "[fd00::1]:8000",
    "[fd00::1]:9000",
    "fd00::/8",
    "localhost",
    "example.com/v1",
]
RULES += ["gpu", "gpu:8000", "gpu:9000", "other.org, gpu"]

NAMED = [
    {"HTTP_PROXY": "http://proxy:1"},
    {"HTTPS_PROXY": "proxy:1"},
    {"ALL_PROXY": "socks5://proxy:1"},
    {"HTTPS_PROXY": "http://proxy:1", "ALL_PROXY": "http://other:2"},
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("named", NAMED, ids=" ".join)
def test_as_httpx2_does(named: dict[str, str], rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in {**named, "NO_PROXY": rule}.items():
        monkeypatch.setenv(variable, value)
    with httpx2.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
        for url in map(httpx2.URL, URLS):
            transport = client._transport_for_url(url)
            stock = None if transport is client._transport else transport._pool._proxy_url.host
            proxy = proxy_for(url)
            assert (proxy and proxy.url.raw_host) == stock, url


LOCAL = ["http://localhost:1/v1", "http://a.localhost/v1", "http://127.8.0.1/v1", "http://[::1]:1/v1"]


@pytest.mark.parametrize("url", [*LOCAL, "http://10.0.0.1/v1", "https://localhost.example.com/v1"])
def test_what_is_on_this_machine(url: str) -> None:
    assert is_loopback(url) is (url in LOCAL)
