"""A name and its arguments as JSON, with nothing around them: what is left where special tokens are taken out.

Servers drop special tokens from the text unless a parser asks to keep them, as those of vLLM 0.32.0 do whose markers
are special tokens (`skip_special_tokens`). Of Mistral's `[TOOL_CALLS]name[ARGS]{…}` then `name{…}` is left, of Kimi
K2's call `functions.name:0{…}`. Functionary 3.2 writes `name`, a newline and JSON, and `>>>` before every call but the
first, where it stands in the prompt (llama.cpp `common/chat-parser.cpp`).

A call counts at the start of a reply, for a bound tool, with keys it has and none missing that it requires.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graph.endpoint.recovery.convention import Match, Site, broken
from graph.endpoint.recovery.endings import ends_line
from graph.endpoint.recovery.source import (
    MalformedError,
    NotACallError,
    Steps,
    cut_off,
    match_one,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.values import UNREAD, Watch, read_value

if TYPE_CHECKING:
    from graph.endpoint.recovery.results import Call

_NAME = re.compile(r"[\w.\-]*")
_DIGITS = re.compile(r"\d*")
_MAX_DIGITS = 4
_BETWEEN = ("\n", "[ARGS]", "")
PROMPT = ">>>"


def parse_named(site: Site, at: int) -> Steps[Match | None]:
    """Read one call after the other; None if the first is none."""
    calls: list[Call] = []
    end = at
    while True:
        match = yield from _read_one(site, at)
        if match is None:
            return Match(end, tuple(calls)) if calls and (yield from ends_line(site.source, end)) else None
        calls += match.calls
        end = match.end
        at = yield from skip_space(site.source, end)
        if (yield from match_one(site.source, at, (PROMPT,))):
            at += len(PROMPT)


def parse_prompted(site: Site, at: int) -> Steps[Match | None]:
    """Read on from Functionary's `>>>`."""
    return (yield from parse_named(site, at)) if site.starts_line else None


def _read_one(site: Site, at: int) -> Steps[Match | None]:
    source = site.source
    found = yield from read_bound_name(site, at)
    if found is None:
        return None
    name, begin = found
    begin += len((yield from match_one(source, begin, _BETWEEN)) or "")
    char = yield from peek(source, begin)
    cut_short = char == "" and source.cut_by_length and source.text[at:].strip() != name
    if char != "{" and not cut_short:
        return None
    try:
        if cut_short:
            raise cut_off(begin)
        arguments, end = yield from read_value(source, begin, watch=_watcher(site, name))
    except MalformedError as error:
        rest = len(source.text)
        return Match(rest, (broken(site, at, rest, error.reason, name),)) if error.cut_off else None
    call = site.tools.call(name, arguments, source.text[at:end], site.convention)
    if missing := site.tools.missing_keys(name, arguments):
        call = broken(site, at, end, f"required arguments are missing: {', '.join(sorted(missing))}", name)
    return Match(end, (call,))


def _watcher(site: Site, name: str) -> Watch:
    """Stops reading at the first key that the tool does not have."""

    def watch(key: str, value: object, where: int) -> None:
        if value is UNREAD and site.tools.unknown_keys(name, {key: None}):
            msg = f"{key!r} is nothing that the tool has"
            raise NotACallError(msg, where)

    return watch


def read_bound_name(site: Site, at: int) -> Steps[tuple[str, int] | None]:
    """A bound tool's name, perhaps with a namespace and a number; waits only while one may stand here."""
    source = site.source
    while True:
        text = source.text
        run = _NAME.match(text, at)
        end = run.end() if run else at
        if end < len(text) or source.closed:
            break
        if end > at and not site.tools.may_become_written(text[at:end]):
            return None
        yield
    name = site.tools.resolve(text[at:end])
    if name is None:
        return None
    if (yield from peek(source, end)) == ":":
        after = yield from take_while(source, end + 1, _DIGITS, _MAX_DIGITS)
        return (name, after) if after > end + 1 else None
    return name, end
