"""Names and values in alternating tags: GLM since 4.5, and Hunyuan V3, Ling and Laguna after it."""

from __future__ import annotations

import re
from typing import Any

from graph.endpoint.recovery.convention import Match, Site, give_up
from graph.endpoint.recovery.headed_json import finish
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

_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128
_KEY, _KEY_END, _VALUE, _VALUE_END = "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"
_SEPARATOR, _CLOSE = "<tool_sep>", "</tool_call>"


def parse_pairs(site: Site, at: int) -> Steps[Match | None]:
    """Read a name, then `<arg_key>` and `<arg_value>` pairs (or, off the template, JSON), then `</tool_call>`."""
    source = site.source
    end = yield from take_while(source, at, _NAME, _MAX_NAME)
    name = source.text[at:end]
    bound = site.tools.resolve(name)
    try:
        end = yield from skip_space(source, end)
        tag = yield from match_one(source, end, (_KEY, _SEPARATOR, _CLOSE, "{"))
        if tag is None and (yield from _is_rest(source, end)):
            if bound is None and not site.tools.may_become(name):
                return None
            raise cut_off(end)
        if tag is None or (tag in {_CLOSE, "{"} and bound is None):
            return None
        if tag == "{":
            return (yield from finish(site, end, name, (_CLOSE,)))
        if tag == _SEPARATOR:
            end += len(tag)
        arguments, end = yield from _read_pairs(site, bound or name, end)
    except MalformedError as error:
        return (yield from give_up(site, site.start, error, bound or name, (_CLOSE,)))
    call = site.tools.call(name, arguments, source.text[site.start : end], site.convention)
    return Match(end, (call,))


def _is_rest(source: Source, at: int) -> Steps[bool]:
    """Whether the reply ends here, or within the tag that begins here."""
    if (yield from peek(source, at)) == "":
        return True
    rest = source.text[at:]
    return source.closed and any(tag.startswith(rest) for tag in (_KEY, _SEPARATOR, _CLOSE))


def _read_pairs(site: Site, name: str, at: int) -> Steps[tuple[dict[str, Any], int]]:
    source = site.source
    arguments: dict[str, Any] = {}
    while True:
        at = yield from skip_space(source, at)
        tag = yield from match_one(source, at, (_KEY, _CLOSE))
        if tag == _CLOSE:
            return arguments, at + len(tag)
        if tag is None:
            raise (yield from _not(source, at))
        end = yield from _find(source, at + len(tag), _KEY_END)
        key = source.text[at + len(tag) : end].strip()
        at = yield from skip_space(source, end + len(_KEY_END))
        if (yield from match_one(source, at, (_VALUE,))) is None:
            raise (yield from _not(source, at))
        begin = at + len(_VALUE)
        end, at = yield from _find_value_end(source, begin)
        if key in arguments:
            msg = f"the argument {key!r} is given twice"
            raise MalformedError(msg, at)
        arguments[key] = site.tools.type_argument(name, key, source.text[begin:end])


def _not(source: Source, at: int) -> Steps[MalformedError]:
    if (yield from _is_rest(source, at)) or (source.closed and _VALUE.startswith(source.text[at:])):
        return cut_off(at)
    msg = "something stands between the arguments"
    return MalformedError(msg, at)


def _find(source: Source, at: int, tag: str) -> Steps[int]:
    found = yield from find(source, at, (tag,))
    if found is None:
        raise cut_off(len(source.text))
    return found[0]


def _find_value_end(source: Source, at: int) -> Steps[tuple[int, int]]:
    """A value ends at a closing tag that is followed by what may come next."""
    while True:
        end = yield from _find(source, at, _VALUE_END)
        at = end + len(_VALUE_END)
        after = yield from skip_space(source, at)
        if (yield from match_one(source, after, (_KEY, _CLOSE))):
            return end, after
        if (yield from _is_rest(source, after)):
            raise cut_off(after)
