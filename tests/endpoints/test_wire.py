"""Every quirk of the wire can be had, on any provider."""

from __future__ import annotations

from typing import Any

import pytest
from wire_client import TOOL, Seen, ask

from graph.testing import Call, EmulatedEndpoint, Reply

SUBTRACT = {"type": "function", "function": {"name": "subtract", "parameters": {"type": "object"}}}
ADD, SUB = Call("add", {"a": 1, "b": 2}), Call("subtract", {"a": 3, "b": 4})


def streamed(reply: Reply, provider: str = "openai", usage: bool = False, **wire: Any) -> Seen:
    more = {"stream_options": {"include_usage": True}} if usage else {}
    with EmulatedEndpoint(provider, [reply], wire=wire) as endpoint:
        return ask(endpoint, True, tools=[TOOL, SUBTRACT], **more)


def pieces(seen: Seen) -> list[dict[str, Any]]:
    deltas = [choice["delta"] for chunk in seen.chunks for choice in chunk["choices"] or ()]
    return [piece for delta in deltas for piece in (delta or {}).get("tool_calls") or ()]


def test_openai() -> None:
    found = pieces(streamed(Reply(calls=[ADD])))
    assert found[0] == {
        "index": 0,
        "id": "call_000000000000000000000001",
        "type": "function",
        "function": {"name": "add", "arguments": ""},
    }
    assert found[1] == {"index": 0, "function": {"arguments": '{"a"'}}
    assert "".join(piece["function"]["arguments"] for piece in found) == '{"a": 1, "b": 2}'


def test_dashscope() -> None:
    seen = streamed(Reply(calls=[ADD]), "dashscope", usage=True)
    first, second, *_, last = pieces(seen)
    assert seen.chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert seen.chunks[0]["choices"][0]["delta"]["content"] is None
    assert first["function"] == {"name": "add", "arguments": ""}
    assert second == {"index": 0, "id": "", "type": "function", "function": {"arguments": '{"a"'}}
    assert last == {"index": 0, "id": "", "type": "function", "function": {}}
    assert [chunk["usage"] for chunk in seen.chunks[:-1]] == [None] * (len(seen.chunks) - 1)
    assert seen.chunks[-1]["choices"] == []
    assert seen.chunks[-1]["usage"]["prompt_tokens_details"] == {"cached_tokens": 0}


def test_ollama() -> None:
    seen = streamed(Reply(calls=[ADD, SUB]), "ollama")
    assert [(piece["index"], piece["function"]["arguments"]) for piece in pieces(seen)] == [
        (0, '{"a": 1, "b": 2}'),
        (1, '{"a": 3, "b": 4}'),
    ]
    assert seen.chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert seen.chunks[-1]["system_fingerprint"] == "fp_ollama"


def test_sglang() -> None:
    second = pieces(streamed(Reply(calls=[ADD]), "sglang"))[1]
    assert (second["id"], second["function"]["name"]) == (None, None)


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ({"index": "ordinal"}, [0, 1]),
        ({"index": "absent"}, [..., ...]),
        ({"index": "null"}, [None, None]),
        ({"index": "shared"}, [0, 0]),
        ({"index": "one-based"}, [1, 2]),
        ({"index": "by-function"}, [1, 1]),
    ],
)
def test_index(wire: dict[str, Any], expected: list[Any]) -> None:
    found = pieces(streamed(Reply(calls=[SUB, SUB]), whole_calls=True, **wire))
    assert [piece.get("index", ...) for piece in found] == expected


def test_restarted_index() -> None:
    found = pieces(streamed(Reply(calls=[ADD, SUB, ADD]), whole_calls=True, index="restarted"))
    assert [piece["index"] for piece in found] == [0, 1, 0]


@pytest.mark.parametrize(
    ("how", "expected"), [("empty", ""), ("null", None), ("absent", ...), ("repeated", "x"), ("new", "x-1")]
)
def test_id_of_later_pieces(how: str, expected: Any) -> None:
    found = pieces(streamed(Reply(calls=[Call("add", {"a": 1}, id="x")]), next_id=how))
    assert [found[0]["id"], found[1].get("id", ...)] == ["x", expected]


@pytest.mark.parametrize(("how", "expected"), [("empty", ""), ("null", None), ("absent", ...), ("repeated", "add")])
def test_name_of_later_pieces(how: str, expected: Any) -> None:
    assert pieces(streamed(Reply(calls=[ADD]), next_name=how))[1]["function"].get("name", ...) == expected


@pytest.mark.parametrize(("how", "expected"), [("empty", ["", ""]), ("null", [None] * 2), ("absent", [..., ...])])
def test_id_of_calls(how: str, expected: list[Any]) -> None:
    with EmulatedEndpoint(
        "openai", [Reply(calls=[ADD, SUB])] * 2, wire={"call_id": how, "whole_calls": True}
    ) as endpoint:
        plain = ask(endpoint).json["choices"][0]["message"]["tool_calls"]
        stream = pieces(ask(endpoint, True))
    assert [call.get("id", ...) for call in plain] == [call.get("id", ...) for call in stream] == expected


