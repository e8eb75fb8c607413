"""Keys and headers that no request can carry, and keys that a function gives, where ChatEndpoint is used alone."""

from __future__ import annotations

import asyncio
import json
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import GOOD, head, request_of, server
from langchain_core.load import dumps
from pydantic import SecretStr, ValidationError
from told_callbacks import Told
from ways_of_asking import ASKED, ainvoke, astream, invoke, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import AuthenticationError, SettingsError
from graph.testing import EmulatedEndpoint

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

BAD_KEYS = ["sk-clé-secrète", "sk-密钥密钥密钥", "sk-first\nsk-second", "sk-ended\r\n", "sk-in two", "\ufeffsk-marked"]


def sent_to(requests: list[bytes], answer: bytes = head(len(GOOD)) + GOOD) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.sendall(answer)

    return deal


def header(request: bytes, name: str) -> str:
    """The one header of that name."""
    lines = request.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")[1:]
    (value,) = [line.partition(":")[2].strip() for line in lines if line.partition(":")[0].lower() == name]
    return value


@pytest.mark.parametrize("given", [str, SecretStr])
@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_none_is_refused_at_once(key: str, given: Callable[[str], Any]) -> None:
    with pytest.raises(SettingsError, match="api_key: has a character that no key has") as caught:
        ChatEndpoint(model="m", base_url="http://127.0.0.1:1/v1", api_key=given(key))
    assert key.strip() not in str(caught.value) + repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("key", [["sk-in-a-list"], {"key": "sk-in-a-list"}])
