"""Reads a reply from left to right, once: what is text goes out, what is a call is kept."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from sys import maxsize
from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.behind import ENDS, Behind
from graph.endpoint.recovery.convention import Match, Site
from graph.endpoint.recovery.cursor import FENCE, TICKS
from graph.endpoint.recovery.echo import Echo
from graph.endpoint.recovery.endings import ends_line
from graph.endpoint.recovery.inside import parse_inside
from graph.endpoint.recovery.intent import introduces_text, opens_quote
from graph.endpoint.recovery.named_json import parse_named
from graph.endpoint.recovery.plain_python import parse_python
from graph.endpoint.recovery.quotation import judge
from graph.endpoint.recovery.results import BrokenCall, RecoveredCall
from graph.endpoint.recovery.situation import Block
from graph.endpoint.recovery.source import Steps, match_end, match_one, skip_space, take_while
from graph.endpoint.recovery.unreadable import find_unreadable

if TYPE_CHECKING:
    from collections.abc import Generator

    from graph.endpoint.recovery.convention import Convention
    from graph.endpoint.recovery.cursor import Cursor
    from graph.endpoint.recovery.situation import Reading, Situation
    from graph.endpoint.recovery.toolbox import Toolbox

_MIN_CUT_MARKER = 6
_LAST_CHARS = 100
_MIN_BEHIND_A_CALL = 2


class Scanner:
    """Finds the calls in a reply.

    Args:
        cursor: the place in the reply; what is found goes to its output.
        tools: the bound tools.
        situation: what is known before the reply.
    """

    def __init__(self, cursor: Cursor, tools: Toolbox, situation: Situation) -> None:
        self._cursor = cursor
        self._source = cursor.source
        self._output = cursor.output
        self._tools = tools
        self._situation = situation
        self._behind = Behind(cursor.source, self._site, situation)
        wishes = situation.wishes
        self._may_be_example = wishes.about_calls or wishes.held_back
        self._unmarked = not (self._may_be_example or wishes.explicit)
        self._mentioned = False
        self._passed = False
        self._doubted: str | None = None
        self._met: set[str] = set()
        self._echo = Echo()

    def read(self) -> Generator[None, None, None]:
        """Read the reply; yields where more text is needed, and ends with the reply."""
        yield from self._read_start()
        source = self._source
        at = 0
        while True:
            search = markers.find_marker_or_bracket if self._unmarked else markers.find_marker
            hit = search(source.text, at)
            if hit is None and source.closed:
                self._close_marker()
                return
            hold = maxsize if source.closed else markers.hold_from(source.text, at, self._cursor.begins_line)
            if hit is None or (hit.group() in {"{", "["} and hold <= hit.start()):  # brackets stand in markers, too
                self._cursor.give(hold, 0)
                at = 0
                yield
                continue
            handled = yield from self._handle(hit.start(), hit.group())
            at = 0 if handled else hit.end()

    def _close_marker(self) -> None:
        """The end of the reply: half a marker is a call cut off, if it is long enough to tell."""
        text = self._source.text
        start = markers.hold_from(text, 0, self._cursor.begins_line)
        half = text[start:]
        self._cursor.give(start, 0)
        behind = bool(self._output.calls) and not self._output.tail.strip()
        least = _MIN_BEHIND_A_CALL if behind else _MIN_CUT_MARKER
        if len(half) >= least and markers.is_half_a_call(half, behind=behind):
            reason = "the call was cut off before it was complete"
            self._cursor.take(Match(len(half), (BrokenCall(None, half, reason, "marker"),)))
        else:
            self._cursor.give(len(half), 0)

    def _handle(self, start: int, found: str) -> Steps[bool]:
        """Handle what the search found; tells whether the text up to there was let go."""
        if found[0] == "`":
            yield from self._read_code(start)
            return True
        if found in markers.THINKING_BY_OPENER:
            yield from self._cursor.read_thinking(start, markers.THINKING_BY_OPENER[found])
            return True
        if found in markers.ORPHAN_ENDS:
            self._cursor.give(start, 0)
            if not self._cursor.thought:
                self._output.all_was_thinking()
            self._cursor.thought = True
            self._output.thinking(found)
            self._cursor.give(len(found), len(found))
            self._cursor.blank_line = True  # the answer begins here
            return True
        if found in markers.ARGUMENT_ENDS:
            self._cursor.give(start, 0)
            self._cursor.give(len(found), len(found) if self._spoil(found) else 0)
            return True
        if found in markers.CALL_ENDS:
            return (yield from self._read_lone_end(start, found))
        return (yield from (self._read_bare(start) if found in "{[" else self._read_marked(start, found)))

    def _site(self, start: int, opener: str, convention: str) -> Site:
        cursor = self._cursor
        inside = partial(parse_inside, self._source, self._site, self._met)
        line, begins = cursor.line_before(start), cursor.begins_line(start)
        return Site(self._source, start, opener, self._tools, convention, line, begins, inside)

    def _read_marked(self, start: int, opener: str) -> Steps[bool]:
        convention = markers.BY_OPENER[opener]
        if convention.after and convention.after not in self._met:
            return False
        if self._may_be_example and (self._situation.wishes.held_back or not self._stands_alone(start)):
            return False
        self._cursor.give(start, 0)
        match: Match | None = None
        if not convention.weak or (self._cursor.begins_line(0) and self._may_be_unmarked()):
            match = yield from convention.parse(self._site(0, opener, convention.name), len(opener))
            if match is None and not convention.weak:
                match = yield from find_unreadable(self._site(0, opener, convention.name))
        if match is not None and convention.weak:
            match = None if self._holds(match, 0) else match
            if match is not None:
                return (yield from self._settle(match))
        reading: Reading = "text" if match is None else "run"
        if match is not None and match.calls:
            reading, match = yield from self._weigh(self._site(0, opener, convention.name), match)
        if match is None or reading != "run":
            self._mentioned = True
            if match is not None and reading == "doubt":
                self._output.hold(match.calls)
            self._cursor.give(match.end if match else len(opener), 0)
            return True
        yield from self._accept(convention, match)
        return True

    def _stands_alone(self, start: int) -> bool:
        """Whether nothing but calls in doubt stands before a place."""
        before = (self._output.tail + self._source.text[:start]).strip()
        return not before if self._doubted is None else before.endswith(self._doubted)

    def _weigh(self, site: Site, match: Match) -> Steps[tuple[Reading, Match]]:
        """How a call with a marker is read; where calls are explained, only one with nothing beside it may be meant."""
        if not self._may_be_example:
            return (yield from judge(site, self._output.tail, match, self._situation, self._bare_site))
        match = yield from self._behind.gather(match)
        rest = yield from self._behind.text(match.end)
        self._doubted = self._source.text[: match.end].strip()[-_LAST_CHARS:]
        whole = all(isinstance(call, RecoveredCall) for call in match.calls)
        shown = rest.strip() or not whole or self._holds(match, 0)
        return ("text" if shown else self._situation.weigh_alone(match.calls)), match

    def _holds(self, match: Match, start: int) -> bool:
        """Whether what was read stands in a message that the model was given."""
        return self._situation.holds(self._source.text[start : match.end])

    def _bare_site(self, at: int) -> Site:
        return self._site(at, "", "json")

    def _read_lone_end(self, start: int, token: str) -> Steps[bool]:
        """The end of a call that never began, alone on its line: the call was lost, unless it is being talked about."""
        self._cursor.give(start, 0)
        output = self._output
        talk = (
            self._mentioned
            or self._may_be_example
            or output.line
            or introduces_text(output.tail)
            or opens_quote(output.tail)
        )
        if talk or not (yield from ends_line(self._source, len(token))):
            self._cursor.give(len(token), 0)
            return True
        reason = "a tool call ends here that never began"
        calls = () if output.calls else (BrokenCall(None, token, reason, "marker"),)
        self._cursor.take(Match(len(token), calls))
        yield from self._skip_after(Match(0, calls))
        return True

    def _accept(self, convention: Convention, match: Match) -> Steps[None]:
        self._met.add(convention.name)
        self._echo.note(match.calls)
        self._cursor.take(match)
        yield from self._skip_after(match)

    def _spoil(self, end: str) -> bool:
        """An argument or a call ends here that never began: then it began in a call before, which was cut short."""
        reason = f"`{end}` stands behind it, so it is not clear where its last argument ends"
        return self._output.spoil(markers.ELEMENT_CONVENTIONS, reason)

    def _skip_after(self, match: Match) -> Steps[None]:
        """Pass over what closes frames and turns after a call, and over an echo of it."""
        while match.calls:
            at = yield from skip_space(self._source, 0)
            token = yield from match_end(self._source, at, ENDS)
            if token in markers.ELEMENT_ENDS:
                self._spoil(token)
            end = (yield from self._echo.end(self._bare_site(at))) if token is None else at + len(token)
            if end is None:
                self._output.gap(self._source.text[:at])
                self._cursor.give(at, at)
                break
            self._cursor.give(end, end)

    def _read_start(self) -> Steps[None]:
        """A marker made of letters counts where nothing stands before it."""
        at = yield from skip_space(self._source, 0)
        opener = yield from match_one(self._source, at, tuple(markers.STARTS))
        if opener is not None and not self._may_be_example:
            convention = markers.STARTS[opener]
            match = yield from convention.parse(self._site(at, opener, convention.name), at + len(opener))
            if match is not None and not self._holds(match, at):
                if self._situation.weigh_alone(match.calls) == "run":
                    yield from self._accept(convention, match)
                else:
                    self._output.hold(match.calls)
                    self._cursor.give(match.end, 0)
                return
        for parse, name in ((parse_named, "named_json"), (parse_python, "pythonic")) if self._unmarked else ():
            match = yield from parse(self._site(at, "", name), at)
            if match is not None and not self._holds(match, at):
                yield from self._settle(match)
                return

    def _may_be_unmarked(self) -> bool:
        """Whether a call without a marker may stand here: not behind a text that follows calls."""
        if self._output.calls and self._output.lead.strip():
            self._unmarked = False
        return self._unmarked

    def _read_bare(self, start: int) -> Steps[bool]:
        if not self._bare_site(start).starts_line:
            return False
        self._cursor.give(start, 0)
        if not self._may_be_unmarked():
            self._cursor.give(1, 0)
            return True
        match = yield from self._behind.unmarked(self._bare_site(0), 0)
        if match is None:
            self._cursor.give(1, 0)
            return True
        return (yield from self._settle(match))

    def _settle(self, match: Match) -> Steps[bool]:
        """Weigh a call without a marker, with those right behind it, and do accordingly."""
        match = yield from self._behind.gather(match)
        if self._echo.repeats(match.calls):
            self._cursor.take(Match(match.end))
            yield from self._skip_after(match)
            return True
        match = replace(match, calls=self._echo.new(match.calls))
        output, situation = self._output, self._situation
        fenced = self._source.text.startswith("`")
        block = Block(match.calls, output.lead.strip(), output.tail, match.alone, fenced)
        reading = situation.weigh_lead(block, self._tools)
        if reading is None and self._passed:  # behind a block that is text, a call is none for certain
            reading = situation.weigh_doubt(block, self._tools)
        if reading is None:
            rest = yield from self._behind.text(match.end)
            reading = situation.weigh_rest(block, rest, self._tools)
        if reading == "run" and (situation.wishes.shown or situation.hinted or situation.doubts):
            reading = situation.weigh_doubt(block, self._tools)
        if reading == "run":
            self._cursor.take(match)
            yield from self._skip_after(match)
            return True
        if reading == "doubt":
            self._output.hold(match.calls)
            self._unmarked = False  # one question is enough
        self._passed = True
        self._cursor.give(match.end, 0)
        return True

    def _read_code(self, start: int) -> Steps[None]:
        """Code passes through, whatever is in it; only a fenced block may turn out to be a call."""
        self._cursor.give(start, 0)
        size = yield from take_while(self._source, 0, TICKS, maxsize)
        if size >= FENCE and self._may_be_unmarked():
            site = self._site(0, "`" * size, "fenced")
            match = yield from self._behind.unmarked(site, size)
            if match is not None:
                yield from self._settle(match)
                return
        self._cursor.give(size, 0)
        yield from self._cursor.pass_code(size)
