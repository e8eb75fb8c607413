"""Parsers made of other parsers, for markers that several conventions share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graph.endpoint.recovery.convention import Match, Parse, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import Steps, cut_off, ends_within, match_one, peek, skip_space

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_REPEATS = 2


def by_first(choices: Mapping[str, Parse]) -> Parse:
    """The parser for a marker behind which several conventions go on, told apart by what comes first.

    Args:
        choices: text that may come first, and who reads on from the marker then; the key `""` is for anything else.
    """
    options = tuple(choice for choice in choices if choice)
    other = choices.get("")

    def parse(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        if (yield from peek(site.source, begin)) == "":
            return nothing_follows(site)
        first = yield from match_one(site.source, begin, options)
        if first is None and ends_within(site.source, begin, options):
            return (yield from give_up(site, site.start, cut_off(begin), None, ()))
        chosen = other if first is None else choices[first]
        return (yield from chosen(site, begin if first is None else at)) if chosen else None

    return parse


def brackets(json: Parse, python: Parse) -> Parse:
    """JSON or Python behind a marker: a list that begins with a brace is JSON."""

    def parse(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        char = yield from peek(site.source, begin)
        if char == "[":
            char = yield from peek(site.source, (yield from skip_space(site.source, begin + 1)))
        return (yield from (json if char in {"", "{"} else python)(site, at))

    return parse


def either(first: Parse, second: Parse) -> Parse:
    """A parser that tries another where the first finds no call."""

    def parse(site: Site, at: int) -> Steps[Match | None]:
        match = yield from first(site, at)
        return match if match is not None else (yield from second(site, at))

    return parse


def named(name: str, parse: Parse) -> Parse:
    """A parser whose calls carry another convention's name than the marker's."""

    def renamed(site: Site, at: int) -> Steps[Match | None]:
        return (yield from parse(replace(site, convention=name), at))

    return renamed


def repeated(marker: str, parse: Parse) -> Parse:
    """A parser that passes over the opening marker written again, a few times."""

    def again(site: Site, at: int) -> Steps[Match | None]:
        for _ in range(_MAX_REPEATS):
            begin = yield from skip_space(site.source, at)
            if (yield from match_one(site.source, begin, (marker,))) is None:
                if ends_within(site.source, begin, (marker,)) and len(site.source.text) - begin > 1:
                    return (yield from give_up(site, site.start, cut_off(begin), None, ()))
                break
            at = begin + len(marker)
        return (yield from parse(site, at))

    return again


def reread(last: str, parse: Parse) -> Parse:
    """A parser that begins with the end of the opener."""

    def parse_again(site: Site, at: int) -> Steps[Match | None]:
        return (yield from parse(site, at - len(last)))

    return parse_again


def left_out(_site: Site, at: int) -> Steps[Match | None]:
    """A token that frames text or ends a message: it goes, the text stays."""
    yield from ()
    return Match(at)


def perhaps(literal: str, parse: Parse) -> Parse:
    """A parser for a token that goes by itself, or with a literal and the call behind that."""

    def either(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        if (yield from match_one(site.source, begin, (literal,))):
            return (yield from parse(site, begin + len(literal)))
        if ends_within(site.source, begin, (literal,)):
            return (yield from give_up(site, site.start, cut_off(begin), None, ()))
        return Match(at)

    return either
