"""The `timeout` of one call bounds how long its answer may stand still, in the place of the policy's bound."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import request_of, server
from pydantic import SecretStr

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.policy import Policy
from graph.endpoint.stalls import seconds_between
from graph.errors import EndpointTimeoutError, SettingsError

if TYPE_CHECKING:
    import socket

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
COMMENT = b": wait\n\n"
CHAT = b'data: {"choices": [{"delta": {"content": "Late."}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
RESPONSE = (
    b'data: {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Late."}\n\n'
    b'data: {"type": "response.completed", "response": {"status": "completed", "output": []}}\n\n'
)
WAYS = pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
WIRES = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])


def late(connection: socket.socket) -> None:
    """Send comments for nine tenths of a second, then an answer."""
    request = request_of(connection)
    with suppress(OSError):
        connection.sendall(HEAD)
        for _ in range(9):
            connection.sendall(COMMENT)
            time.sleep(0.1)
        connection.sendall(RESPONSE if b"/responses " in request else CHAT)


def asked(how: str, bound_s: float, *, responses: bool, **options: Any) -> str:
    policy = Policy(max_retries=0, read_timeout_s=bound_s, stream_timeout_s=bound_s)

    async def joined(model: ChatEndpoint) -> str:
        return "".join([str(piece.text) async for piece in model.astream("Hi", **options)])

    with server(late) as base_url:
        key = SecretStr("sk-emulated")
        model = ChatEndpoint(model="m", base_url=base_url, api_key=key, policy=policy, use_responses_api=responses)
        match how:
            case "invoke":
                return str(model.invoke("Hi", **options).text)
            case "ainvoke":
                return str(asyncio.run(model.ainvoke("Hi", **options)).text)
            case "stream":
                return "".join(str(piece.text) for piece in model.stream("Hi", **options))
            case _:
                return asyncio.run(joined(model))


@WAYS
@WIRES
def test_it_gives_more_time(how: str, *, responses: bool) -> None:
    assert asked(how, 0.3, responses=responses, timeout=5) == "Late."


@WAYS
@WIRES
def test_it_gives_less_time(how: str, *, responses: bool) -> None:
    with pytest.raises(EndpointTimeoutError, match=r"came for 0\.3 s"):
        asked(how, 5, responses=responses, timeout=0.3)


@WAYS
@pytest.mark.parametrize("none", [{}, {"timeout": None}], ids=["none", "None"])
def test_without_one_the_policy_holds(none: dict[str, Any], how: str) -> None:
    with pytest.raises(EndpointTimeoutError, match=r"came for 0\.3 s"):
        asked(how, 0.3, responses=False, **none)


@pytest.mark.parametrize("timeout", [(5, 0.3), httpx2.Timeout(5, read=0.3)], ids=["tuple", "Timeout"])
def test_its_part_for_reading_counts(timeout: Any) -> None:
    with pytest.raises(EndpointTimeoutError, match=r"came for 0\.3 s"):
        asked("stream", 5, responses=False, timeout=timeout)


@pytest.mark.parametrize("timeout", [(5, None), httpx2.Timeout(None)], ids=["tuple", "Timeout"])
def test_one_without_that_part_sets_no_bound(timeout: Any) -> None:
    assert asked("stream", 0.3, responses=False, timeout=timeout) == "Late."


@pytest.mark.parametrize("timeout", ["soon", 0, (5, 0)])
def test_what_is_no_timeout_is_said(timeout: Any) -> None:
    with pytest.raises(SettingsError, match="which is no time-out"):
        seconds_between(timeout)
    with pytest.raises(SettingsError, match="which is no time-out"):
        asked("stream", 5, responses=False, timeout=timeout)
