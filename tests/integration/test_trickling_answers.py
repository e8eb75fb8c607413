"""An answer that comes byte by byte, and never to its end, ends in time all the same: however it is asked for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from bare_sockets import head, request_of, server
from pydantic import SecretStr
from ways_of_asking import ASKED

from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.client import Clients
from graph.errors import EndpointTimeoutError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import httpx2


def model(base_url: str, **settings: Any) -> ChatEndpoint:
    values = {"max_retries": 0, "read_timeout_s": 0.3, "stream_timeout_s": 0.3, **settings}
    return ChatEndpoint.at(Endpoint(model="m", base_url=base_url, api_key="sk-emulated"), Settings(**values))


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

TRICKLES = {
    "a header": (b"HTTP/1.1 200 OK\r\nx-long: ", b"a"),
    "answers of status 102": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "a refusal": (b"HTTP/1.1 400 Bad Request\r\ncontent-length: 1000000\r\n\r\n", b"a"),
    "the length of a chunk": (STREAM + b"5;", b"a"),
    "blanks": (head(1_000_000), b" "),
    "comments": (STREAM, b"3\r\n:a\n\r\n"),
}


def trickling(begin: bytes, piece: bytes, connections: list[int]) -> Callable[[socket.socket], None]:
    """Answer with a beginning, then piece after piece until the client has gone."""

    def deal(connection: socket.socket) -> None:
        connections.append(1)
        request_of(connection)
        with suppress(OSError):
            connection.sendall(begin)
            while True:
                connection.sendall(piece)
                connection.settimeout(0.02)
                with suppress(TimeoutError):
                    if not connection.recv(1):
                        return

    return deal


@ASKED
@pytest.mark.parametrize(("begin", "piece"), TRICKLES.values(), ids=list(TRICKLES))
def test_an_answer_without_end_is_a_timeout(begin: bytes, piece: bytes, ask: Callable[..., str]) -> None:
    connections: list[int] = []
    late = pytest.raises(EndpointTimeoutError, match="did not answer or go on answering in time")
    with server(trickling(begin, piece, connections)) as base_url, late:
        ask(model(base_url))
    assert len(connections) == 1


@ASKED
def test_it_is_tried_again_as_any_other_timeout(ask: Callable[..., str]) -> None:
    connections: list[int] = []
    with server(trickling(*TRICKLES["a header"], connections)) as base_url, pytest.raises(EndpointTimeoutError):
        ask(model(base_url, max_retries=1))
    assert len(connections) == 2


@ASKED
def test_through_a_proxy_as_well(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[int] = []
    with server(trickling(*TRICKLES["a header"], connections)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.removesuffix("/v1"))
        with pytest.raises(EndpointTimeoutError):
            ask(model("http://name.invalid/v1"))
    assert len(connections) == 1


def in_two_pieces(connections: list[int]) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        connections.append(1)
        for _ in range(2):
            request_of(connection)
            connection.sendall(STREAM + b"5\r\nHello\r\n")
            connection.sendall(b"5\r\nthere\r\n0\r\n\r\n")

    return deal


def an_hour_passes(response: httpx2.Response) -> None:
    response.extensions["network_stream"]._since -= 3600


def test_neither_who_reads_nor_who_asks_has_to_hurry() -> None:
    """The time begins with a request, and with each piece that is asked for: here an hour passes in between."""
    connections: list[int] = []
    with server(in_two_pieces(connections)) as base_url:
        clients = Clients(base_url, SecretStr("k"), connect_timeout_s=30, read_timeout_s=30)
        for _ in range(2):
            came = b""
            with clients.send({}, {}) as response:
                for piece in response.iter_raw():
                    came += piece
                    an_hour_passes(response)
            assert came == b"Hellothere"
    assert len(connections) == 1


async def test_neither_who_reads_nor_who_asks_has_to_hurry_in_a_loop() -> None:
    connections: list[int] = []
    with server(in_two_pieces(connections)) as base_url:
        clients = Clients(base_url, SecretStr("k"), connect_timeout_s=30, read_timeout_s=30)
        for _ in range(2):
            came = b""
            async with clients.asend({}, {}) as response:
                async for piece in response.aiter_raw():
                    came += piece
                    an_hour_passes(response)
            assert came == b"Hellothere"
    assert len(connections) == 1
