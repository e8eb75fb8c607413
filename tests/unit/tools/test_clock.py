"""Times and dates, against a present that stands still."""

from __future__ import annotations

import os
import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toolbench import call

from tools import ToolConfig
from tools.clock.reading import describe, read_moment
from tools.clock.tool import build_convert_time, build_current_time, build_date_difference

NOW = datetime(2026, 3, 8, 12, 30, 5, tzinfo=UTC)
CONFIG = ToolConfig()
CURRENT = build_current_time(CONFIG, lambda: NOW)
CONVERT = build_convert_time(CONFIG, lambda: NOW)
DIFFERENCE = build_date_difference(CONFIG, lambda: NOW)


def convert(time: str, source: str, target: str) -> str:
    status, text = call(CONVERT, time=time, from_zone=source, to_zone=target)
    assert status == "success", text
    return text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "Sunday 2026-03-08 12:30:05 UTC+00:00 (UTC)"),
        ("Asia/Shanghai", "Sunday 2026-03-08 20:30:05 UTC+08:00 (Asia/Shanghai)"),
        ("asia/shanghai", "Sunday 2026-03-08 20:30:05 UTC+08:00 (Asia/Shanghai)"),
        ("America/New_York", "Sunday 2026-03-08 08:30:05 UTC-04:00 (America/New_York)"),
        ("new york", "Sunday 2026-03-08 08:30:05 UTC-04:00 (America/New_York)"),
        ("Beijing", "Sunday 2026-03-08 20:30:05 UTC+08:00 (Asia/Shanghai)"),
        ("北京", "Sunday 2026-03-08 20:30:05 UTC+08:00 (Asia/Shanghai)"),
        ("Asia/Kathmandu", "Sunday 2026-03-08 18:15:05 UTC+05:45 (Asia/Kathmandu)"),
        ("UTC+8", "Sunday 2026-03-08 20:30:05 UTC+08:00 (UTC+08:00)"),
        ("GMT-05:30", "Sunday 2026-03-08 07:00:05 UTC-05:30 (UTC-05:30)"),
        ("+0930", "Sunday 2026-03-08 22:00:05 UTC+09:30 (UTC+09:30)"),
    ],
)
def test_now_in_a_zone(zone: str, shown: str) -> None:
    assert call(CURRENT, zone=zone) == ("success", shown)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shangai", "Did you mean Asia/Shanghai"),
        ("Tokio", "Asia/Tokyo"),
        ("../../etc/passwd", "no time zone"),
        ("/etc/localtime", "no time zone"),
        ("Factory", "no time zone"),
        ("UTC+25", "-12:00 to +14:00"),
        ("UTC+8:75", "-12:00 to +14:00"),
        ("x" * 5000, "no time zone"),
        ("a\0b", "no time zone"),
    ],
)
def test_unknown_zones_come_with_suggestions(zone: str, said: str) -> None:
    status, text = call(CURRENT, zone=zone)
    assert status == "error"
    assert said in text
    assert len(text) < 400


def test_every_zone_of_the_database_is_found() -> None:
    for name in zoneinfo.available_timezones() - {"Factory"}:
        assert call(CURRENT, zone=name)[0] == "success", name


