"""Every shape in which endpoints send calls, usage and ends of streams: recovered, or a typed error; never silent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from graph.errors import (
    BrokenReplyError,
    ContentFilterError,
    EndpointTimeoutError,
    PortolanError,
    ServerError,
    UnreachableError,
)
from graph.testing import PROVIDERS, Call, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.testing import ScriptItem

TWO = Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 30, "b": 40})])
ONE = Reply(calls=[Call("add", {"a": 1, "b": 2})])
DONE = Reply("Done.")

WIRES: dict[str, dict[str, Any]] = {
    "continuation id empty": {"next_id": "empty"},
    "continuation id null": {"next_id": "null"},
    "continuation id repeated": {"next_id": "repeated"},
    "continuation id new in every chunk": {"next_id": "new"},
    "id empty": {"call_id": "empty"},
    "id null": {"call_id": "null"},
    "id missing": {"call_id": "absent"},
    "id shared": {"call_id": "shared"},
    "name repeated": {"next_name": "repeated"},
    "name empty": {"next_name": "empty"},
    "name null": {"next_name": "null"},
    "index missing": {"index": "absent"},
    "index null": {"index": "null"},
    "index shared": {"index": "shared"},
    "index restarted": {"index": "restarted"},
    "index from one": {"index": "one-based"},
    "index by function": {"index": "by-function"},
    "index missing, name repeated": {"index": "absent", "next_name": "repeated"},
    "index shared, id missing": {"index": "shared", "call_id": "absent"},
    "index shared, id missing, name repeated": {"index": "shared", "call_id": "absent", "next_name": "repeated"},
    "index missing, id missing": {"index": "absent", "call_id": "absent"},
    "index missing, id missing, name repeated": {"index": "absent", "call_id": "absent", "next_name": "repeated"},
    "id new and name repeated": {"next_id": "new", "next_name": "repeated"},
    "id new, name repeated, index shared": {"next_id": "new", "next_name": "repeated", "index": "shared"},
    "id new, name repeated, index missing": {"next_id": "new", "next_name": "repeated", "index": "absent"},
    "id repeated, index shared": {"next_id": "repeated", "index": "shared"},
    "arguments an object": {"arguments": "object"},
    "arguments encoded twice": {"arguments": "double-encoded"},
    "arguments an object, index missing": {"arguments": "object", "index": "absent"},
    "first arguments absent": {"first_arguments": "absent"},
    "first arguments null": {"first_arguments": "null"},
    "first arguments begun": {"first_arguments": "begun"},
    "call whole in one chunk": {"whole_calls": True},
    "calls together": {"calls_together": True},
    "calls together without index": {"calls_together": True, "whole_calls": True, "index": "absent"},
    "calls together, index shared": {"calls_together": True, "whole_calls": True, "index": "shared"},
    "pieces interleaved": {"interleaved": True},
    "pieces interleaved, ids in every piece, index missing": {
        "interleaved": True, "index": "absent", "next_id": "repeated"
    },
    "last piece has an empty function": {"trailing_piece": "empty-function"},
    "last piece has null arguments": {"trailing_piece": "null-arguments"},
    "last piece has a null function": {"trailing_piece": "null-function"},
    "last piece has no function": {"trailing_piece": "no-function"},
    "finish twice": {"finish": "twice"},
    "finish with the last piece": {"finish": "with-last-piece"},
    "finish beside a null delta": {"finish": "null-delta"},
    "finish missing": {"finish": "missing"},
    "no [DONE]": {"done": False},
    "role in every chunk": {"role": "every"},
    "role never": {"role": "never"},
    "usage never": {"usage": "never"},
    "usage null": {"usage": "null"},
    "usage in every chunk": {"usage": "every-chunk"},
    "usage twice": {"usage": "finish-and-extra"},
    "usage as strings": {"usage": "with-finish", "usage_strings": True},
    "no space after data:": {"data_prefix": "data:"},
    "CRLF": {"newline": "\r\n"},
    "CR": {"newline": "\r"},
    "comments": {"comments": (": keep-alive", ": OPENROUTER PROCESSING")},
    "one byte at a time": {"http_chunk": 1},
    "content empty": {"empty_content": "empty", "first_content": "null", "call_content": "null"},
    "content absent": {"empty_content": "absent", "first_content": "absent"},
    "tool_calls empty": {"empty_tool_calls": True},
    "obfuscation": {"obfuscation": True},
}  # fmt: skip


def sums(messages: list[Any]) -> list[str]:
    return [message.text for message in messages if isinstance(message, ToolMessage)]


@pytest.mark.parametrize("mode", ["invoke", "stream", "astream"])
@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES.keys())
def test_two_calls_survive_the_wire(wire: dict[str, Any], mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [TWO, Reply("Grüße, 世界 🌍")], wire=wire) as endpoint:
        messages = runner(mode)(build(endpoint), "?")
    assert sums(messages) == ["3", "70"]
    assert messages[-1].text == "Grüße, 世界 🌍"
    calls = next(message for message in messages if isinstance(message, AIMessage)).tool_calls
    assert len({call["id"] for call in calls}) == 2


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("arguments", ["null", "absent"])
def test_a_call_without_arguments(arguments: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    def now() -> str:
        """Tell the time."""
        return "noon"

    with EmulatedEndpoint(
        "openai", [Reply(calls=[Call("now", None)]), DONE], wire={"arguments": arguments}
    ) as endpoint:
        messages = runner(mode)(build(endpoint, [now]), "?")
    assert sums(messages) == ["noon"]


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in {"vllm-noflags", "ollama-no-tools"}])
def test_every_provider(provider: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    # DashScope gives one call at a time unless asked; an emulator on loopback is unknown, and so is not asked.
    one = provider.startswith("dashscope")
    with EmulatedEndpoint(provider, [TWO, DONE], exact=not one) as endpoint:
        messages = runner(mode)(build(endpoint), "?")
    assert sums(messages) == (["3"] if one else ["3", "70"])
    assert messages[-1].text == "Done."


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("usage", ["asked", "every-chunk", "finish-and-extra", "with-finish"])
def test_usage_is_never_summed(usage: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    counts = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    script = [Reply("One two three four five.", usage=counts)]
    with EmulatedEndpoint("openai", script, wire={"usage": usage}) as endpoint:
        messages = runner(mode)(build(endpoint), "?")
    assert messages[-1].usage_metadata["total_tokens"] == 16


CUT = {
    "truncated arguments": [Reply(calls=[Call("add", '{"a": 1, "b": 2')])],
    "truncated arguments, finish length": [Reply(calls=[Call("add", '{"a": 1, "b": 2')], finish_reason="length")],
    "a number cut, then length": [Reply(calls=[Call("add", '{"a": 12')], finish_reason="length")],
    "arguments closed by the server, finish length": [
        Reply(calls=[Call("add", '{"a": 1, "b": 2}')], finish_reason="length")
    ],
    "arguments a list": [Reply(calls=[Call("add", "[1, 2]")])],
    "arguments not JSON": [Reply(calls=[Call("add", "a=1, b=2")])],
    "the stream ends within the call": [Fault("end-early", ONE, after=3)],
    "empty answer": [Reply("")],
    "only white space": [Reply(" \n ")],
    "no choices for ever": [Fault("choices-empty", Reply(""))],
}


@pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
@pytest.mark.parametrize("items", CUT.values(), ids=CUT.keys())
def test_a_broken_reply_is_asked_for_again(
    items: list[ScriptItem], mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    seen: list[tuple[int, int]] = []

    def add(a: int, b: int = 0) -> int:
        """Add two numbers."""
        seen.append((a, b))
        return a + b

    with EmulatedEndpoint("strictest", [*items, ONE, DONE]) as endpoint:
        messages = runner(mode)(build(endpoint, [add]), "?")
    assert seen[-1] == (1, 2)
    assert all(pair == (1, 2) for pair in seen)
    assert messages[-1].text == "Done."


@pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
def test_a_model_that_stays_broken_ends_in_a_typed_error(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    broken = Reply(calls=[Call("add", '{"a": 1')])
    with EmulatedEndpoint("strictest", [broken] * 3) as endpoint, pytest.raises(BrokenReplyError) as caught:
        runner(mode)(build(endpoint), "?")
    assert "3 times in a row" in str(caught.value)
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_good_calls_of_a_mixed_reply_run(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    mixed = Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", '{"a": 5')])
    with EmulatedEndpoint("strictest", [mixed, DONE]) as endpoint:
        messages = runner(mode)(build(endpoint), "?")
    first, second = sums(messages)
    assert first == "3"
    assert "did not run" in second


ERRORS: dict[str, tuple[Fault, type[PortolanError]]] = {
    "server error": (Fault(status=500, message="boom"), ServerError),
    "error body that is HTML": (Fault(status=502, body="<html><title>Bad Gateway</title></html>"), ServerError),
    "error body that is empty": (Fault(status=503, body=""), ServerError),
    "error body that is a string": (Fault(status=500, body='"it broke"'), ServerError),
    "disconnect before the headers": (Fault("disconnect-before-headers"), UnreachableError),
}


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize(("fault", "kind"), ERRORS.values(), ids=ERRORS.keys())
def test_faults_that_pass_are_retried_and_then_typed(
    fault: Fault, kind: type[PortolanError], mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("openai", [fault, DONE]) as endpoint:
        assert runner(mode)(build(endpoint), "?")[-1].text == "Done."
    with EmulatedEndpoint("openai", [fault]) as endpoint, pytest.raises(kind):
        runner(mode)(build(endpoint, max_retries=0), "?")


BREAKS = ["disconnect", "disconnect-mid-chunk", "disconnect-mid-character", "end-early"]


@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stream_that_breaks_off_is_never_taken_for_an_answer(
    kind: Any, after: int, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("strictest", [Fault(kind, after=after), DONE]) as endpoint:
        assert runner(mode)(build(endpoint), "?")[-1].text == "Done."


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize(
    "kind", ["not-json", "empty-body", "json-for-stream", "sse-for-plain", "choices-null", "choices-missing",
             "role-missing", "empty-event", "null-delta", "no-done", "no-finish", "no-blank-line"]
)  # fmt: skip
def test_odd_bodies(kind: Any, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Fault(kind, Reply("Fine.")), DONE], exact=False) as endpoint:
        try:
            text = runner(mode)(build(endpoint), "?")[-1].text
        except PortolanError as error:
            text = str(error)
            assert kind in {"not-json", "empty-body", "choices-null", "choices-missing"}
            assert "emulated" in text or "127.0.0.1" in text
        else:
            lost = (
                kind.startswith("choices-") and mode == "stream"
            )  # the piece of text was in the chunk without choices
            assert text in ({".", "Done."} if lost else {"Fine.", "Done."})


@pytest.mark.parametrize("mode", ["invoke", "stream", "astream"])
@pytest.mark.parametrize("shape", ["openai", "flat", "string", "int-code"])
@pytest.mark.parametrize("after", [0, 3])
def test_an_error_event_in_a_stream_of_status_200(
    shape: str, after: int, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    bodies = {
        "openai": {
            "error": {"message": "The server had an error", "type": "server_error", "param": None, "code": None}
        },
        "flat": {"code": 500, "message": "The server had an error"},
        "string": {"error": "The server had an error"},
        "int-code": {"error": {"message": "The server had an error", "code": 502}},
    }
    framed = f"data: {json.dumps(bodies[shape])}\n\n" if mode != "invoke" else bodies[shape]
    fault = Fault("error-event", body=framed, after=after)
    with (
        EmulatedEndpoint("openai", lambda _: fault) as endpoint,
        pytest.raises(ServerError, match="The server had an error"),
    ):
        runner(mode)(build(endpoint, max_retries=1), "?")


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_the_content_filter_in_the_middle(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    body = {"error": {"message": "Output data may contain inappropriate content.", "type": "data_inspection_failed",
                      "param": None, "code": "data_inspection_failed"}}  # fmt: skip
    framed = f"data: {json.dumps(body)}\n\n" if mode == "stream" else body
    script: list[ScriptItem] = [Fault("error-event", body=framed), Reply("I will", finish_reason="content_filter")]
    with EmulatedEndpoint("dashscope", script) as endpoint:
        for words in ("inappropriate content", "content_filter|content filter"):
            with pytest.raises(ContentFilterError, match=words):
                runner(mode)(build(endpoint), "?")


@pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
@pytest.mark.parametrize("kind", ["stall", "stall-before-headers", "keep-alive-forever"])
def test_a_stalled_reply_is_cut(kind: Any, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", lambda _: Fault(kind)) as endpoint, pytest.raises(EndpointTimeoutError):
        runner(mode)(build(endpoint, read_timeout_s=0.3, stream_timeout_s=0.3, max_retries=1), "?")


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "think-tags"])
def test_reasoning_is_kept_apart(field: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply("The answer.", reasoning="Let me think about it.")]
    with EmulatedEndpoint("dashscope-thinking", script, wire={"reasoning": field}) as endpoint:
        message = runner(mode)(build(endpoint), "?")[-1]
    assert message.text == "The answer."
    assert message.additional_kwargs["reasoning_content"].strip() == "Let me think about it."


def test_bytes_that_are_no_reply_at_all(runner: Any, build: Callable[..., Any]) -> None:
    page = Raw(b"<html><title>Sign in</title></html>", headers={"content-type": "text/html"})
    with EmulatedEndpoint("openai", lambda _: page) as endpoint, pytest.raises(PortolanError) as caught:
        runner("invoke")(build(endpoint, max_retries=0), "?")
    assert "Sign in" in str(caught.value)
