"""Connections behave alike whatever drives them: threads, asyncio or uvloop, plain or over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import GOOD, head, request_of, server
from tls_servers import ASKED, context, model, over_tls

from graph.errors import ContextOverflowError, EndpointTimeoutError, UnreachableError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

__all__ = ["context"]

LONG = "x" * 10_000_000
SMALL = 1 << 16
"""Bytes that sockets keep of what nobody has read, or so."""
SECURE = pytest.mark.parametrize("secure", [True, False], ids=["TLS", "plain"])


@contextlib.contextmanager
def reached(context: ssl.SSLContext, deal: Callable[[Any], None], *, secure: bool) -> Iterator[str]:
    with server(over_tls(context, deal) if secure else deal) as address:
        yield address.replace("http://", "https://") if secure else address


def causes(error: BaseException | None) -> list[type[BaseException]]:
    found = []
    while error is not None:
        found.append(type(error))
        error = error.__cause__ or error.__context__
    return found


@ASKED
def test_an_answer_before_the_request_has_been_taken(ask: Callable[..., list[str]]) -> None:
    """As nginx gives it: the answer and its end, and then the rest of the request is read."""
    body = json.dumps({"error": {"message": "too large", "code": 413}}).encode()
    top = head(len(body), "connection: close").replace(b"200 OK", b"413 Payload Too Large")

    def deal(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(top + body)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass

    with server(deal) as base_url:
        for _ in range(4):
            with pytest.raises(ContextOverflowError):
                ask(model(base_url), [LONG])


@ASKED
@SECURE
def test_a_request_of_which_nothing_is_taken(
    ask: Callable[..., list[str]], context: ssl.SSLContext, *, secure: bool
) -> None:
    over = threading.Event()

    def deal(_: socket.socket) -> None:
        over.wait(30)

    with reached(context, deal, secure=secure) as base_url:
        with pytest.raises(EndpointTimeoutError) as caught:
            ask(model(base_url, timeout=httpx2.Timeout(20, write=0.3)), [LONG])
        over.set()
    assert httpx2.WriteTimeout in causes(caught.value)


@ASKED
@SECURE
def test_a_request_that_is_taken_slowly(
    ask: Callable[..., list[str]], context: ssl.SSLContext, *, secure: bool
) -> None:
    """In all it takes longer than the answer may, whose time begins behind it."""

    def deal(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        data = connection.recv(1 << 16)
        while not data.endswith(b"}"):
            time.sleep(0.1)
            taken = 0
            while taken < 2 * SMALL and not data.endswith(b"}"):
                data = connection.recv(SMALL)
                taken += len(data)
        connection.sendall(head(len(GOOD)) + GOOD)

    with reached(context, deal, secure=secure) as base_url:
        chat = model(base_url, timeout=1.5, http_socket_options=[(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)])
        assert ask(chat, ["x" * 60 * SMALL]) == ["Hello"]


@ASKED
def test_an_option_that_no_socket_has(ask: Callable[..., list[str]]) -> None:
    with server(lambda _: None) as base_url, pytest.raises(UnreachableError):
        ask(model(base_url, http_socket_options=[(socket.SOL_SOCKET, 9999, 1)]), ["Hi"])


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_all_connections_end_with_their_loop(loop: str) -> None:
    """Also of a model that is made within the run, and gone before its end."""
    several = 20
    all_there, ended = threading.Barrier(several), threading.Semaphore(0)

    def serve(connection: socket.socket) -> None:
        with connection:
            request_of(connection)
            all_there.wait(20)
            connection.sendall(head(len(GOOD)) + GOOD)
            with contextlib.suppress(OSError):
                connection.settimeout(20)
                if not connection.recv(1):
                    ended.release()

    async def ask(base_url: str) -> None:
        chat = model(base_url)
        await asyncio.gather(*(chat.ainvoke("Hi") for _ in range(several)))

    with socket.create_server(("127.0.0.1", 0), backlog=several) as listening:

        def accept() -> None:
            for _ in range(several):
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        factory = None if loop == "asyncio" else pytest.importorskip("uvloop").new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(ask(f"http://127.0.0.1:{listening.getsockname()[1]}/v1"))
        assert all(ended.acquire(timeout=10) for _ in range(several))
