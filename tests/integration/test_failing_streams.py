"""An endpoint that fails within a reply: streamed or plain, the same request is made again, and the error is the same.

Of a streamed reply a part was shown by then. Nothing of it runs, and it does not stay in the thread.
"""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tools import tool
from wire_events import event, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.policy import Policy
from graph.errors import (
    AuthenticationError,
    BrokenReplyError,
    ContentFilterError,
    ContextOverflowError,
    EndpointTimeoutError,
    QuotaError,
    RateLimitError,
    RefusedRequestError,
    ServerError,
    UnreachableError,
)
from graph.testing import Call, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

RAN: list[tuple[int, int]] = []


@tool
def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    RAN.append((a, b))
    return a + b


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    RAN.clear()
    for name in ("_FIRST_WAIT_S", "_FIRST_THROTTLED_WAIT_S"):
        monkeypatch.setattr(f"graph.endpoint.retry.{name}", 0.001)


ENDLESS = {"finish": "missing", "done": False}
GOOD = Call("add", {"a": 1, "b": 2})
MARKUP = 'I add.\n<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'
CALLING, DONE = Reply(calls=[GOOD]), Reply("It is 3.")

PLACES: dict[str, tuple[Reply, int, int]] = {
    "in the text": (Reply("I will say at some length that it is 3."), 4, 6),
    "in the reasoning": (Reply("It is 3.", reasoning="I wonder at some length."), 4, 6),
    "in a call": (CALLING, 4, 5),
    "after a call": (Reply(calls=[GOOD], wire=ENDLESS), 99, -1),
    "after two calls": (Reply(calls=[GOOD, Call("add", {"a": 3, "b": 4})], wire=ENDLESS), 99, -1),
    "after a call in the text": (Reply(MARKUP, wire=ENDLESS), 99, -1),
}
"""What was being said, and after how many events of each wire it fails."""

KINDS: dict[str, tuple[dict[str, Any], type[Exception], str, str]] = {
    "stall": ({"kind": "stall"}, EndpointTimeoutError, "", "allow more time"),
    "keep-alives only": ({"kind": "keep-alive-forever"}, EndpointTimeoutError, "", "allow more time"),
    "lost": ({"kind": "disconnect"}, UnreachableError, "", "a proxy in between has a time-out"),
    "lost within an event": ({"kind": "disconnect-mid-chunk"}, UnreachableError, "", "a proxy in between"),
    "server error": ({"error": "server", "message": "It fell over."}, ServerError, "It fell over", "status page"),
    "overloaded": ({"error": "overloaded", "message": "No room."}, ServerError, "No room", "status page"),
    "rate limit": ({"error": "rate_limit", "message": "Slow down."}, RateLimitError, "Slow down", "Wait and try"),
    "time-out": ({"error": "timeout", "shape": "llamacpp"}, EndpointTimeoutError, "Gateway Timeout", "Try again"),
    "a page": ({"error": "timeout", "shape": "html"}, ServerError, "HTML", "status page"),
}
"""The fault, the error that it ends in for ever, the provider's words, and what the remedy speaks of."""

APIS = pytest.mark.parametrize("api", ["chat", "responses"])
STREAMED = pytest.mark.parametrize("mode", ["stream", "astream"])


def fault(kind: str, place: str, api: str) -> Fault:
    reply, chat, responses = PLACES[place]
    return Fault(**{"kind": "error-event", **KINDS[kind][0]}, reply=reply, after=chat if api == "chat" else responses)


def endpoint_of(api: str, place: str, script: Any) -> EmulatedEndpoint:
    thinking = "dashscope-thinking" if place == "in the reasoning" else "openai"
    wire = {"chunk_size": 5}
    return EmulatedEndpoint(thinking if api == "chat" else "vllm-0.32", script, wire=wire)


SLOW = ("stall", "keep-alives only")


def limits(kind: str, run: Any) -> dict[str, Any]:
    """Time-outs that a test can wait for, of its own form alone, where that is what fails."""
    own, other = ("stream", "read") if run.streamed else ("read", "stream")
    return {f"{own}_timeout_s": 1 if kind in SLOW else 20, f"{other}_timeout_s": 60}


ONCE = [(kind, mode, place) for kind in KINDS for mode in ("stream", "astream") for place in PLACES]
ONCE += [(kind, mode, "in the text") for kind in KINDS for mode in ("invoke", "ainvoke")]
"""A plain reply fails half way through its body, whatever it says."""


