"""The tools on dates and times."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.clock.reading import describe, read_date, read_moment
from tools.clock.zones import find_zone, zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_convert_time", "build_current_time", "build_date_difference"]

_WEEK = 7
_MONTHS = 12


class CurrentTimeArgs(ToolArgs):
    """Arguments of `current_time`."""

    zone: str = Field(
        default="local",
        description="IANA zone or city, e.g. Asia/Shanghai, Tokyo, UTC; 'local' for the user's machine",
    )


class ConvertTimeArgs(ToolArgs):
    """Arguments of `convert_time`."""

    time: str = Field(description="The time to convert, e.g. 2026-03-08 14:30, or 14:30 for today")
    from_zone: str = Field(description="Zone the time is given in, e.g. Europe/London")
    to_zone: str = Field(description="Zone to convert to, e.g. Asia/Tokyo")


class DateDifferenceArgs(ToolArgs):
    """Arguments of `date_difference`."""

    start: str = Field(description="First date, YYYY-MM-DD, or 'today'")
    end: str = Field(description="Second date, YYYY-MM-DD, or 'today'")


def _present() -> datetime:
    return datetime.now(UTC)


def build_current_time(config: ToolConfig, now: Callable[[], datetime] = _present) -> BaseTool:
    """Make the tool `current_time`; `now` gives the present with a zone."""

    def current_time(zone: str = "local") -> str:
        """Tell the date, weekday and time now in a time zone."""
        found = find_zone(zone)
        moment = now().astimezone(found)
        return f"{describe(moment)} ({zone_name(found, moment)})"

    return build_tool(current_time, name="current_time", args=CurrentTimeArgs, max_chars=config.max_result_chars)


def build_convert_time(config: ToolConfig, now: Callable[[], datetime] = _present) -> BaseTool:
    """Make the tool `convert_time`; `now` decides which day a time without a date is on."""

    def convert_time(time: str, from_zone: str, to_zone: str) -> str:
        """Convert a given time from one time zone to another."""
        source, target = find_zone(from_zone), find_zone(to_zone)
        given = read_moment(time, now().astimezone(source))
        try:
            converted = given.astimezone(target)
            notes = (
                _notes(given) if given.tzinfo is source else [f"The offset in {time!r} was used, not {from_zone!r}."]
            )
            there = f"{describe(converted)} ({zone_name(target, converted)})"
            here = f"{describe(given)} ({zone_name(given.tzinfo or UTC, given)})"
        except OverflowError as error:
            msg = f"{time!r} is outside the years 1 to 9999 in one of the zones."
            raise ToolException(msg) from error
        return " ".join([f"{here} is {there}.", *notes])

    return build_tool(convert_time, name="convert_time", args=ConvertTimeArgs, max_chars=config.max_result_chars)


def _notes(given: datetime) -> list[str]:
    """Warn of times that a change of the clocks skips or repeats."""
    if given.astimezone(UTC).astimezone(given.tzinfo).replace(tzinfo=None) != given.replace(tzinfo=None):
        return ["Note: clocks there skip this time on that day; it was read with the offset before the change."]
    other = given.replace(fold=1 - given.fold)
    if other.utcoffset() != given.utcoffset():
        return ["Note: clocks there show this time twice on that day; the first was taken."]
    return []


def build_date_difference(config: ToolConfig, now: Callable[[], datetime] = _present) -> BaseTool:
    """Make the tool `date_difference`; `now` decides what `today` is, in the local zone."""

    def date_difference(start: str, end: str) -> str:
        """Count the days, weeks, months and years from one date to another."""
        today = now().astimezone(find_zone("local")).date()
        first, last = read_date(start, today), read_date(end, today)
        days = (last - first).days
        weeks, over = divmod(abs(days), _WEEK)
        direction = "later" if days > 0 else "earlier"
        text = f"From {first:%A} {first} to {last:%A} {last}: {_count(abs(days), 'day')}"
        if days:
            months = _calendar(*sorted((first, last)))
            text += f" {direction}, which is {_count(weeks, 'week')} and {_count(over, 'day')}, or {months}"
        return text + "."

    return build_tool(
        date_difference, name="date_difference", args=DateDifferenceArgs, max_chars=config.max_result_chars
    )


def _calendar(first: date, last: date) -> str:
    """Count full years and months, then days, as birthdays are counted."""
    months = (last.year - first.year) * _MONTHS + last.month - first.month
    if _after(first, months) > last:
        months -= 1
    days = (last - _after(first, months)).days
    return f"{_count(months // _MONTHS, 'year')}, {_count(months % _MONTHS, 'month')} and {_count(days, 'day')}"


def _after(start: date, months: int) -> date:
    """Go on by months; from a day that the month lacks, to its last day."""
    years, month = divmod(start.month - 1 + months, _MONTHS)
    _, length = calendar.monthrange(start.year + years, month + 1)
    return date(start.year + years, month + 1, min(start.day, length))


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
