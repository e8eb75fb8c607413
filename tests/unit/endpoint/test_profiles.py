"""The user's word on a profile: from variables and from a TOML file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.facts import EffectiveProfile, Fact
from graph.endpoint.profiles import effective_profile, overrides_from_env, overrides_from_toml
from graph.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1"
NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(
    lambda t: t not in {"none", "null"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text(max_size=5), inner),
)
FLAGS: dict[str, st.SearchStrategy[Any]] = {
    "token_cap": st.sampled_from(["max_tokens", "max_completion_tokens", "both", "none"]),
    "tools": st.booleans(),
    "leaks_tool_calls": st.none() | st.booleans(),
    "max_tools": st.none() | st.integers(1, 10_000),
    "temperature_fixed": st.none() | st.floats(0, 2),
    "tool_choice": st.frozensets(st.sampled_from(["auto", "none", "required", "named"])),
    "unsupported_parameters": st.frozensets(NAMES),
    "reasoning_fields": st.lists(NAMES).map(tuple),
    "reasoning_echo_field": NAMES,
    "thinking_off": st.dictionaries(NAMES, JSON),
}


@given(st.data(), st.sampled_from(sorted(FLAGS)))
def test_a_flag_written_as_a_variable_reads_back(data: st.DataObject, flag: str) -> None:
    value = data.draw(FLAGS[flag])
    effective = EffectiveProfile.default().with_fact(flag, value, "user")
    text = json.loads(effective.to_json())["facts"][flag]["value"]
    written = text if isinstance(text, str) else json.dumps(text)
    assert overrides_from_env({f"AGENT_PROFILE_{flag.upper()}": written})[flag].value == value
    if isinstance(text, list):
        assert overrides_from_env({f"AGENT_PROFILE_{flag.upper()}": ", ".join(text)})[flag].value == value


@given(st.text(), st.sampled_from(sorted(FLAGS)))
def test_any_text_is_a_value_or_a_sentence(text: str, flag: str) -> None:
    variable = f"AGENT_PROFILE_{flag.upper()}"
    said = ""
    try:
        EffectiveProfile.default().with_facts(overrides_from_env({variable: text}))
    except SettingsError as error:
        said = str(error)
    assert not said or (variable in said and "Allowed:" in said)


def test_other_variables_are_left_alone() -> None:
    environ = {"PATH": "/bin", "AGENT_PROFILE_FILE": "p.toml", "AGENT_MODEL": "m", "AGENT_PROFILE_JSON_SCHEMA": "false"}
    assert overrides_from_env(environ) == {
        "json_schema": Fact(value=False, source="user", evidence="AGENT_PROFILE_JSON_SCHEMA"),
    }


def test_flags_may_come_without_the_prefix() -> None:
    assert overrides_from_env({"json_schema": "no"})["json_schema"].value is False
    assert overrides_from_env({}) == {}


def test_the_comma_of_a_chinese_keyboard_counts() -> None:
    assert overrides_from_env({"AGENT_PROFILE_TOOL_CHOICE": "auto，none"})["tool_choice"].value == {"auto", "none"}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("AGENT_PROFILE_TOKEN_CAP", "max", ["AGENT_PROFILE_TOKEN_CAP=max", "max_tokens, max_completion_tokens, both"]),
        ("AGENT_PROFILE_TOOLCHOICE", "auto", ["AGENT_PROFILE_TOOLCHOICE", "Did you mean `tool_choice`"]),
        ("AGENT_PROFILE_MAX_TOOLS", "-1", ["AGENT_PROFILE_MAX_TOOLS=-1", "a whole number from 1, null"]),
        ("AGENT_PROFILE_TOOLS", "", ["AGENT_PROFILE_TOOLS", "true, false"]),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(variable: str, value: str, words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        overrides_from_env({variable: value})
    for word in words:
        assert word in str(caught.value)


def test_a_toml_file_sets_flags_at_the_top_or_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(
        'json_schema = false\n[profile]\ntool_choice = ["auto"]\nthinking_off = {enable_thinking = false}\n'
    )
    facts = overrides_from_toml(path)
    assert {flag: fact.value for flag, fact in facts.items()} == {
        "json_schema": False,
        "tool_choice": {"auto"},
        "thinking_off": {"enable_thinking": False},
    }
    assert {fact.evidence for fact in facts.values()} == {str(path)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"json_schema = maybe\n", ["is not TOML", "line 1"]),
        (b"tools = true\njson_schema = 'often'\n", ["json_schema", "often", "true, false"]),
        (b"jsonschema = true\n", ["jsonschema", "Did you mean `json_schema`"]),
        (b"profile = 3\n", ["is not a table"]),
        (b"\xff\xfe", ["is not TOML"]),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, words: list[str]) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        overrides_from_toml(path)
    for word in [*words, str(path)]:
        assert word in str(caught.value)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        overrides_from_toml(tmp_path / "none.toml")


def test_the_user_wins_over_what_was_measured_and_that_over_the_table() -> None:
    measured = {
        "thinking": Fact(value="on", source="measured", evidence="seen"),
        "tool_choice": Fact(value=["auto"], source="measured", evidence="seen"),
        "json_schema": Fact(value=False, source="known", evidence="a table of last year"),
    }
    effective = effective_profile(DASHSCOPE, "qwen-plus", measured=measured, overrides={"tool_choice": ["none"]})
    assert effective.profile.thinking == "on"
    assert effective.profile.tool_choice == {"none"}
    assert effective.profile.json_schema  # stored facts of the table are not held on to
    assert {
        flag: effective.facts[flag].source for flag in ("thinking", "tool_choice", "quota_is_throttle", "images")
    } == {
        "thinking": "measured",
        "tool_choice": "user",
        "quota_is_throttle": "known",
        "images": "default",
    }
