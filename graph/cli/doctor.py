"""`portolan doctor`: measure the endpoint; `portolan profile`: what is known of it, and from where."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

import typer
from rich.table import Table
from rich.text import Text

from graph.cli.config import profile_of
from graph.cli.terminal import clean
from graph.doctor import CHECKS, Options, Report, chosen, examine, read_report
from graph.doctor.rendering import STATES, changes, junit, markdown, shown
from graph.endpoint import store
from graph.endpoint.connect import EMBEDDED_STREAM_TIMEOUT_S
from graph.endpoint.doubts import say_if_old
from graph.endpoint.known import Server
from graph.endpoint.settings import Endpoint
from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.status import Status

    from graph.cli.session import Session
    from graph.doctor.check import Check
    from graph.doctor.report import CheckResult
    from graph.endpoint.settings import Settings
    from graph.endpoint.store import Stored

Form = Literal["table", "json", "markdown", "junit"]

_STYLES: Final = {
    "honoured": "green",
    "ignored": "yellow",
    "rejected": "yellow",
    "flaky": "yellow",
    "broken": "red",
    "inconclusive": "dim",
    "skipped": "dim",
    "yes": "bold green",
    "partly": "bold yellow",
    "no": "bold red",
    "unknown": "dim",
}


def form_of(given: list[str]) -> Form:
    """The form that was asked for; a table if none was."""
    return next((form for form in get_args(Form) if form in given), "table")


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """What the user asked for."""

    options: Options
    form: Form = "table"
    output: Path | None = None
    compare: Path | None = None
    dry_run: bool = False


def doctor(session: Session, model: str | None, wanted: DoctorOptions) -> None:
    """Examine the endpoint, say what was found, and end with the exit code that fits.

    Raises:
        SettingsError: a setting, a check's name or the report to compare with is wrong.
    """
    checks = chosen(wanted.options)
    if wanted.dry_run:
        _plan(session, checks, full=wanted.options.full)
        return
    before = _earlier(wanted.compare)
    _check_output(wanted.output)
    settings = session.load({"AGENT_MODEL": model}).settings
    endpoint, server = _serve(session, settings)
    options = wanted.options
    if server is not None:  # the embedded server has another port each time
        options = replace(options, keep=False)
        patience = max(settings.stream_timeout_s, EMBEDDED_STREAM_TIMEOUT_S)
        settings = settings.model_copy(update={"stream_timeout_s": patience})
    with session.terminal.err.status(f"{endpoint.label}: {len(checks)} checks") as status:
        report = examine(endpoint, settings, options, on_check=_Progress(status, len(checks)), server=server)
    _say(session, report, replace(wanted, options=options), before)
    raise typer.Exit(report.exit_code)


def _serve(session: Session, settings: Settings) -> tuple[Endpoint, Server | None]:
    if not settings.embedded:
        return settings.endpoint(), None
    from graph.endpoint.embedded import serve  # noqa: PLC0415 - only who uses the model pays for it

    served = serve(settings.model, cache_dir=settings.model_cache, notify=session.terminal.note)
    return Endpoint(model=served.model, base_url=served.base_url, api_key=served.api_key), Server("embedded")


@dataclass(slots=True)
class _Progress:
    """Says on stderr which check runs, where somebody watches."""

    status: Status
    total: int
    done: int = 0

    def __call__(self, check: Check, result: CheckResult | None) -> None:
        if result is None:
            self.status.update(f"{self.done + 1} of {self.total}: {check.title}")
        else:
            self.done += 1


def _earlier(path: Path | None) -> Report | None:
    if path is None:
        return None
    try:
        return read_report(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read"
        detail = getattr(error, "strerror", None) or str(error)
        raise SettingsError(msg, detail=detail, remedy="Name a report of `portolan doctor --json`.") from None


def _check_output(path: Path | None) -> None:
    """Find out before anything is sent and paid for whether the report can be written."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        msg = f"{path} cannot be written: {'it is a folder' if path.is_dir() else 'its folder does not exist'}"
        raise SettingsError(msg, remedy="Name a file in a folder that exists.")


def _plan(session: Session, checks: list[Check], *, full: bool) -> None:
    """What would be sent, and at what cost; nothing is."""
    costs = [one.tokens + (one.more if full else 0) for one in checks]
    rows = [
        (one.name, one.sends, one.expects, str(one.requests), str(cost))
        for one, cost in zip(checks, costs, strict=True)
    ]
    session.terminal.table(("check", "would send", "must come back", "requests", "tokens"), rows)
    requests = sum(one.requests for one in checks)
    session.terminal.say(
        f"{len(checks)} of {len(CHECKS)} checks, up to {requests} requests, about {sum(costs)} tokens: more where the "
        "chat template explains tools at length, 3 to 20 times that where the model thinks. Nothing was sent."
    )


