"""Reports as text: Markdown, JUnit, JSON there and back, and what changed."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.doctor import CHECKS, Options, Report, chosen, read_report
from graph.doctor.check import OUTCOMES
from graph.doctor.rendering import changes, junit, markdown, shown
from graph.doctor.report import CheckResult, Level
from graph.endpoint.facts import Fact
from graph.endpoint.profile import Profile
from graph.errors import SettingsError


def report(**fields: Any) -> Report:
    levels = tuple(Level(number=number, title="level", state="yes", summary="fine") for number in range(1, 5))
    base = {"endpoint": "http://host/v1", "model": "m", "date": "2026-11-22T10:00:00+00:00", "levels": levels}
    return Report(**(base | fields))


def result(name: str = "tools", **fields: Any) -> CheckResult:
    base = {"name": name, "title": name, "why": "since", "outcome": "honoured", "summary": "fine"}
    return CheckResult(**(base | fields))


checks = st.builds(
    CheckResult,
    name=st.sampled_from([check.name for check in CHECKS]),
    title=st.text(),
    why=st.text(),
    outcome=st.sampled_from(OUTCOMES),
    summary=st.text(),
    details=st.lists(st.text(), max_size=2).map(tuple),
)


@given(st.lists(checks, max_size=4, unique_by=lambda one: one.name))
def test_whatever_an_endpoint_said_every_form_can_hold_it(found: list[CheckResult]) -> None:
    whole = report(checks=tuple(found))
    suite = ET.fromstring(junit(whole))
    assert len(suite) == len(found)
    rows = [line for line in markdown(whole).splitlines() if line.startswith("|")]
    assert len(rows) == 6 + 2 + len(found)
    assert read_report(whole.model_dump_json(), "it") == whole
    assert list(changes(whole, whole)) == []


def test_sets_are_in_order_and_equal_after_a_round_trip() -> None:
    fact = Fact(value=frozenset({"named", "auto", "none"}), source="measured")
    before = report(facts={"tool_choice": fact})
    after = read_report(before.model_dump_json(), "it")
    assert after.facts["tool_choice"].value == ["auto", "named", "none"]
    assert list(changes(before, after)) == list(changes(after, before)) == []


def test_what_changed_is_told_with_both_values() -> None:
    before = report(checks=(result(),), facts={"tools": Fact(value=True, source="measured")})
    after = report(
        checks=(result(outcome="broken", summary="now as text"),), facts={"tools": Fact(value=False, source="measured")}
    )
    assert list(changes(before, after)) == [
        "tools: honoured before, broken now: now as text",
        "tools: true before, false now",
    ]


def test_another_endpoint_is_told_and_another_port_of_the_embedded_model_is_not() -> None:
    before, after = report(endpoint="http://127.0.0.1:1/v1"), report(endpoint="http://127.0.0.1:2/v1")
    assert len(list(changes(before, after))) == 1
    assert list(changes(*(one.model_copy(update={"server": "embedded"}) for one in (before, after)))) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [({}, 0), ({"failure": "the key is refused"}, 2), ({"levels": ()}, 1)],
    ids=["runs", "no key", "nothing known"],
)
def test_exit_codes(fields: dict[str, Any], code: int) -> None:
    assert report(**fields).exit_code == code


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 2}', "not json"])
def test_what_is_no_report_is_said(text: str) -> None:
    with pytest.raises(SettingsError, match=r"old\.json is not a report"):
        read_report(text, "old.json")


@pytest.mark.parametrize(
    ("value", "words"),
    [(True, "true"), (None, "none"), (frozenset({"b", "a"}), "a, b"), ({}, "(none)"), ({"a": 1}, "a=1"), (3, "3")],
)
def test_values_for_people(value: Any, words: str) -> None:
    assert shown(value) == words


def test_the_checks_say_what_they_are() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert names[-1] == "agent"
    for check in CHECKS:
        assert check.sends, check.name
        assert check.expects, check.name
        assert check.why, check.name
        assert set(check.decides) <= set(Profile.model_fields), check.name
        assert all(names.index(need) < names.index(check.name) for need in check.needs), check.name


def test_what_a_check_needs_is_chosen_with_it() -> None:
    assert [check.name for check in chosen(Options(only=("parallel",)))] == ["chat", "tools", "parallel"]
    assert chosen(Options(full=True)) == list(CHECKS)
    assert not any(check.full for check in chosen(Options()))
