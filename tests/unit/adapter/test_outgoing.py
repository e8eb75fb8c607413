"""A request as the endpoint accepts it: each flag of the profile, and nothing where no flag asks for it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.outgoing.call_ids import fit_call_ids, ids_in
from graph.endpoint.outgoing.messages import BRIDGE, flatten, shape_messages
from graph.endpoint.outgoing.parameters import shape_parameters
from graph.endpoint.profile import Profile
from graph.errors import RefusedRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = {"type": "text", "text": "See"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
SYSTEM, USER = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "content": "3", "tool_call_id": "c1"}
EASY = Profile(system_messages="anywhere", needs_user_message=False, developer_role=True, content_parts=True)


def shaped(messages: list[Any], **flags: Any) -> list[Any]:
    before = copy.deepcopy(messages)
    after = shape_messages(messages, EASY.model_copy(update=flags))
    assert messages == before, "the messages given were changed"
    return after


def test_a_request_that_fits_is_left_as_it_is() -> None:
    thread = [SYSTEM, USER, CALLS, RESULT, {"role": "assistant", "content": "3"}, SYSTEM, USER]
    assert shaped(thread) == thread


@pytest.mark.parametrize(
    ("flags", "given", "wanted"),
    [
        (
            {"developer_role": False},
            [{"role": "developer", "content": "x"}, USER],
            [{"role": "system", "content": "x"}, USER],
        ),
        ({"system_messages": "leading_one"}, [USER, SYSTEM], [SYSTEM, USER]),
        (
            {"system_messages": "leading_one"},
            [SYSTEM, USER, {"role": "system", "content": "And kind."}],
            [{"role": "system", "content": "Be brief.\n\nAnd kind."}, USER],
        ),
        ({"system_messages": "none"}, [SYSTEM, USER], [{"role": "user", "content": "Be brief.\n\nHi"}]),
        ({"system_messages": "none"}, [SYSTEM], [{"role": "user", "content": "Be brief."}]),
        (
            {"system_messages": "none"},
            [SYSTEM, {"role": "user", "content": [TEXT, IMAGE]}],
            [{"role": "user", "content": [{"type": "text", "text": "Be brief."}, TEXT, IMAGE]}],
        ),
        ({"needs_user_message": True}, [SYSTEM], [SYSTEM, {"role": "user", "content": "Go on."}]),
        ({"needs_user_message": True}, [], [{"role": "user", "content": "Go on."}]),
        (
            {"alternating_roles": True},
            [USER, USER, {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
            [{"role": "user", "content": "Hi\n\nHi"}, {"role": "assistant", "content": "a\n\nb"}],
        ),
        ({"alternating_roles": True}, [USER, CALLS, RESULT, USER], [USER, CALLS, RESULT, USER]),
        (
            {"alternating_roles": True, "user_after_tool": False},
            [USER, CALLS, RESULT, USER, USER],
            [USER, CALLS, RESULT, {"role": "assistant", "content": BRIDGE}, {"role": "user", "content": "Hi\n\nHi"}],
        ),
        (
            {"alternating_roles": True},
            [USER, {"role": "user", "content": [TEXT, IMAGE]}],
            [{"role": "user", "content": [{"type": "text", "text": "Hi"}, TEXT, IMAGE]}],
        ),
        (
            {"content_parts": False},
            [{"role": "user", "content": [TEXT, TEXT]}],
            [{"role": "user", "content": "See\nSee"}],
        ),
        (
            {"content_parts": False},
            [{"role": "user", "content": [TEXT, IMAGE]}],
            [{"role": "user", "content": [TEXT, IMAGE]}],
        ),
        ({"tool_content_parts": False}, [{**RESULT, "content": [TEXT]}], [{**RESULT, "content": "See"}]),
        ({"tool_content_parts": True}, [{**RESULT, "content": [TEXT]}], [{**RESULT, "content": [TEXT]}]),
        ({"assistant_content_with_calls": "empty"}, [CALLS], [{**CALLS, "content": ""}]),
        ({"assistant_content_with_calls": "null"}, [{**CALLS, "content": ""}], [CALLS]),
    ],
)
def test_flags_of_messages(flags: Mapping[str, Any], given: list[Any], wanted: list[Any]) -> None:
    assert shaped(given, **flags) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([{"role": "assistant", "content": ""}, USER], [USER]),
        ([{"role": "assistant", "content": None, "tool_calls": []}, USER], [USER]),
        ([{"role": "assistant", "content": [TEXT]}], [{"role": "assistant", "content": "See"}]),
        ([{"role": "assistant", "tool_calls": [CALL]}], [CALLS]),
        ([{"role": "user", "content": None}], [{"role": "user", "content": ""}]),
        ([{**RESULT, "content": {"sum": 3}}], [{**RESULT, "content": '{"sum": 3}'}]),
        ([{**RESULT, "content": None}], [{**RESULT, "content": ""}]),
    ],
)
def test_what_no_endpoint_takes(given: list[Any], wanted: list[Any]) -> None:
    assert shaped(given) == wanted


@pytest.mark.parametrize("size", [0, 5000])
def test_arguments_stay_if_they_are_an_object(size: int) -> None:
    text = "x" * size
    given = [f'{{"a": "{text}"}}', f'{{"a": "{text}"', f'["{text}"]', f'{{"a": NaN, "b": "{text}"}}']
    for _ in range(2):  # what was found is remembered
        calls = [{"id": "c", "function": {"name": "add", "arguments": one}} for one in given]
        (message,) = shaped([{"role": "assistant", "content": None, "tool_calls": calls}])
        assert [call["function"]["arguments"] for call in message["tool_calls"]] == [given[0], "{}", "{}", "{}"]


@given(
    st.one_of(st.none(), st.text(max_size=12), st.dictionaries(st.text(max_size=3), st.integers())),
    st.text(max_size=70),
)
def test_calls_of_the_history_are_always_valid(arguments: Any, name: str) -> None:
    call = {"id": "c1", "function": {"name": name, "arguments": arguments}}
    (message,) = shaped([{"role": "assistant", "content": None, "tool_calls": [call]}])
    function = message["tool_calls"][0]["function"]
    assert isinstance(json.loads(function["arguments"]), dict)
    assert 0 < len(function["name"]) <= 64
    assert function["name"].replace("_", "").replace("-", "").isascii()


def test_what_is_left_out_of_a_text_is_named() -> None:
    assert flatten([TEXT, IMAGE, "plain", {"type": "json", "value": 1}]) == (
        'See\n[image left out: this endpoint takes text here]\nplain\n{"type": "json", "value": 1}'
    )


TOOL: dict[str, Any] = {"type": "function", "function": {"name": "add", "parameters": {}}}
OTHER: dict[str, Any] = {"type": "function", "function": {"name": "now", "parameters": {}}}
STRICT = {"type": "function", "function": {**TOOL["function"], "strict": True}}
NAMED = {"type": "function", "function": {"name": "add"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
JSON_MODE = {"type": "json_object"}


def request(profile: Profile | None = None, *, thinking: Any = "auto", **fields: Any) -> dict[str, Any]:
    payload = {"model": "m", "messages": [USER], **fields}
    before = copy.deepcopy(payload)
    after = shape_parameters(payload, profile or Profile(), thinking=thinking, endpoint="m at http://x/v1")
    assert payload == before, "the payload given was changed"
    return {key: value for key, value in after.items() if key not in {"model", "messages"}}


@pytest.mark.parametrize(
    ("flags", "fields", "wanted"),
    [
        ({}, {"tools": []}, {}),
        ({}, {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, {}),
        ({"tools": False}, {"tools": [TOOL], "tool_choice": "auto"}, {}),
        ({}, {"tools": [STRICT]}, {"tools": [STRICT]}),
        ({"strict_tools": False}, {"tools": [STRICT, OTHER]}, {"tools": [TOOL, OTHER]}),
        ({"parallel_tool_calls_parameter": False}, {"tools": [TOOL], "parallel_tool_calls": True}, {"tools": [TOOL]}),
        ({"parallel_tool_calls_default": False}, {"tools": [TOOL]}, {"tools": [TOOL], "parallel_tool_calls": True}),
        (
            {"parallel_tool_calls_default": False},
            {"tools": [TOOL], "parallel_tool_calls": False},
            {"tools": [TOOL], "parallel_tool_calls": False},
        ),
        ({"tools_need_reasoning_effort_none": True}, {"tools": [TOOL]}, {"tools": [TOOL], "reasoning_effort": "none"}),
        ({"tools_need_reasoning_effort_none": True}, {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ({}, {"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL], "tool_choice": "required"}),
        (
            {"tool_choice": frozenset({"auto", "none"})},
            {"tools": [TOOL], "tool_choice": "required"},
            {"tools": [TOOL], "tool_choice": "auto"},
        ),
        ({"tool_choice": frozenset()}, {"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL]}),
        (
            {"tool_choice": frozenset({"auto", "required"})},
            {"tools": [TOOL, OTHER], "tool_choice": NAMED},
            {"tools": [TOOL], "tool_choice": "required"},
        ),
        (
            {"thinking": "on"},
            {"tools": [TOOL], "tool_choice": "required"},
            {"tools": [TOOL], "tool_choice": "auto"},
        ),
        ({}, {"tools": [TOOL], "tool_choice": "none"}, {"tools": [TOOL], "tool_choice": "none"}),
        (
            {"tool_choice": frozenset({"auto"})},
            {"tools": [TOOL], "tool_choice": "none", "parallel_tool_calls": True},
            {},
        ),
        ({}, {"max_completion_tokens": 9}, {"max_tokens": 9}),
        ({"token_cap": "max_completion_tokens"}, {"max_tokens": 9}, {"max_completion_tokens": 9}),
        ({"token_cap": "both"}, {"max_tokens": 9}, {"max_tokens": 9, "max_completion_tokens": 9}),
        ({"token_cap": "none"}, {"max_tokens": 9}, {}),
        ({"max_output_tokens": 5}, {"max_tokens": 9}, {"max_tokens": 5}),
        ({"max_output_tokens": 5}, {}, {}),
        ({"context_tokens": 1000}, {"max_tokens": 4096}, {"max_tokens": 986}),
        ({"context_tokens": 100}, {"max_tokens": 4096}, {"max_tokens": 256}),
        ({"temperature_fixed": 1.0}, {"temperature": 0.2}, {}),
        ({"temperature_max": 1.0}, {"temperature": 1.5}, {"temperature": 1.0}),
        ({"temperature_max": 2.0, "temperature_max_exclusive": True}, {"temperature": 2}, {"temperature": 1.99}),
        ({"temperature_max": 1.0}, {"temperature": 0}, {"temperature": 0}),
        ({"temperature_above_zero": True}, {"temperature": 0}, {"temperature": 0.01}),
        ({"temperature_with_top_p": False}, {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5}),
        ({"temperature_with_top_p": False}, {"top_p": 0.9}, {"top_p": 0.9}),
        ({"temperature_above_zero": True}, {"temperature": 0.7}, {"temperature": 0.7}),
        ({}, {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ({"thinking": "always"}, {"reasoning_effort": "none", "reasoning": {"enabled": False}}, {}),
        ({"thinking": "always"}, {"reasoning": {"effort": "high"}}, {"reasoning": {"effort": "high"}}),
        ({}, {"response_format": SCHEMA}, {"response_format": SCHEMA}),
        ({"json_schema": False}, {"response_format": SCHEMA}, {"response_format": JSON_MODE}),
        ({"json_schema": False, "json_object": False}, {"response_format": SCHEMA}, {}),
        ({"json_object": False}, {"response_format": JSON_MODE}, {}),
        ({"thinking": "on"}, {"response_format": JSON_MODE}, {}),
        (
            {"thinking": "on", "json_mode_in_thinking": True},
            {"response_format": JSON_MODE},
            {"response_format": JSON_MODE},
        ),
        (
            {},
            {"stream": True, "stream_options": {"include_usage": True}},
            {"stream": True, "stream_options": {"include_usage": True}},
        ),
        ({"stream_usage": False}, {"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({}, {"stream": False, "stream_options": {"include_usage": True}}, {"stream": False}),
        ({"unsupported_parameters": frozenset({"top_k", "model"})}, {"top_k": 5, "top_p": 1}, {"top_p": 1}),
    ],
)
def test_flags_of_parameters(flags: Mapping[str, Any], fields: Any, wanted: Mapping[str, Any]) -> None:
    assert request(Profile(**flags), **fields) == wanted


@pytest.mark.parametrize(
    ("thinking", "wanted"),
    [("auto", {}), ("on", {"enable_thinking": True}), ("off", {"enable_thinking": False})],
)
def test_the_thinking_switch(thinking: str, wanted: dict[str, Any]) -> None:
    profile = Profile(thinking="on", thinking_on={"enable_thinking": True}, thinking_off={"enable_thinking": False})
    assert request(profile, thinking=thinking) == wanted


def test_the_thinking_switch_joins_what_is_there() -> None:
    profile = Profile(thinking="off", thinking_on={"chat_template_kwargs": {"enable_thinking": True}})
    given = request(profile, thinking="on", chat_template_kwargs={"other": 1})
    assert given["chat_template_kwargs"] == {"other": 1, "enable_thinking": True}


def test_tools_keep_the_effort_at_none_whatever_the_switch_says(caplog: pytest.LogCaptureFixture) -> None:
    flags = {"thinking": "off", "thinking_on": {"reasoning_effort": "medium"}}
    profile = Profile(**flags, tools_need_reasoning_effort_none=True)
    for _ in "12":
        given = request(profile, thinking="on", tools=[TOOL], tool_choice="required")
        assert given == {"tools": [TOOL], "tool_choice": "required", "reasoning_effort": "none"}
    assert [record.message for record in caplog.records] == [
        "m at http://x/v1 takes tools only with reasoning_effort none; AGENT_API=responses reasons with tools."
    ]
    assert request(profile, thinking="on") == {"reasoning_effort": "medium"}


def test_thinking_off_frees_the_choice() -> None:
    profile = Profile(thinking="on", thinking_off={"enable_thinking": False})
    given = request(profile, thinking="off", tools=[TOOL], tool_choice="required")
    assert given["tool_choice"] == "required"


@pytest.mark.parametrize(
    ("flags", "words"), [({"forbidden_tool_names": frozenset({"add"})}, "'add'"), ({"max_tools": 1}, "2 tools")]
)
def test_tools_that_cannot_be_sent_are_a_sentence(flags: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedRequestError, match=words):
        request(Profile(**flags), tools=[TOOL, OTHER])


def test_a_choice_of_none_of_the_tools_is_a_sentence() -> None:
    with pytest.raises(RefusedRequestError, match="names 'add', which is none of the tools"):
        request(Profile(tool_choice=frozenset({"auto"})), tools=[OTHER], tool_choice=NAMED)


@pytest.mark.parametrize(
    ("flags", "fields", "said"),
    [
        ({"temperature_max": 1.0}, {"temperature": 1.5}, "no higher temperature than 1.0; 1.5 is lowered"),
        ({"temperature_max": 1.0}, {"temperature": 1.0}, None),
        (
            {"parallel_tool_calls_parameter": False},
            {"tools": [TOOL], "parallel_tool_calls": False},
            "several calls may come in one reply",
        ),
        ({"parallel_tool_calls_parameter": False}, {"tools": [TOOL], "parallel_tool_calls": True}, None),
        ({"strict_tools": False}, {"tools": [STRICT]}, "does not take strict in a tool"),
        (
            {"strict_tools": False},
            {"tools": [{**TOOL, "function": {**TOOL["function"], "strict": False}}]},
            None,
        ),
        ({"json_object": False}, {"response_format": JSON_MODE}, "json_object; it is asked for in words"),
        ({"thinking": "on"}, {"response_format": JSON_MODE}, "json_object while the model thinks; it is asked for"),
        (
            {"tool_choice": frozenset({"auto"})},
            {"tools": [TOOL], "tool_choice": "none"},
            "the tools are left out of such a request instead",
        ),
    ],
)
def test_what_the_user_asked_for_is_not_changed_silently(
    flags: dict[str, Any], fields: Any, said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in "12":
        request(Profile(**flags), **fields)
    assert len(caplog.records) == (said is not None)
    assert (said or "") in caplog.text


def test_the_word_json_and_the_schema_are_given_in_words() -> None:
    def system(flags: dict[str, Any], wanted: Any) -> str:
        payload = {"model": "m", "messages": [USER], "response_format": wanted}
        shaped_ = shape_parameters(payload, Profile(**flags), thinking="auto", endpoint="m")
        return str(shaped_["messages"][0]["content"]) if len(shaped_["messages"]) > 1 else ""

    assert system({}, JSON_MODE) == "Reply in JSON."
    assert system({"json_object_needs_word": False}, JSON_MODE) == ""
    assert '{"type": "object"}' in system({"json_schema": False}, SCHEMA)
    assert system({}, SCHEMA) == ""


def test_ids_that_do_not_fit_are_told_by_others_that_no_call_has() -> None:
    def thread(*ids: str) -> list[dict[str, Any]]:
        calls = [{"id": one, "type": "function", "function": {"name": "add", "arguments": "{}"}} for one in ids]
        return [{"role": "assistant", "tool_calls": calls}, *({"role": "tool", "tool_call_id": one} for one in ids)]

    profile = Profile(call_ids="nine")
    (told,) = ids_in(fit_call_ids(thread("call_1"), profile))
    assert ids_in(fit_call_ids(thread("call_1", "call_2"), profile))[0] == told
    both = fit_call_ids(thread("call_1", told), profile)
    other, kept = ids_in(both)
    assert kept == told != other
    assert [message["tool_call_id"] for message in both[1:]] == [other, kept]
    assert thread("call_1")[0]["tool_calls"][0]["id"] == "call_1"
