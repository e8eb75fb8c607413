"""Looks at what stands behind a call: closing tags, further calls, and text that tells what it is meant as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.convention import Match, Site
from graph.endpoint.recovery.endings import END_TOKENS, STRAY_ENDS
from graph.endpoint.recovery.intent import MAX_FOLLOW_UP
from graph.endpoint.recovery.source import Source, Steps, match_end, match_one, peek, skip_space
from graph.endpoint.recovery.unmarked import parse_bare, parse_fenced

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.endpoint.recovery.situation import Situation

ENDS = (*markers.FRAME_ENDS, *markers.ELEMENT_ENDS, *END_TOKENS, *STRAY_ENDS)
"""What may stand behind a call and goes with it."""


class Behind:
    """Reads on from a place in the reply and lets nothing go.

    Args:
        source: the reply.
        site: makes the site of a call: where it begins, its opener, its convention.
        situation: what is known before the reply.
    """

    def __init__(self, source: Source, site: Callable[[int, str, str], Site], situation: Situation) -> None:
        self._source = source
        self._site = site
        self._situation = situation

    def unmarked(self, site: Site, at: int) -> Steps[Match | None]:
        """Read a call without a marker; none, if the model was given it."""
        match = yield from (parse_fenced if site.opener else parse_bare)(site, at)
        held = match is not None and self._situation.holds(self._source.text[site.start : match.end])
        return None if held else match

    def gather(self, match: Match) -> Steps[Match]:
        """A match with the closing tags and the calls right behind it."""
        calls, end, alone = list(match.calls), match.end, match.alone
        while True:
            at = yield from skip_space(self._source, end)
            token = yield from match_end(self._source, at, ENDS)
            if token:
                end = at + len(token)
                continue
            following = yield from self._next(at, (yield from peek(self._source, at)))
            if following is None:
                return Match(end, tuple(calls), alone=alone)
            calls += following.calls
            end, alone = following.end, alone or following.alone

    def text(self, at: int) -> Steps[str]:
        """The text behind a block, as far as it matters: not if another call does."""
        source = self._source
        at = yield from skip_space(source, at)
        if (yield from match_one(source, at, markers.MARKERS)):
            return ""
        while not source.closed and len(source.text) - at <= MAX_FOLLOW_UP:
            yield
        return source.text[at : at + MAX_FOLLOW_UP + 1].rstrip()

    def _next(self, at: int, char: str) -> Steps[Match | None]:
        if char in {"{", "["}:
            return (yield from self.unmarked(self._site(at, "", "json"), at))
        if char == "`":
            fence = yield from match_one(self._source, at, ("```",))
            if fence:
                return (yield from self.unmarked(self._site(at, fence, "fenced"), at + len(fence)))
        return None
