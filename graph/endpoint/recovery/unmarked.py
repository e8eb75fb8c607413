"""Calls without a marker of their own: bare JSON, bare Python lists, and fenced blocks.

These look like what an answer may contain, too. So a call here has to name a bound tool, give no key the tool does not
have, and stand where a call would stand (the scanner sees to that); everything else stays text.

Seen: Qwen2.5-Coder with its GGUF's own template answers with a ```json block every time, under llama.cpp and under
vLLM with parser `hermes`, and with `{{"name": …}}` after a tool's result (recorded 2026-11-22). In the parsers that
`table` names: Llama 3.1 and 3.2 write bare JSON with `parameters`, several with `;` between (V llama); Llama 3.2 and 4
write `[f(a=1)]` (V pythonic, llama4_pythonic); xLAM a JSON list, bare or fenced (V xlam). Gemma 3 is asked for such a
list or such JSON by its guide (https://simonwillison.net/2025/Mar/26/function-calling-with-gemma/) and for a block
called tool_code by another (`gemma/docs/meme-generator` of its makers' documentation); the latter with
`print(default_api.f(a=1))` in it stands in replies kept in public repositories (searched on 2026-11-22).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from graph.endpoint.recovery.convention import Match, Parse, Site, broken, name_in
from graph.endpoint.recovery.endings import end_block
from graph.endpoint.recovery.pythonic import PythonCall, read_calls, to_call
from graph.endpoint.recovery.results import BrokenCall, Call, RecoveredCall
from graph.endpoint.recovery.source import (
    MalformedError,
    NotACallError,
    Steps,
    ends_within,
    find,
    match_one,
    peek,
    skip_space,
    take_while,
    to_end,
)
from graph.endpoint.recovery.tagged_json import Item, read_objects
from graph.endpoint.recovery.toolbox import ARGUMENT_KEYS, LABEL_KEYS, NAME_KEYS, WRAPPER_KEYS, Toolbox, read_items
from graph.endpoint.recovery.values import UNREAD

UNMARKED = frozenset({"json", "functools", "fenced", "wrapped", "named_json", "pythonic"})
"""The names of the conventions without a marker, or with one that stands around other things as well."""

_KEYS = frozenset({*NAME_KEYS, *ARGUMENT_KEYS, *LABEL_KEYS, *WRAPPER_KEYS})
_INFO = re.compile(r"[\w+\-]*")
_MAX_INFO = 20
_PYTHON_FENCES = frozenset({"tool_code", "tool_call", "tool_calls", "tool"})
_PYTHON_INFOS = frozenset({"python", "py"})
"""A call in one of these counts only where it is the whole reply: Python is what a user may have asked for."""

_FENCES = frozenset({"", "json", "jsonc", "json5", "xml", "function_call", "function"}) | _PYTHON_FENCES | _PYTHON_INFOS
_HALF_NAME = re.compile(r"""["'](?:name|tool_name|function_name|function|tool|action)["']\s*:\s*["']([\w.\-]*)\Z""")
_PLACEHOLDER = ".…<"
"""Where one of these stands for a value, the form of a call is being explained."""


def parse_bare(site: Site, at: int) -> Steps[Match | None]:
    """Read JSON or a Python list that begins a line; `at` is its bracket."""
    source = site.source
    if (yield from peek(source, at)) == "[":
        inner = yield from skip_space(source, at + 1)
        char = yield from peek(source, inner)
        if char.isalpha() or char == "_":
            return (yield from read_python(replace(site, convention="pythonic"), at, None))
        if char != "{":
            return None
    return (yield from _read_json(site, at, None))


def parse_fenced(site: Site, at: int) -> Steps[Match | None]:
    """Read a fenced block; `at` is the end of its backticks.

    Args:
        site: where it begins; its opener is the run of backticks.
        at: the position after them.
    """
    source = site.source
    end = yield from take_while(source, at, _INFO, _MAX_INFO)
    info = source.text[at:end].lower()
    if info not in _FENCES:
        return None
    begin = yield from skip_space(source, end)
    char = yield from peek(source, begin)
    if char in {"<", "["} and info not in _PYTHON_INFOS:
        match = yield from _read_marked(site, begin)
        if match is not None:
            return match
    after = char
    if char == "[":
        after = yield from peek(source, (yield from skip_space(source, begin + 1)))
    if after == "{":
        return (yield from _read_json(site, begin, site.opener))
    if (after.isalpha() or after == "_") and (char == "[" or info in _PYTHON_FENCES | _PYTHON_INFOS | {""}):
        match = yield from read_python(site, begin, site.opener)
        weak = char != "[" and info not in _PYTHON_FENCES
        return replace(match, alone=True) if match and weak else match
    return None


def _read_marked(site: Site, at: int) -> Steps[Match | None]:
    """Read calls that carry a marker, one or more, up to the end of the block."""
    calls: list[Call] = []
    source = site.source
    while True:
        at = yield from skip_space(source, at)
        if calls and (yield from match_one(source, at, (site.opener,))):
            return Match(at + len(site.opener), tuple(calls))
        if calls and (at == len(source.text) or ends_within(source, at, (site.opener,))):
            return Match(len(source.text), tuple(calls))
        match = yield from site.inside(at)
        if match is None:
            return None
        calls += match.calls
        at = match.end


def wrapped(closer: str) -> Parse:
    """The parser of JSON in a tag that stands around answers, too; it counts as a fenced block does."""

    def parse(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        if (yield from peek(site.source, begin)) not in {"{", "["}:
            return None
        return (yield from _read_json(site, begin, closer))

    return parse


def _read_json(site: Site, at: int, fence: str | None) -> Steps[Match | None]:
    source = site.source
    items: list[Item] = []

    def takes(value: Any) -> bool:
        return _accept(site, [Item(value, at, at)]) is not None

    try:
        end = yield from read_objects(source, at, items, _watcher(site.tools), takes)
    except NotACallError:
        return None
    except MalformedError as error:
        return (yield from _fail_json(site, items, at, error, fence))
    calls = _accept(site, items)
    if calls is None:
        return None
    return (yield from end_block(site, calls, end, fence))


def _watcher(tools: Toolbox) -> Any:
    """Stops reading at the first key, or name, that no call to a bound tool has."""

    def watch(key: str, value: object, at: int) -> None:
        if key not in _KEYS or (
            key in NAME_KEYS and value is not UNREAD and isinstance(value, str) and tools.resolve(value) is None
        ):
            msg = f"{key!r} is nothing that a call to a bound tool has"
            raise NotACallError(msg, at)

    return watch


def _accept(site: Site, items: list[Item]) -> list[Call] | None:
    """The calls, if every object is one to a bound tool with keys it has."""
    calls: list[Call] = []
    for item in items:
        read = read_items(item.value)
        if read is None:
            return None
        raw = site.source.text[item.start : item.end]
        for name, arguments, others in read:
            call = _judge(site, name, arguments, raw)
            if call is None or others:
                return None
            calls.append(call)
    return calls


def _judge(site: Site, name: str, arguments: Any, raw: str) -> Call | None:
    bound = site.tools.resolve(name)
    if bound is None:
        return None
    call = site.tools.call(name, arguments, raw, site.convention)
    if isinstance(call, BrokenCall):
        return None
    given = arguments if isinstance(arguments, dict) else {}
    if not isinstance(arguments, str) and site.tools.unknown_keys(bound, given):
        return None
    if not isinstance(arguments, str) and (missing := site.tools.missing_keys(bound, given)):
        names = ", ".join(sorted(missing))
        return BrokenCall(bound, raw, f"required arguments are missing: {names}", site.convention)
    return call


def read_python(site: Site, at: int, fence: str | None) -> Steps[Match | None]:
    """Read Python calls, up to the end of the line or of the code block."""
    source = site.source
    found: list[PythonCall] = []
    try:
        end = yield from read_calls(source, at, found, tools=site.tools)
    except NotACallError:
        return None
    except MalformedError as error:
        return _fail_python(site, at, found, error)
    calls = _judge_all(site, found)
    match = None if calls is None else (yield from end_block(site, calls, end, fence))
    return replace(match, alone=True) if match and any(each.unnamed for each in found) else match


def _fail_python(site: Site, at: int, found: list[PythonCall], error: MalformedError) -> Match | None:
    """Python calls that cannot be read to their end: broken when they were cut off and name a bound tool."""
    source = site.source
    done = _judge_all(site, found)
    if not error.cut_off or done is None:
        return None
    start = found[-1].end if found else at
    name, bracket, _ = source.text[start:].lstrip(" \t\r\n,[").removeprefix("print(").lstrip().partition("(")
    named = bool(bracket) and site.tools.resolve(name) is not None
    if not (named or found or (source.cut_by_length and site.tools.may_become(name.strip()))):
        return None
    end = len(source.text)
    return Match(end, (*done, broken(site, start, end, error.reason, name.strip() or None)))


def _judge_all(site: Site, found: list[PythonCall]) -> list[Call] | None:
    calls: list[Call] = []
    for each in found:
        written = to_call(site, each)
        call: Call | None = written
        if isinstance(written, RecoveredCall):
            call = _judge(site, written.name, written.value, site.source.text[each.start : each.end])
        elif not each.unnamed:
            call = None
        if call is None:
            return None
        calls.append(call)
    return calls


def _fail_json(site: Site, items: list[Item], at: int, error: MalformedError, fence: str | None) -> Steps[Match | None]:
    """JSON that cannot be read to its end: broken when it named a bound tool, else text."""
    source = site.source
    calls = _accept(site, items)
    if calls is None:
        return None
    start = items[-1].end if items else at
    raw = source.text[start : error.at]
    name = name_in(raw)
    if not error.cut_off:
        if items:
            return (yield from _unclosed_list(site, calls, error, fence))
        return (yield from _malformed_json(site, start, error, name, fence))
    if name is not None:
        named = site.tools.resolve(name) is not None
    else:
        half = _HALF_NAME.search(raw)
        named = bool(items) or (half is not None and site.tools.may_become(half.group(1)))
    if not named:
        return None
    return Match(len(source.text), (*calls, broken(site, start, len(source.text), error.reason, name)))


def _unclosed_list(site: Site, calls: list[Call], error: MalformedError, fence: str | None) -> Steps[Match | None]:
    """Whole calls in a list without its closing bracket; the block ends behind them, so nothing of them is missing.

    Seen: Qwen2.5-Coder at vLLM, whose parser `xlam` leaves the block in the text then (2026-11-24).
    """
    if fence is None:
        return None
    after = yield from skip_space(site.source, error.at)
    if (yield from match_one(site.source, after, (fence,))) is None:
        return None
    return Match(after + len(fence), tuple(calls))


def _malformed_json(
    site: Site, start: int, error: MalformedError, name: str | None, fence: str | None
) -> Steps[Match | None]:
    source = site.source
    if name is None or site.tools.resolve(name) is None:
        return None
    if not site.starts_line or source.text[error.at] in _PLACEHOLDER:
        return None
    found = (yield from find(source, error.at, (fence,))) if fence else (yield from to_end(source))
    end = found[0] + len(found[1]) if found else len(source.text)
    return Match(end, (broken(site, start, end, f"the call is malformed: {error.reason}", name),))
