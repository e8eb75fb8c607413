"""`with_structured_output` with a dict or a TypedDict, which no class checks: what does not fit is an error of ours."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any, Final, Literal, Optional

import pytest
from pydantic import SecretStr
from typing_extensions import TypedDict

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import BrokenReplyError
from graph.testing import Call, EmulatedEndpoint, Reply


class Named(TypedDict):
    """What has a name."""

    name: str


class Port(Named, total=False):
    """A port."""

    depth_m: int


class Voyage(TypedDict):
    """A voyage."""

    ship: str
    crew: Optional[int]  # noqa: UP045 - as users write it
    ports: list[Port]


PROPERTIES: Final = {
    "ship": {"type": "string"},
    "crew": {"type": ["integer", "null"]},
    "ports": {"type": "array", "items": {"$ref": "#/$defs/port"}},
}
PORT: Final = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
BARE: Final = {
    "type": "object",
    "properties": PROPERTIES,
    "required": ["ship", "crew", "ports"],
    "$defs": {"port": PORT},
}
SCHEMAS: Final = {
    "JSON Schema": {"title": "Voyage", "description": "A voyage.", **BARE},
    "OpenAI's function": {"name": "Voyage", "description": "A voyage.", "parameters": BARE},
    "TypedDict": Voyage,
}
METHODS: Final = ("json_schema", "json_mode", "function_calling")
FITS: Final = ('{"ship": "A", "crew": 3, "ports": [{"name": "B"}]}', '{"ship": "A", "crew": null, "ports": []}')
FITS_NOT: Final = {
    '{"foo": "bar"}': "'ship' is a required property",
    '{"ship": 5, "crew": 3, "ports": []}': r"\$\.ship: 5 is not of type 'string'",
    '{"ship": "A", "crew": 3, "ports": [{"name": 1}]}': r"\$\.ports\[0\]\.name: 1 is not of type 'string'",
    "[1, 2]": None,
    "7": None,
    "true": None,
}

given = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
by = pytest.mark.parametrize("method", METHODS)


def model_at(endpoint: EmulatedEndpoint, **fields: Any) -> ChatEndpoint:
    key = SecretStr(endpoint.api_key)
    return ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=key, max_tokens=256, **fields)


def saying(text: str) -> Any:
    """A model that says so, in a call if it is offered one."""

    def reply(request: Any) -> Reply:
        return Reply(calls=[Call("Voyage", text)]) if request.tools else Reply(text)

    return reply


def asked(runnable: Any, how: Literal["invoke", "ainvoke", "stream", "astream"]) -> Any:
    async def pieces() -> list[Any]:
        return [piece async for piece in runnable.astream("As JSON?")]

    match how:
        case "invoke":
            return runnable.invoke("As JSON?")
        case "ainvoke":
            return asyncio.run(runnable.ainvoke("As JSON?"))
        case "stream":
            return list(runnable.stream("As JSON?"))[-1]
        case "astream":
            return asyncio.run(pieces())[-1]


@given
@by
@pytest.mark.parametrize("text", FITS, ids=["whole", "null"])
def test_what_fits_comes_as_it_is(text: str, method: Any, schema: Any) -> None:
    with EmulatedEndpoint("dashscope", saying(text)) as endpoint:
        found = model_at(endpoint).with_structured_output(schema, method=method).invoke("As JSON?")
    assert found["ship"] == "A"


@given
@by
@pytest.mark.parametrize(("text", "why"), FITS_NOT.items(), ids=FITS_NOT)
def test_what_does_not_fit_is_an_error_that_says_where(text: str, why: str | None, method: Any, schema: Any) -> None:
    with EmulatedEndpoint("vllm-0.32", saying(text)) as endpoint:
        runnable = model_at(endpoint).with_structured_output(schema, method=method)
        with pytest.raises(BrokenReplyError, match=why):
            runnable.invoke("As JSON?")


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
@pytest.mark.parametrize("raw", [False, True], ids=["object", "raw"])
@by
def test_it_is_checked_in_every_way_to_ask(method: Any, how: Any, *, raw: bool) -> None:
    with EmulatedEndpoint("deepseek-v4", saying('{"foo": "bar"}')) as endpoint:  # which takes no json_schema
        runnable = model_at(endpoint).with_structured_output(SCHEMAS["JSON Schema"], method=method, include_raw=raw)
        if raw:
            assert list(runnable.stream("As JSON?"))[-1].keys() <= {"parsed", "parsing_error", "raw"}
            found = runnable.invoke("As JSON?") if "a" not in how else asyncio.run(runnable.ainvoke("As JSON?"))
            assert isinstance(found["parsing_error"], BrokenReplyError)
            assert found["parsed"] is None
        else:
            with pytest.raises(BrokenReplyError, match="'ship' is a required property"):
                asked(runnable, how)


class Pair(TypedDict):
    """A pair."""

    both: tuple[int, str]


LETTERS: Final = {
    "title": "A",
    "description": "A.",
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^\\p{L}+$"}},
    "patternProperties": {"^\\p{L}$": {"type": "string"}},
    "additionalProperties": False,
}


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
@pytest.mark.parametrize(("schema", "text"), [(Pair, '{"both": [1, "a"]}'), (LETTERS, '{"name": "Al"}')])
def test_what_cannot_be_judged_is_not_refused(schema: Any, text: str, method: Any) -> None:
    with EmulatedEndpoint("vllm-0.32", saying(text)) as endpoint:
        runnable = model_at(endpoint).with_structured_output(schema, method=method)
        assert runnable.invoke("As JSON?") == json.loads(text)


def test_what_is_no_schema_is_said_before_anything_is_sent() -> None:
    wrong = {"title": "A", "type": "object", "properties": {"a": {"type": "string", "required": True}}}
    with EmulatedEndpoint("openai", []) as endpoint:
        with pytest.raises(ValueError, match=r"no JSON Schema: \$\.properties\.a\.required: True is not of type"):
            model_at(endpoint).with_structured_output(wrong)
        assert not endpoint.requests


@pytest.mark.parametrize("place", ["#/$defs/nowhere", "{base}/schema.json"])
def test_what_a_schema_refers_to_elsewhere_is_not_fetched(place: str) -> None:
    with EmulatedEndpoint("vllm-0.32", saying('{"a": 1}')) as endpoint:
        schema = {"title": "A", "type": "object", "properties": {"a": {"$ref": place.format(base=endpoint.base_url)}}}
        runnable = model_at(endpoint).with_structured_output(schema, method="json_mode")
        with pytest.raises(BrokenReplyError, match="refers to what is not in it"):
            runnable.invoke("As JSON?")
        assert len(endpoint.requests) == 1


def test_the_library_is_loaded_by_those_who_need_it() -> None:
    code = "import sys, graph; print('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
