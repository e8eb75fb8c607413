"""Calls written `call:name{key:value}`: FunctionGemma and Gemma 4, each with its own marks around a string.

Some checkpoints of Gemma 4 leave out `call` and some write round brackets (vLLM 0.32.0 `parser/gemma4.py`). Where a
server takes the special tokens out of the text, `call:name{key:value}` is left, with the marks around strings gone as
well (`tool_parsers/gemma4_utils.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.endings import ends_line
from graph.endpoint.recovery.results import BrokenCall
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    find,
    match_one,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.tagged_json import read_closer
from graph.endpoint.recovery.values import MAX_DEPTH, read_string, scalar

_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128
_BRACKETS = {"{": "}", "(": ")"}
_BARE = re.compile(r"[^,{}\[\]<]*")
_BARE_IN_ROUND = re.compile(r"[^,{}\[\]<)]*")
_MAX_BARE = 2000


@dataclass(frozen=True, slots=True)
class CallColon:
    """The parser of one of the two.

    Attributes:
        quote: the mark that stands before and after a string.
        closers: the closing tags.
        prefixes: what stands before the name.
        stripped: the special tokens are gone, so that only a call to a bound tool with keys it has counts.
    """

    quote: str
    closers: tuple[str, ...]
    prefixes: tuple[str, ...] = ("call:", ":")
    stripped: bool = False

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read `call:name{…}` and the closing tag."""
        source = site.source
        name: str | None = None
        try:
            found = yield from self._read_header(site, at)
            if found is None:
                return None
            name, closer, end = found
            written, end = yield from self._read_object(source, end, 0, closer)
        except MalformedError as error:
            if name is None and not source.text[at:].strip():
                return nothing_follows(site)
            return (yield from give_up(site, site.start, error, name, self.closers))
        closed, end = yield from read_closer(source, end, self.closers)
        if not closed and source.cut_by_length:
            return (yield from give_up(site, site.start, cut_off(end), name, self.closers))
        bound = site.tools.resolve(name)
        arguments = {
            key: site.tools.type_argument(bound, key, value) if bound and isinstance(value, str) else value
            for key, value in written.items()
        }
        raw = source.text[site.start : end]
        call = site.tools.call(name, arguments, raw, site.convention)
        if self.stripped and not (yield from ends_line(source, end)):
            return None
        if self.stripped and bound and site.tools.unknown_keys(bound, arguments):
            call = BrokenCall(bound, raw, "the strings have lost their marks", site.convention)
        return Match(end, (call,))

    def _read_header(self, site: Site, at: int) -> Steps[tuple[str, str, int] | None]:
        """The name, what closes the arguments, and where they begin."""
        source = site.source
        if not self.stripped:
            at = yield from skip_space(source, at)
            prefix = yield from match_one(source, at, self.prefixes)
            if prefix is None and source.closed and any(each.startswith(source.text[at:]) for each in self.prefixes):
                raise cut_off(at)
            if prefix is None:
                return None
            at += len(prefix)
        end = yield from take_while(source, at, _NAME, _MAX_NAME)
        name = source.text[at:end]
        char = yield from peek(source, end)
        if self.stripped and not (site.tools.resolve(name) or (not char and site.tools.may_become(name))):
            return None
        if char == "":
            raise cut_off(end)
        return (name, _BRACKETS[char], end + 1) if char in _BRACKETS and name else None

    def _read_value(self, source: Source, at: int, depth: int, closer: str) -> Steps[tuple[Any, int]]:
        if depth > MAX_DEPTH:
            msg = f"values are nested more than {MAX_DEPTH} deep"
            raise MalformedError(msg, at)
        at = yield from skip_space(source, at)
        mark = yield from match_one(source, at, (self.quote, "{", "["))
        if mark == "{":
            return (yield from self._read_object(source, at + 1, depth + 1))
        if mark == "[":
            return (yield from self._read_list(source, at + 1, depth + 1))
        if mark is not None:
            return (yield from self._read_text(source, at + len(mark), closer))
        if quoted := (yield from self._read_quoted(source, at, closer)):
            return quoted
        end = yield from take_while(source, at, _BARE_IN_ROUND if closer == ")" else _BARE, _MAX_BARE)
        char = yield from peek(source, end)
        if char == "":
            raise cut_off(end)
        bare = source.text[at:end].strip()
        if char not in {",", closer} or not bare:
            msg = f"{char!r} within a value"
            raise MalformedError(msg, end)
        try:
            return scalar(bare), end
        except ValueError:
            return bare, end

    def _read_text(self, source: Source, at: int, closer: str) -> Steps[tuple[str, int]]:
        """A string ends at a mark that is followed by what may come next."""
        start = at
        while True:
            found = yield from find(source, at, (self.quote,))
            if found is None:
                raise cut_off(len(source.text))
            at = found[0] + len(self.quote)
            after = yield from skip_space(source, at)
            char = yield from peek(source, after)
            if char == "":
                raise cut_off(after)
            if char in {",", closer}:
                return source.text[start : found[0]], at

    def _read_quoted(self, source: Source, at: int, closer: str) -> Steps[tuple[str, int] | None]:
        """A string as JSON has it, in the place of one between marks; None if that is not what stands there."""
        if (yield from peek(source, at)) != '"':
            return None
        try:
            text, end = yield from read_string(source, at, "json")
        except MalformedError as error:
            if error.cut_off:
                raise
            return None
        char = yield from peek(source, (yield from skip_space(source, end)))
        if char == "":
            raise cut_off(end)
        return (text, end) if char in {",", closer} else None

    def _read_list(self, source: Source, at: int, depth: int) -> Steps[tuple[list[Any], int]]:
        found: list[Any] = []
        while True:
            at = yield from skip_space(source, at)
            if (yield from peek(source, at)) == "]":
                return found, at + 1
            value, at = yield from self._read_value(source, at, depth, "]")
            found.append(value)
            at = yield from _after(source, at, "]")

    def _read_object(self, source: Source, at: int, depth: int, closer: str = "}") -> Steps[tuple[dict[str, Any], int]]:
        found: dict[str, Any] = {}
        while True:
            at = yield from skip_space(source, at)
            if (yield from peek(source, at)) == closer:
                return found, at + 1
            key, at = yield from self._read_key(source, at)
            if key in found:
                msg = f"the key {key!r} is given twice"
                raise MalformedError(msg, at)
            found[key], at = yield from self._read_value(source, at, depth, closer)
            at = yield from _after(source, at, closer)

    def _read_key(self, source: Source, at: int) -> Steps[tuple[str, int]]:
        mark = yield from match_one(source, at, (self.quote, '"'))
        begin = at + len(mark or "")
        end = yield from take_while(source, begin, _NAME, _MAX_NAME)
        key = source.text[begin:end]
        if mark is not None:
            if (yield from match_one(source, end, (mark,))) is None:
                msg = "a key is not complete"
                raise MalformedError(msg, end, cut_off=source.closed)
            end += len(mark)
        end = yield from skip_space(source, end)
        char = yield from peek(source, end)
        if char == "":
            raise cut_off(end)
        if char != ":" or not key:
            msg = "a key is not complete"
            raise MalformedError(msg, end)
        return key, end + 1


def _after(source: Source, at: int, closer: str) -> Steps[int]:
    at = yield from skip_space(source, at)
    char = yield from peek(source, at)
    if char == "":
        raise cut_off(at)
    if char not in {",", closer}:
        msg = f"{char!r} where a comma or `{closer}` should be"
        raise MalformedError(msg, at)
    return at + (char == ",")
