"""Every fault happens as it says, plain and streamed."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from wire_client import ask, send

from graph.testing import PROVIDERS, Call, EmulatedEndpoint, Fault, FaultKind, Raw, Reply

BROKEN = (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError)
NEVER_END = {"stall", "stall-before-headers", "keep-alive-forever"}


@pytest.mark.parametrize("kind", ["disconnect", "disconnect-mid-chunk", "disconnect-mid-character"])
@pytest.mark.parametrize("stream", [False, True])
def test_disconnect(kind: Any, stream: bool) -> None:
    with EmulatedEndpoint("openai", [Fault(kind)]) as endpoint:
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(endpoint, stream)
        request = endpoint.requests[0]
        assert request.finished.wait(10)
    assert caught.value.partial
    assert (request.status, request.outcome) == (200, "cut")
    if kind == "disconnect-mid-character" and not stream:
        with pytest.raises(UnicodeDecodeError):
            caught.value.partial.decode()


@pytest.mark.parametrize("stream", [False, True])
def test_disconnect_before_headers(stream: bool) -> None:
    with EmulatedEndpoint("openai", [Fault("disconnect-before-headers")]) as endpoint:
        with pytest.raises(BROKEN):
            ask(endpoint, stream)
        assert endpoint.requests[0].status is None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["stall", "stall-before-headers"])
def test_stall_until_released(kind: Any, stream: bool) -> None:
    release, seen = threading.Event(), list[Any]()
    with EmulatedEndpoint("openai", [Fault(kind, release=release)]) as endpoint:
        client = threading.Thread(target=lambda: seen.append(ask(endpoint, stream)))
        client.start()
        (request,) = endpoint.wait_for_requests(1)
        assert request.outcome == "open"
        release.set()
        client.join()
        assert request.finished.wait(10)
    assert seen[0].status == 200
    assert request.outcome == "answered"


@pytest.mark.parametrize("kind", sorted(NEVER_END))
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_leaves(kind: Any, stream: bool) -> None:
    with EmulatedEndpoint("openai", [Fault(kind)]) as endpoint:
        connection = http.client.HTTPConnection(urlsplit(endpoint.root_url).netloc)
        body = {"model": endpoint.model, "messages": [{"role": "user", "content": "x"}], "stream": stream}
        headers = {"authorization": f"Bearer {endpoint.api_key}"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        (request,) = endpoint.wait_for_requests(1)
        connection.close()
        assert request.finished.wait(10)
    assert request.outcome == "client-gone"


@pytest.mark.parametrize("kind", sorted(NEVER_END))
@pytest.mark.parametrize("stream", [False, True])
def test_the_server_closes(kind: Any, stream: bool) -> None:
    failed = []

    def client() -> None:
        try:
            ask(endpoint, stream)
        except BROKEN as error:
            failed.append(error)

    endpoint = EmulatedEndpoint("openai", [Fault(kind)])
    waiting = threading.Thread(target=client)
    waiting.start()
    endpoint.wait_for_requests(1)
    endpoint.close()
    waiting.join()
    assert failed
    assert endpoint.requests[0].outcome in ("cut", "client-gone")


def test_end_early() -> None:
    with EmulatedEndpoint("openai", [Fault("end-early", Reply("one two three"), after=3)]) as endpoint:
        seen = ask(endpoint, True)
    assert len(seen.chunks) == 3
    assert seen.events[-1] != "[DONE]"
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in seen.chunks)


@pytest.mark.parametrize("kind", ["no-done", "no-finish", "no-blank-line"])
def test_incomplete_streams(kind: Any) -> None:
    with EmulatedEndpoint("openai", [Fault(kind)]) as endpoint:
        seen = ask(endpoint, True)
    assert (seen.events[-1] == "[DONE]") == (kind == "no-finish")
    assert (seen.chunks[-1]["choices"][0]["finish_reason"] is None) == (kind == "no-finish")
    assert seen.body.endswith(b"\n\n") == (kind != "no-blank-line")


SHAPES: list[tuple[Any, Any]] = [
    ("openai", {"error": {"message": "Broken", "type": "server_error", "param": None, "code": "x"}}),
    ("string", {"error": "Broken"}),
    ("flat", {"code": "x", "message": "Broken"}),
    ("siliconflow", {"code": 500, "message": "Broken", "data": None}),
    ("vllm-flat", {"object": "error", "message": "Broken", "type": "server_error", "param": None, "code": 500}),
    ("bare", "Broken"),
    ("detail", {"detail": "Broken"}),
    ("native", {"code": "x", "message": "Broken", "request_id": "00000000"}),
]


@pytest.mark.parametrize(("shape", "expected"), SHAPES)
@pytest.mark.parametrize("done", [False, True])
def test_error_in_a_stream(shape: Any, expected: Any, done: bool) -> None:
    fault = Fault("error-event", message="Broken", code="x", shape=shape, done=done)
    with EmulatedEndpoint("openai", [fault]) as endpoint:
        seen = ask(endpoint, True)
    assert seen.status == 200
    assert seen.chunks[2] == expected
    assert (seen.events[-1] == "[DONE]") == done


def test_error_of_openrouter_in_a_stream() -> None:
    with EmulatedEndpoint("openrouter", [Fault("error-event", error="rate_limit")]) as endpoint:
        event = ask(endpoint, True).chunks[2]
    assert event["error"]["code"] == 429
    assert event["choices"][0]["finish_reason"] == "error"


def test_content_filter_of_dashscope_in_a_stream() -> None:
    with EmulatedEndpoint("dashscope", [Fault("error-event", error="output_filter", done=False)]) as endpoint:
        event = ask(endpoint, True).chunks[-1]
    assert event["error"]["code"] == "data_inspection_failed"


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_named_errors(name: str) -> None:
    provider = PROVIDERS[name]
    plain = {"invalid": 400, "key": 401, "permission": 403, "not_found": 404}
    names = sorted({"rate_limit", "quota", "billing", "server", "overloaded", "timeout", *plain, *provider.errors})
    stream = provider.rules.stream_only is not None or provider.rules.thinking_plain is not None
    with EmulatedEndpoint(provider, [Fault(error=error) for error in names]) as endpoint:
        for error in names:
            seen = ask(endpoint, stream)
            assert seen.status == (provider.errors[error].status if error in provider.errors else seen.status)
            assert seen.status == plain.get(error, seen.status) >= 400
            assert seen.body
            assert "{model}" not in seen.body.decode()


def test_status_body_and_headers() -> None:
    faults = [Fault(status=429, headers={"retry-after": "0"}), Fault(status=418, body="short and stout")]
    with EmulatedEndpoint("openai", faults) as endpoint:
        limited, teapot = ask(endpoint), ask(endpoint)
        assert endpoint.requests[0].refused is None
    assert (limited.status, limited.headers["retry-after"]) == (429, "0")
    assert limited.json["error"]["code"] == "rate_limit_exceeded"
    assert (teapot.status, teapot.body) == (418, b"short and stout")


@pytest.mark.parametrize("stream", [False, True])
def test_wrong_form(stream: bool) -> None:
    faults = [
        Fault("not-json"),
        Fault("empty-body"),
        Fault("error-200"),
        Fault("json-for-stream"),
        Fault("sse-for-plain"),
    ]
    with EmulatedEndpoint("openai", faults) as endpoint:
        text, empty, error, plain, sse = (ask(endpoint, stream) for _ in faults)
    assert text.body.startswith(b"upstream")
    assert empty.body == b""
    assert "error" in error.json
    assert plain.json["object"] == "chat.completion"
    assert sse.events[-1] == "[DONE]"
    assert {one.status for one in (text, empty, error, plain, sse)} == {200}


@pytest.mark.parametrize(
    ("kind", "expected"), [("choices-null", None), ("choices-empty", []), ("choices-missing", ...)]
)
@pytest.mark.parametrize("stream", [False, True])
def test_choices(kind: Any, expected: Any, stream: bool) -> None:
    with EmulatedEndpoint("openai", [Fault(kind)]) as endpoint:
        seen = ask(endpoint, stream)
    assert (seen.chunks[1] if stream else seen.json).get("choices", ...) == expected


def test_role_missing_empty_event_null_delta() -> None:
    with EmulatedEndpoint("openai", [Fault("role-missing"), Fault("empty-event"), Fault("null-delta")]) as endpoint:
        assert "role" not in ask(endpoint).json["choices"][0]["message"]
        assert b"\n\nid: 1\nevent: ping\ndata:\n\n" in ask(endpoint, True).body
        assert ask(endpoint, True).chunks[-1]["choices"][0]["delta"] is None


def test_raw() -> None:
    raws = [Raw(b"{}", status=202), Raw([b"a", b"b"], headers={"content-type": "text/plain"}), Raw([b"a"], close=True)]
    with EmulatedEndpoint("openai", raws) as endpoint:
        assert (ask(endpoint).status, ask(endpoint).body) == (202, b"ab")
        with pytest.raises(http.client.IncompleteRead):
            ask(endpoint)


def test_a_fault_keeps_the_calls() -> None:
    fault = Fault("no-finish", Reply(calls=[Call("add", '{"a": 1')]))
    with EmulatedEndpoint("openai", [fault]) as endpoint:
        assert ask(endpoint).json["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"a": 1'


@pytest.mark.parametrize("kind", [kind for kind in get_args(FaultKind) if kind not in NEVER_END])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["dashscope", "vllm-0.32", "hostile"])
def test_every_fault_on_other_wires(name: str, kind: Any, stream: bool) -> None:
    with EmulatedEndpoint(name, [Fault(kind)]) as endpoint:
        try:
            seen = ask(endpoint, stream)
        except BROKEN:
            assert kind.startswith(("disconnect", "end-early"))
        else:
            assert (seen.status == 500) == (kind == "refuse")


def test_responses_can_fail_too() -> None:
    with EmulatedEndpoint("openai", [Fault("disconnect"), Fault(error="rate_limit")]) as endpoint:
        body = {"model": endpoint.model, "input": "x"}
        with pytest.raises(http.client.IncompleteRead):
            send(endpoint.root_url, "/v1/responses", body, key=endpoint.api_key)
        assert send(endpoint.root_url, "/v1/responses", body, key=endpoint.api_key).status == 429


STATUSES: list[tuple[str, int, Any]] = [
    ("openai", 400, {"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}),
    ("openai", 403, {"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}),
    ("openai", 502, {"error": {"message": "No.", "type": "server_error", "param": None, "code": None}}),
    ("vllm-0.32", 422, {"error": {"message": "No.", "type": "BadRequestError", "param": None, "code": 422}}),
    ("vllm-0.32", 401, {"error": "No."}),
    ("kimi", 403, {"error": {"message": "No.", "type": "permission_denied_error", "param": None, "code": None}}),
    ("llamacpp", 404, {"error": {"code": 404, "message": "No.", "type": "not_found_error"}}),
    ("siliconflow", 400, {"code": 20015, "message": "No.", "data": None}),
    ("siliconflow", 403, {"code": 403, "message": "No.", "data": None}),
    ("siliconflow", 401, "No."),
]


@pytest.mark.parametrize(("name", "status", "expected"), STATUSES)
def test_a_status_alone_has_the_providers_own_body(name: str, status: int, expected: Any) -> None:
    with EmulatedEndpoint(name, [Fault(status=status, message="No.")]) as endpoint:
        seen = ask(endpoint)
    assert (seen.status, seen.json) == (status, expected)


def test_a_refusal_of_dashscope_has_its_code_and_is_an_event_of_a_stream() -> None:
    with EmulatedEndpoint("dashscope", [Fault(status=400, message="No.")]) as endpoint:
        (event,) = ask(endpoint, True).chunks
    assert (event["error"]["type"], event["error"]["code"]) == ("invalid_request_error", "invalid_parameter_error")
