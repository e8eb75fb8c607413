"""Runs checks one after another, and keeps what they found."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graph.doctor.bench import Bench
from graph.doctor.check import Check, Outcome, Verdict
from graph.doctor.checks import CHECKS
from graph.doctor.levels import levels_of, recommend
from graph.doctor.report import CheckResult, Evidence, Report
from graph.doctor.wire import BrokenExchangeError, BusyEndpointError, Seen, UnreachableEndpointError, Wire
from graph.endpoint import store
from graph.endpoint.connect import profile_overrides
from graph.endpoint.facts import Fact
from graph.endpoint.knowledge import profile_of
from graph.endpoint.proxies import is_loopback
from graph.endpoint.store import Examination
from graph.errors import SettingsError

if TYPE_CHECKING:
    from graph.endpoint.known import Server
    from graph.endpoint.settings import Endpoint, Settings

PAUSE_S: Final = 0.5
"""Seconds between two requests; DashScope throttles bursts, and a probe has no claim to haste."""

_KEY_REFUSED: Final = frozenset({401, 403})
_SENT_CHARS: Final = 600
_CAME_CHARS: Final = 1200

OnCheck = Callable[[Check, CheckResult | None], None]
"""Called before a check with None, and after it with what it found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to examine.

    Attributes:
        full: all checks.
        only: these checks, and those that they need.
        overflow: fill a large window, too, for what that costs.
        keep: store what was measured.
        pause_s: seconds between two requests; None: `PAUSE_S`, and none on this machine.
        sleep: how to wait.
    """

    full: bool = False
    only: tuple[str, ...] = ()
    overflow: bool = False
    keep: bool = True
    pause_s: float | None = None
    sleep: Callable[[float], None] = field(default=time.sleep)


def chosen(options: Options) -> list[Check]:
    """The checks that will run, in order.

    Raises:
        SettingsError: `only` names a check that there is not.
    """
    by_name = {check.name: check for check in CHECKS}
    if unknown := [name for name in options.only if name not in by_name]:
        msg = f"there is no check {unknown[0]!r}"
        raise SettingsError(msg, remedy=f"There are: {', '.join(by_name)}.")
    wanted = set(options.only or (check.name for check in CHECKS if options.full or not check.full))
    grown = True
    while grown:
        needed = {need for name in wanted for need in by_name[name].needs}
        grown = not needed <= wanted
        wanted |= needed
    return [check for check in CHECKS if check.name in wanted]


def examine(
    endpoint: Endpoint,
    settings: Settings,
    options: Options | None = None,
    *,
    on_check: OnCheck | None = None,
    server: Server | None = None,
) -> Report:
    """Examine an endpoint, and store what was measured of it.

    Args:
        endpoint: which one.
        settings: the user's settings, for the agent's own loop.
        options: how.
        on_check: told of each check before and after.
        server: what serves there, where it is known.

    Raises:
        SettingsError: a check is named that there is not, or a profile flag is set wrong.
    """
    options = options or Options()
    checks = chosen(options)
    known = profile_of(store.read(endpoint.base_url, endpoint.model), overrides=profile_overrides(settings))
    wire = Wire(
        endpoint,
        pause_s=_pause(options, endpoint),
        timeout_s=settings.stream_timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        sleep=options.sleep,
    )
    bench = Bench(
        wire,
        settings,
        known,
        keep=options.keep,
        full=options.full,
        overflow=options.overflow,
        server=server,
        told=server,
    )
    run = _Run(bench, options, on_check or _ignore)
    try:
        run.all(checks)
    finally:
        wire.close()
    return run.report()


def _pause(options: Options, endpoint: Endpoint) -> float:
    if options.pause_s is not None:
        return options.pause_s
    return 0.0 if is_loopback(endpoint.base_url) else PAUSE_S


def _ignore(_: Check, __: CheckResult | None) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class _Run:
    bench: Bench
    options: Options
    on_check: OnCheck
    results: list[CheckResult] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    failure: str = ""
    began: float = field(default_factory=time.monotonic)

    def all(self, checks: Iterable[Check]) -> None:
        for check in checks:
            self.on_check(check, None)
            result = self._one(check)
            self.results.append(result)
            self.bench.outcomes[check.name] = result.outcome
            self.on_check(check, result)

    def _one(self, check: Check) -> CheckResult:
        if self.failure:
            return _skipped(check, self.failure)
        lacking = [need for need in check.needs if not self._usable(need)]
        if lacking:
            return _skipped(check, f"{lacking[0]} did not come through")
        if check.name == "agent":
            self._keep()  # what was measured is not lost with whatever may happen in a whole run
        wire = self.bench.wire
        first, tokens, began = len(wire.log), wire.tokens, time.monotonic()
        others, waits = len(wire.others), len(wire.waits)
        self.bench.learned.clear()
        try:
            verdict = check.run(self.bench)
        except BusyEndpointError as error:
            verdict = Verdict("inconclusive", f"the endpoint is too busy: {error}")
        except BrokenExchangeError as error:
            verdict = Verdict("broken", f"what came is neither a reply nor a refusal: {error}")
        except UnreachableEndpointError as error:
            if len(self.bench.wire.log) == 0:
                self.failure = f"the endpoint cannot be reached: {error}"
            verdict = Verdict("broken", f"no answer came: {error}")
        seen = self.bench.wire.log[first:]
        if check.name == "chat" and seen and seen[-1].status in _KEY_REFUSED:
            self.failure = f"the endpoint refuses the key: {seen[-1].words}"
        self._take(check, verdict)
        other, waited = wire.others[others:], wire.waits[waits:]
        busy = (f"the endpoint was too busy {len(waited)} times; {sum(waited):.0f} s were waited",) if waited else ()
        return CheckResult(
            name=check.name,
            title=check.title,
            why=check.why,
            outcome=verdict.outcome,
            summary=self.bench.wire.clean(verdict.summary),
            details=tuple(map(wire.clean, (*verdict.details, *busy))),
            seconds=round(time.monotonic() - began, 3),
            tokens=wire.tokens - tokens,
            requests=len(seen) + len(other),
            evidence=(*(_evidence(one, wire) for one in seen), *(_other_evidence(one, wire) for one in other)),
        )

    def _usable(self, name: str) -> bool:
        outcome: Outcome | None = self.bench.outcomes.get(name)
        if name in ("chat", "tools"):
            return outcome in ("honoured", "flaky") or (name == "tools" and outcome == "broken" and self._leaks())
        return outcome not in (None, "skipped")

    def _leaks(self) -> bool:
        return self.bench.effective.profile.leaks_tool_calls is True

    def _take(self, check: Check, verdict: Verdict) -> None:
        """Take in what a check measured, and what refusals taught on its way."""
        today = dt.datetime.now(tz=dt.UTC).date()
        server = self.bench.server
        by = f" ({server.name} {server.version or ''}".rstrip() + ")" if server else ""
        learned = dict(self.bench.learned)
        for flag, value in verdict.facts.items():
            if flag not in learned or learned[flag][0] != value:
                learned[flag] = (value, verdict.summary)
                self.bench.note(flag, value, verdict.summary)
        for flag, (value, why) in learned.items():
            evidence = self.bench.wire.clean(f"doctor, {check.name}: {why}{by}")
            self.facts[flag] = Fact(value=value, source="measured", evidence=evidence, date=today)

    def _keep(self, *, whole: bool = False) -> None:
        """Store what was measured, and with the whole of it when that was."""
        endpoint = self.bench.wire.endpoint
        if not self.options.keep or not (self.facts or self.bench.server):
            return
        examined = None
        if whole and self.facts and not self.options.only:
            today = dt.datetime.now(tz=dt.UTC).date()
            before = store.read(endpoint.base_url, endpoint.model).examined
            full = today if self.options.full else before and before.full
            examined = Examination(date=today, full=full, server=self.bench.server)
        facts = self.bench.effective.facts
        checked = {flag: fact.model_copy(update={"value": facts[flag].value}) for flag, fact in self.facts.items()}
        store.save(endpoint.base_url, endpoint.model, checked, server=self.bench.server, examined=examined)

    def report(self) -> Report:
        """What there is to say."""
        self._keep(whole=True)
        bench = self.bench
        levels = levels_of(self.results, bench)
        return Report(
            endpoint=bench.wire.endpoint.base_url,
            model=bench.wire.endpoint.model,
            server=bench.server.name if bench.server else None,
            server_version=bench.server.version if bench.server else None,
            date=dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
            failure=self.failure,
            levels=tuple(levels),
            checks=tuple(self.results),
            facts=dict(sorted(self.facts.items())),
            recommendation=tuple(recommend(self.results, levels, bench)),
            tokens=bench.wire.tokens,
            uncounted=bench.wire.uncounted,
            requests=len(bench.wire.log) + len(bench.wire.others),
            seconds=round(time.monotonic() - self.began, 1),
        )


def _skipped(check: Check, why: str) -> CheckResult:
    return CheckResult(
        name=check.name, title=check.title, why=check.why, outcome="skipped", summary=f"not sent, since {why}"
    )


def _evidence(seen: Seen, wire: Wire) -> Evidence:
    sent = wire.clean(json.dumps(seen.body, ensure_ascii=False))
    return Evidence(sent=sent[:_SENT_CHARS], status=seen.status, came=seen.raw[:_CAME_CHARS])


def _other_evidence(one: tuple[str, str], wire: Wire) -> Evidence:
    sent, came = map(wire.clean, one)
    return Evidence(sent=sent[:_SENT_CHARS], status=200, came=came[:_CAME_CHARS])
