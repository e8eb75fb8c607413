r"""Values as models write them: JSON, and the Python literals and small slips that are met in its place.

Accepted beyond JSON, because it can mean one thing only: `True`, `False`, `None`, single quotes, a trailing comma, a
raw newline in a string, `\\'`. Refused, because it would be a guess: a missing quote or brace, an unescaped quote, an
unknown escape in a JSON string, a key given twice with two values, `NaN`, an ellipsis.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Literal

from graph.endpoint.recovery.source import MalformedError, Source, Steps, cut_off, peek, skip_space, take_while

Dialect = Literal["json", "python"]
Watch = Callable[[str, object, int], None]
"""Told each key of the outermost object (value `UNREAD`), then key and value; raises to stop reading."""

UNREAD = object()
MAX_DEPTH = 64
_MAX_SCALAR = 400

_SCALAR = re.compile(r"[\w+.\-]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_STOPS = {quote: re.compile(rf"[\\{quote}]") for quote in ("'", '"')}
_PYTHON_ESCAPE = re.compile(r"\\(\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_PYTHON_SIMPLE = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v",
}  # fmt: skip


def read_value(
    source: Source, at: int, dialect: Dialect = "json", *, depth: int = 0, watch: Watch | None = None
) -> Steps[tuple[Any, int]]:
    """Read one value.

    Args:
        source: the text.
        at: where the value, or the whitespace before it, begins.
        dialect: which escapes strings have, and whether tuples and triple quotes exist.
        depth: how many containers are around it.
        watch: told the keys of this value, if it is an object.

    Returns:
        The value and the position after it.

    Raises:
        MalformedError: it is not a value, or (`cut_off`) not all of it is there.
    """
    at = yield from skip_space(source, at)
    char = yield from peek(source, at)
    if depth > MAX_DEPTH:
        msg = f"values are nested more than {MAX_DEPTH} deep"
        raise MalformedError(msg, at)
    if char == "{":
        return (yield from _read_object(source, at + 1, dialect, depth, watch))
    if char == "[" or (char == "(" and dialect == "python"):
        return (yield from _read_list(source, at + 1, dialect, depth, "]" if char == "[" else ")"))
    if char and char in "\"'":
        return (yield from read_string(source, at, dialect))
    return (yield from _read_scalar(source, at))


def _read_object(
    source: Source, at: int, dialect: Dialect, depth: int, watch: Watch | None
) -> Steps[tuple[dict[str, Any], int]]:
    found: dict[str, Any] = {}
    while True:
        at = yield from skip_space(source, at)
        char = yield from peek(source, at)
        if char == "}":
            return found, at + 1
        if char == "" or char not in "\"'":
            raise _unexpected(char, at, "a quoted key")
        key, end = yield from read_string(source, at, dialect)
        if watch:
            watch(key, UNREAD, at)
        end = yield from skip_space(source, end)
        if (char := (yield from peek(source, end))) != ":":
            raise _unexpected(char, end, "a colon")
        value, end = yield from read_value(source, end + 1, dialect, depth=depth + 1)
        if key in found and found[key] != value:
            msg = f"the key {key!r} is given twice with two values"
            raise MalformedError(msg, at)
        found[key] = value
        if watch:
            watch(key, value, at)
        at = yield from _after_item(source, end, "}")


def _read_list(
    source: Source, at: int, dialect: Dialect, depth: int, closer: Literal["]", ")"]
) -> Steps[tuple[list[Any], int]]:
    found: list[Any] = []
    while True:
        at = yield from skip_space(source, at)
        if (yield from peek(source, at)) == closer:
            return found, at + 1
        value, at = yield from read_value(source, at, dialect, depth=depth + 1)
        found.append(value)
        at = yield from _after_item(source, at, closer)


def _after_item(source: Source, at: int, closer: str) -> Steps[int]:
    """The position of the closer, or the one after the comma."""
    at = yield from skip_space(source, at)
    char = yield from peek(source, at)
    if char == ",":
        return at + 1
    if char == closer:
        return at
    raise _unexpected(char, at, f"a comma or `{closer}`")


def _unexpected(char: str, at: int, wanted: str) -> MalformedError:
    if char == "":
        return cut_off(at)
    msg = f"{char!r} where {wanted} should be"
    return MalformedError(msg, at)


def read_string(source: Source, at: int, dialect: Dialect) -> Steps[tuple[str, int]]:
    """Read a quoted string; the quote stands at `at`."""
    quote = source.text[at]
    if dialect == "python":
        for ahead in (at + 1, at + 2):
            yield from peek(source, ahead)
        if source.text.startswith(quote * 3, at):
            quote = quote * 3
    start = end = at + len(quote)
    stops = _STOPS[quote[0]]
    while True:
        stop = stops.search(source.text, end)
        if stop is None:
            end = max(end, len(source.text))
            if source.closed:
                raise cut_off(end)
            yield
        elif stop.group() == "\\":
            end = stop.end() + 1
        else:
            end = stop.start()
            if len(quote) > 1:
                yield from peek(source, end + 1)
                yield from peek(source, end + 2)
                if not source.text.startswith(quote, end):
                    end += 1
                    continue
            return _unescape(source.text[start:end], quote, dialect, at), end + len(quote)


def _unescape(raw: str, quote: str, dialect: Dialect, at: int) -> str:
    if "\\" not in raw:
        return raw
    if dialect == "python" or quote == "'":
        return _PYTHON_ESCAPE.sub(_python_escape, raw)
    try:
        text: str = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        pieces = raw.split("\\\\")  # an escaped backslash never takes part in `\'`
        try:
            text = json.loads('"' + "\\\\".join(piece.replace("\\'", "'") for piece in pieces) + '"', strict=False)
        except ValueError:
            msg = "a string has an escape that JSON does not know"
            raise MalformedError(msg, at) from None
    return text


def _python_escape(found: re.Match[str]) -> str:
    code = found.group(1)
    if code in _PYTHON_SIMPLE:
        return _PYTHON_SIMPLE[code]
    number = int(code[1:], 16) if code[0] in "xuU" else int(code, 8)
    return chr(number) if number <= 0x10FFFF else found.group()  # noqa: PLR2004  # the last code point there is


def _read_scalar(source: Source, at: int) -> Steps[tuple[Any, int]]:
    end = yield from take_while(source, at, _SCALAR, _MAX_SCALAR)
    token = source.text[at:end]
    if source.closed and end == len(source.text):
        raise cut_off(end)
    try:
        return scalar(token), end
    except ValueError:
        raise _unexpected(token[:20] or source.text[at : at + 1], at, "a value") from None


def scalar(token: str) -> int | float | bool | None:
    """A number, truth value or null as JSON or Python writes it.

    Raises:
        ValueError: it is none of them, or a number that JSON cannot carry.
    """
    if token in _WORDS:
        return _WORDS[token]
    if len(token) > _MAX_SCALAR or not _NUMBER.fullmatch(token):
        raise ValueError(token)
    number: int | float = json.loads(token)
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(token)
    return number


def parse_whole(text: str, dialect: Dialect = "json") -> Any:
    """Read a text that is one value and nothing else.

    Raises:
        MalformedError: it is anything else.
    """
    source = Source()
    source.append(text + "\n")  # a delimiter, so that a bare number is known to be whole
    source.closed = True
    steps = read_value(source, 0, dialect)
    try:
        next(steps)
    except StopIteration as done:
        value, end = done.value
        if source.text[end:].strip():
            msg = "something follows the value"
            raise MalformedError(msg, end) from None
        return value
    raise cut_off(len(text))  # pragma: no cover  # a closed source never waits
