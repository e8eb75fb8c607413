"""A connection serves the next request, too, streamed or not, and a reply waits for no end of its body."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from bare_sockets import GOOD, head, request_of, server
from pydantic import SecretStr

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import RefusedRequestError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
CHAT = b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
RESPONSE = (
    b'data: {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hello"}\n\n'
    b'data: {"type": "response.completed", "response": {"status": "completed", "output": []}}\n\n'
)
LATER = b': over\n\ndata: {"choices": [{"delta": {"content": " there"}}]}\n\n'
END = b"0\r\n\r\n"
MODES = pytest.mark.parametrize("mode", ["stream", "astream"])


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def serving(connections: list[int], *behind: bytes, pause_s: float = 0.01) -> Callable[[socket.socket], None]:
    """Answer each request of a connection, and send what comes behind the reply, piece by piece."""

    def deal(connection: socket.socket) -> None:
        connections.append(0)
        with suppress(OSError):  # the client may close it at any time
            while connection.recv(1, socket.MSG_PEEK):
                connections[-1] += 1
                request = request_of(connection)
                connection.sendall(HEAD + chunk(RESPONSE if b"/responses " in request else CHAT))
                for piece in behind:
                    time.sleep(pause_s)
                    connection.sendall(piece)

    return deal


def model_at(base_url: str, **fields: Any) -> ChatEndpoint:
    key = SecretStr("sk-emulated")
    return ChatEndpoint(model="m", base_url=base_url, api_key=key, max_retries=0, timeout=5, **fields)


def asked(model: ChatEndpoint, mode: str, times: int) -> list[Any]:
    """The messages that come, one after the other."""

    async def pieces() -> list[Any]:
        return [[piece async for piece in model.astream("Hi")] for _ in range(times)]

    told = asyncio.run(pieces()) if mode == "astream" else [list(model.stream("Hi")) for _ in range(times)]
    return [reduce(add, found) for found in told]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How fast a machine is must not decide."""
    for bound in ("_BOUND_S", "_SHORT_S"):
        monkeypatch.setattr(f"graph.endpoint.rest.{bound}", 5)


@MODES
@pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
@pytest.mark.parametrize("behind", [[END], [chunk(LATER), END]], ids=["the end", "more than the end"])
@pytest.mark.usefixtures("patient")
def test_streamed_requests_use_one_connection(behind: list[bytes], mode: str, *, responses: bool) -> None:
    connections: list[int] = []
    with server(serving(connections, *behind)) as base_url:
        found = asked(model_at(base_url, use_responses_api=responses), mode, 5)
    assert connections == [5]
    assert [message.text for message in found] == ["Hello"] * 5
    assert not any("fault" in message.response_metadata for message in found)


HELD = {
    "silence": [],
    "comments": [chunk(b": wait\n\n")] * 40,
    "a chunk without end": [b"f", *[b"0"] * 40],
}


@MODES
@pytest.mark.parametrize("behind", HELD.values(), ids=HELD)
def test_a_reply_does_not_wait_for_a_connection_that_is_held_open(behind: list[bytes], mode: str) -> None:
    connections: list[int] = []

    with server(serving(connections, *behind, pause_s=0.05)) as base_url:
        found = asked(model_at(base_url), mode, 3)
    assert [message.text for message in found] == ["Hello"] * 3
    assert not any("fault" in message.response_metadata for message in found)
    assert connections == [1, 1, 1]


