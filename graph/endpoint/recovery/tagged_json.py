"""JSON behind an opening marker: most open models' way, under many names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graph.endpoint.recovery.convention import Match, Site, broken, give_up, name_in, nothing_follows
from graph.endpoint.recovery.results import BrokenCall, Call, RecoveredCall
from graph.endpoint.recovery.source import (
    MalformedError,
    NotACallError,
    Source,
    Steps,
    cut_off,
    match_end,
    peek,
    skip_space,
)
from graph.endpoint.recovery.toolbox import read_items
from graph.endpoint.recovery.values import Watch, read_value

Takes: TypeAlias = Callable[[Any], bool]
"""Whether an object may be a call."""


@dataclass(frozen=True, slots=True)
class Item:
    """One JSON object and where it stands."""

    value: Any
    start: int
    end: int


def read_object(source: Source, at: int, watch: Watch | None = None) -> Steps[tuple[Any, int]]:
    """Read an object, also one in doubled braces.

    Some templates show the form as `{{"name": …}}` (an escape that Jinja does not need), and models copy the doubled
    opening brace, with one, both or no closing one more (seen of Qwen2.5-Coder under llama.cpp and vLLM, 2026-11-22).
    """
    yield from peek(source, at + 1)
    doubled = source.text.startswith("{{", at)
    value, end = yield from read_value(source, at + doubled, watch=watch)
    if doubled:
        after = yield from skip_space(source, end)
        if (yield from peek(source, after)) == "}":
            end = after + 1
    return value, end


def read_objects(
    source: Source, at: int, found: list[Item], watch: Watch | None = None, takes: Takes | None = None
) -> Steps[int]:
    """Read a list of objects, or objects one after the other (between them space, `,` or `;`).

    Args:
        source: the text.
        at: where the list or the first object begins.
        found: gets each object as soon as it is complete, so that they are there when a later one fails.
        watch: told the keys of each object.
        takes: an object that it does not take ends the reading with `NotACallError`.

    Returns:
        The position after the last one.

    Raises:
        MalformedError: an object or the list around it cannot be read.
    """
    if source.text.startswith("[", at):
        return (yield from _read_list(source, at + 1, found, watch, takes))
    while True:
        value, end = yield from read_object(source, at, watch)
        found.append(_item(value, at, end, takes))
        after = yield from skip_space(source, end)
        if (yield from peek(source, after)) in {",", ";"}:
            after = yield from skip_space(source, after + 1)
            if (yield from peek(source, after)) == "":
                return after
        if (yield from peek(source, after)) != "{":
            return end
        at = after


def _item(value: Any, at: int, end: int, takes: Takes | None) -> Item:
    if takes is not None and not takes(value):
        msg = "the object is no call"
        raise NotACallError(msg, at)
    return Item(value, at, end)


def _read_list(source: Source, at: int, found: list[Item], watch: Watch | None, takes: Takes | None) -> Steps[int]:
    while True:
        at = yield from skip_space(source, at)
        char = yield from peek(source, at)
        if char == "]":
            return at + 1
        if char == "":
            raise cut_off(at)
        if char != "{":
            msg = f"{char!r} where an object should be"
            raise MalformedError(msg, at)
        value, end = yield from read_object(source, at, watch)
        found.append(_item(value, at, end, takes))
        at = yield from skip_space(source, end)
        char = yield from peek(source, at)
        if char == ",":
            at += 1
        elif char not in {"]", ""}:
            msg = f"{char!r} where a comma or `]` should be"
            raise MalformedError(msg, at)


def calls_of(site: Site, items: list[Item], *, keyed: bool = False) -> list[Call]:
    """The calls that complete objects stand for."""
    calls: list[Call] = []
    for item in items:
        raw = site.source.text[item.start : item.end]
        read = read_items(item.value, keyed=keyed)
        if read is None:
            calls.append(BrokenCall(name_in(raw), raw, "the object names no tool with arguments", site.convention))
        else:
            calls += [_call_of(site, raw, *each) for each in read]
    return calls


def _call_of(site: Site, raw: str, name: str, arguments: Any, others: frozenset[str]) -> Call:
    """A call; what stands beside the name instead of in the arguments must not be lost."""
    if arguments is None and others and site.tools.resolve(name):
        keys = ", ".join(sorted(others))
        return BrokenCall(name, raw, f"the call has no arguments, but stray keys: {keys}", site.convention)
    return site.tools.call(name, arguments, raw, site.convention)


@dataclass(frozen=True, slots=True)
class TaggedJson:
    """The parser of one such convention.

    Attributes:
        closers: the closing tags; one of them may be missing where the reply ends, since servers strip stop tokens.
        keyed: the form `{"<name>": {…arguments…}}`.
    """

    closers: tuple[str, ...] = ()
    keyed: bool = False

    def __call__(self, site: Site, at: int) -> Steps[Match | None]:
        """Read the objects and the closing tag."""
        source = site.source
        begin = yield from skip_space(source, at)
        char = yield from peek(source, begin)
        if char == "":
            return nothing_follows(site)
        if char not in "{[":
            return None
        items: list[Item] = []
        try:
            end = yield from read_objects(source, begin, items)
        except NotACallError:  # pragma: no cover  # no watch is given here
            return None
        except MalformedError as error:
            return (yield from self._fail(site, begin, items, error))
        calls = calls_of(site, items, keyed=self.keyed)
        closed, end = yield from read_closer(source, end, self.closers)
        if not calls or (not closed and self._names_nothing(calls)):
            return None
        if self.closers and not closed and source.cut_by_length and source.text[end:].strip() == "":
            calls[-1] = _cut(site, calls[-1], items[-1])
        return Match(end, tuple(calls))

    @staticmethod
    def _names_nothing(calls: list[Call]) -> bool:
        return all(isinstance(call, BrokenCall) and call.name is None for call in calls)

    def _fail(self, site: Site, begin: int, items: list[Item], error: MalformedError) -> Steps[Match | None]:
        start = items[-1].end if items else begin
        raw = site.source.text[start : error.at]
        match = yield from give_up(site, start, error, name_in(raw), self.closers)
        done = calls_of(site, items, keyed=self.keyed)
        if match is None:
            return Match(start, tuple(done)) if done else None
        if error.cut_off and items and not raw.strip(" \t\r\n,;]"):
            if not site.source.cut_by_length:  # only the end of the list is missing
                return Match(match.end, tuple(done))
            return Match(match.end, (*done[:-1], _cut(site, done[-1], items[-1])))
        return Match(match.end, (*done, *match.calls))


def _cut(site: Site, call: Call, item: Item) -> Call:
    if isinstance(call, RecoveredCall):
        reason = "the reply reached its length limit before the call was closed"
        return broken(site, item.start, item.end, reason, call.name)
    return call


def read_closer(source: Source, end: int, closers: tuple[str, ...]) -> Steps[tuple[bool, int]]:
    """Whether a closing tag follows, and the position after it (one brace too many before it is passed over)."""
    if not closers:
        return False, end
    after = yield from skip_space(source, end)
    if (yield from peek(source, after)) == "}":
        after = yield from skip_space(source, after + 1)
        end = after if (yield from peek(source, after)) == "" else end
    closer = yield from match_end(source, after, closers)
    return (True, after + len(closer)) if closer else (False, end)
