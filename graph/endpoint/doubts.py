"""When what was measured may not hold any more: it is old, another server answers, or the endpoint does otherwise.

Each doubt is said once in a process, with what to run. Nothing is dropped for it: an old measurement is still the best
that there is.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.notices import say_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.facts import Fact
    from graph.endpoint.known import Server
    from graph.endpoint.store import Stored

MAX_AGE_DAYS: Final = 30
"""Days after which a measurement counts as old. vLLM makes a release about every two weeks, and DashScope changed what
a parameter means with notices of one to seven weeks in 2026: after a month, some of it is likely to be out of date."""

DOCTOR: Final = "doctor, "
"""How the evidence of what the doctor measured begins; that of a lesson is the endpoint's own words."""

_MOST_NAMED: Final = 6


def say_if_old(stored: Stored, today: dt.date | None = None) -> None:
    """Say that a stored profile is old, with its flags and the command that measures them anew."""
    found = _oldest(stored)
    if found is None:
        return
    date, flags, command = found
    days = ((today or dt.datetime.now(tz=dt.UTC).date()) - date).days
    if days <= MAX_AGE_DAYS:
        return
    named = ", ".join(flags[:_MOST_NAMED]) + (f" and {len(flags) - _MOST_NAMED} more" if flags[_MOST_NAMED:] else "")
    say_once(
        f"What is known of {stored.model} at {stored.base_url} was measured {days} days ago ({named}), and endpoints "
        f"change. `{command}` measures anew.",
        key=f"old {stored.base_url} {stored.model}",
    )


def _oldest(stored: Stored) -> tuple[dt.date, list[str], str] | None:
    """The date that counts, the flags that it is about, and the command that renews them."""
    dates = {flag: fact.date for flag, fact in sorted(stored.facts.items()) if fact.date}
    if not dates:
        return None
    examined = stored.examined
    if examined is None:  # lessons alone: as long as there are new ones, the endpoint is being watched
        return max(dates.values()), list(dates), "portolan doctor"
    if examined.full is not None and examined.full < examined.date:
        return examined.full, [flag for flag, date in dates.items() if date <= examined.full], "portolan doctor --full"
    command = "portolan doctor" + (" --full" if examined.full else "")
    return examined.date, [flag for flag, date in dates.items() if date <= examined.date], command


def say_if_another_serves(stored: Stored, server: Server) -> None:
    """Say that the doctor measured another server, or another version of it."""
    before = stored.examined.server if stored.examined else None
    if before is None or (before.name == server.name and server.version in (None, before.version)):
        return
    then, now = (" ".join(filter(None, (one.name, one.version))) for one in (before, server))
    command = "portolan doctor" + (" --full" if stored.examined and stored.examined.full else "")
    say_once(
        f"{stored.model} at {stored.base_url} was measured when {then} served it, and now {now} does: its flags may "
        f"not hold any more. `{command}` measures anew."
    )


def contradictions(facts: Mapping[str, Fact], changes: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts of the doctor that changes show to be false. A set that only grows contradicts nothing."""
    found: dict[str, Fact] = {}
    for flag, value in changes.items():
        fact = facts[flag]
        if fact.source != "measured" or not fact.evidence.startswith(DOCTOR) or fact.value == value:
            continue
        grows = flag in _GROWING and fact.value <= value
        if not grows:
            found[flag] = fact
    return found


_GROWING: Final = frozenset({"unsupported_parameters", "forbidden_tool_names"})
"""Sets that begin with what the doctor tried and grow with what else is refused."""


def say_contradicted(
    model: str, base_url: str, false: Mapping[str, Fact], changes: Mapping[str, Any], why: str
) -> None:
    """Say which measured facts the endpoint shows to be false, and what holds from now on."""
    flags = "; ".join(
        f"{flag} was {_shown(fact.value)} on {fact.date}, is {_shown(changes[flag])} now"
        for flag, fact in false.items()
    )
    say_once(
        f"{model} at {base_url} does not do what the doctor measured ({flags}): {why}. The new value is used; "
        "`portolan doctor` measures the rest anew."
    )


def _shown(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return "/".join(sorted(map(str, value))) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
