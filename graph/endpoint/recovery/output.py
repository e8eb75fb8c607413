"""What leaves the scanner: content, and the calls that were cut out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.recovery.intent import MAX_LEAD
from graph.endpoint.recovery.results import BrokenCall, RecoveredCall

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from graph.endpoint.recovery.convention import Match
    from graph.endpoint.recovery.results import Call

_TAIL = 400


class Output:
    """Collects content and calls, and tidies the whitespace where a call was.

    Whitespace before a call stays, as it may be out already, except at the start of the reply; whitespace after a call
    stays only if nothing but the call kept two texts apart.

    Attributes:
        lead: the content from its beginning, as far as it may lead to a call without a marker.
        tail: the end of the content since the last call.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.doubt: list[RecoveredCall] = []
        self.reasoning: list[str] = []
        self.lead = ""
        self.tail = ""
        self._raw: list[str] = []
        self._sources: list[str] = []
        self._ready: list[str] = []
        self._leading: str | None = ""
        self._gap = ""
        self._last = ""
        self._doubted: int | None = None

    def take(self, *, past_doubt: bool = True) -> str:
        """The content that has become ready since the last time; without `past_doubt` only up to a call in doubt."""
        end = len(self._ready) if past_doubt or self._doubted is None else self._doubted
        ready = "".join(self._ready[:end])
        del self._ready[:end]
        if self._doubted is not None:
            self._doubted = 0
        return ready

    def hold(self, calls: Iterable[Call]) -> None:
        """Note calls that are in doubt: the content from here on may be one."""
        before = len(self.doubt)
        self.doubt += (call for call in calls if isinstance(call, RecoveredCall))
        if self._doubted is None and len(self.doubt) > before:
            self._doubted = len(self._ready)

    def text(self, text: str) -> None:
        """Add content."""
        if not text:
            return
        if len(self.lead) <= MAX_LEAD:
            self.lead = (self.lead + text[: 2 * MAX_LEAD]).lstrip()
        self.tail = (self.tail + text[-_TAIL:])[-_TAIL:]
        self._emit(text)

    def thinking(self, text: str) -> None:
        """Add reasoning that stays in the content; it does not count as text that leads to a call."""
        self._emit(text)
        if text:
            self.lead = self.tail = ""

    def _emit(self, text: str) -> None:
        if not text:
            return
        if self._leading is not None:
            text = self._leading + text
            if text.isspace():
                self._leading = text
                return
            self._leading = None
        if self._gap:
            if self._last and not self._last.isspace():
                self._ready.append(self._gap)
            self._gap = ""
        self._ready.append(text)
        self._last = text[-1]

    def cut(self, match: Match, raw: str) -> None:
        """Leave a match out of the content."""
        self.calls += match.calls
        self._sources += [raw] * len(match.calls)
        if match.calls:
            self._raw.append(raw)
        if match.reasoning:
            self.reasoning.append(match.reasoning)
        if match.calls or match.reasoning:
            self.tail = ""
        if self._leading is not None:
            self._leading = ""

    def spoil(self, conventions: Collection[str], reason: str) -> bool:
        """Make the calls broken from the first of these conventions on; tells whether there was one."""
        first = next((at for at, call in enumerate(self.calls) if call.convention in conventions), None)
        if first is not None:
            self._spoil_from(first, reason)
        return first is not None

    def spoil_cut(self, conventions: Collection[str], pairs: Sequence[tuple[str, str]]) -> None:
        """The reply was cut off: make broken what may have gone on behind a closing tag within its last argument.

        Args:
            conventions: those in which such a tag looks like the call's own.
            pairs: what opens and what closes an argument in them.
        """
        reason = "the reply was cut off, so it is not clear where its last argument ends"
        for at, call in enumerate(self.calls):
            raw = self._sources[at]
            goes_on = at == len(self.calls) - 1 and bool(self.tail.strip())
            if call.convention in conventions and (goes_on or any(raw.count(a) > raw.count(b) for a, b in pairs)):
                self._spoil_from(at, reason)
                break

    def _spoil_from(self, first: int, reason: str) -> None:
        for at in range(first, len(self.calls)):
            call = self.calls[at]
            if isinstance(call, RecoveredCall):
                self.calls[at] = BrokenCall(call.name, self._sources[at], reason, call.convention)

    @property
    def line(self) -> str:
        """What stands before the next character on its line."""
        return self.tail.rpartition("\n")[2].strip()

    def gap(self, space: str) -> None:
        """Remember the whitespace after a call."""
        self._gap = space

    def all_was_thinking(self) -> None:
        """What came so far was reasoning whose opening marker stood in the prompt: no call in it counts."""
        self.reasoning += self._raw
        self._raw.clear()
        self._sources.clear()
        self.calls.clear()
        self.doubt.clear()
        self._doubted = None

    def flush(self) -> None:
        """The reply is over: whitespace that waited for text is content if nothing else was there."""
        if self._leading and not self.calls:
            self._ready.append(self._leading)
        self._leading = None
