"""Servers over TLS that are believed, and the ways of asking them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from pydantic import SecretStr

from graph.endpoint.adapter import ChatEndpoint

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    key = SecretStr("sk-emulated")
    return ChatEndpoint(
        **{"model": "m", "base_url": base_url, "api_key": key, "max_retries": 0, "timeout": 5, **fields}
    )


def plain(chat: ChatEndpoint, prompts: list[str]) -> list[str]:
    return [chat.invoke(prompt).text for prompt in prompts]


async def answers(chat: ChatEndpoint, prompts: list[str]) -> list[str]:
    return [(await chat.ainvoke(prompt)).text for prompt in prompts]


def asynchronous(chat: ChatEndpoint, prompts: list[str]) -> list[str]:
    return asyncio.run(answers(chat, prompts))


def on_uvloop(chat: ChatEndpoint, prompts: list[str]) -> list[str]:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(answers(chat, prompts))


ASKED = pytest.mark.parametrize("ask", [plain, asynchronous, on_uvloop])


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server of this machine's is made with, believed by clients."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(made)
    return made


def over_tls(context: ssl.SSLContext, deal: Callable[[ssl.SSLSocket], None]) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            deal(secure)

    return answer
