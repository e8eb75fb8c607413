"""Proxies are chosen as httpx2 chooses them for connections of its own."""

from __future__ import annotations

import ssl

import httpx2
import pytest

from graph.endpoint.proxies import is_loopback, named_for, proxy_on, way_to

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
            proxy = proxy_on(named_for(url))
            assert (proxy and proxy.url.raw_host) == stock, url


LOCAL = ["http://localhost:1/v1", "http://a.localhost/v1", "http://127.8.0.1/v1", "http://[::1]:1/v1"]


@pytest.mark.parametrize("url", [*LOCAL, "http://10.0.0.1/v1", "https://localhost.example.com/v1"])
def test_what_is_on_this_machine(url: str) -> None:
    assert is_loopback(url) is (url in LOCAL)


PORTS = ["api.example.com:443", "api.example.com:80", "10.1.2.3:443", "[fd00::1]:443", "[fd00::1]:80"]


@pytest.mark.parametrize("rule", PORTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("port", ["", ":80", ":443", ":8000"])
def test_a_rule_with_a_port_speaks_of_the_schemes_own(
    port: str, scheme: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library itself leaves that out: a URL has no port where it is its scheme's."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", rule)
    host, _, exempt = rule.rpartition(":")
    found = named_for(httpx2.URL(f"{scheme}://{host}{port}/v1"))
    assert (found is None) == ((port or {"http": ":80", "https": ":443"}[scheme]) == f":{exempt}")


def test_the_way_is_that_which_requests_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:PASSWORD@proxy:1")
    monkeypatch.setenv("NO_PROXY", "exempt.example.com")
    ways = {url: way_to(httpx2.URL(url)) for url in [*LOCAL, "http://a.org/v1", "https://exempt.example.com/v1"]}
    assert set(ways.values()) == {None}
    found, given = way_to(httpx2.URL("https://a.org/v1")), way_to(httpx2.URL(LOCAL[0]), "http://me:PASSWORD@other:2")
    assert found
    assert given
    assert (found.named_by, given.named_by) == ("HTTPS_PROXY", "openai_proxy")
    assert "PASSWORD" not in f"{found} {given!r}"