@MODES
@pytest.mark.parametrize("behind", [b"zz\r\n", b""], ids=["no chunk", "nothing"])
def test_what_fails_behind_a_reply_does_not_count(behind: bytes, mode: str) -> None:
    def deal(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(HEAD + chunk(CHAT) + behind)

    with server(deal) as base_url:
        found = asked(model_at(base_url), mode, 2)
    assert [message.text for message in found] == ["Hello"] * 2
    assert not any("fault" in message.response_metadata for message in found)


@MODES
def test_nothing_is_waited_for_behind_a_reply_that_overran(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.endpoint.expectation.MAX_REASONING_CHARS", 4)
    connections: list[int] = []
    with server(serving(connections, END, pause_s=0)) as base_url:
        found = asked(model_at(base_url), mode, 2)
    assert [message.response_metadata["fault"] for message in found] == ["overrun"] * 2
    assert connections == [1, 1]


@MODES
@pytest.mark.usefixtures("patient")
def test_the_last_piece_comes_before_the_end_of_the_body(mode: str) -> None:
    come = threading.Event()
    before_the_end: list[bool] = []

    def deal(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(HEAD + chunk(CHAT))
        before_the_end.append(come.wait(4))
        connection.sendall(END)

    def see(piece: Any) -> None:
        if piece.response_metadata.get("finish_reason"):
            come.set()

    async def watched() -> None:
        async for piece in model.astream("Hi"):
            see(piece)

    with server(deal) as base_url:
        model = model_at(base_url)
        if mode == "astream":
            asyncio.run(watched())
        else:
            for piece in model.stream("Hi"):
                see(piece)
    assert before_the_end == [True]


ALL_MODES = pytest.mark.parametrize("mode", ["invoke", "ainvoke", "stream", "astream"])
PLAIN = head(len(GOOD)) + GOOD


def texts(model: ChatEndpoint, mode: str, times: int) -> list[str]:
    if mode.endswith("stream"):
        return [message.text for message in asked(model, mode, times)]
    if mode == "invoke":
        return [model.invoke("Hi").text for _ in range(times)]

    async def answers() -> list[str]:
        return [(await model.ainvoke("Hi")).text for _ in range(times)]

    return asyncio.run(answers())


@ALL_MODES
def test_a_connection_that_is_closed_as_the_next_request_comes(mode: str) -> None:
    """A server's keep-alive time may be over at any moment: nothing failed, so that no try is lost."""
    connections: list[int] = []

    def deal(connection: socket.socket) -> None:
        connections.append(1)
        request_of(connection)
        connection.sendall(HEAD + chunk(CHAT) + END if mode.endswith("stream") else PLAIN)
        request_of(connection)

    with server(deal) as base_url:
        assert texts(model_at(base_url), mode, 3) == ["Hello"] * 3
    assert len(connections) == 3


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_a_request_that_ends_its_connections_is_sent_anew_once(mode: str) -> None:
    """A server may die of it, and the more connections are kept, the more often."""
    connections: list[int] = []
    taken: list[int] = []
    together = threading.Barrier(4)

    def serve(connection: socket.socket) -> None:
        with connection:
            request_of(connection)
            together.wait(5)
            connection.sendall(PLAIN)
            if request_of(connection):
                taken.append(1)

    def deal(connection: socket.socket) -> None:
        connections.append(1)
        if len(connections) <= together.parties:
            threading.Thread(target=serve, args=(connection.dup(),), daemon=True).start()
        elif request_of(connection):
            taken.append(1)

    def ask(model: ChatEndpoint) -> None:
        model.batch(["Hi"] * together.parties)
        model.invoke("Hi")

    async def aask(model: ChatEndpoint) -> None:
        await model.abatch(["Hi"] * together.parties)
        await model.ainvoke("Hi")

    with server(deal) as base_url, pytest.raises(UnreachableError, match='"RemoteProtocolError: Server disconnected'):
        asyncio.run(aask(model_at(base_url))) if mode == "ainvoke" else ask(model_at(base_url))
    assert taken == [1, 1]


@ALL_MODES
def test_what_comes_behind_an_answer_is_not_the_next_one(mode: str) -> None:
    connections: list[int] = []

    def deal(connection: socket.socket) -> None:
        connections.append(1)
        for _ in range(2):
            if not request_of(connection):
                return
            answer = HEAD + chunk(CHAT) + END if mode.endswith("stream") else PLAIN
            connection.sendall(answer + answer.replace(b"Hello", b"STRAY"))

    with server(deal) as base_url:
        assert texts(model_at(base_url), mode, 3) == ["Hello"] * 3
    assert len(connections) == 3


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
@pytest.mark.parametrize("place", ["http://:x/", "mailto:a"])
def test_a_redirect_that_no_request_can_follow_gives_its_connection_back(place: str, mode: str) -> None:
    moved = f"HTTP/1.1 307 Temporary Redirect\r\nlocation: {place}\r\ncontent-length: 5\r\n\r\nMoved".encode()
    connections: list[int] = []

    def deal(connection: socket.socket) -> None:
        connections.append(0)
        with suppress(OSError):
            while request_of(connection):
                connections[-1] += 1
                connection.sendall(moved)

    def ask(model: ChatEndpoint) -> list[Any]:
        return model.batch(["Hi"] * 2, {"max_concurrency": 1}, return_exceptions=True)

    async def aask(model: ChatEndpoint) -> list[Any]:
        return await model.abatch(["Hi"] * 2, {"max_concurrency": 1}, return_exceptions=True)

    with server(deal) as base_url:
        model = model_at(base_url)
        given = asyncio.run(aask(model)) if mode == "ainvoke" else ask(model)
    assert [type(one) for one in given] == [RefusedRequestError] * 2
    assert connections == [2]
