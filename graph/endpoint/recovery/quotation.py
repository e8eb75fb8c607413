"""Tells a marked call from one that the reply only quotes: an example in a sentence, a passage of a message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.convention import FRAMING, Match
from graph.endpoint.recovery.endings import END_TOKENS, STRAY_ENDS
from graph.endpoint.recovery.intent import acts, leads_on, leaves_open, opens_quote
from graph.endpoint.recovery.results import what_is_called
from graph.endpoint.recovery.source import Source, Steps, match_end, match_one, peek, skip_space
from graph.endpoint.recovery.unmarked import parse_bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.endpoint.recovery.convention import Site
    from graph.endpoint.recovery.results import Call
    from graph.endpoint.recovery.situation import Reading, Situation

_ENDS = (*markers.FRAME_ENDS, *markers.ELEMENT_ENDS, *END_TOKENS, *STRAY_ENDS)
_TOKENS = re.compile(r"(?: *(?:<[^<>\n]{0,60}>|\[[A-Z_]{0,60}\]))* *(?:<[^<>\n]{0,60}|\[[A-Z_]{0,60})?")
"""Tokens on a line, the last one perhaps not yet whole."""

_MAX_LINE = 400


def judge(
    site: Site, tail: str, match: Match, situation: Situation, at_marker: Callable[[int], Site]
) -> Steps[tuple[Reading, Match]]:
    """Whether a call is made, quoted or in doubt, and the match with what belongs to it.

    It is quoted where a quotation mark stands before it, where it stands in a message that the model was given, where
    there is text before and behind it on its line, and where the sentence before goes on behind it. Words alone leave
    it in doubt (see `situation`).

    Args:
        site: where the call begins.
        tail: the end of the text before it.
        match: the call.
        situation: what is known around it.
        at_marker: gives the site for another position.

    Returns:
        How it is read; the match with closing tags, and with more calls behind it on a line that begins with text, as
        these are quoted together or not at all.
    """
    source = site.source
    quoted = opens_quote(tail) or situation.holds(source.text[: match.end])
    if not quoted and not tail.strip():
        return situation.weigh_alone(match.calls), match
    begun = bool(FRAMING.sub("", tail.rpartition("\n")[2]))
    calls, end, newline, doubtful = list(match.calls), match.end, False, False
    while True:
        at = yield from skip_space(source, end)
        newline = newline or "\n" in source.text[end:at]
        token = yield from match_end(source, at, _ENDS)
        if token in markers.ELEMENT_ENDS:
            break
        if token:
            end = at + len(token)
            continue
        char = yield from peek(source, at)
        if quoted or not char:
            break
        marker = yield from match_one(source, at, markers.MARKERS)
        if newline or not begun:
            goes_on = newline and not marker and char.islower()
            quoted, doubtful = goes_on and leaves_open(tail), goes_on and leads_on(tail)
            break
        more = (yield from site.inside(at)) if marker else (yield from _echo(at_marker(at), char, calls, at))
        if more is None:
            inline = not marker and not (yield from _is_framing(source, at))
            quoted, doubtful = inline and not acts(tail), inline
            break
        calls += more.calls
        end = more.end
    reading: Reading = "text" if quoted else situation.weigh_marked(calls, tail, doubtful=doubtful)
    return reading, Match(end, tuple(calls), match.reasoning)


def _is_framing(source: Source, at: int) -> Steps[bool]:
    """Whether the line goes on with tokens and nothing else, the last one perhaps cut short."""
    while not source.closed and len(source.text) - at <= _MAX_LINE and _TOKENS.fullmatch(source.text, at):
        yield
    if source.closed and source.text[at:] in markers.PREFIXES:
        return True
    line = source.text[at : at + _MAX_LINE].partition("\n")[0]
    return FRAMING.fullmatch(line) is not None


def _echo(site: Site, char: str, calls: list[Call], at: int) -> Steps[Match | None]:
    """A list that repeats the calls before it, left out."""
    if char != "[":
        return None
    match = yield from parse_bare(site, at)
    if match is None:
        return None
    known = {what_is_called(call) for call in calls}
    return Match(match.end) if all(what_is_called(call) in known for call in match.calls) else None
