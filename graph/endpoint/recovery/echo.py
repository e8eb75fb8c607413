"""Calls that a reply repeats right behind themselves, without the marker: once is meant, and the echo is left out."""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING

from graph.endpoint.recovery.results import what_is_called
from graph.endpoint.recovery.source import peek
from graph.endpoint.recovery.unmarked import parse_bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graph.endpoint.recovery.convention import Site
    from graph.endpoint.recovery.results import Call
    from graph.endpoint.recovery.source import Steps


class Echo:
    """The calls of a reply that carried a marker, and what repeats them."""

    def __init__(self) -> None:
        self._made: list[tuple[str | None, str]] = []

    def note(self, calls: Iterable[Call]) -> None:
        """Note calls that carried a marker."""
        self._made += map(what_is_called, calls)

    def repeats(self, calls: Iterable[Call]) -> bool:
        """Whether all of the calls were made with a marker before."""
        return bool(self._made) and all(what_is_called(call) in self._made for call in calls)

    def new(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """Those of a list from the first one on that was not made with a marker before."""
        return tuple(dropwhile(lambda call: what_is_called(call) in self._made, calls))

    def end(self, site: Site) -> Steps[int | None]:
        """Where a list ends that repeats the calls: LFM2's echo (vLLM's `lfm2_tool_parser.py`)."""
        if not self._made or (yield from peek(site.source, site.start)) != "[":
            return None
        match = yield from parse_bare(site, site.start)
        return match.end if match and self.repeats(match.calls) else None
