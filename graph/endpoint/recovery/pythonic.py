"""Calls written as Python: Llama 3.2 and 4, LFM2, OLMo 3, Gemma's ```tool_code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery.convention import Match, Site, broken, give_up
from graph.endpoint.recovery.results import BrokenCall
from graph.endpoint.recovery.source import (
    MalformedError,
    NotACallError,
    Source,
    Steps,
    cut_off,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.tagged_json import read_closer
from graph.endpoint.recovery.values import read_value

if TYPE_CHECKING:
    from graph.endpoint.recovery.results import Call
    from graph.endpoint.recovery.toolbox import Toolbox

_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class PythonCall:
    """One call and where it stands; the values are literals, not yet typed by the schema.

    `unnamed` are the arguments that were written without a name.
    """

    name: str
    arguments: dict[str, Any]
    unnamed: list[Any]
    start: int
    end: int


def read_calls(
    source: Source, at: int, found: list[PythonCall], *, tools: Toolbox | None = None, many: bool = True
) -> Steps[int]:
    """Read `[f(a=1), g()]`, or calls without the brackets, one after the other.

    Args:
        source: the text.
        at: where they begin.
        found: gets each call as soon as it is complete.
        tools: given, a name that is not bound ends the reading with `NotACallError`.
        many: without brackets, go on after the first call (separators: space, comma, semicolon).

    Returns:
        The position after the last.

    Raises:
        MalformedError: something else stands there, or (`cut_off`) the text ends.
    """
    bracketed = source.text.startswith("[", at)
    at += bracketed
    while True:
        at = yield from skip_space(source, at)
        if bracketed and found and (yield from peek(source, at)) == "]":
            return at + 1
        call = yield from _read_call(source, at, tools)
        found.append(call)
        at = yield from skip_space(source, call.end)
        char = yield from peek(source, at)
        if bracketed and char == "":
            raise cut_off(at)
        if bracketed and char not in {",", "]"}:
            msg = f"{char!r} where a comma or `]` should be"
            raise MalformedError(msg, at)
        if char == "," or (char == ";" and not bracketed):
            at += 1
        elif not bracketed and not (many and (char.isalpha() or char == "_")):
            return call.end


def _read_call(source: Source, at: int, tools: Toolbox | None) -> Steps[PythonCall]:
    end = yield from take_while(source, at, _NAME, _MAX_NAME)
    name = source.text[at:end]
    char = yield from peek(source, end)
    if char == "" and (tools is None or not name or tools.may_become(name)):
        raise cut_off(end)
    if char != "(" or not name:
        msg = "no call stands here"
        raise NotACallError(msg, end)
    if name == "print":  # Gemma's tool_code often prints the result
        inner = yield from skip_space(source, end + 1)
        call = yield from _read_call(source, inner, tools)
        after = yield from skip_space(source, call.end)
        char = yield from peek(source, after)
        if char == "":
            raise cut_off(after)
        if char != ")":
            msg = "more than a call is printed"
            raise NotACallError(msg, after)
        return PythonCall(call.name, call.arguments, call.unnamed, at, after + 1)
    name = name.removesuffix(".call")  # Llama 3's built-in tools
    if tools is not None and tools.resolve(name) is None:
        msg = f"the tool {name!r} is unknown"
        raise NotACallError(msg, end)
    unnamed: list[Any] = []
    arguments, end = yield from _read_arguments(source, end + 1, unnamed)
    return PythonCall(name, arguments, unnamed, at, end)


def _read_arguments(source: Source, at: int, unnamed: list[Any]) -> Steps[tuple[dict[str, Any], int]]:
    arguments: dict[str, Any] = {}
    while True:
        at = yield from skip_space(source, at)
        char = yield from peek(source, at)
        if char == ")":
            return arguments, at + 1
        end = yield from take_while(source, at, _NAME, _MAX_NAME)
        key = source.text[at:end]
        end = yield from skip_space(source, end)
        char = yield from peek(source, end)
        if char == "":
            raise cut_off(end)
        if char == "=" and key:
            if key in arguments:
                msg = f"the argument {key!r} is given twice"
                raise MalformedError(msg, at)
            arguments[key], at = yield from read_value(source, end + 1, "python")
        elif arguments:
            msg = "an argument has no name"
            raise MalformedError(msg, at)
        else:
            value, at = yield from read_value(source, at, "python")
            unnamed.append(value)
        at = yield from skip_space(source, at)
        char = yield from peek(source, at)
        if char == "":
            raise cut_off(at)
        if char not in {",", ")"}:
            msg = f"{char!r} where a comma or `)` should be"
            raise MalformedError(msg, at)
        at += char == ","


def to_call(site: Site, written: PythonCall) -> Call:
    """The call for what was read, with strings typed by the schema (models quote numbers, too)."""
    tools = site.tools
    raw = site.source.text[written.start : written.end]
    bound = tools.resolve(written.name)
    if bound is None:
        return tools.call(written.name, written.arguments, raw, site.convention)
    arguments = written.arguments
    if written.unnamed:
        keyed = None if arguments else tools.keyed(bound, written.unnamed)
        if keyed is None:
            return BrokenCall(bound, raw, "its arguments have no names: write each as name=value", site.convention)
        arguments = keyed
    typed = {
        key: tools.type_argument(bound, key, value) if isinstance(value, str) else value
        for key, value in arguments.items()
    }
    return tools.call(written.name, typed, raw, site.convention)


@dataclass(frozen=True, slots=True)
class TaggedPython:
    """The parser of Python calls behind an opening marker.

    Attributes:
        closers: the closing tags.
        bound: only calls to bound tools are read, and nothing that is malformed.
    """

    closers: tuple[str, ...] = ()
    bound: bool = False

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read the calls and the closing tag."""
        source = site.source
        begin = yield from skip_space(source, at)
        found: list[PythonCall] = []
        try:
            end = yield from read_calls(source, begin, found, tools=site.tools if self.bound else None)
        except NotACallError as error:
            if not found or self.bound:
                return None
            return Match(found[-1].end, tuple(to_call(site, each) for each in found)) if error.at else None
        except MalformedError as error:
            if self.bound and not error.cut_off:
                return None
            done = [to_call(site, each) for each in found]
            start = found[-1].end if found else begin
            if error.cut_off and found and not source.cut_by_length and not source.text[start:].strip(" \t\r\n,]"):
                return Match(len(source.text), tuple(done))
            name = source.text[start:].lstrip(" \t\r\n,[").split("(")[0][:_MAX_NAME].strip()
            match = yield from give_up(site, start, error, name or None, self.closers)
            return Match(match.end, (*done, *match.calls)) if match else None
        calls = [to_call(site, each) for each in found]
        closed, end = yield from read_closer(source, end, self.closers)
        if self.closers and not closed and source.cut_by_length and not source.text[end:].strip():
            last = found[-1]
            reason = "the reply reached its length limit before the call was closed"
            calls[-1] = broken(site, last.start, last.end, reason, last.name)
        return Match(end, tuple(calls))
