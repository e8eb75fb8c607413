"""What is said of a proxy where a request fails: of the one that it went through, and of none if it went straight."""

from __future__ import annotations

import re
import socket
import traceback
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import server
from ways_of_asking import ASKED

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import PortolanError, RefusedRequestError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

LISTENS = "Check that the server runs and listens on that port; in a container, localhost is the container."
HOST = "Check the host name name.invalid in OPENAI_API_BASE, and the network."


@pytest.fixture
def nobody() -> str:
    """Where nothing listens, as `host:port`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def raised(ask: Callable[..., str], base_url: str, **fields: Any) -> PortolanError:
    with pytest.raises(PortolanError) as caught:
        ask(ChatEndpoint(**({"model": "m", "base_url": base_url, "api_key": "k", "max_retries": 0} | fields)))
    assert "PASSWORD" not in str(caught.value)
    return caught.value


@ASKED
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_stands_before_this_machine(
    host: str, variable: str, nobody: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://me:PASSWORD@127.0.0.1:9")
    error = raised(ask, f"http://{nobody.replace('127.0.0.1', host)}/v1")
    assert (type(error), error.remedy) == (UnreachableError, LISTENS)


@ASKED
@pytest.mark.parametrize(
    ("base_url", "exempt"), [("https://name.invalid/v1", "name.invalid:443"), ("http://name.invalid/v1", "")]
)
def test_nor_before_a_host_that_has_none(
    base_url: str, exempt: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert raised(ask, base_url).remedy == HOST


@ASKED
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("variable", ["ALL_PROXY", "openai_proxy"])
def test_a_proxy_that_is_down(
    variable: str, scheme: str, nobody: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"http://me:PASSWORD@{nobody}"
    fields = {variable: proxy} if variable == "openai_proxy" else {}
    if not fields:
        monkeypatch.setenv(variable, proxy)
    error = raised(ask, f"{scheme}://name.invalid/v1", **fields)
    assert (type(error), error.summary) == (UnreachableError, "The proxy before the endpoint failed")
    assert error.remedy == (
        "Check the proxy given as openai_proxy, or leave it out."
        if fields
        else "Check the proxy (ALL_PROXY), or set NO_PROXY=name.invalid."
    )


@ASKED
def test_a_proxy_that_catches_what_is_meant_for_this_machine(
    nobody: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{nobody}")
    error = raised(ask, "http://host.docker.internal:8000/v1")
    assert error.remedy == (
        "http_proxy is set and catches requests to host.docker.internal: add NO_PROXY=host.docker.internal."
    )


@ASKED
def test_a_client_of_ones_own_may_heed_the_environment(
    nobody: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    heeds, does_not = ({kind: made(trust_env=heeded) for kind, made in CLIENTS.items()} for heeded in (True, False))
    error = raised(ask, f"http://{nobody}/v1", **heeds)
    assert error.remedy == "HTTP_PROXY is set and may catch requests to 127.0.0.1: add NO_PROXY=127.0.0.1."
    assert raised(ask, f"http://{nobody}/v1", **does_not).remedy == LISTENS


CLIENTS: dict[str, Callable[..., Any]] = {"http_client": httpx2.Client, "http_async_client": httpx2.AsyncClient}

REFUSAL = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 10\r\nconnection: close\r\n\r\nWho is it?"


@ASKED
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("named_by", ["ALL_PROXY", "openai_proxy", "http_client"])
def test_a_proxy_that_wants_a_password(
    named_by: str, scheme: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once: what it refuses, it refuses again."""
    came: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1 << 16)
        came.append(data)
        connection.sendall(REFUSAL)

    with server(answer) as base_url:
        proxy = base_url.removesuffix("/v1").replace("://", "://me:PASSWORD@")
        fields: dict[str, Any] = {"openai_proxy": proxy} if named_by == "openai_proxy" else {}
        if named_by == "ALL_PROXY":
            monkeypatch.setenv(named_by, proxy)
        if named_by == "http_client":
            fields = {kind: made(proxy=proxy) for kind, made in CLIENTS.items()}
        error = raised(ask, f"{scheme}://name.invalid/v1", max_retries=3, **fields)
    assert (type(error), error.status, len(came)) == (RefusedRequestError, 407, 1)
    assert error.summary == "The proxy before the endpoint refused the request"
    assert ("Who is it?" if scheme == "http" else "407 Proxy Authentication Required") in error.detail
    named = "the proxy" if named_by == "http_client" else f"the proxy ({named_by})"
    assert error.remedy == f"Check the user name and the password in the URL of {named}."


@ASKED
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_says_the_password(scheme: str, ask: Callable[..., str]) -> None:
    """As it stands in the URL, as it is, and as it is sent."""

    def answer(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1 << 16)
        sent = re.search(rb"(?i)proxy-authorization: basic (\S+)", data)
        words = b"PASS%2FWORD, PASS/WORD and " + (sent[1] if sent else b"nothing")
        connection.sendall(b"HTTP/1.1 407 %s\r\ncontent-length: %d\r\n\r\n%s" % (words, len(words), words))

    with server(answer) as base_url:
        proxy = base_url.removesuffix("/v1").replace("://", "://me:PASS%2FWORD@")
        error = raised(ask, f"{scheme}://name.invalid/v1", openai_proxy=proxy)
    assert "[redacted], [redacted] and [redacted]" in error.detail
    cause = error.__cause__
    assert "PASS" not in "".join(traceback.format_exception(error)) + repr(vars(cause))
