"""An endpoint that is busy, stumbles or breaks its replies: the doctor waits, goes on, and says what it met."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examined, outcomes, play_along, wants_one_call

from graph.testing import Fault, Raw

if TYPE_CHECKING:
    from graph.testing import RecordedRequest, ScriptItem


def test_a_busy_endpoint_leaves_the_rest_unknown_and_is_asked_four_times() -> None:
    waits: list[float] = []

    def busy(request: RecordedRequest) -> ScriptItem:
        return Fault(error="rate_limit", headers={"retry-after": "7"}) if request.tools else play_along(request)

    report = examined("openai", busy, only=("tools",), sleep=waits.append)
    assert outcomes(report)["tools"] == "inconclusive"
    assert waits == [7.0, 7.0, 7.0]


def test_a_wait_that_the_endpoint_asked_for_is_told() -> None:
    turns = itertools.count()

    def busy(request: RecordedRequest) -> ScriptItem:
        if request.tools and next(turns) == 0:
            return Fault(error="rate_limit", headers={"retry-after": "7"})
        return play_along(request)

    check = examined("openai", busy, only=("tools",)).check("tools")
    assert check is not None
    assert (check.outcome, check.details) == ("honoured", ("the endpoint was too busy 1 times; 7 s were waited",))


def test_requests_are_paced() -> None:
    waits: list[float] = []
    report = examined("openai", only=("streaming",), pause_s=0.5, sleep=waits.append)
    assert waits == [0.5] * (report.requests - 1)


@pytest.mark.parametrize("kind", ["disconnect", "not-json", "empty-body", "error-200", "choices-null", "error-event"])
def test_a_broken_reply_is_told_and_stops_nothing(kind: Any) -> None:
    def breaks(request: RecordedRequest) -> ScriptItem:
        return Fault(kind, play_along(request)) if wants_one_call(request) else play_along(request)

    report = examined("openai", breaks)
    assert outcomes(report)["chat"] == "honoured"
    assert outcomes(report)["tools"] in ("broken", "inconclusive")
    assert report.facts.keys() & {"tools", "leaks_tool_calls"} <= {"tools"}
    assert "tools" not in report.facts or report.facts["tools"].value is True
    assert report.failure == ""
    assert report.exit_code == 1


def test_a_fault_that_passes_is_no_refusal() -> None:
    turns = itertools.count()

    def stumbles(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        return Fault(error="server") if request.messages and next(turns) % 2 == 0 else said

    steady, shaken = (
        examined("openai", only=("loop", "tool-choice")),
        examined("openai", stumbles, only=("loop", "tool-choice")),
    )
    assert {flag: fact.value for flag, fact in shaken.facts.items()} == {
        flag: fact.value for flag, fact in steady.facts.items()
    }


def test_text_that_no_encoding_has_can_be_kept() -> None:
    def odd(request: RecordedRequest) -> ScriptItem:
        text = '{"choices":[{"index":0,"message":{"role":"assistant","content":"\\ud800"},"finish_reason":"stop"}]}'
        return Raw(text.encode()) if request.tools else play_along(request)

    report = examined("openai", odd, only=("tools",))
    assert outcomes(report)["tools"] == "inconclusive"
    assert "tools" in report.model_dump_json()


def test_responses_whose_streams_fail_are_not_taken_for_served() -> None:
    def breaks(request: RecordedRequest) -> ScriptItem:
        if request.path.endswith("/responses") and request.stream:
            return Fault(error="server")
        return play_along(request)

    report = examined("openai", breaks, only=("responses",))
    assert outcomes(report)["responses"] == "broken"
    assert report.facts["responses_api"].value == "no"


def test_responses_whose_streams_lack_the_calls_are_not_taken_for_served() -> None:
    def loses(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        lost = request.path.endswith("/responses") and request.stream
        return Fault("end-early", said, after=2) if lost else said

    check = examined("openai", loses, only=("responses",)).check("responses")
    assert check is not None
    assert check.outcome == "broken"
    assert "not in streams" in check.summary
