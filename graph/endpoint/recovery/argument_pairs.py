"""Names and values in alternating tags: GLM since 4.5, and those who write like it under tags of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.headed_json import finish
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    ends_within,
    find,
    match_end,
    match_one,
    peek,
    skip_space,
    take_while,
)

_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128
_SUFFIX = re.compile(r"[\w.\-]*")
_NEWLINE_SPELT_OUT = "\\n"
"""GLM 4.5 writes a backslash and an n between tags at times (SGLang 0.5.23 `glm4_moe_detector.py`)."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The parser of one such convention.

    Attributes:
        close: ends the call.
        prefix: stands before the name of every tag within (K2 Horizon).
        suffix: stands after it (Hunyuan, by checkpoint).
    """

    close: str = "</tool_call>"
    prefix: str = ""
    suffix: str = ""

    def _open(self, tag: str) -> str:
        return f"<{self.prefix}{tag}{self.suffix}>"

    def _closed(self, tag: str) -> str:
        return f"</{self.prefix}{tag}{self.suffix}>"

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read a name, then pairs (or, off the template, JSON), then the closing tag."""
        source = site.source
        if not source.text[at:].strip() and (yield from peek(source, at)) == "":
            return nothing_follows(site)
        end = yield from take_while(source, at, _NAME, _MAX_NAME)
        name = source.text[at:end]
        bound = site.tools.resolve(name)
        key, separator = self._open("arg_key"), self._open("tool_sep")
        try:
            end = yield from _skip_gap(source, end)
            tag = yield from match_one(source, end, (key, separator, self.close, "{"))
            if tag is None and (yield from _is_rest(source, end, (key, separator, self.close))):
                if bound is None and not site.tools.may_become(name):
                    return None
                raise cut_off(end)
            if tag is None or (tag in {self.close, "{"} and bound is None):
                return None
            if tag == "{":
                return (yield from finish(site, end, name, (self.close,)))
            if tag == separator:
                end += len(tag)
            arguments, end = yield from self._read_pairs(site, bound or name, end)
        except MalformedError as error:
            return (yield from give_up(site, site.start, error, bound or name, (self.close,)))
        call = site.tools.call(name, arguments, source.text[site.start : end], site.convention)
        return Match(end, (call,))

    def _read_pairs(self, site: Site, name: str, at: int) -> Steps[tuple[dict[str, Any], int]]:
        source = site.source
        arguments: dict[str, Any] = {}
        key_open, value_open = self._open("arg_key"), self._open("arg_value")
        while True:
            at = yield from _skip_gap(source, at)
            tag = yield from match_one(source, at, (key_open, self.close))
            if tag == self.close:
                return arguments, at + len(tag)
            if tag is None:
                raise (yield from _not(source, at, (key_open, self.close)))
            key, at = yield from self._read_element(source, at + len(tag), "arg_key")
            key = key.strip()
            if "<" in key or "\n" in key:
                msg = f"the name {key.partition('<')[0].partition(chr(10))[0]!r} of an argument is not closed"
                raise MalformedError(msg, at)
            hint = None
            if (yield from match_one(source, at, (self._open("arg_type"),))):
                hint, at = yield from self._read_element(source, at + len(self._open("arg_type")), "arg_type")
            if (yield from match_one(source, at, (value_open,))) is None:
                raise (yield from _not(source, at, (value_open,)))
            begin = at + len(value_open)
            end, at = yield from self._find_value_end(source, begin)
            self._check(site, name, key, source.text[begin:end], begin)
            if key in arguments:
                msg = f"the argument {key!r} is given twice"
                raise MalformedError(msg, at)
            hint = hint and hint.strip().lower().partition("[")[0]
            arguments[key] = site.tools.type_argument(name, key, source.text[begin:end], hint=hint)

    def _read_element(self, source: Source, at: int, tag: str) -> Steps[tuple[str, int]]:
        """The text up to a closing tag, and the position of what stands after that."""
        closed = self._closed(tag)
        end = yield from _find(source, at, closed)
        after = yield from _skip_gap(source, end + len(closed))
        return source.text[at:end], after

    def _find_value_end(self, source: Source, at: int) -> Steps[tuple[int, int]]:
        """A value ends at a closing tag that is followed by what may come next."""
        closed = self._closed("arg_value")
        follows = (self._open("arg_key"), self.close)
        while True:
            end = yield from _find(source, at, closed)
            at = end + len(closed)
            after = yield from _skip_gap(source, at)
            if (yield from match_one(source, after, follows)):
                return end, after
            if (yield from _is_rest(source, after, follows)):
                raise cut_off(after)

    def _check(self, site: Site, name: str, key: str, value: str, at: int) -> None:
        """See that the value did not swallow the next argument, for want of its closing tag."""
        start = -1
        opened, closed = self._open("arg_key"), self._closed("arg_key")
        while (start := value.find(opened, start + 1)) >= 0:
            inner = value[start + len(opened) : start + len(opened) + _MAX_NAME].partition(closed)[0].strip()
            if site.tools.has_argument(name, inner):
                msg = f"the argument {key!r} is not closed before {inner!r} begins"
                raise MalformedError(msg, at)


