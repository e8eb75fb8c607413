"""What ChatOpenAI's constructor takes for the SDK's client: heeded or refused in a sentence, and never passed over."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from bare_sockets import GOOD, head, request_of, server
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from ways_of_asking import ASKED, astream, invoke, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import RefusedRequestError, SettingsError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = head(len(GOOD), "x-served-by: harbour", "connection: close") + GOOD


def keeping(requests: list[bytes], answer: bytes = ANSWER) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.sendall(answer)

    return deal


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(model="m", base_url=base_url, api_key="sk-emulated", **fields)


def top(request: bytes) -> str:
    """The request's line and headers, their names in small letters."""
    line, _, headers = request.partition(b"\r\n\r\n")[0].decode().partition("\r\n")
    return f"{line}\r\n{headers.lower()}\r\n"


def body(request: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return found


QUERY: dict[str, object] = {"api-version": "2026-11-01", "names": ["a b", "ü"], "on": True, "left out": None}


@ASKED
def test_default_query_is_sent_as_chat_openai_sends_it(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        assert ask(model(base_url, default_query=QUERY)) == "Hello"
        ChatOpenAI(model="m", base_url=base_url, api_key="k", default_query=QUERY).invoke("Hi")
    ours, stock = (httpx2.URL(request.split(b" ")[1].decode()) for request in requests)
    assert ours.path == stock.path == "/v1/chat/completions"
    assert ours.params == stock.params
    assert ours.params["api-version"] == "2026-11-01"


@ASKED
def test_a_query_of_one_request_comes_beside_it(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        assert ask(model(base_url, default_query={"a": 1, "b": 1}).bind(extra_query={"b": 2, "c": 3})) == "Hello"
    assert "?a=1&b=2&c=3 HTTP/1.1" in top(requests[0])


def test_default_query_goes_with_the_other_wire_as_well() -> None:
    requests: list[bytes] = []
    refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    with server(keeping(requests, refusal)) as base_url, pytest.raises(RefusedRequestError):
        invoke(model(base_url, use_responses_api=True, default_query={"a": 1}))
    assert top(requests[0]).startswith("POST /v1/responses?a=1 HTTP/1.1")


@ASKED
@pytest.mark.parametrize("tries", [0, 1])
def test_max_retries_are_the_further_tries(tries: int, ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(keeping(requests, b"")) as base_url, pytest.raises(UnreachableError):
        ask(model(base_url, max_retries=tries))
    assert len(requests) == 1 + tries


@ASKED
def test_an_organization_is_sent_if_it_was_given(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-environment")
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        ask(model(base_url))
        ask(model(base_url, organization="org-mine"))
    assert ["openai-organization" in top(one) for one in requests] == [False, True]
    assert "openai-organization: org-mine\r\n" in top(requests[1])


@ASKED
def test_openai_proxy_is_used_if_it_was_given(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_PROXY", "http://127.0.0.1:9")
    requests: list[bytes] = []
    with server(keeping(requests)) as proxy:
        assert ask(model(proxy)) == "Hello"
        assert ask(model("http://127.0.0.1:9/v1", openai_proxy=proxy.removesuffix("/v1"))) == "Hello"
    lines = [top(one).partition(" HTTP")[0] for one in requests]
    assert lines == ["POST /v1/chat/completions", "POST http://127.0.0.1:9/v1/chat/completions"]


MOVED = b"HTTP/1.1 307 Moved\r\nlocation: %s/chat/completions\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("ask", [invoke, stream])
def test_a_client_of_ones_own_is_used_and_goes_nowhere_else(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    elsewhere: list[bytes] = []
    mine = {"headers": {"x-mine": "1", "authorization": "Bearer other"}, "follow_redirects": True}
    with (
        server(keeping(elsewhere)) as other,
        server(keeping(requests)) as base_url,
        server(keeping(requests, MOVED % other.encode())) as moved,
        httpx2.Client(**mine) as client,
    ):
        assert ask(model(base_url, http_client=client)) == "Hello"
        with pytest.raises(RefusedRequestError, match="307"):
            ask(model(moved, http_client=client))
    assert all("\r\nx-mine: 1\r\n" in top(one) for one in requests)
    assert all("\r\nauthorization: bearer sk-emulated\r\n" in top(one) for one in requests)
    assert (len(requests), elsewhere) == (2, [])


async def test_an_asynchronous_client_of_ones_own_is_used() -> None:
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        async with httpx2.AsyncClient(headers={"x-mine": "1"}) as client:
            chat = model(base_url, http_async_client=client)
            assert (await chat.ainvoke("Hi")).text == "Hello"
            assert "".join([str(piece.text) async for piece in chat.astream("Hi")]) == "Hello"
    assert all("\r\nx-mine: 1\r\n" in top(one) for one in requests)
    assert len(requests) == 2


KEEPALIVE = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


@pytest.mark.parametrize(("options", "kept"), [([KEEPALIVE], 1), (None, 0)])
async def test_socket_options_are_set(options: Any, kept: int) -> None:
    with server(keeping([])) as base_url:
        clients = model(base_url, http_socket_options=options)._clients
        with clients.send({}, {}) as response:
            ours = response.extensions["network_stream"].get_extra_info("socket")
            assert bool(ours.getsockopt(*KEEPALIVE[:2])) is bool(kept)
        async with clients.asend({}, {}) as aresponse:
            ours = aresponse.extensions["network_stream"].get_extra_info("socket")
            assert bool(ours.getsockopt(*KEEPALIVE[:2])) is bool(kept)


@pytest.mark.parametrize("streamed", [False, True])
def test_headers_of_the_response_are_told_if_they_were_asked_for(streamed: bool) -> None:
    def last(chat: ChatEndpoint) -> Any:
        if not streamed:
            return chat.invoke("Hi")
        first, *rest = chat.stream("Hi")
        return sum(rest, first)

    with server(keeping([])) as base_url:
        assert (
            last(model(base_url, include_response_headers=True)).response_metadata["headers"]["x-served-by"]
            == "harbour"
        )
        assert "headers" not in last(model(base_url)).response_metadata


@pytest.mark.parametrize("ask", [stream, astream])
def test_usage_is_not_asked_for_if_it_is_not_wanted(ask: Callable[..., str]) -> None:
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        for chat in (model(base_url), model(base_url, stream_usage=False), model(base_url).bind(stream_usage=False)):
            ask(chat)
    assert [body(one).get("stream_options") for one in requests] == [{"include_usage": True}, None, None]


@pytest.mark.parametrize("name", ["gpt-5.4", "o1"])
def test_a_temperature_is_sent_whatever_the_model_is_called(name: str) -> None:
    requests: list[bytes] = []
    with server(keeping(requests)) as base_url:
        for fields in ({}, {"temperature": 0.3}):
            ChatEndpoint(model=name, base_url=base_url, api_key="k", **fields).invoke("Hi")
    assert [body(one).get("temperature") for one in requests] == [None, 0.3]


def test_that_only_one_of_several_replies_is_read_is_said(caplog: pytest.LogCaptureFixture) -> None:
    choices = [{"index": n, "message": {"content": f"{n}"}, "finish_reason": "stop"} for n in range(2)]
    said = json.dumps({"object": "chat.completion", "choices": choices}).encode()
    with server(keeping([], head(len(said), "connection: close") + said)) as base_url:
        generations = model(base_url, n=2).generate([[HumanMessage("Hi")]]).generations
    assert [[one.text for one in each] for each in generations] == [["0"]]
    assert "n is 2, but of several replies to one request only the first is read." in caplog.text


class Joke(BaseModel):
    """A joke."""

    setup: str


def test_disabled_parameters_are_left_out() -> None:
    requests: list[bytes] = []
    said = json.dumps({"choices": [{"message": {"content": '{"setup": "Why?"}'}, "finish_reason": "stop"}]}).encode()
    with server(keeping(requests, head(len(said), "connection: close") + said)) as base_url:
        for fields in ({}, {"disabled_params": {"parallel_tool_calls": None}}):
            asked = model(base_url, **fields).with_structured_output(Joke, method="function_calling", include_raw=True)
            asked.invoke("Hi")
    assert ["parallel_tool_calls" in body(one) for one in requests] == [True, False]


HTTP = httpx2.Client()

REFUSED: dict[str, dict[str, Any]] = {
    "client is not used": {"client": object()},
    "async_client is not used": {"async_client": object()},
    "root_client is not used": {"root_client": object()},
    "root_async_client is not used": {"root_async_client": object()},
    "http_client is of the type builtins.object, and not httpx2.Client": {"http_client": object()},
    "http_async_client is of the type httpx2.Client, and not httpx2.AsyncClient": {"http_async_client": HTTP},
    "openai_proxy and http_client are both set": {"http_client": HTTP, "openai_proxy": "http://127.0.0.1:9"},
    "use_previous_response_id is set, but Chat Completions": {"use_previous_response_id": True},
    "output_version is 'responses/v1'": {"output_version": "responses/v1", "use_responses_api": True},
}


@pytest.mark.parametrize(("sentence", "fields"), REFUSED.items(), ids=list(REFUSED))
def test_what_cannot_be_heeded_is_refused(sentence: str, fields: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        model("http://127.0.0.1:1/v1", **fields)
    assert sentence in str(caught.value)
    assert caught.value.remedy


def test_the_messages_are_none_of_their_business() -> None:
    """A thread with a reply of an earlier turn goes out as it did."""
    requests: list[bytes] = []
    thread = [HumanMessage("Hi"), AIMessage("Hello"), HumanMessage("Again")]
    with server(keeping(requests)) as base_url:
        model(base_url, organization="o", default_query={"a": 1}, timeout=30).invoke(thread)
    assert [one["role"] for one in body(requests[0])["messages"]] == ["user", "assistant", "user"]
