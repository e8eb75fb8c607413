"""Calls in an object whose keys or whose brackets no model was trained to write, and whether arguments fit a tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graph.endpoint.recovery.loose_values import read_loosely
from graph.endpoint.recovery.results import RecoveredCall
from graph.endpoint.recovery.situation import is_placeholder
from graph.endpoint.recovery.toolbox import ARGUMENT_KEYS, LABEL_KEYS, NAME_KEYS, read_items, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graph.endpoint.recovery.toolbox import Toolbox

Named: TypeAlias = "tuple[str, str]"
"""A bound tool, and JSON text of arguments that fit it; no text, where they do not or cannot be read."""

_NAME_KEYS: Final = (*NAME_KEYS, "recipient_name", "recipient", "method", "call")
HOLDERS: Final = (
    "tool_calls", "tool_call", "function_call", "function_calls", "tool_uses", "tool_use", "calls", "call", "actions",
    "action", "tools", "tool", "functions", "function", "steps", "use_tool",
)  # fmt: skip
"""Keys under which calls stand."""

_MAX_DEPTH: Final = 4
_NAMED: Final = re.compile(
    r"""["“”']?\b(?:name|tool|function|action)["“”']?\s*[:：=]\s*["“”'](?P<name>[\w.\-]+)["“”']"""
)
_GIVEN: Final = re.compile(rf"""["“”']?\b(?:{"|".join(ARGUMENT_KEYS)})["“”']?\s*[:：=]\s*\{{""")
_PLACEHOLDER: Final = re.compile(r"\.\.\.|…|<")


def fit(tools: Toolbox, name: str, arguments: Any, unnamed: list[Any] | None = None) -> Named | None:
    """A call, if its arguments are whole and of the types that the tool has.

    Args:
        tools: the bound tools.
        name: a bound name.
        arguments: by their names, as an object or text of one.
        unnamed: those that were written without one.
    """
    keys = list(tools.schema(name).get("properties") or ())
    if unnamed and len(unnamed) == 1 and isinstance(unnamed[0], dict) and not arguments:
        if whole := fit(tools, name, unnamed[0]):
            return whole
    elif unnamed and (len(unnamed) > len(keys) or arguments.keys() & keys[: len(unnamed)]):
        return None
    if unnamed:
        arguments = {**dict(zip(keys, unnamed, strict=False)), **arguments}
    call = tools.call(name, arguments, "", "lookalike")
    if not isinstance(call, RecoveredCall) or not isinstance(value := call.value, dict):
        return None
    typed = {key: tools.type_argument(name, key, one) if isinstance(one, str) else one for key, one in value.items()}
    return (name, to_json(typed)) if tools.fits(name, to_json(typed)) else None


def find_objects(text: str, at: int, tools: Toolbox) -> tuple[tuple[Named, ...], int]:
    """The calls in the object or the list that begins at a place, and the position after it.

    Args:
        text: the text.
        at: where the bracket stands.
        tools: the bound tools.
    """
    if read := read_loosely(text, at):
        return tuple(_calls_in(read[0], tools, 0)), read[1]
    named = _NAMED.search(text, at)  # braces with a tool's name, plainly, that no reading brings in order
    name = tools.resolve(named["name"]) if named else None
    plain = name and text.rstrip("` \n")[-1:] in {"}", "]"} and _GIVEN.search(text, at)
    return (((name, ""),) if name and plain and not _PLACEHOLDER.search(text, at) else ()), len(text)


def _calls_in(value: Any, tools: Toolbox, depth: int) -> Iterator[Named]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for one in value:
            yield from _calls_in(one, tools, depth + 1)
    if not isinstance(value, dict):
        return
    if calls := list(_read_object(value, tools)):
        yield from calls
        return
    for key in HOLDERS:
        if isinstance(value.get(key), (dict, list)):
            yield from _calls_in(value[key], tools, depth + 1)


def _read_object(value: Mapping[str, Any], tools: Toolbox) -> Iterator[Named]:
    """The calls that an object is: name and arguments side by side or flat, or each name a key."""
    key = next((one for one in _NAME_KEYS if isinstance(value.get(one), str)), None)
    if key is not None:
        name = tools.resolve(value[key])
        beside = next((value[one] for one in ARGUMENT_KEYS if one in value), None)
        flat = {one: given for one, given in value.items() if one != key and one not in LABEL_KEYS}
        if name and (call := (beside is not None and _given(tools, name, beside)) or (flat and fit(tools, name, flat))):
            yield call
        elif name and beside and isinstance(beside, dict) and len(flat) == 1 and not is_placeholder(beside):
            yield name, ""  # nothing but a name and arguments, though not the tool's
    elif read := read_items(value, keyed=True):
        bound = [(tools.resolve(name), arguments) for name, arguments, _ in read]
        calls = [fit(tools, name, arguments) for name, arguments in bound if name]
        if len(calls) == len(read):
            yield from (call for call in calls if call)


def _given(tools: Toolbox, name: str, arguments: Any) -> Named | None:
    if isinstance(arguments, list):
        return fit(tools, name, {}, arguments)
    return fit(tools, name, arguments) if isinstance(arguments, (dict, str)) else None