def parse_suffixed(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<tool_call:`: the suffix that all of Hunyuan's tags carry, then a call."""
    suffix, at = yield from _read_suffix(site.source, at)
    if suffix is None:
        return (yield from _half_suffixed(site, at))
    match = yield from Pairs(f"</tool_call{suffix}>", suffix=suffix)(site, at)
    if match is None:
        return None
    frame_end = f"</tool_calls{suffix}>"
    after = yield from skip_space(site.source, match.end)
    closed = yield from match_end(site.source, after, (frame_end,))
    return Match(after + len(closed), match.calls) if closed else match


def parse_suffixed_frame(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<tool_calls:`: the suffix, then the call that goes with the frame."""
    suffix, at = yield from _read_suffix(site.source, at)
    if suffix is None:
        return (yield from _half_suffixed(site, at))
    begin = yield from skip_space(site.source, at)
    opener = f"<tool_call{suffix}>"
    if (yield from match_one(site.source, begin, (opener,))):
        return (yield from site.inside(begin))
    if (yield from _is_rest(site.source, begin, (opener,))):
        return (yield from give_up(site, site.start, cut_off(begin), None, ()))
    return None


def _half_suffixed(site: Site, at: int) -> Steps[Match | None]:
    """A tag that the end of the reply cuts within its suffix; else it is none of Hunyuan's."""
    end = yield from take_while(site.source, at, _SUFFIX, _MAX_NAME)
    if (yield from peek(site.source, end)) != "":
        return None
    return (yield from give_up(site, site.start, cut_off(end), None, ()))


def _read_suffix(source: Source, at: int) -> Steps[tuple[str | None, int]]:
    end = yield from take_while(source, at, _SUFFIX, _MAX_NAME)
    if end == at or (yield from peek(source, end)) != ">":
        return None, at
    return f":{source.text[at:end]}", end + 1


def _skip_gap(source: Source, at: int) -> Steps[int]:
    while True:
        at = yield from skip_space(source, at)
        if (yield from match_one(source, at, (_NEWLINE_SPELT_OUT,))) is None:
            return at
        at += len(_NEWLINE_SPELT_OUT)


def _is_rest(source: Source, at: int, tags: tuple[str, ...]) -> Steps[bool]:
    """Whether the reply ends here, or within one of the tags."""
    return (yield from peek(source, at)) == "" or ends_within(source, at, (_NEWLINE_SPELT_OUT, *tags))


def _not(source: Source, at: int, tags: tuple[str, ...]) -> Steps[MalformedError]:
    if (yield from _is_rest(source, at, tags)):
        return cut_off(at)
    msg = "something stands between the arguments"
    return MalformedError(msg, at)


def _find(source: Source, at: int, tag: str) -> Steps[int]:
    found = yield from find(source, at, (tag,))
    if found is None:
        raise cut_off(len(source.text))
    return found[0]
