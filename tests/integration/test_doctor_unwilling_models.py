"""A model that does not do what it was asked: the check says so, and no endpoint is blamed for it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from doctor_model import examined, outcomes, play_along, wants_one_call

from graph.testing import Reply

if TYPE_CHECKING:
    from graph.testing import RecordedRequest, ScriptItem


def test_a_model_that_calls_now_and_then_is_flaky() -> None:
    turns = itertools.count()

    def moody(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        return replace(said, calls=(), text="No.") if wants_one_call(request) and next(turns) == 0 else said

    report = examined("openai", moody)
    tools = report.check("tools")
    assert tools is not None
    assert (tools.outcome, tools.summary) == ("flaky", "2 of 3 tries gave the call")
    assert [level.state for level in report.levels][1:3] == ["partly", "yes"]
    assert report.exit_code == 0


def test_a_model_that_never_calls_proves_nothing_of_the_endpoint() -> None:
    report = examined("openai", lambda request: replace(play_along(request), calls=(), text="I would rather not."))
    assert outcomes(report)["tools"] == "inconclusive"
    assert outcomes(report)["agent"] == "skipped"
    assert "leaks_tool_calls" not in report.facts
    assert [level.state for level in report.levels][:3] == ["yes", "unknown", "unknown"]
    assert report.exit_code == 1


def test_a_result_that_is_not_read_is_not_taken_for_a_loop() -> None:
    def deaf(request: RecordedRequest) -> ScriptItem:
        return Reply("It is 42.") if request.messages[-1].get("role") == "tool" else play_along(request)

    report = examined("openai", deaf)
    assert outcomes(report)["loop"] == "inconclusive"
    assert outcomes(report)["agent"] == "inconclusive"
    assert report.exit_code == 1


def test_an_agent_that_drops_a_result_is_flaky() -> None:
    def drops(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        results = [message for message in request.messages if message.get("role") == "tool"]
        return Reply(f"Paris: {results[0]['content']}.") if len(results) == 2 else said

    report = examined("openai", drops, only=("agent",))
    check = report.check("agent")
    assert check is not None
    assert (check.outcome, check.summary[:19]) == ("flaky", "1 of 3 codes came; ")
    assert report.levels[2].state == "partly"


def test_a_model_that_calls_in_responses_only_when_forced_is_served() -> None:
    def lazy(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        free = request.path.endswith("/responses") and request.body.get("tool_choice") != "required"
        return replace(said, calls=(), text="Hm.") if free and said.calls else said

    assert outcomes(examined("openai", lazy, only=("responses",)))["responses"] == "honoured"
