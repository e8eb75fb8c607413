"""What a check says of an endpoint that ignores, refuses or garbles what it is asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from doctor_model import examined, outcomes, play_along

from graph.testing import Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.testing import RecordedRequest, ScriptItem


def test_every_outcome_comes_about() -> None:
    found = {
        one.outcome for name in ("dashscope", "kimi", "ollama", "hostile") for one in examined(name, full=True).checks
    }
    assert found >= {"honoured", "ignored", "rejected", "broken", "skipped"}


def test_an_ignored_parameter_is_a_finding() -> None:
    report = examined("ollama", full=True)
    assert outcomes(report)["tool-choice"] == "ignored"
    assert outcomes(report)["token-cap"] == "ignored"


def test_an_endpoint_that_takes_neither_name_of_the_cap_is_asked_without() -> None:
    words = {"max_tokens": "Unsupported parameter: 'max_tokens'.", "max_completion_tokens": "Unknown parameter: '{}'."}

    def say(request: RecordedRequest) -> ScriptItem:
        sent = next((name for name in words if name in request.body), None)
        if sent is None:
            return play_along(request)
        return Fault(status=400, body={"error": {"message": words[sent].format(sent)}})

    report = examined("hostile", say, only=("chat", "token-cap"))
    assert outcomes(report)["chat"] == "honoured"
    assert outcomes(report)["token-cap"] == "rejected"
    assert report.facts["token_cap"].value == "none"


def test_a_cut_call_that_looks_whole_is_a_finding() -> None:
    liar = examined("openai", only=("cut-call",), behaviour={"cut_finish": "tool_calls"})
    assert outcomes(liar)["cut-call"] == "broken"
    assert outcomes(examined("openai", only=("cut-call",)))["cut-call"] == "honoured"


def test_a_name_that_is_repeated_is_seen_as_langchain_would_merge_it() -> None:
    report = examined("openai", only=("streamed-tools",), wire={"next_name": "repeated"})
    check = report.check("streamed-tools")
    assert check is not None
    assert check.outcome == "broken"
    assert "the function's name is repeated in later pieces" in check.details


def test_a_stream_that_is_refused_with_tools_alone_shows() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        if request.tools and request.stream:
            return Fault(status=400, message="Streaming is not supported when tools are used.")
        return play_along(request)

    report = examined("openai", picky, only=("streaming", "streamed-tools", "agent"))
    assert outcomes(report)["streaming"] == "honoured"
    assert outcomes(report)["streamed-tools"] == "rejected"
    assert report.facts["serves"].value == "plain_only"
    assert outcomes(report)["agent"] == "honoured", "it asks plainly from then on"


def test_a_plain_request_that_is_refused_with_tools_alone_shows() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        if request.tools and not request.stream:
            return Fault(status=400, message="This model only support stream mode, please enable the stream parameter.")
        return play_along(request)

    report = examined("openai", picky, only=("streaming", "streamed-tools", "agent"))
    assert outcomes(report) == dict.fromkeys(outcomes(report), "honoured")
    assert report.facts["serves"].value == "stream_only"
    assert "doctor, tools" in report.facts["serves"].evidence


def test_questions_are_put_above_a_temperature_of_0_where_that_is_refused() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        words = "Input validation error: `temperature` must be strictly positive"
        return Fault(status=422, message=words) if request.body.get("temperature") == 0 else play_along(request)

    report = examined("openai", picky, only=("chat", "tools"))
    assert outcomes(report)["tools"] == "honoured"
    assert report.facts["temperature_above_zero"].value is True


def test_the_time_to_the_first_byte_is_told() -> None:
    check = examined("openai", only=("streaming",)).check("streaming")
    assert check is not None
    assert any(
        re.fullmatch(r"the first byte came after \d+\.\d s, the longest silence .* \d+\.\d s", one)
        for one in check.details
    )


def test_a_prompt_that_is_counted_differently_when_streamed_shows() -> None:
    def counts(request: RecordedRequest) -> ScriptItem:
        prompt = 90 if request.stream else 9
        return replace(
            play_along(request), usage={"prompt_tokens": prompt, "completion_tokens": 1, "total_tokens": prompt + 1}
        )

    check = examined("openai", counts, only=("stream-usage",)).check("stream-usage")
    assert check is not None
    assert check.details == ("the same prompt counts 90 tokens streamed, and 9 plain",)


def has_image(request: RecordedRequest) -> bool:
    return "image_url" in str(request.body.get("messages"))


@pytest.mark.parametrize(
    ("says", "outcome", "fact"),
    [
        (play_along, "honoured", True),
        (lambda request: Reply("I cannot see it.") if has_image(request) else play_along(request), "ignored", None),
        (
            lambda request: Fault(status=400, message="E7") if has_image(request) else play_along(request),
            "rejected",
            False,
        ),
        (
            lambda request: Fault(status=500, message="Oops.") if has_image(request) else play_along(request),
            "broken",
            None,
        ),
    ],
)
def test_images(says: Callable[[RecordedRequest], ScriptItem], outcome: str, fact: object) -> None:
    report = examined("openai", says, only=("images",))
    assert outcomes(report)["images"] == outcome
    assert (report.facts["images"].value if "images" in report.facts else None) is fact
