"""What a refusal teaches: exactly what it says, and only if the request holds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.endpoint.facts import EffectiveProfile
from graph.endpoint.profile import Profile
from graph.endpoint.refusals import lesson_from, read_error
from graph.endpoint.refusals.teachings import TEACHINGS

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "lessons.jsonl").read_text(encoding="utf-8").splitlines()
]
TAUGHT = [case for case in CASES if case["changes"]]


def words_of(case: dict[str, Any]) -> str:
    return read_error(case["status"], {}, case["body"]).message


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c['about'] or words_of(c)[:60]}" for i, c in enumerate(CASES)])
def test_a_refusal_teaches_exactly_this(case: dict[str, Any]) -> None:
    profile = Profile(**case["profile"])
    lesson = lesson_from(read_error(case["status"], {}, case["body"]), case["request"], profile)
    expected = Profile(**{**case["profile"], **(case["changes"] or {})})
    learned = profile.model_copy(update=dict(lesson.changes)) if lesson else profile
    assert learned == expected
    assert (lesson is None) == (case["changes"] is None)


@pytest.mark.parametrize("case", TAUGHT)
def test_a_lesson_is_a_fact_that_can_be_stored_and_teaches_no_more(case: dict[str, Any]) -> None:
    profile = Profile(**case["profile"])
    error = read_error(case["status"], {}, case["body"])
    lesson = lesson_from(error, case["request"], profile)
    assert lesson is not None
    assert lesson.evidence
    assert " ".join(error.message.split())[:40] in lesson.why
    effective = EffectiveProfile.default()
    for flag, value in case["profile"].items():
        effective = effective.with_fact(flag, value, "known")
    for flag, value in lesson.changes:
        effective = effective.with_fact(flag, value, "measured", lesson.why)
    assert EffectiveProfile.from_json(effective.to_json()) == effective
    again = lesson_from(error, case["request"], effective.profile)
    # The same words may teach a second, narrower thing (give back all reasoning, stream everything), but not for ever.
    for _ in range(3):
        if again is None:
            break
        for flag, value in again.changes:
            effective = effective.with_fact(flag, value, "measured")
        again = lesson_from(error, case["request"], effective.profile)
    assert again is None


@pytest.mark.parametrize("case", TAUGHT)
def test_a_request_that_holds_nothing_of_it_teaches_nothing(case: dict[str, Any]) -> None:
    plain = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": not case["request"].get("stream")}
    assert lesson_from(read_error(case["status"], {}, case["body"]), plain, Profile(**case["profile"])) is None


def test_without_a_profile_the_cautious_default_is_meant() -> None:
    error = read_error(400, {}, {"error": {"message": "This response_format type is unavailable now"}})
    lesson = lesson_from(error, {"messages": [], "response_format": {"type": "json_schema"}})
    assert lesson is not None
    assert lesson.changes == (("json_schema", False),)


def test_every_teaching_has_its_evidence() -> None:
    assert all(teaching.evidence and teaching.why for teaching in TEACHINGS)


def test_every_teaching_is_shown_by_a_case() -> None:
    texts = [read_error(case["status"], {}, case["body"]).text for case in TAUGHT]
    unseen = [teaching.why for teaching in TEACHINGS if not any(teaching.words.search(text) for text in texts)]
    assert unseen == []
