"""Dates and times as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from langchain_core.tools import ToolException

__all__ = ["describe", "read_date", "read_moment"]

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+", re.IGNORECASE)
_ZONE_NOTE = re.compile(r"\s*\([^()]*\)$")
_UTC_OFFSET = re.compile(r"\s*(?:UTC|GMT)(?=[+-]\d)", re.IGNORECASE)
_NOON = 12
_LONGEST = 90  # characters of a date or time


def read_date(text: str, today: date) -> date:
    """Read a date: `2026-03-08`, `2026/3/8`, `2026年3月8日`, `today`, or the date of a date and time.

    Raises:
        ToolException: It is not one.
    """
    plain = text.strip()
    if len(plain) > _LONGEST:
        msg = f"{text[:60]!r}… is not a date. Give it as YYYY-MM-DD, e.g. 2026-03-08."
        raise ToolException(msg)
    if plain.lower() in ("today", "now", "今天"):
        return today
    try:
        if match := _DATE.match(plain):
            return date(*(int(part) for part in match.groups()))
        return date.fromisoformat(plain)
    except ValueError as error:
        msg = f"{text[:60]!r} is not a date ({error}). Give it as YYYY-MM-DD, e.g. 2026-03-08."
        raise ToolException(msg) from error


def read_moment(text: str, now: datetime) -> datetime:
    """Read a time, or a date and a time: `14:30`, `2:30 pm`, `2026-03-08 14:30`, `2026-03-08T14:30+02:00`, `now`.

    What `describe` writes is read too, since models pass on what another tool told them.

    Args:
        text: What was written.
        now: The present in the zone that the time is meant in; a time without a date is one of today.

    Returns:
        A time in `now`'s zone, or in that of the offset that was written.

    Raises:
        ToolException: It is not one.
    """
    plain = text.strip()
    if len(plain) > _LONGEST:
        msg = f"{text[:60]!r}… is not a time. Give it as YYYY-MM-DD HH:MM or HH:MM."
        raise ToolException(msg)
    if plain.lower() in ("now", "现在"):
        return now
    plain = _UTC_OFFSET.sub("", _ZONE_NOTE.sub("", _WEEKDAY.sub("", plain)))
    match = _DATE.match(plain)
    try:
        if match is None:
            if clock := _CLOCK.fullmatch(plain):
                return datetime.combine(now.date(), _time(clock), now.tzinfo)
            moment = datetime.fromisoformat(plain)
        else:
            day = date(*(int(part) for part in match.groups()))
            rest = plain[match.end() :].lstrip("T ,")
            if not rest or (clock := _CLOCK.fullmatch(rest)):
                return datetime.combine(day, _time(clock) if rest and clock else time(), now.tzinfo)
            moment = datetime.fromisoformat(f"{day}T{rest}")
    except ValueError as error:
        msg = f"{text[:60]!r} is not a time ({error}). Give it as YYYY-MM-DD HH:MM or HH:MM."
        raise ToolException(msg) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _time(match: re.Match[str]) -> time:
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match.group(4) or "").replace(".", "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            msg = "with am or pm the hour is 1 to 12"
            raise ValueError(msg)
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    elif match.group(2) is None:
        msg = "minutes are missing"
        raise ValueError(msg)
    return time(hour, minute, second)


def describe(moment: datetime) -> str:
    """Write a moment with its weekday and UTC offset: `Sunday 2026-03-08 14:30:00 UTC+01:00`."""
    offset = moment.strftime("%z")
    return f"{moment:%A} {moment:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}"
