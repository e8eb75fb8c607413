"""Time zones by the names that people and models give them."""

from __future__ import annotations

import difflib
import functools
import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import tzlocal
from langchain_core.tools import ToolException

__all__ = ["find_zone", "zone_name"]

_CITIES = {
    "beijing": "Asia/Shanghai", "北京": "Asia/Shanghai", "上海": "Asia/Shanghai", "中国": "Asia/Shanghai",
    "china": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "guangzhou": "Asia/Shanghai", "hangzhou": "Asia/Shanghai",
    "香港": "Asia/Hong_Kong", "台北": "Asia/Taipei", "东京": "Asia/Tokyo", "首尔": "Asia/Seoul",
    "新加坡": "Asia/Singapore", "伦敦": "Europe/London", "巴黎": "Europe/Paris", "纽约": "America/New_York",
    "洛杉矶": "America/Los_Angeles", "旧金山": "America/Los_Angeles", "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles", "boston": "America/New_York", "washington": "America/New_York",
    "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata", "india": "Asia/Kolkata", "germany": "Europe/Berlin",
    "france": "Europe/Paris", "uk": "Europe/London",
}  # fmt: skip
"""Places that people ask for and that are no IANA names: zones are named after one city each."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MOST_HOURS = 14  # the largest offset in use: Pacific/Kiritimati
_MINUTES = 60


@functools.cache
def _keys() -> dict[str, str]:
    """Every IANA name by its lower-case form."""
    return {key.lower(): key for key in zoneinfo.available_timezones() if key != "Factory"}


@functools.cache
def _by_city() -> dict[str, str]:
    """The zone named after each city, where only one is."""
    cities: dict[str, set[str]] = {}
    for key in _keys().values():
        area, _, city = key.rpartition("/")
        if area and area != "Etc" and not area.startswith("US"):
            cities.setdefault(city.lower(), set()).add(key)
    return {city: next(iter(keys)) for city, keys in cities.items() if len(keys) == 1}


def find_zone(name: str) -> tzinfo:
    """Find a time zone.

    Args:
        name: An IANA name in any case (`Europe/Paris`), a city (`Tokyo`), `UTC`, an offset (`UTC+8`, `-05:30`), or
            `local` or nothing for the zone of this machine.

    Raises:
        ToolException: There is none; the text suggests the nearest names.
    """
    wanted = " ".join(name.split()).lower()
    if wanted in ("", "local"):
        return _local()
    if wanted in ("utc", "z", "gmt"):
        return UTC
    if match := _OFFSET.fullmatch(wanted):
        return _offset(name, *match.groups())
    plain = wanted.replace(" ", "_")
    key = _keys().get(plain) or _CITIES.get(wanted) or _by_city().get(plain)
    if key is None:
        raise ToolException(_unknown(name, plain))
    return zoneinfo.ZoneInfo(key)


def _local() -> tzinfo:
    """Give the zone of this machine with its rules for summer time, or its present offset where it has no name."""
    try:
        return tzlocal.get_localzone()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.now(UTC).astimezone().tzinfo or UTC


def _offset(name: str, sign: str, hours: str, minutes: str | None) -> tzinfo:
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if ahead > timedelta(hours=_MOST_HOURS) or int(minutes or 0) >= _MINUTES:
        msg = f"{name!r} is no UTC offset: they run from -12:00 to +14:00."
        raise ToolException(msg)
    return timezone(ahead if sign == "+" else -ahead)


def _unknown(name: str, plain: str) -> str:
    keys = _keys()
    cities = {key.rpartition("/")[2].lower(): key for key in keys.values()}
    near = [keys[match] for match in difflib.get_close_matches(plain, keys, n=3, cutoff=0.6)]
    near += [cities[match] for match in difflib.get_close_matches(plain.rpartition("/")[2], cities, n=3, cutoff=0.7)]
    hint = f" Did you mean {', '.join(dict.fromkeys(near))}?" if near else ""
    return (
        f"There is no time zone {name[:60]!r}.{hint} "
        "Give an IANA name such as Asia/Shanghai or America/New_York, or an offset such as UTC+8."
    )


def zone_name(zone: tzinfo, at: datetime) -> str:
    """Name a zone as it is at one moment: `Asia/Tokyo`, `UTC+08:00`, or `CET, the zone of this machine`."""
    if isinstance(zone, zoneinfo.ZoneInfo):
        return zone.key
    if zone is UTC:
        return "UTC"
    return at.astimezone(zone).tzname() or "UTC"
