"""The bound tools, and what makes a name and arguments a call to one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graph.endpoint.recovery.coercion import fits, type_text
from graph.endpoint.recovery.results import BrokenCall, Call, RecoveredCall
from graph.endpoint.recovery.source import MalformedError
from graph.endpoint.recovery.values import parse_whole

NAME_KEYS = ("name", "tool_name", "function_name", "function", "tool", "action")
ARGUMENT_KEYS = ("arguments", "parameters", "args", "params", "input", "tool_input", "action_input")
LABEL_KEYS = frozenset({"type", "id", "index", "call_id", "tool_call_id"})
"""Keys beside name and arguments that carry nothing a call needs."""

_DOUBLED_KEYS = frozenset({"arguments", "parameters", "input", "properties"})
WRAPPER_KEYS = ("tool_calls", "function_call")
_PREFIXES = ("functions.", "default_api.", "tools.")
"""Namespaces that templates put before a name: gpt-oss and Kimi `functions.`, Gemini and Gemma `default_api.`."""


class Toolbox:
    """What is bound, by name: the JSON Schema of each tool's parameters."""

    def __init__(self, tools: Mapping[str, Mapping[str, Any]]) -> None:
        self._tools = tools

    def __bool__(self) -> bool:
        return bool(self._tools)

    def resolve(self, name: str) -> str | None:
        """The bound name that a written name stands for."""
        name = name.strip()
        if name in self._tools:
            return name
        for prefix in _PREFIXES:
            if (bare := name.removeprefix(prefix)) != name and bare in self._tools:
                return bare
        head, _, tail = name.partition(".")  # Muse Glimmer's template doubles a name that has no namespace
        return head if head == tail and head in self._tools else None

    def may_become(self, start: str) -> bool:
        """Whether a name that was cut off may have been going to be a bound one."""
        return bool(start) and any(name.startswith(start) for name in self._tools)

    def may_become_written(self, start: str) -> bool:
        """The same of a name as models write it, perhaps with a namespace before it."""
        prefix = next((prefix for prefix in _PREFIXES if start.startswith(prefix)), "")
        return any(each.startswith(start) for each in _PREFIXES) or self.may_become(start.removeprefix(prefix))

    def has_argument(self, name: str, key: str) -> bool:
        """Whether a tool, by its bound name, has a parameter of that name."""
        return key in ((self._tools.get(name) or {}).get("properties") or {})

    def schema(self, name: str) -> Mapping[str, Any]:
        """The JSON Schema of a bound tool's parameters."""
        return self._tools[name]

    def type_argument(self, name: str, key: str, text: str, *, hint: str | None = None) -> Any:
        """Type one argument that was written as plain text (as it is for a tool that is not bound)."""
        if name not in self._tools:
            return text
        root = self._tools[name]
        properties = root.get("properties") or {}
        if key in properties:
            return type_text(text, properties[key], root, hint=hint)
        extra = root.get("additionalProperties")
        return type_text(text, extra if isinstance(extra, Mapping) else {}, root, hint=hint)

    def unknown_keys(self, name: str, arguments: Mapping[str, Any]) -> set[str]:
        """The keys that the tool does not have."""
        schema = self._tools[name]
        if schema.get("additionalProperties"):
            return set()
        return set(arguments) - set(schema.get("properties") or {})

    def missing_keys(self, name: str, arguments: Mapping[str, Any]) -> set[str]:
        """The keys that the tool requires and the call does not give."""
        return set(self._tools[name].get("required") or ()) - set(arguments)

    def fits(self, name: str, arguments: str) -> bool:
        """Whether arguments, as JSON text, have the keys and the types that a tool by its bound name wants."""
        value, schema = json.loads(arguments), self._tools[name]
        properties = schema.get("properties") or {}
        whole = not self.unknown_keys(name, value) and not self.missing_keys(name, value)
        return whole and all(fits(value[key], properties[key], schema) for key in value.keys() & properties.keys())

    def keyed(self, name: str, values: list[Any]) -> dict[str, Any] | None:
        """Arguments that were written without names, where it is clear which they are; the name is the bound one."""
        schema = self._tools[name]
        properties = schema.get("properties") or {}
        required = [key for key in schema.get("required") or () if key in properties]
        keys = required if len(required) == 1 else list(properties)
        if len(values) != 1 or len(keys) != 1 or not fits(values[0], properties[keys[0]], schema):
            return None
        return {keys[0]: values[0]}

    def call(self, name: str, arguments: Any, raw: str, convention: str) -> Call:
        """Make a call out of a name and arguments, or say why it cannot be trusted.

        Args:
            name: as the model wrote it.
            arguments: an object, JSON text of one, or None for none.
            raw: the markup, for the broken one.
            convention: which way of writing it was.
        """
        bound = self.resolve(name)
        if bound is None:
            there_are = ", ".join(sorted(self._tools))
            return BrokenCall(name, raw, f"the tool {name!r} is unknown; there are: {there_are}", convention)
        value = arguments
        if isinstance(value, str):
            try:
                value = parse_whole(value) if value.strip() else None
            except MalformedError as error:
                return BrokenCall(bound, raw, f"the arguments are text that is no JSON object: {error}", convention)
        if value is None:
            if required := self.missing_keys(bound, {}):
                names = ", ".join(sorted(required))
                return BrokenCall(bound, raw, f"the call has no arguments, and the tool requires: {names}", convention)
            value = {}
        if not isinstance(value, dict):
            return BrokenCall(bound, raw, "the arguments are not an object", convention)
        value = self._unwrap(bound, value)
        if value and self._tools[bound].get("properties") and len(self.unknown_keys(bound, value)) == len(value):
            names = ", ".join(sorted(value))
            return BrokenCall(bound, raw, f"the tool has none of the arguments given: {names}", convention)
        return RecoveredCall(bound, to_json(value), convention)

    def _unwrap(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments that stand once more in an object of their own, under a key that is no parameter of the tool.

        Met by vLLM with DeepSeek V3.2 and V4, and with MiniCPM 5 (see `table`); models that mix two conventions write
        the tool's name beside it, too.
        """
        unknown = self.unknown_keys(name, arguments)
        if len(unknown) != len(arguments):
            return arguments
        inner: Any = None
        if len(arguments) == 1:
            (key, inner), *_ = arguments.items()
            inner = inner if key in _DOUBLED_KEYS else None
        elif (read := read_items(arguments)) and len(read) == 1 and self.resolve(read[0][0]) == name:
            inner = None if read[0][2] else read[0][1]
        if isinstance(inner, str):
            try:
                inner = parse_whole(inner, "python")
            except MalformedError:
                return arguments
        fits = isinstance(inner, dict) and not self.unknown_keys(name, inner) and not self.missing_keys(name, inner)
        return inner if fits else arguments


def to_json(value: Any) -> str:
    """Canonical JSON text; characters stay readable, except a lone surrogate, which no UTF-8 can carry."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def read_items(item: Any, *, keyed: bool = False) -> list[tuple[str, Any, frozenset[str]]] | None:
    """The names and arguments in a JSON value, in any of the shapes that are in use; None if it is no call.

    Shapes: `{"name": …, "arguments": …}` and its sisters in other words, `{"type": "function", "function": {…}}`,
    `{"tool_calls": […]}`, `{"function_call": {…}}`, and, when `keyed`, `{"<name>": {…}}`.

    Args:
        item: a JSON value.
        keyed: read each key as a name and its value as the arguments.

    Returns:
        For each call its name, its arguments and the keys that belong to neither.
    """
    if not isinstance(item, dict) or not item:
        return None
    for wrapper in WRAPPER_KEYS:
        if wrapper in item:
            inner = item[wrapper] if isinstance(item[wrapper], list) else [item[wrapper]]
            found = [read_items(each) for each in inner]
            return [call for calls in found if calls for call in calls] if all(found) and found else None
    if isinstance(item.get("function"), dict) and not item.keys() - LABEL_KEYS - {"function"}:
        return read_items(item["function"])
    names = [key for key in NAME_KEYS if isinstance(item.get(key), str)]
    arguments = [key for key in ARGUMENT_KEYS if key in item]
    if names and len(arguments) <= 1 and (arguments or not keyed):
        used = {names[0], *arguments}
        return [(item[names[0]], item[arguments[0]] if arguments else None, frozenset(item.keys() - used - LABEL_KEYS))]
    if keyed and all(isinstance(value, dict) for value in item.values()):
        return [(name, value, frozenset()) for name, value in item.items()]
    return None
