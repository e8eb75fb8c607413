"""Tells a marked call from one that the reply only quotes: an example in a sentence, a passage of a message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.convention import FRAMING, Match
from graph.endpoint.recovery.intent import introduces_quote, leaves_open
from graph.endpoint.recovery.results import what_is_called
from graph.endpoint.recovery.source import Source, Steps, match_one, peek, skip_space
from graph.endpoint.recovery.unmarked import END_TOKENS, STRAY_ENDS, parse_bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.endpoint.recovery.convention import Site
    from graph.endpoint.recovery.results import Call

_ENDS = (*markers.FRAME_ENDS, *markers.ELEMENT_ENDS, *END_TOKENS, *STRAY_ENDS)
_SPACE = re.compile(r"\s+")
_TOKENS = re.compile(r"(?: *(?:<[^<>\n]{0,60}>|\[[A-Z_]{0,60}\]))* *(?:<[^<>\n]{0,60}|\[[A-Z_]{0,60})?")
"""Tokens on a line, the last one perhaps not yet whole."""

_MAX_LINE = 400
_FENCE = re.compile(r"\A`+\w*|`+\Z")


class Given:
    """The messages that the model was given and that others wrote: the user, tools.

    Args:
        texts: the messages.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._packed: list[str] | None = None

    def holds(self, raw: str) -> bool:
        """Whether a call stands in one of the messages, word for word (space and a fence around it do not count)."""
        if not self._texts:
            return False
        if self._packed is None:
            self._packed = [_SPACE.sub("", text) for text in self._texts]
        call = _SPACE.sub("", _FENCE.sub("", raw.strip()))
        return bool(call) and any(call in text for text in self._packed)


def judge(
    site: Site, tail: str, match: Match, given: Given, at_marker: Callable[[int], Site]
) -> Steps[tuple[bool, Match]]:
    """Whether a call is quoted, and the match with what belongs to it.

    It is where the text before introduces a quotation, where it stands in a message that the model was given, where
    there is text before and behind it on its line, and where the sentence before goes on behind it.

    Args:
        site: where the call begins.
        tail: the end of the text before it.
        match: the call.
        given: the messages that the model was given.
        at_marker: gives the site for another position.

    Returns:
        Whether it is quoted; the match with closing tags, and with more calls behind it on a line that begins with
        text, as these are quoted together or not at all.
    """
    source = site.source
    quoted = introduces_quote(tail) or given.holds(source.text[: match.end])
    if not quoted and not tail.strip():
        return False, match
    begun = bool(FRAMING.sub("", tail.rpartition("\n")[2]))
    calls, end, newline = list(match.calls), match.end, False
    while True:
        at = yield from skip_space(source, end)
        newline = newline or "\n" in source.text[end:at]
        token = yield from match_one(source, at, _ENDS)
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
            quoted = newline and not marker and leaves_open(tail) and char.islower()
            break
        more = (yield from site.inside(at)) if marker else (yield from _echo(at_marker(at), char, calls, at))
        if more is None:
            quoted = not marker and not (yield from _is_framing(source, at))
            break
        calls += more.calls
        end = more.end
    return quoted, Match(end, tuple(calls), match.reasoning)


def _is_framing(source: Source, at: int) -> Steps[bool]:
    """Whether the line goes on with tokens and nothing else."""
    while not source.closed and len(source.text) - at <= _MAX_LINE and _TOKENS.fullmatch(source.text, at):
        yield
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
