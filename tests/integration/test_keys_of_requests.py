"""A key is in no error, whatever carries it: headers and query of a call, a client of one's own, a key that expires."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from base64 import b64encode
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from bare_sockets import GOOD, head, request_of, server
from langchain_core.load import dumps
from pydantic import SecretStr
from told_callbacks import Told
from ways_of_asking import ASKED

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import AuthenticationError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

KEY: Final = "zz/TopSecret12345"


def refusal(words: str) -> bytes:
    said = json.dumps({"error": {"message": f"Sorry, {words} is not known here.", "code": "bad"}}).replace("/", r"\/")
    return head(len(said), "connection: close").replace(b"200 OK", b"401 Unauthorized") + said.encode()


def saying(words: str) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(refusal(words))

    return deal


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(**({"model": "m", "base_url": base_url, "api_key": "k", "max_retries": 0} | fields))


def clients(**options: Any) -> dict[str, Any]:
    return {"http_client": httpx2.Client(**options), "http_async_client": httpx2.AsyncClient(**options)}


def cleared(error: BaseException) -> str:
    """What the endpoint said, in an error of which no part tells a key."""
    assert isinstance(error, AuthenticationError)
    assert "TopSecret" not in f"{error} {error!r} {error.__dict__}"
    assert b"TopSecret" not in getattr(error.__cause__, "content", b"TopSecret")
    return error.detail


FIELDS: dict[str, dict[str, Any]] = {
    "a header": {"default_headers": {"x-api-key": KEY}},
    "a query": {"default_query": {"sig": KEY}},
    "a cookie": {"default_headers": {"Cookie": f"team=harbour; session={KEY}"}},
    "a field of the body": {"extra_body": {"api_key": KEY}},
    "a field within one": {"extra_body": {"auth": [{"token": KEY}]}},
    "a field in model_kwargs": {"model_kwargs": {"access_token": KEY}},
    "a header in model_kwargs": {"model_kwargs": {"extra_headers": {"x-api-key": KEY}}},
    **{scheme: {"default_headers": {"Authorization": f"{scheme} {KEY}"}} for scheme in ("Bearer", "Basic", "Token")},
    "Basic, decoded": {"default_headers": {"Authorization": f"Basic {b64encode(f'me:{KEY}'.encode()).decode()}"}},
}


@ASKED
@pytest.mark.parametrize("fields", FIELDS.values(), ids=list(FIELDS))
def test_what_the_model_was_made_with(fields: dict[str, Any], ask: Callable[..., str]) -> None:
    with server(saying(KEY)) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(model(base_url, **fields))
    assert cleared(caught.value) == "Sorry, [redacted] is not known here."


CALLS: dict[str, dict[str, Any]] = {
    "a header": {"extra_headers": {"x-api-key": KEY}},
    "authorization": {"extra_headers": {"Authorization": f"Bearer {KEY}"}},
    **{
        name: {"extra_query": {name: KEY}}
        for name in ("subscription-key", "sig", "signature", "code", "X-Amz-Signature")
    },
}


@ASKED
@pytest.mark.parametrize("options", CALLS.values(), ids=list(CALLS))
def test_what_one_call_carries(options: dict[str, Any], ask: Callable[..., str]) -> None:
    with server(saying(KEY)) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(model(base_url).bind(**options))
    assert cleared(caught.value) == "Sorry, [redacted] is not known here."


OWN: dict[str, dict[str, Any]] = {
    "a header": {"headers": {"x-api-key": KEY}},
    "a query": {"params": {"api_key": KEY}},
    "a password": {"auth": ("me", KEY)},
}


@ASKED
@pytest.mark.parametrize("options", OWN.values(), ids=list(OWN))
def test_what_a_client_of_ones_own_adds(options: dict[str, Any], ask: Callable[..., str]) -> None:
    with server(saying(KEY)) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(model(base_url, **clients(**options)))
    assert cleared(caught.value) == "Sorry, [redacted] is not known here."


@ASKED
def test_what_a_gateway_says_as_it_stood_in_the_url(ask: Callable[..., str]) -> None:
    with server(saying("zz%2FTopSecret12345")) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(model(base_url).bind(extra_query={"sig": KEY}))
    assert cleared(caught.value) == "Sorry, [redacted] is not known here."


@ASKED
def test_the_key_of_a_request_that_many_others_overtake(ask: Callable[..., str]) -> None:
    waiting: list[socket.socket] = []
    raised: list[BaseException] = []

    def deal(connection: socket.socket) -> None:
        request_of(connection)
        if waiting:
            connection.sendall(refusal("another"))
        else:
            waiting.append(connection.dup())
            arrived.set()

    def first() -> None:
        with pytest.raises(AuthenticationError) as caught:
            ask(chat)
        raised.append(caught.value)

    arrived, numbers = threading.Event(), count()
    with server(deal) as base_url:
        chat = model(base_url, api_key=lambda: f"TopSecret{next(numbers):04}")
        overtaken = threading.Thread(target=first)
        overtaken.start()
        assert arrived.wait(30)
        for _ in range(9):
            with pytest.raises(AuthenticationError):
                ask(chat)
        with waiting[0] as connection:
            connection.sendall(refusal("TopSecret0000"))
        overtaken.join(30)
    assert cleared(raised[0]) == "Sorry, [redacted] is not known here."


@ASKED
def test_words_that_are_no_key_stay(ask: Callable[..., str]) -> None:
    """Neither a value that is short, nor one whose name is none of a key's."""
    fields = {"default_headers": {"x-key-format": "json", "x-team": "harbour"}, "default_query": {"encoding": "base64"}}
    with server(saying("harbour json base64")) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(model(base_url, **fields).bind(extra_headers={"authorization": ""}))
    assert caught.value.detail == "Sorry, harbour json base64 is not known here."


@ASKED
@pytest.mark.parametrize("bound", [False, True])
def test_options_of_a_call_are_shown_without_keys(bound: bool, ask: Callable[..., str]) -> None:
    requests: list[bytes] = []

    def deal(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.sendall(head(len(GOOD), "connection: close") + GOOD)

    told = Told()
    options = {
        "extra_headers": {"x-api-key": KEY, "x-team": "harbour"},
        "extra_query": {"sig": KEY, "code": KEY, "country_code": "de"},
    }
    with server(deal) as base_url:
        chat = model(base_url, callbacks=[told], **({} if bound else {"model_kwargs": options}))
        assert ask(chat.bind(**options) if bound else chat) == "Hello"
    assert f"\r\nx-api-key: {KEY}\r\n".encode() in requests[0]
    for shown in (told.text,) if bound else (told.text, repr(chat), str(chat), dumps(chat)):
        assert "TopSecret" not in shown
        assert "harbour" in shown


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_the_log_of_requests_names_no_key_in_the_query(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    key = SecretStr("sk-emulated")

    def answer(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head(len(GOOD)) + GOOD)

    with server(answer) as base_url:
        chat = ChatEndpoint(model="m", base_url=base_url, api_key=key, default_query={"key": KEY}, max_retries=0)
        reply = asyncio.run(chat.ainvoke("Hi")) if mode == "ainvoke" else chat.invoke("Hi")
    assert reply.text == "Hello"
    assert f'HTTP Request: POST {base_url}/chat/completions "HTTP/1.1 200 OK"' in caplog.text
    assert "TopSecret" not in caplog.text