def test_what_is_of_another_type_is_not_shown_either(key: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatEndpoint(model="m", base_url="http://127.0.0.1:1/v1", api_key=key)
    assert "sk-in-a-list" not in str(caught.value)


@ASKED
@pytest.mark.parametrize("key", [*BAD_KEYS, b"sk-bytes", None])
def test_a_function_that_gives_no_key_is_refused_before_anything_is_sent(key: Any, ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(sent_to(requests)) as base_url, pytest.raises(SettingsError, match="api_key") as caught:
        ask(ChatEndpoint(model="m", base_url=base_url, api_key=lambda: key))
    assert requests == []
    assert not key or str(key).strip() not in str(caught.value)


@ASKED
def test_a_function_is_asked_for_each_request(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    keys = chain(["sk-first-key"], repeat("sk-second-key"))  # one more is asked for where a connection was lost
    with server(sent_to(requests)) as base_url:
        chat = ChatEndpoint(model="m", base_url=base_url, api_key=lambda: next(keys))
        assert [ask(chat), ask(chat)] == ["Hello", "Hello"]
    sent = [header(one, "authorization") for one in requests]
    assert (sent[0], sent[-1]) == ("Bearer sk-first-key", "Bearer sk-second-key")


@ASKED
@pytest.mark.parametrize("raised", [OSError("of the vault"), httpx2.ConnectError("of the vault"), KeyError("TOKEN")])
def test_a_function_that_raises_is_named(raised: Exception, ask: Callable[..., str]) -> None:
    """Not taken for a failure of the endpoint, and not asked again and again."""
    requests: list[bytes] = []
    asked: list[None] = []

    def give() -> str:
        asked.append(None)
        raise raised

    with (
        server(sent_to(requests)) as base_url,
        pytest.raises(SettingsError, match=f"as api_key gave no key but raised {type(raised).__name__}") as caught,
    ):
        ask(ChatEndpoint(model="m", base_url=base_url, api_key=give))
    assert caught.value.__cause__ is raised
    assert (len(asked), requests) == (1, [])


async def expiring() -> str:
    await asyncio.sleep(0)
    return "sk-of-a-loop"


@pytest.mark.parametrize("ask", [ainvoke, astream])
def test_an_asynchronous_function_serves_in_a_loop(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(sent_to(requests)) as base_url:
        assert ask(ChatEndpoint(model="m", base_url=base_url, api_key=expiring)) == "Hello"
    assert header(requests[0], "authorization") == "Bearer sk-of-a-loop"


@pytest.mark.parametrize("ask", [invoke, stream])
def test_an_asynchronous_function_is_refused_without_one(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(sent_to(requests)) as base_url, pytest.raises(SettingsError, match="ainvoke or astream"):
        ask(ChatEndpoint(model="m", base_url=base_url, api_key=expiring))
    assert requests == []


@ASKED
def test_no_key_is_told_whoever_gave_it(ask: Callable[..., str]) -> None:
    said = json.dumps({"error": {"message": "No: plainkey-of-mine, nor gateway-word", "code": "bad"}}).encode()
    answer = head(len(said)).replace(b"200 OK", b"401 Unauthorized") + said
    with server(sent_to([], answer)) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(
            ChatEndpoint(
                model="m",
                base_url=base_url,
                api_key=lambda: "plainkey-of-mine",
                default_headers={"X-Gateway-Key": "gateway-word"},
            )
        )
    assert caught.value.detail == "No: [redacted], nor [redacted]"


@ASKED
def test_no_key_is_shown_of_the_model_itself(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    told = Told()
    with server(sent_to(requests)) as proxy:
        chat = ChatEndpoint(
            model="m",
            base_url="http://name.invalid/v1",
            api_key="SECRET-key",
            default_headers={"X-Gateway-Key": "SECRET-word", "x-team": "harbour"},
            default_query={"api_key": "SECRET-query", "api-version": "2"},
            openai_proxy=proxy.removesuffix("/v1").replace("://", "://me:SECRET-proxy@"),
            callbacks=[told],
        )
        assert ask(chat) == "Hello"
    assert header(requests[0], "x-gateway-key") == "SECRET-word"
    assert b"?api_key=SECRET-query&api-version=2" in requests[0]
    assert header(requests[0], "proxy-authorization").startswith("Basic ")
    for shown in (repr(chat), str(chat), repr(chat.bind(stop=["."])), dumps(chat), told.text):
        assert "SECRET" not in shown
        assert "harbour" in shown


@ASKED
def test_a_key_of_the_query_is_not_told_by_the_endpoint(ask: Callable[..., str]) -> None:
    said = json.dumps({"error": {"message": "No: query-word", "code": "bad"}}).encode()
    answer = head(len(said)).replace(b"200 OK", b"401 Unauthorized") + said
    with server(sent_to([], answer)) as base_url, pytest.raises(AuthenticationError) as caught:
        ask(ChatEndpoint(model="m", base_url=base_url, api_key="k", default_query={"api_key": "query-word"}))
    assert caught.value.detail == "No: [redacted]"


BAD_HEADERS: list[tuple[dict[Any, Any], str]] = [
    ({"x-team": "harbour\r\nx-other: 1"}, "the value of 'x-team' has a line break"),
    ({"x-team": "harbour\n"}, "the value of 'x-team' has a line break"),
    ({"x-team": "häfen"}, "a character beyond ASCII"),
    ({"x-team": " harbour"}, "a blank at an end"),
    ({"x-team": "a\0b"}, "the value of 'x-team'"),
    ({"x team": "harbour"}, "'x team' is not the name of a header"),
    ({"x-team:": "harbour"}, "'x-team:' is not the name of a header"),
    ({"": "harbour"}, "'' is not the name of a header"),
]

OF_ANOTHER_TYPE: list[tuple[dict[Any, Any], str]] = [
    ({"x-team": 5}, "the value of 'x-team' is of the type int"),
    ({"x-team": None}, "the value of 'x-team' is of the type NoneType"),
]


@pytest.mark.parametrize(("headers", "fault"), BAD_HEADERS)
def test_headers_that_no_request_can_carry_are_refused_at_once(headers: dict[Any, Any], fault: str) -> None:
    with pytest.raises(SettingsError, match="default_headers: ") as caught:
        ChatEndpoint(model="m", base_url="http://127.0.0.1:1/v1", api_key="k", default_headers=headers)
    assert fault in str(caught.value)
    assert "harbour" not in str(caught.value)


@ASKED
@pytest.mark.parametrize(("headers", "fault"), BAD_HEADERS + OF_ANOTHER_TYPE)
def test_so_are_those_of_one_request(headers: dict[Any, Any], fault: str, ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(sent_to(requests)) as base_url, pytest.raises(SettingsError, match="extra_headers: ") as caught:
        ask(ChatEndpoint(model="m", base_url=base_url, api_key="k").bind(extra_headers=headers))
    assert fault in str(caught.value)
    assert requests == []


@ASKED
def test_a_header_of_one_request_wins_whatever_its_case(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(sent_to(requests)) as base_url:
        chat = ChatEndpoint(model="m", base_url=base_url, api_key="k", default_headers={"X-Team": "a"})
        assert ask(chat.bind(extra_headers={"AUTHORIZATION": "Basic abc", "x-team": "b\tc"})) == "Hello"
    assert header(requests[0], "authorization") == "Basic abc"
    assert header(requests[0], "x-team") == "b\tc"


@pytest.mark.parametrize("base_url", ["127.0.0.1:1/v1", "http://127.0.0.1:1/v1/chat/completions", "https://a:b@c/v1"])
def test_a_base_url_that_is_none_is_refused_as_in_the_settings(base_url: str) -> None:
    with pytest.raises(SettingsError, match="base_url: "):
        ChatEndpoint(model="m", base_url=base_url, api_key="k")


@pytest.mark.parametrize("set_by", [{}, {"api_key": ""}, {"api_key": "sk-wrong"}])
def test_a_key_that_is_not_set_is_not_one_that_is_wrong(set_by: dict[str, str]) -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        chat = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, max_retries=0, **set_by)
        with pytest.raises(AuthenticationError) as refused:
            chat.invoke("Hi")
    unset = "No OPENAI_API_KEY is set: set it to a key of this endpoint."
    assert (refused.value.remedy == unset) == (not set_by.get("api_key"))