def test_shared_and_given_ids() -> None:
    with EmulatedEndpoint(
        "openai", [Reply(calls=[ADD, SUB, Call("add", id="mine")])], wire={"call_id": "shared"}
    ) as endpoint:
        first, second, third = ask(endpoint).json["choices"][0]["message"]["tool_calls"]
    assert first["id"] == second["id"]
    assert third["id"] == "mine"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("object", {"a": 1, "b": 2}),
        ("double-encoded", '"{\\"a\\": 1, \\"b\\": 2}"'),
        ("null", None),
        ("absent", ...),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_arguments(form: str, expected: Any, stream: bool) -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[ADD])], wire={"arguments": form, "whole_calls": True}) as endpoint:
        seen = ask(endpoint, stream)
    found = pieces(seen)[0] if stream else seen.json["choices"][0]["message"]["tool_calls"][0]
    assert found["function"].get("arguments", ...) == expected


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("empty-function", {"function": {}}),
        ("null-arguments", {"function": {"arguments": None}}),
        ("empty-arguments", {"function": {"arguments": ""}}),
        ("null-function", {"function": None}),
        ("no-function", {}),
    ],
)
def test_trailing_piece(how: str, expected: dict[str, Any]) -> None:
    last = pieces(streamed(Reply(calls=[ADD]), trailing_piece=how))[-1]
    assert {key: value for key, value in last.items() if key == "function"} == expected


def test_interleaved_and_together() -> None:
    alternating = pieces(streamed(Reply(calls=[ADD, SUB]), interleaved=True))
    assert [piece["index"] for piece in alternating[:4]] == [0, 1, 0, 1]
    together = streamed(Reply(calls=[ADD, SUB]), calls_together=True)
    assert [len(chunk["choices"][0]["delta"].get("tool_calls", ())) for chunk in together.chunks] == [0, 2, 0]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("asked", [False, False, True]),
        ("always", [False, False, True]),
        ("never", [False, False]),
        ("with-finish", [False, True]),
        ("finish-and-extra", [False, True, True]),
        ("every-chunk", [True, True, True]),
    ],
)
def test_usage(how: str, expected: list[bool]) -> None:
    with EmulatedEndpoint("openai", [Reply("")], wire={"usage": how}) as endpoint:
        seen = ask(endpoint, True, stream_options={"include_usage": True})
    assert [bool(chunk.get("usage")) for chunk in seen.chunks] == expected


def test_usage_strings_and_null() -> None:
    with EmulatedEndpoint("openai", [Reply("three")], wire={"usage_strings": True}) as endpoint:
        assert ask(endpoint).json["usage"] == {"prompt_tokens": "12", "completion_tokens": "2", "total_tokens": "14"}
    with EmulatedEndpoint("openai", [Reply("three")], wire={"usage": "null"}) as endpoint:
        assert ask(endpoint).json["usage"] is None


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("own-chunk", [None, None, "stop"]),
        ("with-last-piece", [None, "stop"]),
        ("twice", [None, "stop", "stop"]),
        ("null-delta", [None, None, "stop"]),
        ("missing", [None, None]),
    ],
)
def test_finish(how: str, expected: list[Any]) -> None:
    seen = streamed(Reply("3"), finish=how)
    assert [chunk["choices"][0]["finish_reason"] for chunk in seen.chunks] == expected
    assert (seen.chunks[-1]["choices"][0]["delta"] is None) == (how == "null-delta")


def test_transport() -> None:
    seen = streamed(
        Reply("你好"),
        data_prefix="data:",
        newline="\r\n",
        comments=(": wait",),
        obfuscation=True,
        done=False,
        http_chunk=5,
    )
    assert seen.body.startswith(b": wait\r\n\r\ndata:{")
    assert all(chunk["obfuscation"] for chunk in seen.chunks)
    assert seen.events[-1] != "[DONE]"
    assert "你好" in seen.body.decode()


def test_content_and_empty_calls() -> None:
    for how, expected in (("null", None), ("empty", ""), ("absent", ...)):
        with EmulatedEndpoint("openai", [Reply(calls=[ADD])], wire={"empty_content": how}) as endpoint:
            assert ask(endpoint).json["choices"][0]["message"].get("content", ...) == expected
    with EmulatedEndpoint("vllm-0.9", [Reply("3")] * 2) as endpoint:
        assert ask(endpoint).json["choices"][0]["message"]["tool_calls"] == []
        assert all(chunk["choices"][0]["delta"]["tool_calls"] == [] for chunk in ask(endpoint, True).chunks)


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("reasoning", {"reasoning"}),
        ("reasoning_content", {"reasoning_content"}),
        ("both", {"reasoning", "reasoning_content"}),
        ("details", {"reasoning", "reasoning_details"}),
    ],
)
def test_reasoning_field(field: str, keys: set[str]) -> None:
    seen = streamed(Reply("3", reasoning="Hm"), "hostile", reasoning=field)
    assert {key for key in seen.chunks[1]["choices"][0]["delta"] if key.startswith("reasoning")} == keys


def test_a_reply_can_change_the_wire() -> None:
    replies = [Reply(calls=[ADD], wire={"call_id": "empty"}), Reply(calls=[ADD])]
    with EmulatedEndpoint("openai", replies) as endpoint:
        first, second = (ask(endpoint).json["choices"][0]["message"]["tool_calls"][0]["id"] for _ in replies)
    assert first == ""
    assert second
