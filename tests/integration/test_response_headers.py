"""The headers of the answer are told with a reply that broke off, too: its provider asks for the id of the request."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from bare_sockets import request_of, server
from pydantic import SecretStr

from graph.endpoint.adapter import ChatEndpoint

if TYPE_CHECKING:
    import socket

CUT = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: abc\r\ncontent-length: 9999\r\n\r\n"
    b'data: {"choices": [{"index": 0, "delta": {"content": "half of it"}}]}\n\n'
)


def breaking_off(connection: socket.socket) -> None:
    request_of(connection)
    connection.sendall(CUT)


@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_reply_that_broke_off_has_them(mode: str, *, wanted: bool) -> None:
    async def pieces(model: Any) -> list[Any]:
        return [piece async for piece in model.astream("Hi")]

    with server(breaking_off) as base_url:
        key = SecretStr("sk-emulated")
        model = ChatEndpoint(model="m", base_url=base_url, api_key=key, max_retries=0, include_response_headers=wanted)
        message = reduce(add, model.stream("Hi") if mode == "stream" else asyncio.run(pieces(model)))
    assert message.response_metadata["fault"] == "cut_off"
    assert message.response_metadata.get("headers", {}).get("x-request-id") == ("abc" if wanted else None)
