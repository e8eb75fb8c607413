"""Requests over real TLS, straight and through proxies, synchronous, asynchronous, and on uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from bare_sockets import GOOD, head, request_of, server
from tls_servers import ASKED, context, model, over_tls

from graph.errors import EndpointTimeoutError, UnreachableError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

__all__ = ["context"]

LARGE = 3_000_000


def replying(text: str, came: list[str], connections: list[int]) -> Callable[[socket.socket], None]:
    body = GOOD.replace(b"Hello", text.encode())

    def deal(connection: socket.socket) -> None:
        connections.append(1)
        while request := request_of(connection):
            came.append(json.loads(request.partition(b"\r\n\r\n")[2])["messages"][0]["content"])
            connection.sendall(head(len(body)) + body)

    return deal


def tunnel(connection: socket.socket) -> None:
    """A proxy's side of a tunnel: CONNECT (RFC 9110, 9.3.6), then bytes to and fro."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += connection.recv(1)
    port = int(asked.split()[1].rpartition(b":")[2])
    with socket.create_connection(("127.0.0.1", port)) as onward, contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pump, args=(onward, connection), daemon=True).start()
        pump(connection, onward)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def way(kind: str, context: ssl.SSLContext, deal: Callable[[ssl.SSLSocket], None]) -> Iterator[dict[str, Any]]:
    """A server over TLS, and how it is reached."""
    with server(over_tls(context, deal)) as address, contextlib.ExitStack() as proxies:
        here = address.replace("http://", "https://")
        if kind == "straight":
            yield {"base_url": here}
            return
        if kind == "a proxy over TLS":
            proxy = proxies.enter_context(server(over_tls(context, tunnel))).replace("http://", "https://")
        else:
            proxy = proxies.enter_context(server(tunnel))
        yield {"base_url": here, "openai_proxy": proxy.removesuffix("/v1")}


WAYS = pytest.mark.parametrize("kind", ["straight", "a proxy", "a proxy over TLS"])


@ASKED
@WAYS
def test_requests_and_replies_of_any_size(kind: str, ask: Callable[..., list[str]], context: ssl.SSLContext) -> None:
    came: list[str] = []
    connections: list[int] = []
    prompts = ["Hi", "é" * LARGE, "Hi again"]
    with way(kind, context, replying("x" * LARGE, came, connections)) as fields:
        assert ask(model(**fields), prompts) == ["x" * LARGE] * 3
    assert came == prompts
    assert len(connections) == 1


@ASKED
def test_a_certificate_that_nobody_vouches_for(ask: Callable[..., list[str]], context: ssl.SSLContext) -> None:
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with way("straight", context, lambda _: None) as fields, pytest.raises(UnreachableError) as caught:
        ask(model(**fields), ["Hi"])
    assert "certificate verify failed" in str(caught.value)
    assert "SSL_CERT_FILE" in caught.value.remedy


@ASKED
def test_a_handshake_without_end(ask: Callable[..., list[str]]) -> None:
    over = threading.Event()
    with server(lambda _: bool(over.wait(30)) and None) as address:
        with pytest.raises(EndpointTimeoutError):
            ask(model(address.replace("http", "https"), timeout=0.5), ["Hi"])
        over.set()


@ASKED
def test_a_connection_that_ends_in_the_handshake(ask: Callable[..., list[str]]) -> None:
    with server(lambda _: None) as address, pytest.raises(UnreachableError):
        ask(model(address.replace("http", "https")), ["Hi"])


@ASKED
@pytest.mark.parametrize("said", [True, False], ids=["said", "unsaid"])
def test_a_body_that_ends_with_its_connection(
    ask: Callable[..., list[str]], context: ssl.SSLContext, *, said: bool
) -> None:
    """Some servers close without TLS's own farewell."""

    def deal(connection: ssl.SSLSocket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + GOOD)
        if said:
            connection.unwrap()

    with way("straight", context, deal) as fields:
        assert ask(model(**fields), ["Hi"]) == ["Hello"]


@pytest.mark.parametrize("secure", [True, False], ids=["TLS", "plain"])
@pytest.mark.parametrize("on_its_own", [True, False], ids=["idle loop", "busy loop"])
def test_a_connection_that_was_closed_meanwhile_is_not_used(
    context: ssl.SSLContext, *, on_its_own: bool, secure: bool
) -> None:
    """Also where the event loop had no time to see it."""
    closed = threading.Event()

    def deal(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head(len(GOOD)) + GOOD)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    async def twice(chat: Any) -> list[str]:
        first = await chat.ainvoke("Hi")
        if on_its_own:
            await asyncio.to_thread(closed.wait, 5)
        else:
            closed.wait(5)
        time.sleep(0.05)  # noqa: ASYNC251 - the loop is to have no time
        return [first.text, (await chat.ainvoke("Hi")).text]

    with way("straight", context, deal) if secure else server(deal) as reached:
        fields = reached if isinstance(reached, dict) else {"base_url": reached}
        assert asyncio.run(twice(model(**fields))) == ["Hello", "Hello"]
