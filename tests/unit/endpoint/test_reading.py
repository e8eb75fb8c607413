"""Every shape of error body becomes one; nothing makes the reader fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from error_bodies import SHAPES
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.profile import Profile
from graph.endpoint.refusals import ProviderError, classify, is_error_event, lesson_from, read_error
from graph.errors import PortolanError

NOW = 1_795_305_600.0  # Sun, 22 Nov 2026 00:00:00 GMT


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("form", ["bytes", "text", "parsed"])
def test_a_shape_is_read(name: str, form: str) -> None:
    status, body, expected = SHAPES[name]
    if form != "parsed" and not isinstance(body, (str, bytes, type(None))):
        body = json.dumps(body)
    if form == "bytes" and isinstance(body, str):
        body = body.encode()
    error = read_error(status, {"Content-Type": "application/json"}, body, now=NOW)
    assert {field: getattr(error, field) for field in expected} == expected


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [
        ({"Retry-After": "7"}, "", 7.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"Retry-After-Ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 00:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 00:00:00 GMT"}, "", 0.0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({}, "Rate limit reached. Please try again in 1.2s. Visit", 1.2),
        ({}, "Please try again in 6m30s.", 390.0),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please retry after 26 seconds.", 26.0),
        ({}, "please try again later.", None),
        ({}, "", None),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], message: str, expected: float | None) -> None:
    error = read_error(429, headers, {"error": {"message": message}}, now=NOW)
    assert error.retry_after_s == (None if expected is None else pytest.approx(expected))


def test_the_request_id_may_come_as_a_header() -> None:
    assert read_error(400, {"X-Request-Id": "req_1"}, b"{}").request_id == "req_1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "detail", "loc", "msg", "metadata", "raw", "choices", "response"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.none() | st.integers(0, 999),
    st.dictionaries(st.sampled_from(["retry-after", "Retry-After-Ms", "x-request-id"]), st.text(max_size=40)),
    st.binary() | st.text() | JSON | JSON.map(json.dumps) | JSON.map(lambda v: f"data: {json.dumps(v)}\n\n"),
)
def test_nothing_makes_reading_or_naming_fail(status: int | None, headers: dict[str, str], body: Any) -> None:
    error = read_error(status, headers, body, now=NOW)
    assert isinstance(error, ProviderError)
    named = classify(error, profile=Profile(), endpoint="m at https://x.example/v1")
    assert isinstance(named, PortolanError)
    assert "\n" not in str(named)
    is_error_event(body)
    lesson_from(error, body if isinstance(body, dict) else {"messages": body, "tools": body})


@pytest.mark.parametrize("body", ["[" * 100_000, '{"error":' * 50_000, "9" * 10_000, '{"code": ' + "9" * 4000 + "}"])
def test_hostile_json_does_not_make_reading_fail(body: str) -> None:
    assert read_error(400, {}, body).status == 400
