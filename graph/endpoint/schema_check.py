"""Whether an object fits the schema that was asked for, where no pydantic class reads it: a dict or a TypedDict."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from typing_extensions import get_type_hints, is_typeddict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_CHARS: Final = 300
"""How much of a fault is told: it quotes the value, which may be long."""


_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""What LangChain converts a type to, by pydantic's v1: a tuple's `items` is a list, which later drafts do not have."""

_BY_PATTERN: Final = ("pattern", "patternProperties", "additionalProperties", "unevaluatedProperties")


def schema_of(wanted: Any) -> dict[str, Any] | None:
    """The JSON Schema of what `with_structured_output` was given; None where a class checks it, or nothing was given.

    Args:
        wanted: a JSON Schema, a function or response format of OpenAI's, a TypedDict, a pydantic class, or None.

    Raises:
        ValueError: it is no JSON Schema.
    """
    if wanted is None or (isinstance(wanted, type) and is_basemodel_subclass(wanted)):
        return None
    from jsonschema import FormatChecker, SchemaError  # noqa: PLC0415 - only who gives a schema pays for it

    schema = _bare(wanted) if isinstance(wanted, dict) else _of_type(wanted)
    try:
        # No formats: a regular expression of ECMA-262 need not be one of Python's.
        _kind(schema).check_schema(schema, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        msg = f"the schema is no JSON Schema: {_told(error.json_path, error.message)}"
        raise ValueError(msg) from None
    return schema


def check_fits(found: Any, schema: Mapping[str, Any]) -> None:
    """Check an object; what a schema refers to elsewhere is not fetched.

    Raises:
        ValueError: it does not fit; the sentence says where.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    validator = _forgiving(_kind(schema))(schema, registry=Registry())
    try:
        fault = best_match(validator.iter_errors(found))
    except Unresolvable as error:
        msg = f"the schema refers to what is not in it ({error})"
        raise ValueError(msg) from None
    if fault is not None:
        raise ValueError(_told(fault.json_path, fault.message))


def _bare(wanted: dict[str, Any]) -> dict[str, Any]:
    """A schema without what OpenAI's forms put around it."""
    for key in ("json_schema", "function"):
        if wanted.get("type") == key and isinstance(wanted.get(key), dict):
            wanted = wanted[key]
    inner = next((wanted[key] for key in ("schema", "parameters") if "name" in wanted and key in wanted), wanted)
    return inner if isinstance(inner, dict) else wanted


def _of_type(wanted: Any) -> dict[str, Any]:
    """The schema that is asked for of a TypedDict, with what the type allows beyond it."""
    asked: dict[str, Any] = convert_to_openai_tool(wanted)["function"].get("parameters", {})
    return {"$schema": _DIALECT, **_allowing(asked, wanted)}


def _allowing(schema: dict[str, Any], hint: Any) -> dict[str, Any]:
    """A schema that lets keys be missing and values be null where a type does; LangChain's conversion forgets both."""
    if len(alone := schema.get("allOf", ())) == 1:  # what has a description of its own
        return {**schema, "allOf": [_allowing(alone[0], hint)]}
    if is_typeddict(hint):
        hints, properties = get_type_hints(hint), schema.get("properties", {})
        allowed = {name: _allowing(one, hints.get(name)) for name, one in properties.items()}
        required = [name for name in schema.get("required", ()) if name in hint.__required_keys__]
        return {**schema, "properties": allowed, "required": required}
    if get_origin(hint) in {Union, UnionType, Literal}:
        inner = [one for one in get_args(hint) if one is not None and one is not NoneType]
        allowed = schema if get_origin(hint) is Literal else _of_union(schema, inner)
        return {"anyOf": [allowed, {"type": "null"}]} if len(inner) < len(get_args(hint)) else allowed
    return _of_collection(schema, get_args(hint))


def _of_union(schema: dict[str, Any], hints: list[Any]) -> dict[str, Any]:
    """The schema of one of several types, of which null is none."""
    if len(hints) == 1:
        return _allowing(schema, hints[0])
    return {**schema, "anyOf": _each(schema["anyOf"], hints)} if isinstance(schema.get("anyOf"), list) else schema


def _of_collection(schema: dict[str, Any], hints: tuple[Any, ...]) -> dict[str, Any]:
    """The schema of a list, a set, a tuple or a dict, by the types of what is in it."""
    items, values = schema.get("items"), schema.get("additionalProperties")
    if hints and isinstance(items, dict):
        return {**schema, "items": _allowing(items, hints[0])}
    if isinstance(items, list):
        return {**schema, "items": _each(items, hints)}
    if hints and isinstance(values, dict):
        return {**schema, "additionalProperties": _allowing(values, hints[-1])}
    return schema


def _each(schemas: list[dict[str, Any]], hints: Sequence[Any]) -> list[dict[str, Any]]:
    """Each schema by its own type; as they are if they do not go together."""
    if len(schemas) != len(hints):
        return schemas
    return [_allowing(one, hint) for one, hint in zip(schemas, hints, strict=True)]


def _kind(schema: Mapping[str, Any]) -> Any:
    """The validator for the draft that a schema names, else for the newest."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above
    from jsonschema.validators import validator_for  # noqa: PLC0415

    return validator_for(schema, default=Draft202012Validator)


def _forgiving(kind: Any) -> Any:
    """A validator that does not judge by a pattern that Python's `re` cannot read."""
    from jsonschema.validators import extend  # noqa: PLC0415 - as above

    def judged(check: Any) -> Any:
        def checked(*given: Any) -> Any:
            try:
                yield from check(*given) or ()
            except re.error:
                return

        return checked

    judges = {name: judged(kind.VALIDATORS[name]) for name in _BY_PATTERN if name in kind.VALIDATORS}
    return extend(kind, judges)  # type: ignore[no-untyped-call] # the library has no types


def _told(path: str, message: str) -> str:
    shown = message if len(message) <= _MOST_CHARS else f"{message[:_MOST_CHARS]} …"
    return f"{path}: {shown}"