def _say(session: Session, report: Report, wanted: DoctorOptions, before: Report | None) -> None:
    texts = {"json": lambda: report.model_dump_json(indent=1) + "\n", "markdown": lambda: markdown(report)}
    texts["junit"] = lambda: junit(report)
    if wanted.form == "table":
        _table(session, report, kept=wanted.options.keep)
    elif wanted.output is None:
        session.terminal.write(texts[wanted.form]())
    if wanted.output is not None:
        form = wanted.form if wanted.form != "table" else "json"
        try:
            wanted.output.write_text(texts[form](), "utf-8")
        except OSError as error:
            session.terminal.write(texts[form]())  # it was paid for
            msg = f"{wanted.output} cannot be written"
            raise SettingsError(msg, detail=error.strerror or str(error), remedy="The report is on stdout.") from None
        session.terminal.say(f"{wanted.output} is written.", style="dim")
    if before is not None:
        found = list(changes(before, report))
        session.terminal.say(f"Since {before.date[:10]}: {len(found) or 'nothing'} changed.", style="bold")
        for line in found:
            session.terminal.say(f"  {line}")


def _table(session: Session, report: Report, *, kept: bool) -> None:
    terminal = session.terminal
    if report.failure:
        terminal.error(report.failure)
    levels = [(str(one.number), one.title, STATES[one.state], one.summary) for one in report.levels]
    _styled(session, ("level", "", "works", ""), levels, [_STYLES[one.state] for one in report.levels], column=2)
    terminal.show("")
    rows = [(one.name, one.outcome, "; ".join((one.summary, *one.details)), str(one.tokens)) for one in report.checks]
    _styled(
        session, ("check", "outcome", "what was found", "tokens"), rows, [_STYLES[row[1]] for row in rows], column=1
    )
    terminal.show("")
    for sentence in report.recommendation:
        terminal.show(Text(f"- {clean(sentence)}"))
    counted = f"{report.tokens} tokens" + (f" and {report.uncounted} uncounted replies" if report.uncounted else "")
    terminal.say(
        f"{report.requests} requests, {counted}, {report.seconds:.0f} s; {len(report.facts)} flags measured "
        + ("(`portolan profile` shows them)." if kept else "and not kept."),
        style="dim",
    )


def _styled(
    session: Session, titles: tuple[str, ...], rows: Sequence[tuple[str, ...]], styles: Sequence[str], *, column: int
) -> None:
    """A table whose verdicts have colours, where a person reads it."""
    if not session.terminal.out.is_terminal:
        session.terminal.table(titles, rows)
        return
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*(Text(clean(cell), style=style if at == column else "") for at, cell in enumerate(row)))
    session.terminal.show(table)


def profile(session: Session, model: str | None, *, forget: bool, as_json: bool) -> None:
    """Print the effective profile, each flag with its source; or forget what was measured.

    Raises:
        SettingsError: a setting is wrong.
    """
    settings = session.load({"AGENT_MODEL": model}).settings
    if forget:
        _forget(session, settings)
        return
    effective = profile_of(settings)
    stored = None if settings.embedded else store.read(settings.endpoint().base_url, settings.endpoint().model)
    if as_json:
        document = json.loads(effective.to_json()) | _known_of(stored)
        session.terminal.write(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
        return
    rows = [
        (flag, shown(fact.value), fact.source, str(fact.date or ""), fact.evidence)
        for flag, fact in sorted(effective.facts.items(), key=lambda item: (item[1].source == "default", item[0]))
    ]
    session.terminal.table(("flag", "value", "source", "date", "evidence"), rows)
    if stored:
        say_if_old(stored)
    if stored and stored.server:
        session.terminal.say(f"Served by {_named(stored.server)}.", style="dim")
    if stored and stored.examined:
        served = f" when {_named(stored.examined.server)} served" if stored.examined.server else ""
        full = f", with all checks on {stored.examined.full}" if stored.examined.full else ""
        session.terminal.say(f"The doctor was here on {stored.examined.date}{full}{served}.", style="dim")
    measured = len(effective.of_source("measured"))
    if stored and measured:
        where = store.path_of(stored.base_url, stored.model)
        session.terminal.say(f"{measured} flags were measured; they are kept in {where}.", style="dim")
    elif settings.embedded:
        session.terminal.say("Nothing is kept of the embedded model: what is known of it comes with it.")
    else:
        session.terminal.say("Nothing was measured here yet: `portolan doctor` does it.", style="dim")


def _named(server: Server) -> str:
    return " ".join(filter(None, (server.name, server.version)))


def _known_of(stored: Stored | None) -> dict[str, object]:
    """What is stored beside the facts."""
    kept = stored.model_dump(mode="json") if stored else {}
    return {name: kept.get(name) for name in ("server", "examined")}


def _forget(session: Session, settings: Settings) -> None:
    if settings.embedded:
        session.terminal.say("Nothing is kept of the embedded model.")
        return
    endpoint = settings.endpoint()
    gone = store.forget(endpoint.base_url, endpoint.model)
    session.terminal.say(
        f"What was measured of {endpoint.label} is forgotten." if gone else f"Nothing is kept of {endpoint.label}."
    )
