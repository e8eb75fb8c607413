"""Synchronous and asynchronous requests over bare sockets: the same comes of both, whatever the server does."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import httpx2
import pytest
from bare_sockets import GOOD, answering, head, request_of, server

from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.refusals import classify_exception
from graph.endpoint.transports import new_client
from graph.errors import EndpointTimeoutError, PortolanError, RefusedRequestError, SettingsError, UnreachableError
from graph.testing import EmulatedEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable


def model(base_url: str, **settings: Any) -> ChatEndpoint:
    return ChatEndpoint.at(
        Endpoint(model="m", base_url=base_url, api_key="sk-emulated"), Settings(**{"max_retries": 0, **settings})
    )


def plain(base_url: str, prompt: str = "Hi", **settings: Any) -> str:
    return str(model(base_url, **settings).invoke(prompt).text)


def asynchronous(base_url: str, prompt: str = "Hi", **settings: Any) -> str:
    return str(asyncio.run(model(base_url, **settings).ainvoke(prompt)).text)


ASKED = pytest.mark.parametrize("ask", [plain, asynchronous])


def failed(ask: Callable[..., str], base_url: str) -> PortolanError:
    with pytest.raises(PortolanError) as caught:
        ask(base_url)
    assert type(caught.value) is UnreachableError
    return caught.value


@ASKED
def test_nothing_listens(ask: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        base_url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    error = failed(ask, base_url)
    assert error.summary == "Nothing answers at the endpoint's address"
    assert "ConnectError" in error.detail


@ASKED
def test_a_name_that_does_not_resolve(ask: Callable[..., str]) -> None:
    error = failed(ask, "http://name.invalid/v1")  # reserved never to exist: RFC 2606
    assert error.summary == "The endpoint's host name does not resolve"
    assert "Check the host name name.invalid" in error.remedy


@ASKED
@pytest.mark.parametrize("host", ["a..b", "a" * 64, "."])
def test_a_name_that_no_host_has(host: str, ask: Callable[..., str]) -> None:
    failed(ask, f"http://{host}/v1")


@ASKED
def test_https_where_plain_http_is_spoken(ask: Callable[..., str]) -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        error = failed(ask, endpoint.base_url.replace("http://", "https://"))
    assert error.summary == "No secure connection to the endpoint could be made"
    assert "write http:// in OPENAI_API_BASE" in error.remedy


BROKEN = {
    "closed": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9\r\n",
    "cut within the headers": head(5)[:20],
    "cut within the body": head(500) + GOOD[:20],
    "cut within a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n50\r\n" + GOOD[:20],
    "a chunk without a size": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n" + GOOD,
}


@ASKED
@pytest.mark.parametrize("answer", BROKEN.values(), ids=list(BROKEN))
def test_an_answer_that_is_none(answer: bytes, ask: Callable[..., str]) -> None:
    with server(answering(answer)) as base_url:
        error = failed(ask, base_url)
    assert error.summary == "The connection to the endpoint broke off"
    assert error.detail


@ASKED
def test_nothing_is_answered_in_time(ask: Callable[..., str]) -> None:
    over = threading.Event()
    with server(lambda connection: bool(request_of(connection)) and over.wait(30) and None) as base_url:
        with pytest.raises(EndpointTimeoutError, match="did not answer or go on answering in time"):
            ask(base_url, read_timeout_s=0.2)
        over.set()


@ASKED
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # what was not taken is left with the loop
def test_a_request_that_is_not_taken_in_time(ask: Callable[..., str]) -> None:
    over = threading.Event()
    with server(lambda _: bool(over.wait(30)) and None) as base_url:
        with pytest.raises(EndpointTimeoutError, match="did not answer or go on answering in time"):
            ask(base_url, "Hi" * 10_000_000, read_timeout_s=0.2, connect_timeout_s=0.2)
        over.set()
    gc.collect()


@ASKED
@pytest.mark.parametrize("size", [10, 3_000_000])
def test_the_request_comes_whole_and_asks_for_nothing_packed(size: int, ask: Callable[..., str]) -> None:
    came: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        came.append(request_of(connection))
        connection.sendall(head(len(GOOD)) + GOOD)

    with server(answer) as base_url:
        assert ask(base_url, "é" * size) == "Hello"
    top, _, body = came[0].partition(b"\r\n\r\n")
    assert json.loads(body)["messages"][0]["content"] == "é" * size
    assert b"accept-encoding" not in top.lower()
    assert top.lower().count(b"user-agent:") == 1
    assert b"authorization: bearer sk-emulated" in top.lower()


@ASKED
def test_headers_and_body_come_at_once(ask: Callable[..., str]) -> None:
    came: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        came.append(connection.recv(1 << 16))
        connection.sendall(head(len(GOOD)) + GOOD)

    with server(answer) as base_url:
        assert ask(base_url) == "Hello"
    assert came[0].endswith(b"}")


@ASKED
def test_a_packed_answer_is_read(ask: Callable[..., str]) -> None:
    packed = gzip.compress(GOOD)
    with server(answering(head(len(packed), "content-encoding: gzip") + packed)) as base_url:
        assert ask(base_url) == "Hello"


@ASKED
def test_long_headers_are_read(ask: Callable[..., str]) -> None:
    with server(answering(head(len(GOOD), f"x-long: {'a' * 50_000}") + GOOD)) as base_url:
        assert ask(base_url) == "Hello"


@ASKED
@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY"])
def test_a_proxy_is_used(variable: str, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        came.append(request_of(connection))
        connection.sendall(head(len(GOOD)) + GOOD)

    with server(answer) as proxy:
        monkeypatch.setenv(variable, proxy.removesuffix("/v1"))
        assert ask("http://name.invalid/v1") == "Hello"
    assert came[0].startswith(b"POST http://name.invalid/v1/chat/completions HTTP/1.1")


@ASKED
def test_a_socks_proxy_is_used(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """SOCKS5 (RFC 1928): greeting, request with the host's name, then what goes through."""
    came: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        connection.recv(64)
        connection.sendall(b"\x05\x00")
        came.append(connection.recv(512))
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        request_of(connection)
        connection.sendall(head(len(GOOD)) + GOOD)

    with server(answer) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.removesuffix("/v1").replace("http://", "socks5://"))
        assert ask("http://name.invalid/v1") == "Hello"
    assert b"name.invalid" in came[0]


