"""The arguments of a call as the text that came: whether it is whole, what it says, and how to keep it as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from graph.endpoint.json_text import load_strictly

_OPEN, _CLOSE = "{[", "}]"

DEEPEST: Final = 100
"""Levels of nesting, at most: what stores a thread (msgpack) and what reads it again give up at some hundreds."""


@dataclass(slots=True)
class Wholeness:
    """Whether the text so far is one whole JSON object: counted as it comes, since each piece is read only once."""

    depth: int = 0
    in_string: bool = False
    escaped: bool = False
    closed: bool = False

    def feed(self, text: str) -> None:
        """Take in a piece."""
        for char in text:
            if self.in_string:
                if self.escaped:
                    self.escaped = False
                elif char == "\\":
                    self.escaped = True
                elif char == '"':
                    self.in_string = False
            elif char == '"':
                self.in_string = True
            elif char in _OPEN:
                self.depth += 1
            elif char in _CLOSE:
                self.depth -= 1
                self.closed = self.closed or self.depth == 0


def argument_text(value: object) -> str:
    """Arguments as text: some endpoints send an object instead of its text, or a list, which `read` refuses."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "[" * (DEEPEST + 1)


def is_nothing(arguments: object) -> bool:
    """Whether no arguments came: none at all, or blanks."""
    return arguments is None or (isinstance(arguments, str) and not arguments.strip())


def is_whole(text: str) -> bool:
    """Whether raw arguments are the whole text of an object (nothing at all is an object without members)."""
    return not read(text)[1]


def read(text: str) -> tuple[str, str]:
    """The JSON text of an object, or what is wrong with the arguments.

    Nothing, `null` and the empty list (PHP's empty object) are an object without members.
    """
    try:
        value = load_strictly(text, line_breaks=True) if text.strip() else None
        if isinstance(value, str) and value.strip():
            text = value  # encoded twice
            value = load_strictly(text, line_breaks=True)
    except ValueError as error:
        return "", f"its arguments are not whole JSON ({error})"
    except RecursionError:
        return "", "its arguments are nested without end"
    if value is None or value in ("", []):
        return "{}", ""
    if not isinstance(value, dict):
        return "", f"its arguments are a JSON {type(value).__name__}, not an object"
    deep = text.count("{") + text.count("[") > DEEPEST and _is_deep(value)
    return ("", f"its arguments are nested more than {DEEPEST} levels deep") if deep else (text, "")


def same(text: str, other: str) -> bool:
    """Whether two texts are the same object."""
    (one, wrong), (two, other_wrong) = read(text), read(other)
    return not wrong and not other_wrong and json.loads(one, strict=False) == json.loads(two, strict=False)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for values in inner for one in values]
        if not level:
            return False
    return True


@dataclass(slots=True)
class Joined:
    """Text whose characters are whole: servers cut one beyond U+FFFF between two events, half by half."""

    _half: str = ""

    def feed(self, text: str) -> str:
        """Return what is whole by now."""
        if text.isascii() and not self._half:
            return text
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def seal(text: str) -> str:
    """What to append to a call's raw arguments so that nobody completes them.

    LangChain's parser closes what a truncated object leaves open, and the tool would run on half an argument. A bracket
    that closes nothing makes it call the arguments invalid (langchain_core.utils.json.parse_partial_json).
    """
    whole = Wholeness()
    stack: list[str] = []
    for char in text:
        if not whole.in_string and char in _OPEN:
            stack.append(char)
        elif not whole.in_string and char in _CLOSE and stack:
            stack.pop()
        whole.feed(char)
    quote = ("\\" if whole.escaped else "") + '"' if whole.in_string else ""
    return f"{quote} {'}' if stack and stack[-1] == '[' else ']'}"
