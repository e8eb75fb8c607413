"""Calls written `call:name{key:value}`: FunctionGemma and Gemma 4, each with its own marks around a string."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
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
from graph.endpoint.recovery.values import MAX_DEPTH, scalar

_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128
_BARE = re.compile(r"[^,{}\[\]<]*")
_MAX_BARE = 2000


@dataclass(frozen=True, slots=True)
class CallColon:
    """The parser of one of the two.

    Attributes:
        quote: the mark that stands before and after a string.
        closers: the closing tags.
    """

    quote: str
    closers: tuple[str, ...]

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read `call:name{…}` and the closing tag."""
        source = site.source
        name: str | None = None
        try:
            begin = yield from skip_space(source, at)
            if (yield from match_one(source, begin, ("call:",))) is None:
                if source.closed and "call:".startswith(source.text[begin:]):
                    if begin == len(source.text):
                        return nothing_follows(site)
                    raise cut_off(begin)
                return None
            end = yield from take_while(source, begin + len("call:"), _NAME, _MAX_NAME)
            name = source.text[begin + len("call:") : end]
            char = yield from peek(source, end)
            if char == "":
                name = None
                raise cut_off(end)
            if char != "{" or not name:
                return None
            written, end = yield from self._read_object(source, end + 1, 0)
        except MalformedError as error:
            return (yield from give_up(site, site.start, error, name, self.closers))
        closed, end = yield from read_closer(source, end, self.closers)
        if not closed and source.cut_by_length:
            return (yield from give_up(site, site.start, cut_off(end), name, self.closers))
        bound = site.tools.resolve(name)
        arguments = {
            key: site.tools.type_argument(bound, key, value) if bound and isinstance(value, str) else value
            for key, value in written.items()
        }
        call = site.tools.call(name, arguments, source.text[site.start : end], site.convention)
        return Match(end, (call,))

    def _read_value(self, source: Source, at: int, depth: int) -> Steps[tuple[Any, int]]:
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
            return (yield from self._read_text(source, at + len(mark)))
        end = yield from take_while(source, at, _BARE, _MAX_BARE)
        char = yield from peek(source, end)
        if char == "":
            raise cut_off(end)
        bare = source.text[at:end].strip()
        if char not in {",", "}", "]"} or not bare:
            msg = f"{char!r} within a value"
            raise MalformedError(msg, end)
        try:
            return scalar(bare), end
        except ValueError:
            return bare, end

    def _read_text(self, source: Source, at: int) -> Steps[tuple[str, int]]:
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
            if char in {",", "}", "]"}:
                return source.text[start : found[0]], at

    def _read_list(self, source: Source, at: int, depth: int) -> Steps[tuple[list[Any], int]]:
        found: list[Any] = []
        while True:
            at = yield from skip_space(source, at)
            if (yield from peek(source, at)) == "]":
                return found, at + 1
            value, at = yield from self._read_value(source, at, depth)
            found.append(value)
            at = yield from _after(source, at, "]")

    def _read_object(self, source: Source, at: int, depth: int) -> Steps[tuple[dict[str, Any], int]]:
        found: dict[str, Any] = {}
        while True:
            at = yield from skip_space(source, at)
            if (yield from peek(source, at)) == "}":
                return found, at + 1
            key, at = yield from self._read_key(source, at)
            if key in found:
                msg = f"the key {key!r} is given twice"
                raise MalformedError(msg, at)
            found[key], at = yield from self._read_value(source, at, depth)
            at = yield from _after(source, at, "}")

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
