"""The error of a time-out says what set it: a variable, the model's constructor, or the call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import request_of, server
from ways_of_asking import ASKED, ainvoke, invoke

from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.policy import Policy
from graph.errors import EndpointTimeoutError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

SHORT = Policy(read_timeout_s=0.2, stream_timeout_s=0.2)


def silent(connection: socket.socket) -> None:
    request_of(connection)
    connection.recv(1)  # until the client has gone


def remedy(
    ask: Callable[..., str], options: dict[str, Any], settings: Settings | None = None, **fields: Any
) -> tuple[str, bool]:
    """The error's remedy, and whether the request was streamed."""
    with server(silent) as base_url:
        if settings is None:
            model = ChatEndpoint(model="m", base_url=base_url, api_key="sk-emulated", max_retries=0, **fields)
        else:
            model = ChatEndpoint.at(Endpoint(model="m", base_url=base_url), settings, max_retries=0, **fields)
        with pytest.raises(EndpointTimeoutError) as caught:
            ask(model.bind(**options))
    return caught.value.remedy, ask not in {invoke, ainvoke}


@ASKED
def test_the_settings(ask: Callable[..., str]) -> None:
    said, streamed = remedy(ask, {}, Settings(read_timeout_s=0.2, stream_timeout_s=0.2))
    variable = "AGENT_STREAM_TIMEOUT" if streamed else "AGENT_READ_TIMEOUT"
    assert said == f"Try again, or allow more time ({variable})."


@ASKED
def test_the_policy(ask: Callable[..., str]) -> None:
    said, streamed = remedy(ask, {}, policy=SHORT)
    field = "stream_timeout_s" if streamed else "read_timeout_s"
    assert said == f"Try again, or allow more time (timeout or policy.{field} of ChatEndpoint)."


@ASKED
@pytest.mark.parametrize("settings", [None, Settings()], ids=["alone", "beside settings"])
@pytest.mark.parametrize("timeout", [0.2, httpx2.Timeout(30, read=0.2)], ids=["number", "Timeout"])
def test_the_constructor(timeout: Any, settings: Settings | None, ask: Callable[..., str]) -> None:
    said, _ = remedy(ask, {}, settings, timeout=timeout)
    assert said == "Try again, or allow more time (timeout of ChatEndpoint)."


@ASKED
def test_the_constructor_for_streams_alone(ask: Callable[..., str]) -> None:
    said, streamed = remedy(ask, {}, timeout=0.2, stream_chunk_timeout=0.2)
    field = "stream_chunk_timeout" if streamed else "timeout"
    assert said == f"Try again, or allow more time ({field} of ChatEndpoint)."


@ASKED
@pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
@pytest.mark.parametrize("timeout", [0.2, httpx2.Timeout(30, read=0.2)], ids=["number", "Timeout"])
def test_the_call(timeout: Any, ask: Callable[..., str], *, responses: bool) -> None:
    said, _ = remedy(ask, {"timeout": timeout}, Settings(), timeout=20, use_responses_api=responses)
    assert said == "Try again, or allow more time (timeout of the call)."


OF_WRITING = {
    "the constructor's part": ({}, httpx2.Timeout(None, write=0.2), "timeout of ChatEndpoint"),
    "beside a call's number": ({"timeout": 30}, httpx2.Timeout(30, write=0.2), "timeout of ChatEndpoint"),
    "the call's part": (
        {"timeout": httpx2.Timeout(30, write=0.2)},
        httpx2.Timeout(30, write=30),
        "timeout of the call",
    ),
}


@pytest.mark.parametrize(("options", "timeout", "words"), OF_WRITING.values(), ids=list(OF_WRITING))
def test_that_of_writing(options: dict[str, Any], timeout: httpx2.Timeout, words: str) -> None:
    def deaf(connection: socket.socket) -> None:
        gone.wait(30)
        connection.close()

    gone = threading.Event()
    with server(deaf) as base_url:
        model = ChatEndpoint.at(Endpoint(model="m", base_url=base_url), Settings(), max_retries=0, timeout=timeout)
        long = model.bind(user="x" * 20_000_000, **options)
        with pytest.raises(EndpointTimeoutError) as caught:
            invoke(long)
    gone.set()
    assert "WriteTimeout" in caught.value.detail
    assert caught.value.remedy == f"Try again, or allow more time ({words})."