@APIS
@pytest.mark.parametrize("case", ONCE, ids=", ".join)
def test_once(case: tuple[str, str, str], api: str, runner: Any, build: Callable[..., Any]) -> None:
    kind, mode, place = case
    run = runner(mode)
    with endpoint_of(api, place, [fault(kind, place, api), CALLING, DONE]) as endpoint:
        messages = run(build(endpoint, [add], api=api, **limits(kind, run)), "1 + 2?")
        first, second = endpoint.bodies[:2]
        assert len(endpoint.bodies) == 3
    assert RAN == [(1, 2)]
    assert [message.text for message in messages] == ["1 + 2?", "", "3", "It is 3."]
    assert first == second


@APIS
@pytest.mark.parametrize("kind", KINDS)
def test_for_ever(kind: str, api: str, run: Any, build: Callable[..., Any]) -> None:
    _, error, words, remedy = KINDS[kind]
    with endpoint_of(api, "in a call", lambda _: fault(kind, "in a call", api)) as endpoint:
        with pytest.raises(error) as caught:
            run(build(endpoint, [add], api=api, max_retries=1, max_repairs=1, **limits(kind, run)), "1 + 2?")
        assert len(endpoint.bodies) == 2
        assert endpoint.base_url in str(caught.value)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert remedy in caught.value.remedy
    assert "model that calls" not in str(caught.value)
    assert RAN == []


def test_a_time_out_is_tried_again_once_whatever_was_shown(run: Any, build: Callable[..., Any]) -> None:
    with endpoint_of("chat", "in the text", lambda _: fault("stall", "in the text", "chat")) as endpoint:
        with pytest.raises(EndpointTimeoutError):
            run(build(endpoint, [add], max_retries=3, max_repairs=3, **limits("stall", run)), "1 + 2?")
        assert len(endpoint.bodies) == 2


@STREAMED
def test_a_time_out_behind_a_broken_reply_is_tried_again(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    run = runner(mode)
    broken = Reply(calls=[Call("add", '{"a": 1')])
    script = [broken, fault("stall", "in the text", "chat"), DONE]
    with endpoint_of("chat", "in the text", script) as endpoint:
        assert run(build(endpoint, [add], **limits("stall", run)), "1 + 2?")[-1].text == "It is 3."


FINAL: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "content filter": ({"error": "content_filter", "shape": "openai"}, ContentFilterError),
    "quota": ({"error": "quota"}, QuotaError),
    "key": ({"message": "Incorrect API key provided", "code": "invalid_api_key"}, AuthenticationError),
    "overflow": (
        {"message": "maximum context length is 10 tokens", "code": "context_length_exceeded"},
        ContextOverflowError,
    ),
    "refused": ({"error": "content_filter", "message": "bad top_p", "code": "invalid_parameter"}, RefusedRequestError),
}


@APIS
@STREAMED
@pytest.mark.parametrize("kind", FINAL)
def test_what_does_not_pass_ends_the_run_at_once(
    kind: str, mode: str, api: str, runner: Any, build: Callable[..., Any]
) -> None:
    given, error = FINAL[kind]
    reply, chat, responses = PLACES["in the text"]
    said = Fault("error-event", reply, after=chat if api == "chat" else responses, **given)
    with endpoint_of(api, "in the text", [said]) as endpoint, pytest.raises(error):
        runner(mode)(build(endpoint, [add], api=api), "1 + 2?")