LEFT_OPEN = """
import asyncio, sys
from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
model = ChatEndpoint.at(Endpoint(model="m", base_url=sys.argv[1], api_key="sk-emulated"), Settings())
loop = asyncio.new_event_loop()
print(loop.run_until_complete(model.ainvoke("Hi")).text)
if sys.argv[2] == "closed":
    loop.close()
"""


def test_a_certificate_of_ones_own_holds_on_this_machine_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback has no proxy, so the environment is not asked; the certificates that it names count all the same."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    (tmp_path / "ca.pem").write_text(first + end, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    pool = new_client("https://localhost/v1", httpx2.Timeout(1))._transport._pool
    assert pool._ssl_context.cert_store_stats()["x509"] == 1


def test_what_the_certificate_is_refused_for_is_no_plain_http() -> None:
    said = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed")
    error = classify_exception(said, endpoint="m at https://localhost:8443/v1")
    assert error is not None
    assert "SSL_CERT_FILE" in error.remedy


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1?api-version=1", "http://127.0.0.1:1/v1#x"])
def test_a_base_url_with_more_behind_its_path(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"has more behind its path; give the base URL alone: http://127\.0\.0\.1:1/v1"
    ):
        Endpoint(model="m", base_url=url)


@ASKED
@pytest.mark.parametrize("place", ["http://:x/", "x\x01y", "http://exa mple/"])
def test_a_redirect_that_no_request_can_follow(place: str, ask: Callable[..., str]) -> None:
    answer = f"HTTP/1.1 307 Temporary Redirect\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode()
    with server(answering(answer)) as base_url, pytest.raises(RefusedRequestError, match="sends the request on"):
        ask(base_url)


@ASKED
def test_a_redirect_to_nowhere(ask: Callable[..., str]) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nlocation: http://[bad\r\ncontent-length: 0\r\n\r\n"
    with server(answering(moved)) as base_url, pytest.raises(RefusedRequestError) as caught:
        ask(base_url)
    assert caught.value.status == 307


STREAMED = """
import asyncio, sys
from graph import Agent, Endpoint, Settings, build_graph

async def main():
    graph = build_graph(Agent(endpoint=Endpoint(model="m", base_url=sys.argv[1])), settings=Settings())
    async for piece, _ in graph.astream({"messages": [("user", "Hi")]}, stream_mode="messages"):
        print(piece.text, end="")

asyncio.run(main())
"""


def test_a_graph_made_within_a_run_ends_in_silence() -> None:
    def answer(connection: socket.socket) -> None:
        with suppress(OSError):
            request_of(connection)
            connection.sendall(head(len(GOOD)) + GOOD)
            connection.recv(1)  # it stays open until the client closes it

    with server(answer) as base_url:
        done = subprocess.run(
            [sys.executable, "-c", STREAMED, base_url], capture_output=True, text=True, timeout=120, check=True
        )
    assert (done.stdout.strip(), done.stderr) == ("Hello", "")


@pytest.mark.parametrize("loop", ["closed", "left"])
def test_a_loop_that_is_not_shut_down_ends_in_silence(loop: str) -> None:
    with server(answering(head(len(GOOD)) + GOOD)) as base_url:
        done = subprocess.run(
            [sys.executable, "-c", LEFT_OPEN, base_url, loop], capture_output=True, text=True, timeout=120, check=True
        )
    assert (done.stdout.strip(), done.stderr) == ("Hello", "")


def test_a_connection_is_used_again() -> None:
    connections: list[int] = []

    def answer(connection: socket.socket) -> None:
        connections.append(1)
        for _ in range(3):
            request_of(connection)
            connection.sendall(head(len(GOOD)) + GOOD)

    async def thrice(base_url: str) -> None:
        chat = model(base_url)
        for _ in range(3):
            await chat.ainvoke("Hi")

    with server(answer) as base_url:
        asyncio.run(thrice(base_url))
    assert len(connections) == 1
