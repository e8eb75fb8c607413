from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.endpoint.recovery import recover
from graph.endpoint.recovery.coercion import type_text
from graph.endpoint.recovery.source import MalformedError
from graph.endpoint.recovery.values import parse_whole

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_json_is_read_as_it_is(value: Any, ascii_only: bool, indent: int | None) -> None:
    assert parse_whole(json.dumps(value, ensure_ascii=ascii_only, indent=indent)) == value


@settings(deadline=None)
@given(JSON)
def test_python_literals_are_read_as_they_are(value: Any) -> None:
    assert parse_whole(repr(value), "python") == value


@settings(deadline=None)
@given(JSON)
def test_a_part_of_an_object_is_never_one(value: Any) -> None:
    text = json.dumps({"a": value})
    for end in range(len(text)):
        with pytest.raises(MalformedError):
            parse_whole(text[:end])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': True, 'b': None,}", {"a": True, "b": None}),
        ('{"a": "x\ny"}', {"a": "x\ny"}),
        (r'{"a": "it\'s"}', {"a": "it's"}),
        (r"{'a': 'it\'s'}", {"a": "it's"}),
        ("[1, 2,]", [1, 2]),
    ],
)
def test_slips_that_mean_one_thing(text: str, value: Any) -> None:
    assert parse_whole(text) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "say "hi""}', '{"a": "\\d"}', "{a: 1}", '{"a": 007}', '{"a": 1e999}', '{"a": NaN}', '{"a": ...}',
        '{"a" 1}',
        '{"a": 1 "b": 2}', '{"a": 1, "a": 2}', "[1 2]", "{'a': 'it's'}", "", "word", '{"a": 1} x', '{"a": --1}',
    ],
)  # fmt: skip
def test_what_would_be_a_guess(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_whole(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'a\n\x41\u4e2d\101\d'", "a\nA中A\\d"),
        ('"""a "quoted" text"""', 'a "quoted" text'),
        ("(1, 2)", [1, 2]),
        ("''", ""),
        ("True", True),
    ],
)
def test_python(text: str, value: Any) -> None:
    assert parse_whole(text, "python") == value


ROOT: dict[str, Any] = {
    "$defs": {
        "Count": {"type": "integer"},
        "Loop": {"$ref": "#/$defs/Loop"},
        "Unit": {"enum": ["km", "mi"]},
        "a/b": {"type": "boolean"},
    },
    "definitions": {"Old": {"type": "number"}},
}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("3", {"type": "integer"}, 3),
        (" 3\n", {"type": "integer"}, 3),
        ("3.0", {"type": "integer"}, 3),
        ("3.5", {"type": "integer"}, "3.5"),
        ("three", {"type": "integer"}, "three"),
        ("3", {"type": "number"}, 3),
        ("-2.5e3", {"type": "number"}, -2500.0),
        ("True", {"type": "boolean"}, True),
        ("false", {"type": "boolean"}, False),
        ("3", {"type": "string"}, "3"),
        ("01234", {"type": "string"}, "01234"),
        ("01234", {"type": ["integer", "string"]}, "01234"),
        ("1234", {"type": ["integer", "string"]}, 1234),
        (" padded ", {"type": "string"}, " padded "),
        ("true", {"type": "string"}, "true"),
        ("null", {"type": "string"}, "null"),
        ("null", {"type": ["string", "null"]}, None),
        ("None", {"anyOf": [{"type": "string"}, {"type": "null"}]}, None),
        ("null", {"type": "string", "nullable": True}, None),
        ("text", {"type": ["string", "null"]}, "text"),
        ('["a", 1]', {"type": "array"}, ["a", 1]),
        ("['a', 1]", {"items": {}}, ["a", 1]),
        ('{"a": 1}', {"type": "object"}, {"a": 1}),
        ('{"a": 1}', {"properties": {"a": {}}}, {"a": 1}),
        ('{"a": 1}', {"type": "string"}, '{"a": 1}'),
        ('{"a": 1', {"type": "object"}, '{"a": 1'),
        ('{"a": 1}', {}, {"a": 1}),
        ("3", {}, "3"),
        ("3", True, "3"),
        ("2", {"enum": [1, 2]}, 2),
        ("2", {"enum": ["1", "2"]}, "2"),
        ("km\n", {"$ref": "#/$defs/Unit"}, "km"),
        ("3", {"const": 3}, 3),
        ("null", {"enum": ["a", None]}, None),
        ("3", {"$ref": "#/$defs/Count"}, 3),
        ("true", {"$ref": "#/$defs/a~1b"}, True),
        ("3.5", {"$ref": "#/definitions/Old"}, 3.5),
        ("3", {"allOf": [{"$ref": "#/$defs/Count"}]}, 3),
        ("3", {"oneOf": [{"type": "array"}, {"type": "integer"}]}, 3),
        ("3", {"$ref": "#/$defs/Loop"}, "3"),
        ("3", {"$ref": "#/$defs/Nowhere"}, "3"),
    ],
)
def test_texts_are_typed_by_the_schema(text: str, schema: Any, value: Any) -> None:
    found = type_text(text, schema, ROOT)
    assert found == value
    assert type(found) is type(value)


def test_arguments_are_canonical_json() -> None:
    tools = {"say": {"type": "object", "properties": {"text": {"type": "string"}}}}
    call = recover('<tool_call>{"name":"say","arguments":{"text":"\\u4f60é"}}</tool_call>', tools).calls[0]
    assert call.arguments == '{"text": "你é"}'
    lone = recover('<tool_call>{"name":"say","arguments":{"text":"\\ud800"}}</tool_call>', tools).calls[0]
    assert lone.arguments == '{"text": "\\ud800"}'


def test_extra_keys_where_the_schema_takes_them() -> None:
    tools = {"say": {"type": "object", "additionalProperties": {"type": "integer"}}}
    assert recover('{"name": "say", "arguments": {"n": 1}}', tools).calls[0].arguments == '{"n": 1}'
    xml = recover("<function=say><parameter=n>1</parameter></function>", tools)
    assert xml.calls[0].arguments == '{"n": 1}'
