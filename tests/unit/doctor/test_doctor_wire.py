"""What is read off one exchange: no key in it, and how long it stood still."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from graph.doctor.bench import Bench
from graph.doctor.bodies import read_body, tokens_of
from graph.doctor.checks.basics import stream_times
from graph.doctor.wire import Seen, Wire
from graph.endpoint.facts import EffectiveProfile
from graph.endpoint.settings import Endpoint, Settings

KEY = "0f3b9c1e-4d5a-4e6f-8a7b-9c0d1e2f3a4b"
WIRE = Wire(Endpoint(model="m", base_url="https://host/v1", api_key=SecretStr(KEY)))


@given(st.text(), st.integers(10, len(KEY)), st.text())
def test_no_beginning_of_the_key_stays(before: str, length: int, after: str) -> None:
    cleaned = WIRE.clean(f"{before}{KEY[:length]}{after}")
    assert KEY[:10] not in cleaned
    assert "[redacted]" in cleaned


@given(st.text(alphabet="abc xyz-0123456789\ud800", max_size=200))
def test_what_is_no_key_stays_and_can_be_encoded(text: str) -> None:
    cleaned = WIRE.clean(text)
    assert cleaned == text.replace("\ud800", "?")
    cleaned.encode()


@pytest.mark.parametrize(("first", "silence", "near"), [(0.1, 0.2, False), (59.0, 0.1, True), (0.1, 80.0, True)])
def test_a_silence_near_the_time_out_is_said(first: float, silence: float, *, near: bool) -> None:
    settings = Settings(base_url="https://host/v1", model="m", stream_timeout_s=100)
    bench = Bench(WIRE, settings, EffectiveProfile.default())
    seen = Seen({"stream": True}, 200, {}, "", (), True, None, None, 1.0, first_s=first, silence_s=silence)
    said = stream_times(bench, seen)
    assert said[0].startswith(f"the first byte came after {first:.1f} s")
    assert any("AGENT_STREAM_TIMEOUT" in one for one in said) is near


def test_a_body_without_end_is_left() -> None:
    data, broke, _, _ = read_body((b"x" * 1_000_000 for _ in range(99)), time.monotonic())
    assert len(data) <= 5_000_000
    assert broke.startswith("more than")


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([{"usage": {"total_tokens": 7}}], 7),
        ([{"response": {"usage": None}}, {"response": {"usage": {"total_tokens": 9}}}], 9),
        ([{"response": "odd"}, {"usage": {"total_tokens": "many"}}], 0),
    ],
)
def test_tokens_of_a_responses_body_or_stream(events: list[Any], count: int) -> None:
    assert tokens_of(events) == count
