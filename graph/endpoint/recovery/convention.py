"""What a convention is: its opening markers and a parser that reads on from one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from graph.endpoint.recovery.intent import announces
from graph.endpoint.recovery.results import BrokenCall, Call
from graph.endpoint.recovery.source import MalformedError, Source, Steps, find, to_end

if TYPE_CHECKING:
    from graph.endpoint.recovery.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Match:
    """What stood at a marker.

    `calls` may be empty: then the span is framing that goes with a call, or reasoning, and is only left out. `alone`:
    the calls count only where the reply holds nothing else.
    """

    end: int
    calls: tuple[Call, ...] = ()
    reasoning: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where a parser was started."""

    source: Source
    start: int
    opener: str
    tools: Toolbox
    convention: str
    line: str
    """What stands before it on its line."""

    starts_line: bool
    inside: Callable[[int], Steps[Match | None]]
    """Parses the call whose marker stands at a position, for frames around calls."""


Parse: TypeAlias = Callable[[Site, int], Steps[Match | None]]
"""Reads on from the end of the opener; None means that the marker is not the start of a call here."""


@dataclass(frozen=True, slots=True)
class Convention:
    """One way of writing tool calls."""

    name: str
    openers: tuple[str, ...]
    parse: Parse
    evidence: str
    """Where the convention is written down; see `table` for the names of the sources."""

    ends: tuple[str, ...] = ()
    """What may stand after the calls and goes with them: closing tags of frames."""

    after: str = ""
    """The openers count only once a convention of this name has been met in the reply."""

    weak: bool = False
    """The openers stand around answers, too: they count only where a call without a marker would."""


SENTENCE_ENDS = ".!?:…。！？："
FRAMING = re.compile(r"(?:\s*(?:<[^<>\n]*>|\[[A-Z_]+\]))*\s*\Z")
"""Tokens at the end of a text, where nobody has a row for them: `<|tool_section|>`."""

_HEAD = re.compile(r"[\w.\-]+")
_GOES_ON = (":", "<", "(", "{", "[", ">", "")
_NAME = re.compile(r"""["'](?:name|tool_name|function_name|function|tool|action)["']\s*:\s*["']([^"'\n]{1,128})["']""")
_GLIMPSE = 2000
_NEAR = 200


def name_in(raw: str) -> str | None:
    """The tool's name in a piece of JSON that could not be read."""
    found = _NAME.search(raw[:_GLIMPSE])
    return found.group(1) if found else None


def broken(site: Site, start: int, end: int, reason: str, name: str | None = None) -> BrokenCall:
    """A broken call made of a span of the source."""
    return BrokenCall(name, site.source.text[start:end], reason, site.convention)


def nothing_follows(site: Site) -> Match | None:
    """An opener with nothing after it: cut off where a call would begin, else a mention at the end of a sentence."""
    end = len(site.source.text)
    line = FRAMING.sub("", site.line)
    begins = site.starts_line or not line or line[-1] in SENTENCE_ENDS.replace(":", "") or announces(line)
    if site.source.cut_by_length or begins:
        return Match(end, (broken(site, site.start, end, "the call was cut off before it was complete"),))
    return None


def _is_mention(site: Site, name: str | None) -> bool:
    """Whether a marker at the end of a reply that was not cut stands in a sentence about it."""
    line = FRAMING.sub("", site.line)
    if site.source.finish_reason == "length" or not line or line[-1] in SENTENCE_ENDS or announces(line):
        return False
    rest = site.source.text[site.start + len(site.opener) :].strip().lstrip("[").removeprefix("call:")
    head = _HEAD.match(rest)
    begun = head is not None and rest[head.end() : head.end() + 1] in _GOES_ON and site.tools.resolve(head.group())
    named = name is not None and site.tools.resolve(name)
    return not rest or not (begun or named or rest.startswith("{") or site.tools.may_become_written(rest))


def give_up(
    site: Site, start: int, error: MalformedError, name: str | None, closers: tuple[str, ...]
) -> Steps[Match | None]:
    """A call that cannot be read: broken up to the closing tag or the end; no call when nothing ever named a tool.

    Args:
        site: where the parser was started.
        start: where the unreadable call begins.
        error: why it cannot be read.
        name: its name, if it was read.
        closers: the closing tags.
    """
    source = site.source
    if error.cut_off:
        if _is_mention(site, name):
            return None
        end = len(source.text)
        return Match(end, (broken(site, start, end, error.reason, name),))
    if name is None and error.at - start < _NEAR:
        return None
    found = yield from find(source, error.at, closers) if closers else to_end(source)
    end = found[0] + len(found[1]) if found else len(source.text)
    return Match(end, (broken(site, start, end, f"the call is malformed: {error.reason}", name),))
