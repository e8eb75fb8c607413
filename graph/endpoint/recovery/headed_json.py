"""A name in a header, then the arguments as JSON: Kimi K2, DeepSeek V3 to V3.1, Mistral since v11, PLaMo 3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graph.endpoint.recovery.convention import Match, Parse, Site, give_up, nothing_follows
from graph.endpoint.recovery.results import RecoveredCall
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    ends_within,
    match_one,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.tagged_json import read_closer
from graph.endpoint.recovery.values import read_value
from graph.endpoint.recovery.xml_tags import XmlTags

_MAX_NAME = 160
_NAME = re.compile(r"[\w.:/\-]*")
_SERVER_NAME = re.compile(r"[^<\n]*")
_KIMI_ID = re.compile(r"(?:functions\.)?(.+?)(?::\d+)?")

STEP3_TAGS = XmlTags("</steptml:invoke>", "<steptml:parameter name=", "</steptml:parameter>")
_STEP3_OPEN = "<steptml:invoke name="


def read_name(source: Source, at: int, wanted: tuple[str, ...]) -> Steps[tuple[str, str, int]]:
    """Read a name up to one of the texts that may end it.

    Returns:
        The name, what ended it, and the position after that.

    Raises:
        MalformedError: what stands there is no name, or (`cut_off`) it does not end.
    """
    start = yield from skip_space(source, at)
    end = yield from take_while(source, start, _NAME, _MAX_NAME)
    after = yield from skip_space(source, end)
    ending = yield from match_one(source, after, wanted)
    if ending is None and ((yield from peek(source, after)) == "" or ends_within(source, after, wanted)):
        raise cut_off(len(source.text))
    if ending is None or end == start:
        msg = "no tool's name stands here"
        raise MalformedError(msg, end)
    return source.text[start:end], ending, after + len(ending)


def finish(site: Site, at: int, name: str, closers: tuple[str, ...]) -> Steps[Match | None]:
    """Read JSON arguments and the closing marker after a name."""
    source = site.source
    arguments: Any
    try:
        arguments, end = yield from read_value(source, at)
    except MalformedError as error:
        if not error.cut_off and site.tools.resolve(name) is None:
            return None
        return (yield from give_up(site, site.start, error, name, closers))
    closed, end = yield from read_closer(source, end, closers)
    call = site.tools.call(name, arguments, source.text[site.start : end], site.convention)
    unclosed = closers and not closed and source.cut_by_length and not source.text[end:].strip(" \t\r\n`")
    if unclosed and isinstance(call, RecoveredCall):
        return (yield from give_up(site, site.start, cut_off(end), name, closers))
    return Match(end, (call,))


def parse_kimi_k2(site: Site, at: int) -> Steps[Match | None]:
    """`functions.name:0`, `<|tool_call_argument_begin|>`, JSON, `<|tool_call_end|>`."""
    try:
        header, ending, at = yield from read_name(site.source, at, ("<|tool_call_argument_begin|>", "{"))
    except MalformedError as error:
        if not error.cut_off:
            return None
        return (
            nothing_follows(site)
            if site.source.text[at:].isspace()
            else (yield from give_up(site, site.start, error, None, ()))
        )
    at -= ending == "{"
    found = _KIMI_ID.fullmatch(header)
    name = found.group(1) if found else header
    closers = ("<|tool_call_end|>", "<|tool_calls_section_end|>", "<|tool_call_section_end|>")
    return (yield from finish(site, at, name, closers))


def deepseek(call_begins: tuple[str, ...], separators: tuple[str, ...], call_ends: tuple[str, ...]) -> Parse:
    """The parser for the spellings of DeepSeek's markers.

    V3 and R1 write `function`, the separator, the name, a newline and a fenced JSON block; V3.1 writes the name, the
    separator and bare JSON; Step 3 puts its XML behind the separator.
    """

    def parse(site: Site, at: int) -> Steps[Match | None]:
        source = site.source
        try:
            at = yield from skip_space(source, at)
            if again := (yield from match_one(source, at, call_begins)):
                at += len(again)
            elif ends_within(source, at, call_begins):
                raise cut_off(at)
            name, ending, at = yield from read_name(source, at, (*separators, "{"))
            if ending == "{":
                return (yield from finish(site, at - 1, name, call_ends))
            begin = yield from skip_space(source, at)
            follows = yield from match_one(source, begin, ("{", _STEP3_OPEN))
            if follows == "{":
                return (yield from finish(site, begin, name, call_ends))
            if follows is None and ends_within(source, begin, (_STEP3_OPEN,)):
                raise cut_off(begin)
            if follows == _STEP3_OPEN:
                return (yield from _finish_step3(site, begin + len(_STEP3_OPEN), call_ends))
            name, _, at = yield from read_name(source, begin, ("```json", "```", "{"))
        except MalformedError as error:
            if not error.cut_off:
                return None
            return (yield from give_up(site, site.start, error, None, ()))
        at -= source.text.startswith("{", at - 1)
        begin = yield from skip_space(source, at)
        fenced = (*tuple(f"{gap}{end}" for end in call_ends for gap in ("```", "```\n", "")), "```")
        return (yield from finish(site, begin, name, fenced))

    return parse


def _finish_step3(site: Site, at: int, call_ends: tuple[str, ...]) -> Steps[Match | None]:
    match = yield from STEP3_TAGS(site, at)
    if match is None:
        return None
    _, end = yield from read_closer(site.source, match.end, call_ends)
    return Match(end, match.calls)


def parse_mistral(site: Site, at: int) -> Steps[Match | None]:
    """`name[ARGS]{…}`, with `[CALL_ID]…` between in some versions, or `name{…}`."""
    source = site.source
    try:
        name, ending, at = yield from read_name(source, at, ("[ARGS]", "[CALL_ID]", "{"))
        if ending == "[CALL_ID]":
            _, _, at = yield from read_name(source, at, ("[ARGS]",))
    except MalformedError as error:
        if not error.cut_off:
            return None
        return (yield from give_up(site, site.start, error, None, ()))
    if ending == "{":
        at -= 1
    begin = yield from skip_space(source, at)
    if (yield from peek(source, begin)) not in {"{", ""}:
        return None
    return (yield from finish(site, begin, name, ()))


def name_then_json(*closers: str) -> Parse:
    """The parser of `name{…}` behind a marker."""

    def parse(site: Site, at: int) -> Steps[Match | None]:
        try:
            name, _, at = yield from read_name(site.source, at, ("{",))
        except MalformedError as error:
            return (yield from give_up(site, site.start, error, None, ())) if error.cut_off else None
        return (yield from finish(site, at - 1, name, closers))

    return parse


@dataclass(frozen=True, slots=True)
class Headed:
    """The parser of a name and JSON with a token before, between and after them.

    Attributes:
        before: stands before the name.
        between: stand between name and arguments, in this order.
        closers: the closing tokens.
    """

    before: str
    between: tuple[str, ...]
    closers: tuple[str, ...]

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read on from the opener."""
        source = site.source
        name: str | None = None
        try:
            at = yield from self._expect(source, at, self.before)
            name, _, at = yield from read_name(source, at, self.between[:1])
            for token in self.between[1:]:
                at = yield from self._expect(source, at, token)
        except MalformedError as error:
            if not error.cut_off:
                return None
            return (yield from give_up(site, site.start, error, name, self.closers))
        return (yield from finish(site, (yield from skip_space(source, at)), name, self.closers))

    @staticmethod
    def _expect(source: Source, at: int, token: str) -> Steps[int]:
        at = yield from skip_space(source, at)
        if (yield from match_one(source, at, (token,))):
            return at + len(token)
        if (yield from peek(source, at)) == "" or ends_within(source, at, (token,)):
            raise cut_off(len(source.text))
        msg = f"`{token}` is missing"
        raise MalformedError(msg, at)


_MCP_TOOL = Headed("<tool_name>", ("</tool_name>", "<arguments>"), ("</arguments>",))
_SERVER, _SERVER_END = "<server_name>", "</server_name>"


def parse_mcp_tool(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<use_mcp_tool>`: a server's name, which is of no account here, the tool's name, JSON."""
    source = site.source
    begin = yield from skip_space(source, at)
    if (yield from match_one(source, begin, (_SERVER,))):
        end = yield from take_while(source, begin + len(_SERVER), _SERVER_NAME, _MAX_NAME)
        if (yield from match_one(source, end, (_SERVER_END,))):
            at = end + len(_SERVER_END)
        elif (yield from peek(source, end)) == "" or ends_within(source, end, (_SERVER_END,)):
            return (yield from give_up(site, site.start, cut_off(end), None, ()))
    elif ends_within(source, begin, (_SERVER,)):
        return (yield from give_up(site, site.start, cut_off(begin), None, ()))
    return (yield from _MCP_TOOL(site, at))