@APIS
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["stall", "lost", "overloaded", "rate limit"])
def test_the_adapter_alone_says_what_happened(kind: str, place: str, api: str) -> None:
    with endpoint_of(api, place, [fault(kind, place, api)]) as endpoint:
        model = ChatEndpoint(
            model=endpoint.model,
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            use_responses_api=api == "responses",
            policy=Policy(stream_timeout_s=1 if kind in SLOW else 20),
        )
        chunks = list(model.bind_tools([add]).stream("1 + 2?"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    metadata = whole.response_metadata
    assert metadata["fault"] == "cut_off"
    assert "broke off" in metadata["why"]
    assert KINDS[kind][2] in metadata["why"]
    assert metadata["error"]["type"] == KINDS[kind][1].__name__
    assert endpoint.base_url in metadata["error"]["endpoint"]
    assert json.loads(json.dumps(metadata["error"])) == metadata["error"]
    assert not whole.tool_calls


@STREAMED
def test_the_wait_that_was_asked_for(
    mode: str, runner: Any, build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def asleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("graph.nodes.repair.time", SimpleNamespace(sleep=waits.append))
    monkeypatch.setattr("graph.nodes.repair.asyncio", SimpleNamespace(sleep=asleep))
    reply = PLACES["in the text"][0]
    later = Fault("error-event", reply, after=4, error="rate_limit", message="Slow down, try again in 7s.")
    with endpoint_of("chat", "in the text", [later, DONE, later, later]) as endpoint:
        graph = build(endpoint, [add], retry_time_s=10)
        assert runner(mode)(graph, "1 + 2?")[-1].text == "It is 3."
        assert len(waits) == 1
        assert 7 <= waits[0] < 10
        with pytest.raises(RateLimitError, match="Slow down") as caught:  # another wait would pass the bound
            runner(mode)(graph, "And now?")
    assert caught.value.retry_after_s == 7
    assert len(waits) == 2


def test_what_the_model_was_told_is_told_again(runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply(""), fault("overloaded", "in the text", "chat"), DONE]
    with endpoint_of("chat", "in the text", script) as endpoint:
        assert runner("stream")(build(endpoint, [add]), "1 + 2?")[-1].text == "It is 3."
        assert endpoint.bodies[1] == endpoint.bodies[2] != endpoint.bodies[0]


LAST_WORDS = {
    "content filter": ({"message": "No.", "code": "content_filter"}, ContentFilterError),
    "overloaded": ({"message": "No room.", "code": "server_is_overloaded"}, ServerError),
}


@STREAMED
@pytest.mark.parametrize("case", LAST_WORDS)
def test_the_last_words_before_the_connection_is_lost(
    case: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    error, kind = LAST_WORDS[case]
    began = f"data: {json.dumps(event({'content': 'I will say'}))}\n\ndata: {json.dumps({'error': error})}".encode()
    lost = Raw([began], headers={"content-type": "text/event-stream"}, close=True)
    with EmulatedEndpoint("openai", lambda _: lost) as endpoint, pytest.raises(kind, match=error["message"]):
        runner(mode)(build(endpoint, [add]), "1 + 2?")


def test_a_failure_after_the_end_of_a_reply_changes_nothing(runner: Any, build: Callable[..., Any]) -> None:
    ended = stream(event({"content": "It is 3."}), event({}, "stop"), done=False)
    lost = Raw([bytes(ended.body)], headers=ended.headers, close=True)
    with EmulatedEndpoint("openai", [lost]) as endpoint:
        assert runner("stream")(build(endpoint, [add]), "1 + 2?")[-1].text == "It is 3."


def drain(chain: Any, mode: str) -> dict[str, Any]:
    """What a chain streams, by key; what comes later under the same key wins."""

    async def astream() -> list[Any]:
        return [piece async for piece in chain.astream("1 + 2, as JSON?")]

    pieces = asyncio.run(astream()) if mode == "astream" else list(chain.stream("1 + 2, as JSON?"))
    return {key: value for piece in pieces for key, value in piece.items()}


@STREAMED
def test_structured_output_names_the_failure(mode: str) -> None:
    asked = {"type": "object", "title": "sum", "description": "A sum.", "properties": {"sum": {"type": "integer"}}}
    said = Fault("error-event", Reply('{"sum": 312345678}'), after=3, error="overloaded")
    with endpoint_of("chat", "in the text", [said, said]) as endpoint:
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        with pytest.raises(ServerError, match="overloaded"):
            drain(model.with_structured_output(asked, method="json_mode"), mode)
        whole = drain(model.with_structured_output(asked, method="json_mode", include_raw=True), mode)
    assert isinstance(whole["parsing_error"], ServerError)
    assert whole["parsed"] is None


NOT_WHOLE = {
    "nothing": Fault("empty-body"),
    "no choices": Fault("choices-null", Reply("")),
    "an end too early": Fault("end-early", Reply("I will say at some length."), after=4),
}


@pytest.mark.parametrize("case", NOT_WHOLE)
def test_a_server_that_sends_no_whole_reply_is_named(case: str, run: Any, build: Callable[..., Any]) -> None:
    expected = BrokenReplyError if run.streamed or case != "an end too early" else UnreachableError
    for repairs, times in ((0, "broken once"), (1, "2 times in a row")):
        with EmulatedEndpoint("openai", lambda _: NOT_WHOLE[case]) as endpoint, pytest.raises(expected) as caught:
            run(build(endpoint, [add], max_repairs=repairs, max_retries=0), "1 + 2?")
        assert "proxy" in caught.value.remedy
        assert times in str(caught.value) or expected is UnreachableError
