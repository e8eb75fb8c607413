"""Time-outs that the constructor or a call takes: each part is heeded, and what is none is refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import GOOD, answering, head, request_of, server
from ways_of_asking import ASKED, astream, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import EndpointTimeoutError, SettingsError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def silent(requests: list[bytes]) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.recv(1)  # until the client has gone

    return deal


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(model="m", base_url=base_url, api_key="sk-emulated", **fields)


@ASKED
@pytest.mark.parametrize("timeout", [1, httpx2.Timeout(1.0), httpx2.Timeout(30, read=0.2), (5.0, 0.2)])
def test_timeout_bounds_how_long_an_answer_may_take(timeout: Any, ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(silent(requests)) as base_url, pytest.raises(EndpointTimeoutError):
        ask(model(base_url, timeout=timeout, max_retries=0))
    assert len(requests) == 1


@ASKED
@pytest.mark.parametrize("timeout", [0.2, httpx2.Timeout(30, read=0.2), (5.0, 0.2)])
def test_timeout_of_one_request_does_as_well(timeout: Any, ask: Callable[..., str]) -> None:
    with server(silent([])) as base_url, pytest.raises(EndpointTimeoutError):
        ask(model(base_url, max_retries=0).bind(timeout=timeout))


FOUR = {"connect": 30, "read": 20, "write": 2, "pool": 3}


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (httpx2.Timeout(**FOUR), FOUR),
        ((30, 20, 2, 3), FOUR),
        (httpx2.Timeout(**FOUR | {"write": None, "pool": None}), {**FOUR, "write": 20, "pool": 20}),
        (httpx2.Timeout(None, write=2), {"connect": 10, "read": 300, "write": 2, "pool": 300}),
        (20, dict.fromkeys(FOUR, 20)),
    ],
)
async def test_each_part_is_heeded(given: Any, parts: dict[str, float]) -> None:
    with server(answering(head(len(GOOD), "connection: close") + GOOD)) as base_url:
        chat = model(base_url, timeout=given)
        options = {"timeout": chat.policy.read_timeout_s}
        with chat._clients.send({}, options) as response:
            assert response.request.extensions["timeout"] == parts
        async with chat._clients.asend({}, options) as aresponse:
            assert aresponse.request.extensions["timeout"] == parts


@ASKED
def test_so_a_request_that_is_not_taken_ends_in_time(ask: Callable[..., str]) -> None:
    def deaf(connection: socket.socket) -> None:
        gone.wait(30)
        connection.close()

    gone = threading.Event()
    with server(deaf) as base_url, pytest.raises(EndpointTimeoutError) as caught:
        ask(model(base_url, timeout=httpx2.Timeout(30, write=0.2), max_retries=0).bind(user="x" * 20_000_000))
    gone.set()
    assert "WriteTimeout" in caught.value.detail


@pytest.mark.parametrize("ask", [stream, astream])
def test_stream_chunk_timeout_bounds_a_stream(ask: Callable[..., str]) -> None:
    with server(silent([])) as base_url, pytest.raises(EndpointTimeoutError):
        ask(model(base_url, stream_chunk_timeout=0.2, max_retries=0))


NO_TIMEOUTS: list[Any] = [0, -1, "1", float("nan"), float("inf"), (5, 0), (1, -1), (1,)]
NO_TIMEOUTS += [httpx2.Timeout(-1), httpx2.Timeout(5, pool=0)]


@pytest.mark.parametrize("timeout", NO_TIMEOUTS, ids=str)
def test_a_timeout_that_is_none_is_refused_at_once(timeout: Any) -> None:
    with pytest.raises(SettingsError, match="which is no time-out"):
        model("http://127.0.0.1:1/v1", timeout=timeout)


@pytest.mark.parametrize("pause", [0, float("nan")])
def test_so_is_that_of_a_stream(pause: float) -> None:
    with pytest.raises(SettingsError, match=r"stream_chunk_timeout is .*, which is no time-out"):
        model("http://127.0.0.1:1/v1", stream_chunk_timeout=pause)


@ASKED
@pytest.mark.parametrize("timeout", NO_TIMEOUTS, ids=str)
def test_so_is_that_of_one_request(timeout: Any, ask: Callable[..., str]) -> None:
    with pytest.raises(SettingsError, match="which is no time-out"):
        ask(model("http://127.0.0.1:1/v1").bind(timeout=timeout))
