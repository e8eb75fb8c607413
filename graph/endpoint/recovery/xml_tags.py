"""Calls written with one element for each argument: Qwen3-Coder, MiniMax M2, DeepSeek's DSML, Kimi K3 and relatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import MalformedError, Source, Steps, cut_off, find, match_one, peek, skip_space
from graph.endpoint.recovery.values import parse_whole, read_value

_MAX_HEADER = 200
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))(.*)""", re.DOTALL)
_AS_STRING = re.compile(r"""\b(?:string|type)\s*=\s*["'](\w+)["']""")


@dataclass(frozen=True, slots=True)
class XmlTags:
    """The parser of one such convention; started after `call_open` (which is its marker).

    A value ends at a closing tag that is followed by what may come next, so tags inside a value are text.

    Attributes:
        call_close: ends the call.
        parameter_open: begins an argument; its name, and perhaps attributes, follow up to `header_end`.
        parameter_close: ends an argument.
        header_end: ends the opening tag.
        framed: the template puts a newline on both sides of a value; they are not part of it.
    """

    call_close: str
    parameter_open: str
    parameter_close: str
    header_end: str = ">"
    framed: bool = False

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read the name and the arguments."""
        source = site.source
        name: str | None = None
        try:
            header, at = yield from self._read_header(source, at)
            name = _key_of(header)[0]
            at = yield from skip_space(source, at)
            follows = yield from match_one(source, at, (self.parameter_open, self.call_close, "{"))
            if follows is None:
                if (yield from peek(source, at)) == "":
                    raise cut_off(at)
                return None
            arguments: Any
            if follows == "{":
                arguments, at = yield from read_value(source, at)
                at = yield from self._expect_close(source, at)
            else:
                arguments, at = yield from self._read_arguments(site, name, at)
        except MalformedError as error:
            if name is None and not error.cut_off:
                return None
            if name is None and site.source.text[at:].strip() == "":
                return nothing_follows(site)
            if not error.cut_off and site.tools.resolve(name or "") is None:
                return None
            return (yield from give_up(site, site.start, error, name, (self.call_close,)))
        call = site.tools.call(name, arguments, source.text[site.start : at], site.convention)
        return Match(at, (call,))

    def _read_header(self, source: Source, at: int) -> Steps[tuple[str, int]]:
        found = yield from _find_near(source, at, self.header_end, _MAX_HEADER)
        header = source.text[at:found]
        if not header.strip() or "\n" in header or "<" in header:
            msg = "the opening tag is not complete"
            raise MalformedError(msg, at)
        return header, found + len(self.header_end)

    def _expect_close(self, source: Source, at: int) -> Steps[int]:
        at = yield from skip_space(source, at)
        if (yield from match_one(source, at, (self.call_close,))) is None:
            if (yield from peek(source, at)) == "" or (source.closed and self.call_close.startswith(source.text[at:])):
                raise cut_off(at)
            msg = f"something stands before `{self.call_close}`"
            raise MalformedError(msg, at)
        return at + len(self.call_close)

    def _read_arguments(self, site: Site, name: str, at: int) -> Steps[tuple[dict[str, Any], int]]:
        source = site.source
        bound = site.tools.resolve(name) or name
        arguments: dict[str, Any] = {}
        while True:
            at = yield from skip_space(source, at)
            tag = yield from match_one(source, at, (self.parameter_open, self.call_close))
            if tag is None:
                if source.closed and at + len(self.parameter_open) > len(source.text):
                    raise cut_off(at)
                msg = "something stands between the arguments"
                raise MalformedError(msg, at)
            if tag == self.call_close:
                at += len(tag)
                after = yield from skip_space(source, at)
                if (yield from match_one(source, after, (self.parameter_close,))):
                    msg = f"`{self.call_close}` stands inside an argument, so it is not clear where that one ends"
                    raise MalformedError(msg, after)
                return arguments, at
            header, at = yield from self._read_header(source, at + len(tag))
            key, as_string = _key_of(header)
            end, after = yield from self._find_value_end(source, at)
            if key in arguments:
                msg = f"the argument {key!r} is given twice"
                raise MalformedError(msg, at)
            arguments[key] = self._type(site, bound, key, source.text[at:end], as_string=as_string)
            at = after

    def _find_value_end(self, source: Source, at: int) -> Steps[tuple[int, int]]:
        while True:
            found = yield from find(source, at, (self.parameter_close,))
            if found is None:
                raise cut_off(len(source.text))
            at = found[0] + len(self.parameter_close)
            after = yield from skip_space(source, at)
            if (yield from match_one(source, after, (self.parameter_open, self.call_close))):
                return found[0], after
            if source.closed and after + len(self.parameter_open) > len(source.text):
                raise cut_off(after)

    def _type(self, site: Site, name: str, key: str, text: str, *, as_string: bool | None) -> Any:
        if self.framed:
            text = text.removeprefix("\n").removesuffix("\n")
        if as_string:
            return text
        if as_string is False:
            try:
                return parse_whole(text)
            except MalformedError:
                pass
        return site.tools.type_argument(name, key, text)


def _key_of(header: str) -> tuple[str, bool | None]:
    """The name in an opening tag, and whether an attribute says that the value is a string."""
    found = _KEY.match(header)
    if found is None:
        return header.strip(), None
    key = next(group for group in found.groups()[:3] if group is not None).strip()
    attribute = _AS_STRING.search(found.group(4))
    return key, attribute.group(1) in {"true", "string"} if attribute else None


def _find_near(source: Source, at: int, wanted: str, limit: int) -> Steps[int]:
    """Where a short text ends, or an error when it is not short."""
    while True:
        found = source.text.find(wanted, at, at + limit)
        if found >= 0:
            return found
        if len(source.text) - at >= limit:
            msg = "the opening tag is not complete"
            raise MalformedError(msg, at)
        if source.closed:
            raise cut_off(len(source.text))
        yield


@dataclass(frozen=True, slots=True)
class Frame:
    """Parser of a marker that only stands around calls: it goes with the first call behind it.

    Attributes:
        followers: the markers of calls, or of inner frames, that may follow.
    """

    followers: tuple[str, ...]

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """See what follows."""
        begin = yield from skip_space(site.source, at)
        if (yield from match_one(site.source, begin, self.followers)):
            return (yield from site.inside(begin))
        rest = site.source.text[begin:]
        if not site.source.closed or not any(follower.startswith(rest) for follower in self.followers):
            return None
        if not rest:
            return nothing_follows(site)
        return (yield from give_up(site, site.start, cut_off(begin), None, ()))
