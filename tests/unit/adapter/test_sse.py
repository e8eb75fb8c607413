"""Events out of bytes, cut anywhere, with any line end, and out of bodies that are no stream."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.sse import BodyReader

VALUES = st.dictionaries(st.text(max_size=5), st.text(max_size=12) | st.integers() | st.none(), max_size=3)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in itertools.pairwise(edges)]


def read(pieces: list[bytes]) -> tuple[list[Any], BodyReader]:
    reader = BodyReader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    return [*events, *reader.close()], reader


@given(
    values=st.lists(VALUES, min_size=1, max_size=4),
    newline=NEWLINES,
    prefix=st.sampled_from(["data: ", "data:"]),
    head=st.sampled_from(["", ": keep-alive", ":", "event: message", "id: 7", "retry: 10"]),
    ascii_only=st.booleans(),
    done=st.booleans(),
    blank=st.booleans(),
    places=st.lists(st.integers(0, 10_000), max_size=12),
)
def test_a_stream_cut_anywhere(
    *,
    values: list[Any],
    newline: str,
    prefix: str,
    head: str,
    ascii_only: bool,
    done: bool,
    blank: bool,
    places: list[int],
) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_only) for value in values] + (["[DONE]"] if done else [])
    lines = [f"{head}{newline}{prefix}{text}" if head else f"{prefix}{text}" for text in texts]
    body = (newline * 2).join(lines) + (newline * 2 if blank else "")
    events, reader = read(cut(body.encode(), places))
    assert events == values
    assert reader.done is done
    assert reader.streamed is True
    assert reader.garbage == ""


@given(value=VALUES, indent=st.sampled_from([None, 2]), places=st.lists(st.integers(0, 10_000), max_size=8))
def test_a_json_body_cut_anywhere(value: Any, indent: int | None, places: list[int]) -> None:
    body = b"\xef\xbb\xbf \n" + json.dumps(value, indent=indent, ensure_ascii=False).encode()
    events, reader = read(cut(body, places))
    assert events == [value]
    assert reader.streamed is False


@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=8))
def test_bytes_of_any_kind_never_raise(body: bytes, places: list[int]) -> None:
    whole, pieces = read([body]), read(cut(body, places))
    assert whole[0] == pieces[0]
    assert whole[1].garbage == pieces[1].garbage


@pytest.mark.parametrize(
    ("body", "events", "done"),
    [
        ("", [], False),
        ("\n\n", [], False),
        ("data: \n\n", [], False),
        ("id: 1\nevent: ping\ndata:\n\ndata: {}\n\n", [{}], False),
        ('data: {"a": 1}\ndata: {"b": 2}\n\n', [{"a": 1}, {"b": 2}], False),
        ('data: {"a":\ndata: 1}\n\n', [{"a": 1}], False),
        ('data: {"a": 1}\n\n{"error": "late"}\n', [{"a": 1}, {"error": "late"}], False),
        ("data: [DONE]\n\n", [], True),
        ("data: {}\n\ndata: [DONE]", [{}], True),
        ('data: {"a": "line\nbreak"}\n\n', [], False),
        ("[]", [[]], False),
        ('"text"', ["text"], False),
    ],
)
def test_odd_bodies_one_by_one(body: str, events: list[Any], done: bool) -> None:
    found, reader = read([body.encode()])
    assert found == events
    assert reader.done is done


@pytest.mark.parametrize("body", ["<html><body>Sign in</body></html>", "data: {broken", "upstream connect error"])
def test_what_is_no_event_is_kept(body: str) -> None:
    found, reader = read([body.encode()])
    assert found == []
    assert reader.garbage
    assert reader.garbage in body


def test_a_body_without_end_is_left() -> None:
    reader = BodyReader(limit=100)
    with pytest.raises(OverflowError):
        list(reader.feed(b"data: " + b"x" * 100))
