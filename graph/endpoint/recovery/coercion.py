"""Values that a convention carries as plain text, typed by the tool's JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from graph.endpoint.recovery.source import MalformedError
from graph.endpoint.recovery.values import parse_whole, scalar

Schema = Mapping[str, Any]

_MAX_REFS = 12
_JSON_TYPES = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})


def type_text(text: str, schema: Any, root: Schema, *, hint: str | None = None) -> Any:
    """Type a text by a schema: `"3"` is 3 where an integer is wanted, and stays a string where a string is.

    With several types allowed, the strictest that fits wins and a string is the last; a text that fits none of them (or
    has no schema and is no JSON container) stays as it is, for the tool's own validation to judge.

    Args:
        text: what the model wrote between the tags.
        schema: the parameter's schema; `$ref`, `anyOf`, `oneOf`, `allOf`, `enum`, `const`, `nullable` are followed.
        root: the schema that `$ref` points into (`#/$defs/…`).
        hint: the JSON type that the model wrote beside the value; it decides where the schema leaves a choice.
    """
    types, allowed = _read_schema(schema, root, 0)
    if hint in _JSON_TYPES and (hint in types or not types):
        types = frozenset({hint})
    bare = text.strip()
    if allowed is not None:
        for value in (text, bare):
            if value in allowed:
                return value
        for value in allowed:
            if not isinstance(value, str) and json.dumps(value) == (bare.lower() if value is None else bare):
                return value
    if not types:
        types = frozenset({"array", "object", "string"})
    for kind in ("null", "boolean", "integer", "number", "array", "object"):
        if kind in types and (found := _as(kind, bare)) is not _UNFIT:
            return found
    return text


_KINDS: tuple[tuple[type | tuple[type, ...], frozenset[str]], ...] = (
    (bool, frozenset({"boolean"})),
    (int, frozenset({"integer", "number"})),
    (float, frozenset({"number"})),
    (list, frozenset({"array"})),
    (dict, frozenset({"object"})),
    (str, frozenset({"string"})),
)


def fits(value: Any, schema: Any, root: Schema) -> bool:
    """Whether a value is of a type that a schema allows, or a text that can be typed so."""
    types, allowed = _read_schema(schema, root, 0)
    if allowed is not None:
        return value in allowed
    kinds = next((kinds for kind, kinds in _KINDS if isinstance(value, kind)), frozenset({"null"}))
    return not types or bool(kinds & types) or (isinstance(value, str) and type_text(value, schema, root) != value)


_UNFIT = object()


def _as(kind: str, text: str) -> Any:
    """The text as a value of a JSON type, or `_UNFIT`."""
    if kind in {"array", "object"}:
        return _container(text, "[" if kind == "array" else "{")
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), _UNFIT)
    try:
        value = scalar(text)
    except ValueError:
        return _UNFIT
    if kind == "null":
        return None if value is None else _UNFIT
    if isinstance(value, bool) or value is None or (kind == "integer" and value != int(value)):
        return _UNFIT
    return int(value) if kind == "integer" else value


def _container(text: str, opener: str) -> Any:
    try:
        return parse_whole(text) if text.startswith(opener) else _UNFIT
    except MalformedError:
        return _UNFIT


def _read_schema(schema: Any, root: Schema, depth: int) -> tuple[frozenset[str], list[Any] | None]:
    """The JSON types that a schema allows, and its values if it lists them."""
    if not isinstance(schema, Mapping) or depth > _MAX_REFS:
        return frozenset(), None
    types: set[str] = set()
    allowed: list[Any] | None = None
    if isinstance(schema.get("$ref"), str):
        types_, allowed = _read_schema(_follow(schema["$ref"], root), root, depth + 1)
        types |= types_
    declared = schema.get("type")
    types |= {name for name in ([declared] if isinstance(declared, str) else declared or []) if name in _JSON_TYPES}
    if schema.get("nullable") is True:
        types.add("null")
    if isinstance(schema.get("enum"), list):
        allowed = [*(allowed or []), *schema["enum"]]
    if "const" in schema:
        allowed = [*(allowed or []), schema["const"]]
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(keyword) or ():
            types_, allowed_ = _read_schema(branch, root, depth + 1)
            types |= types_
            allowed = allowed if allowed_ is None else [*(allowed or []), *allowed_]
    if not types:
        types |= {"object"} if "properties" in schema else {"array"} if "items" in schema else set()
    return frozenset(types), allowed


def container_of(schema: Any, root: Schema) -> str | None:
    """`"array"` or `"object"` if the schema allows no text, the first of both if it allows both; None if it does."""
    types, allowed = _read_schema(schema, root, 0)
    if "string" in types or allowed is not None:
        return None
    return "array" if "array" in types else "object" if "object" in types else None


def child_schema(schema: Any, root: Schema, key: str | None) -> Any:
    """The schema of an object's property, or (`key` is None) of an array's items; `{}` if none is given."""
    for branch in _branches(schema, root, 0):
        if key is None:
            if "items" in branch:
                return branch["items"]
            continue
        properties = branch.get("properties")
        if isinstance(properties, Mapping) and key in properties:
            return properties[key]
        if isinstance(branch.get("additionalProperties"), Mapping):
            return branch["additionalProperties"]
    return {}


def _branches(schema: Any, root: Schema, depth: int) -> Iterator[Schema]:
    """The schema and what it refers to or is made of."""
    if not isinstance(schema, Mapping) or depth > _MAX_REFS:
        return
    yield schema
    if isinstance(schema.get("$ref"), str):
        yield from _branches(_follow(schema["$ref"], root), root, depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(keyword) or ():
            yield from _branches(branch, root, depth + 1)


def _follow(reference: str, root: Schema) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part.replace("~1", "/").replace("~0", "~"))
    return found
