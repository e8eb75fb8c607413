"""Calls written with one element for each argument: Qwen3-Coder, MiniMax M2, DeepSeek's DSML, Kimi K3 and relatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import unescape

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    ends_within,
    find,
    match_one,
    peek,
    skip_space,
)
from graph.endpoint.recovery.values import parse_whole, read_value

_MAX_HEADER = 200
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))(.*)""", re.DOTALL)
_AS_STRING = re.compile(r"""\b(?:string|type)\s*=\s*["'](\w+)["']""")
_HALF_HEADER = re.compile(r"""\s*(?:["']?[\w.\-:/]*["']?\s*(?:\w+\s*=.*|/|<[|a-z]*)?|"[^"\s]+"\s+\w*)""")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


@dataclass(frozen=True, slots=True)
class XmlTags:
    """The parser of one such convention; started after the opener, which begins the call's opening tag.

    A value ends at a closing tag that is followed by what may come next, so tags inside a value are text; but a value
    in which another of the tool's arguments begins has lost its closing tag, and an argument that the tool does not
    have stands inside a value, so that the call is broken. As nobody can tell then where it ends, all that follows goes
    with it: what looks like another call there may be a part of its argument.

    Attributes:
        call_close: ends the call.
        parameter_open: begins an argument; its name, and perhaps attributes, follow up to `header_end`.
        parameter_close: ends an argument.
        header_end: ends the opening tag.
        framed: the template puts a newline on both sides of a value; they are not part of it.
        xml: values are XML text: entities, CDATA.
        block: begins and ends all arguments as one JSON object, where the convention has that, too.
        more_closes: what may end the call instead.
    """

    call_close: str
    parameter_open: str
    parameter_close: str
    header_end: str = ">"
    framed: bool = False
    xml: bool = False
    block: tuple[str, str] = ("", "")
    more_closes: tuple[str, ...] = ()

    @property
    def closes(self) -> tuple[str, ...]:
        """What may end the call."""
        return (self.call_close, *self.more_closes)

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read the name and the arguments."""
        source = site.source
        name: str | None = None
        try:
            header, at = yield from self._read_header(source, at)
            name = _key_of(header)[0]
            if header.endswith("/") and self.header_end == ">":
                call = site.tools.call(name.rstrip("/"), None, source.text[site.start : at], site.convention)
                return Match(at, (call,))
            at = yield from skip_space(source, at)
            begins = tuple(each for each in (self.parameter_open, *self.closes, "{", self.block[0]) if each)
            follows = yield from match_one(source, at, begins)
            if follows is None:
                if (yield from peek(source, at)) == "" or ends_within(source, at, begins):
                    raise cut_off(at)
                return None
            arguments: Any
            if follows in {"{", self.block[0]}:
                arguments, at = yield from read_value(source, at + (0 if follows == "{" else len(follows)))
                if follows != "{":
                    at = yield from self._expect(source, at, (self.block[1],))
                at = yield from self._expect(source, at, self.closes)
            else:
                arguments, at = yield from self.read_arguments(site, name, at)
        except MalformedError as error:
            return (yield from self._fail(site, at, name, error))
        call = site.tools.call(name, arguments, source.text[site.start : at], site.convention)
        return Match(at, (call,))

    def _fail(self, site: Site, at: int, name: str | None, error: MalformedError) -> Steps[Match | None]:
        if name is None and error.cut_off:
            header = site.source.text[at:]
            if not header.strip():
                return nothing_follows(site)
            if not _HALF_HEADER.fullmatch(header):
                return None
        if not error.cut_off and (name is None or site.tools.resolve(name) is None):
            return None
        return (yield from give_up(site, site.start, error, name, ()))

    def _read_header(self, source: Source, at: int) -> Steps[tuple[str, int]]:
        found = yield from _find_near(source, at, self.header_end, _MAX_HEADER)
        header = source.text[at:found]
        if not header.strip() or "\n" in header or "<" in header:
            msg = "the opening tag is not complete"
            raise MalformedError(msg, at)
        return header, found + len(self.header_end)

    def _expect(self, source: Source, at: int, tags: tuple[str, ...]) -> Steps[int]:
        at = yield from skip_space(source, at)
        found = yield from match_one(source, at, tags)
        if found is None:
            if (yield from peek(source, at)) == "" or ends_within(source, at, tags):
                raise cut_off(at)
            msg = f"something stands before `{tags[0]}`"
            raise MalformedError(msg, at)
        return at + len(found)

    def read_arguments(self, site: Site, name: str, at: int) -> Steps[tuple[dict[str, Any], int]]:
        """Read the arguments of a call whose name is known, and its closing tag."""
        source = site.source
        bound = site.tools.resolve(name) or name
        arguments: dict[str, Any] = {}
        while True:
            at = yield from skip_space(source, at)
            tag = yield from match_one(source, at, (self.parameter_open, *self.closes))
            if tag is None:
                if source.closed and at + len(self.parameter_open) > len(source.text):
                    raise cut_off(at)
                msg = "something stands between the arguments"
                raise MalformedError(msg, at)
            if tag != self.parameter_open:
                at += len(tag)
                after = yield from skip_space(source, at)
                if (yield from match_one(source, after, (self.parameter_close,))):
                    msg = f"`{tag}` stands inside an argument, so it is not clear where that one ends"
                    raise MalformedError(msg, after)
                return arguments, at
            header, at = yield from self._read_header(source, at + len(tag))
            key, as_string = _key_of(header)
            if arguments and site.tools.resolve(name) and site.tools.unknown_keys(bound, {key: None}):
                msg = f"{key!r} is no parameter of {bound}; if it stands inside an argument, that one was cut short"
                raise MalformedError(msg, at)
            text, after = yield from self._read_text(site, bound, key, at)
            if key in arguments:
                msg = f"the argument {key!r} is given twice"
                raise MalformedError(msg, at)
            arguments[key] = self._type(site, bound, key, text, as_string=as_string)
            at = after

    def _read_text(self, site: Site, name: str, key: str, at: int) -> Steps[tuple[str, int]]:
        """The text of a value, and the position of what stands after its closing tag."""
        source = site.source
        if self.xml and (yield from match_one(source, at, (_CDATA,))):
            end, after = yield from self._find_value_end(source, at, _CDATA_END + self.parameter_close)
            return source.text[at + len(_CDATA) : end], after
        end, after = yield from self._find_value_end(source, at, self.parameter_close)
        text = source.text[at:end]
        start = -1
        while (start := text.find(self.parameter_open, start + 1)) >= 0:
            begin = start + len(self.parameter_open)
            inner = _key_of(text[begin : begin + _MAX_HEADER].partition(self.header_end)[0])[0]
            if site.tools.has_argument(name, inner):
                msg = f"the argument {key!r} is not closed before {inner!r} begins"
                raise MalformedError(msg, at)
        return unescape(text, _ENTITIES) if self.xml else text, after

    def _find_value_end(self, source: Source, at: int, close: str) -> Steps[tuple[int, int]]:
        while True:
            found = yield from find(source, at, (close,))
            if found is None:
                raise cut_off(len(source.text))
            at = found[0] + len(close)
            after = yield from skip_space(source, at)
            if (yield from match_one(source, after, (self.parameter_open, *self.closes))):
                return found[0], after
            if source.closed and after + len(self.parameter_open) > len(source.text):
                raise cut_off(after)

    def _type(self, site: Site, name: str, key: str, text: str, *, as_string: bool | None) -> Any:
        if self.framed:
            text = text.removeprefix("\n").removesuffix("\n")
        if as_string is False:
            try:
                return parse_whole(text)
            except MalformedError:
                pass
        return site.tools.type_argument(name, key, text, hint="string" if as_string else None)


def _key_of(header: str) -> tuple[str, bool | None]:
    """The name in an opening tag, and whether an attribute says that the value is a string."""
    found = _KEY.match(header)
    if found is None:
        return header.strip(), None
    key = next(group for group in found.groups()[:3] if group is not None).strip()
    attribute = _AS_STRING.search(found.group(4))
    return unescape(key, _ENTITIES), attribute.group(1) in {"true", "string"} if attribute else None


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
        if (yield from peek(site.source, begin)) == "":
            return nothing_follows(site)
        if not ends_within(site.source, begin, self.followers):
            return None
        return (yield from give_up(site, site.start, cut_off(begin), None, ()))
