"""Parses a call in place, for what stands around calls: frames, and the line that quotes several of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.convention import Match
from graph.endpoint.recovery.source import match_end, match_one, skip_space

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from graph.endpoint.recovery.convention import Site
    from graph.endpoint.recovery.source import Source, Steps


def parse_inside(
    source: Source, site: Callable[[int, str, str], Site], met: Collection[str], at: int
) -> Steps[Match | None]:
    """Parse the call whose marker stands at a position, and what closes frames after it.

    Args:
        source: the reply.
        site: makes the site of a call: where it begins, its opener, its convention.
        met: the conventions that the reply has been found to use.
        at: the position.
    """
    opener = yield from match_one(source, at, tuple(markers.BY_OPENER))
    if opener is None:
        return None
    convention = markers.BY_OPENER[opener]
    if convention.after and convention.after not in met:
        return None
    begun = site(at, opener, convention.name)
    match = yield from convention.parse(replace(begun, line=_before_frames(begun.line)), at + len(opener))
    if match is None or not match.calls:
        return None
    end = match.end
    while True:
        after = yield from skip_space(source, end)
        token = yield from match_end(source, after, markers.FRAME_ENDS)
        if token is None:
            return Match(end, match.calls)
        end = after + len(token)


def _before_frames(line: str) -> str:
    """A line without the markers at its end: what a frame opens with is no text that leads to a call."""
    while opener := max(filter(line.endswith, markers.BY_OPENER), key=len, default=""):
        line = line.removesuffix(opener).rstrip()
    return line
