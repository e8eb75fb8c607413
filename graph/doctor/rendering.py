"""A report for a README or an issue (Markdown), for continuous integration (JUnit), and beside an earlier one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from graph.doctor.report import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.doctor.report import CheckResult, Report

STATES: Final = {"yes": "yes", "partly": "partly", "no": "no", "unknown": "not known"}
_FATAL: Final = frozenset({"chat", "tools", "loop", "agent"})
"""Checks without which no agent runs as it is; the others' findings are adapted to."""

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def markdown(report: Report) -> str:
    """Tables for a README or an issue."""
    embedded = "Portolan itself, through llama.cpp"
    server = embedded if report.server == "embedded" else " ".join(filter(None, (report.server, report.server_version)))
    by = f", served by {server}" if server else ""
    lines = [
        f"## `{report.model}` at `{report.endpoint}`",
        "",
        f"Examined by `portolan doctor` on {report.date[:10]}{by}: {report.requests} requests, {report.tokens} tokens.",
        "",
    ]
    if report.failure:
        lines += [f"**{report.failure}**", ""]
    lines += ["| level | | works | |", "| --- | --- | --- | --- |"]
    lines += [
        _row(str(level.number), level.title, f"**{STATES[level.state]}**", level.summary) for level in report.levels
    ]
    lines += ["", "| check | outcome | what was found |", "| --- | --- | --- |"]
    lines += [_row(one.title, one.outcome, "; ".join((one.summary, *one.details))) for one in report.checks]
    if report.recommendation:
        lines += ["", *(f"- {sentence}" for sentence in report.recommendation)]
    if report.facts:
        lines += ["", "| profile flag | measured |", "| --- | --- |"]
        lines += [_row(f"`{flag}`", f"`{shown(fact.value)}`") for flag, fact in report.facts.items()]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def shown(value: Any) -> str:
    """A flag's value for people."""
    value = plain(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    if isinstance(value, dict):
        return ", ".join(f"{name}={one}" for name, one in value.items()) or "(none)"
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def junit(report: Report) -> str:
    """JUnit's XML: a check fails that is broken, or without which no agent runs."""
    cases = list(report.checks)
    failed = [one for one in cases if _fails(one)]
    skipped = [one for one in cases if one.outcome in ("skipped", "inconclusive")]
    suite = ET.Element(
        "testsuite",
        name="portolan doctor",
        tests=str(len(cases)),
        failures=str(len([one for one in failed if one not in skipped])),
        errors="1" if report.failure else "0",
        skipped=str(len(skipped)),
        time=f"{report.seconds:.3f}",
        timestamp=report.date[:19],
    )
    for one in cases:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_xml(f"portolan.doctor.{report.model}"),
            name=one.name,
            time=f"{one.seconds:.3f}",
        )
        said = _xml("\n".join((one.summary, *one.details)))
        if report.failure and one.name == "chat":
            ET.SubElement(case, "error", message=_xml(report.failure)).text = said
        elif one in skipped:
            ET.SubElement(case, "skipped", message=_xml(one.summary))
        elif _fails(one):
            ET.SubElement(case, "failure", message=_xml(f"{one.outcome}: {one.summary}")).text = said
        else:
            ET.SubElement(case, "system-out").text = f"{one.outcome}: {said}"
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _fails(one: CheckResult) -> bool:
    return one.outcome == "broken" or (one.name in _FATAL and one.outcome in ("rejected", "ignored"))


def _xml(text: str) -> str:
    """Text that XML can hold."""
    return _NOT_XML.sub("\ufffd", text)


def changes(before: Report, after: Report) -> Iterator[str]:
    """What is not as it was, a sentence each."""
    moved = before.endpoint != after.endpoint and {before.server, after.server} != {"embedded"}  # on any free port
    if moved or before.model != after.model:
        yield f"another endpoint: {before.model} at {before.endpoint} before, {after.model} at {after.endpoint} now"
    for name in ("server", "server_version", "failure"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name.replace('_', ' ')}: {old or 'none'} before, {new or 'none'} now"
    states = {level.number: level.state for level in before.levels}
    for level in after.levels:
        if states.get(level.number, level.state) != level.state:
            old, new = STATES[states[level.number]], STATES[level.state]
            yield f"level {level.number}, {level.title}: {old} before, {new} now"
    for one in after.checks:
        earlier = before.check(one.name)
        if earlier is not None and earlier.outcome != one.outcome and "skipped" not in (earlier.outcome, one.outcome):
            yield f"{one.name}: {earlier.outcome} before, {one.outcome} now: {one.summary}"
    for flag, fact in after.facts.items():
        known = before.facts.get(flag)
        if known is not None and plain(known.value) != plain(fact.value):
            yield f"{flag}: {shown(known.value)} before, {shown(fact.value)} now"