def test_the_local_zone_keeps_its_rules_for_summer_time() -> None:
    code = (
        "from tools import load_tools\n"
        "tool = load_tools(['convert_time'])[0]\n"
        "for day in ('2026-01-15', '2026-07-15'):\n"
        "    print(tool.invoke({'time': day + ' 12:00', 'from_zone': 'local', 'to_zone': 'UTC'}))\n"
    )
    environment = {**os.environ, "TZ": "Europe/Berlin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    winter, summer = done.stdout.splitlines()
    assert "UTC+01:00 (Europe/Berlin) is Thursday 2026-01-15 11:00:00" in winter
    assert "UTC+02:00 (Europe/Berlin) is Wednesday 2026-07-15 10:00:00" in summer


@pytest.mark.parametrize(
    ("time", "source", "target", "shown"),
    [
        ("14:30", "Europe/London", "Asia/Tokyo", "is Sunday 2026-03-08 23:30:00 UTC+09:00 (Asia/Tokyo)."),
        ("2026-03-08 14:30", "London", "Tokyo", "is Sunday 2026-03-08 23:30:00"),
        ("2026/3/8 2:30 pm", "London", "Tokyo", "is Sunday 2026-03-08 23:30:00"),
        ("2:30PM", "London", "Tokyo", "is Sunday 2026-03-08 23:30:00"),
        ("12 am", "UTC", "UTC", "is Sunday 2026-03-08 00:00:00"),
        ("12:00 p.m.", "UTC", "UTC", "is Sunday 2026-03-08 12:00:00"),
        ("2026年3月8日 14:30", "北京", "纽约", "is Sunday 2026-03-08 01:30:00 UTC-05:00 (America/New_York)."),
        ("2026-03-08T14:30:00", "UTC", "+05:30", "is Sunday 2026-03-08 20:00:00 UTC+05:30"),
        ("2026-07-01", "UTC", "Asia/Tokyo", "is Wednesday 2026-07-01 09:00:00"),
        ("now", "UTC", "Asia/Tokyo", "is Sunday 2026-03-08 21:30:05"),
        ("23:30", "America/Los_Angeles", "Pacific/Kiritimati", "is Monday 2026-03-09 20:30:00 UTC+14:00"),
    ],
)
def test_conversion(time: str, source: str, target: str, shown: str) -> None:
    assert shown in convert(time, source, target)


def test_an_offset_in_the_time_wins_and_that_is_said() -> None:
    text = convert("2026-03-08T14:30+02:00", "Asia/Tokyo", "UTC")
    assert "is Sunday 2026-03-08 12:30:00 UTC+00:00 (UTC)." in text
    assert text.endswith("was used, not 'Asia/Tokyo'.")


def test_times_that_a_change_of_clocks_skips_or_repeats_are_noted() -> None:
    assert "skip this time" in convert("2026-03-08 02:30", "America/New_York", "UTC")
    assert "show this time twice" in convert("2026-11-01 01:30", "America/New_York", "UTC")
    assert "Note" not in convert("2026-03-08 03:30", "America/New_York", "UTC")


@pytest.mark.parametrize(
    "time", ["", "25:00", "13 pm", "0 am", "14", "2026-02-30 10:00", "soon", "2026-13-01", "1" * 5000, "12:00\0"]
)
def test_what_is_no_time_is_refused(time: str) -> None:
    status, text = call(CONVERT, time=time, from_zone="UTC", to_zone="UTC")
    assert status == "error"
    assert "is not a time" in text
    assert len(text) < 200


@pytest.mark.parametrize("time", ["0001-01-01 00:00", "9999-12-31 23:59"])
def test_the_ends_of_the_calendar(time: str) -> None:
    for source, target in (("Asia/Tokyo", "America/New_York"), ("America/New_York", "Asia/Tokyo")):
        call(CONVERT, time=time, from_zone=source, to_zone=target)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2024-02-29", "2025-02-28", "365 days later, which is 52 weeks and 1 day, or 1 year, 0 months and 0 days."),
        ("2026-01-31", "2026-03-01", "29 days later, which is 4 weeks and 1 day, or 0 years, 1 month and 1 day."),
        ("2026-12-31", "2026-01-01", "364 days earlier, which is 52 weeks and 0 days, or 0 years, 11 months"),
        ("today", "2026-12-25", "From Sunday 2026-03-08 to Friday 2026-12-25: 292 days later"),
        ("2026年3月8日", "今天", "From Sunday 2026-03-08 to Sunday 2026-03-08: 0 days."),
        ("2026-03-08T10:00:00", "2026-03-09", "1 day later"),
        ("0001-01-01", "9999-12-31", "3,652,058 days later"),
    ],
)  # fmt: skip
def test_difference(start: str, end: str, shown: str) -> None:
    status, text = call(DIFFERENCE, start=start, end=end)
    assert status == "success"
    assert shown in text


@given(st.dates(), st.dates())
def test_difference_adds_up(start: date, end: date) -> None:
    status, text = call(DIFFERENCE, start=str(start), end=str(end))
    assert status == "success"
    days = int(text.partition(": ")[2].split()[0].replace(",", ""))
    assert start + timedelta(days=days if end >= start else -days) == end


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_raises(first: str, second: str) -> None:
    for tool, arguments in (
        (CURRENT, {"zone": first}),
        (CONVERT, {"time": first, "from_zone": "UTC", "to_zone": second}),
        (DIFFERENCE, {"start": first, "end": second}),
    ):
        assert call(tool, **arguments)[1]


@pytest.mark.parametrize(
    "written", ["Sunday 2026-11-22 12:06:33 UTC+08:00 (Asia/Shanghai)", "2026-11-22 12:06:33 UTC+08:00"]
)
def test_what_one_clock_tool_says_another_reads(written: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_moment(written, now) == datetime(2026, 11, 22, 4, 6, 33, tzinfo=UTC)
    assert read_moment(describe(now), datetime(2020, 5, 5, tzinfo=UTC)) == now
