"""A model that LangChain makes anew of all fields of another, as `configurable_fields` does, is the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bare_sockets import GOOD, head, request_of, server
from langchain_core.runnables import ConfigurableField
from ways_of_asking import ASKED

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.policy import Policy

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(model="m", base_url=base_url, api_key="sk-emulated", **fields)


def anew(chat: ChatEndpoint) -> ChatEndpoint:
    configured = chat.configurable_fields(temperature=ConfigurableField(id="t"))
    made, _ = configured.prepare({"configurable": {"t": 0.5}})
    assert isinstance(made, ChatEndpoint)
    assert (made is not chat, made.temperature) == (True, 0.5)
    return made


@pytest.mark.parametrize(
    ("fields", "stream_s"),
    [({}, 600.0), ({"timeout": 30}, 30.0), ({"stream_chunk_timeout": 20}, 20.0), ({"max_retries": 1}, 600.0)],
)
def test_it_keeps_the_policy(fields: dict[str, Any], stream_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGCHAIN_OPENAI_STREAM_CHUNK_TIMEOUT_S", "7")
    chat = model("http://127.0.0.1:9/v1", policy=Policy(stream_timeout_s=600.0, read_timeout_s=700.0), **fields)
    assert chat.policy.stream_timeout_s == stream_s
    assert anew(chat).policy == anew(anew(chat)).policy == chat.policy


@ASKED
def test_it_keeps_its_proxy_and_heeds_no_other(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_PROXY", "http://127.0.0.1:9")
    requests: list[bytes] = []

    def deal(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.sendall(head(len(GOOD), "connection: close") + GOOD)

    with server(deal) as here:
        assert ask(anew(model(here))) == "Hello"
        assert ask(anew(model("http://127.0.0.1:9/v1", openai_proxy=here.removesuffix("/v1")))) == "Hello"
    assert requests[1].startswith(b"POST http://127.0.0.1:9/v1/chat/completions HTTP/1.1")
