"""Facts, their precedence, and a profile through JSON."""

from __future__ import annotations

import datetime as dt
import itertools
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.facts import SOURCES, EffectiveProfile, Fact
from graph.endpoint.profile import Profile
from graph.errors import SettingsError

VALUES: dict[str, list[Any]] = {
    "token_cap": ["max_tokens", "max_completion_tokens", "both", "none"],
    "tool_choice": [["auto"], ["auto", "none", "required"], []],
    "leaks_tool_calls": [True, False, None],
    "thinking_off": [{"enable_thinking": False}, {"chat_template_kwargs": {"enable_thinking": False}}, {}],
    "reasoning_fields": [["reasoning"], []],
    "max_tools": [1, 128, None],
    "temperature_max": [1.0, 2.0, None],
    "unsupported_parameters": [["top_p", "n"], []],
    "responses_base_url": ["https://x.example/v1", None],
}
FACTS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda flag: st.tuples(st.just(flag), st.sampled_from(VALUES[flag]), st.sampled_from(SOURCES))
    ),
    max_size=12,
)


def test_every_flag_says_what_it_means() -> None:
    for name, field in Profile.model_fields.items():
        assert field.description, name
        assert "Default" in field.description, name


def test_the_default_profile_has_a_fact_for_every_flag() -> None:
    effective = EffectiveProfile.default()
    assert set(effective.facts) == set(Profile.model_fields)
    assert effective.profile == Profile()
    assert {fact.source for fact in effective.facts.values()} == {"default"}
    assert all(fact.date for fact in effective.facts.values())


@pytest.mark.parametrize(("first", "second"), list(itertools.product(SOURCES, SOURCES)))
def test_the_stronger_source_wins_and_of_equals_the_later(first: str, second: str) -> None:
    effective = EffectiveProfile.default()
    effective = effective.with_fact("max_tools", 10, first, "one").with_fact("max_tools", 20, second, "two")
    expected = 20 if SOURCES.index(second) >= SOURCES.index(first) else 10
    assert effective.profile.max_tools == expected
    assert effective.facts["max_tools"].evidence == ("two" if expected == 20 else "one")


def test_a_profile_does_not_change_under_those_who_hold_it() -> None:
    effective = EffectiveProfile.default()
    changed = effective.with_fact("json_schema", value=False, source="measured")
    assert effective.profile.json_schema
    assert not changed.profile.json_schema
    with pytest.raises(TypeError):
        changed.facts["json_schema"] = changed.facts["tools"]
    with pytest.raises(ValueError, match="frozen"):
        changed.profile.json_schema = True


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("tol_choice", ["auto"], "Did you mean `tool_choice`"),
        ("zzz", 1, "portolan profile"),
        ("tool_choice", ["perhaps"], "auto, none, required, named"),
        ("max_tools", 0, "a whole number from 1, null"),
        ("leaks_tool_calls", "sometimes", "true, false, null"),
        ("thinking_off", "no", "a table of fields"),
    ],
)
def test_a_wrong_fact_is_refused_with_what_is_allowed(flag: str, value: object, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        EffectiveProfile.default().with_fact(flag, value, "user")
    assert words in str(caught.value)


@given(FACTS)
def test_json_and_pickle_bring_back_every_profile(facts: list[tuple[str, Any, Any]]) -> None:
    effective = EffectiveProfile.default()
    for flag, value, source in facts:
        effective = effective.with_fact(flag, value, source, "https://x.example", dt.date(2026, 11, 22))
    text = effective.to_json()
    again = EffectiveProfile.from_json(text)
    assert again == effective
    assert again.to_json() == text
    assert pickle.loads(pickle.dumps(effective)) == effective


def test_facts_can_be_taken_by_source() -> None:
    effective = EffectiveProfile.default().with_fact("json_schema", value=False, source="measured", evidence="tried")
    assert effective.of_source("measured") == {
        "json_schema": Fact(value=False, source="measured", evidence="tried"),
    }


def test_flags_of_another_version_are_left_out_of_a_stored_profile() -> None:
    text = EffectiveProfile.default().to_json().replace('"max_tools"', '"flag_of_tomorrow"')
    assert EffectiveProfile.from_json(text) == EffectiveProfile.default()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"facts": {"tools": 1}}', '{"facts": []}'])
def test_a_damaged_store_is_a_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        EffectiveProfile.from_json(text)
