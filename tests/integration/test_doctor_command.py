"""`portolan doctor` and `portolan profile`, as a user meets them."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from doctor_model import play_along
from typer.testing import CliRunner, Result

from graph.cli import app
from graph.doctor import CHECKS
from graph.endpoint import store
from graph.endpoint.facts import Fact
from graph.endpoint.store import Examination
from graph.testing import PROVIDERS, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from graph.testing import RecordedRequest, ScriptItem


def portolan(*arguments: str, endpoint: EmulatedEndpoint | None = None, **more: str) -> Result:
    values = dict(os.environ) | (endpoint.env if endpoint else {}) | more
    return CliRunner().invoke(app, list(arguments), env=values)


def test_a_table_names_the_levels_the_checks_and_what_to_do() -> None:
    with EmulatedEndpoint("dashscope", play_along) as endpoint:
        result = portolan("doctor", endpoint=endpoint)
        seen = len(endpoint.requests)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split("\t")[2] for line in lines[1:5]] == ["yes"] * 4
    assert any(line.startswith("tools\thonoured\t") for line in lines)
    assert any(line.startswith("- Portolan's agent works here") for line in lines)
    assert 15 < seen < 30
    assert endpoint.api_key not in result.output


def test_json_is_versioned_complete_and_without_keys_and_compares(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with EmulatedEndpoint("openai", play_along) as endpoint:
        result = portolan("doctor", "--json", "--output", str(report), endpoint=endpoint)
        assert result.exit_code == 0, result.stderr
        again = portolan("doctor", "--json", "--compare", str(report), endpoint=endpoint)
    document = json.loads(report.read_text("utf-8"))
    assert document["schema_version"] == 1
    assert document["facts"]["tools"]["value"] is True
    assert all(check["evidence"] for check in document["checks"] if check["requests"])
    assert endpoint.api_key not in report.read_text("utf-8")
    assert json.loads(again.stdout)["facts"].keys() == document["facts"].keys()
    assert "nothing changed" in again.stderr


def test_compare_says_what_is_not_as_it_was(tmp_path: Path) -> None:
    report = tmp_path / "before.json"
    with EmulatedEndpoint("openai", play_along) as endpoint:
        portolan("doctor", "--json", "--output", str(report), endpoint=endpoint)
    with EmulatedEndpoint("openai", play_along, behaviour={"leak": "hermes"}) as endpoint:
        result = portolan("doctor", "--compare", str(report), endpoint=endpoint)
    assert "level 2, Function calling: yes before, partly now" in result.stderr
    assert "leaks_tool_calls: false before, true now" in result.stderr
    assert "tools: honoured before, broken now" in result.stderr


def test_a_file_that_is_no_report_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    result = portolan("doctor", "--compare", str(wrong))
    assert result.exit_code == 2
    assert str(wrong) in result.stderr.replace("\n", "")


def test_markdown_and_junit() -> None:
    with EmulatedEndpoint("vllm-noflags", play_along) as endpoint:
        table = portolan("doctor", "--markdown", endpoint=endpoint)
        xml = portolan("doctor", "--junit", endpoint=endpoint)
        both = portolan("doctor", "--junit", "--markdown", endpoint=endpoint)
    assert table.exit_code == xml.exit_code == 1
    assert "| 3 | The agent's loop | **no** |" in table.stdout
    assert "--enable-auto-tool-choice --tool-call-parser" in table.stdout
    suite = ET.fromstring(xml.stdout)
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert "tools" in failed
    assert suite.get("failures") == str(len(failed))
    assert both.exit_code == 2


def test_dry_run_sends_nothing_and_tells_the_cost() -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        result = portolan("doctor", "--dry-run", "--full", endpoint=endpoint)
        assert endpoint.requests == []
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(CHECKS) + 1
    assert "Nothing was sent." in result.stderr


def test_one_check_and_what_it_needs() -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        result = portolan("doctor", "--only", "loop", endpoint=endpoint)
        unknown = portolan("doctor", "--only", "lop", endpoint=endpoint)
    names = [line.split("\t")[0] for line in result.stdout.splitlines()]
    assert {"chat", "tools", "loop"} <= set(names)
    assert "parallel" not in names
    assert unknown.exit_code == 2
    assert "there is no check 'lop'" in unknown.stderr


def test_a_refused_key_and_a_dead_address_are_exit_code_2() -> None:
    with EmulatedEndpoint("dashscope", play_along) as endpoint:
        refused = portolan("doctor", endpoint=endpoint, OPENAI_API_KEY="sk-0123456789abcdef")
        sent = len(endpoint.requests)
    dead = portolan("doctor", endpoint=endpoint)
    assert (refused.exit_code, dead.exit_code) == (2, 2)
    assert "refuses the key" in refused.stderr
    assert "sk-0123456789abcdef" not in refused.output
    assert sent == 2
    assert "cannot be reached" in dead.stderr


def test_haste_is_answered_by_waiting_as_long_as_the_endpoint_says() -> None:
    left = [2]

    def busy(request: RecordedRequest) -> ScriptItem:
        if left[0]:
            left[0] -= 1
            return Fault(error="rate_limit", headers={"retry-after": "0.01"})
        return play_along(request)

    with EmulatedEndpoint("openai", busy) as endpoint:
        result = portolan("doctor", "--only", "chat", endpoint=endpoint)
        statuses = [request.status for request in endpoint.requests]
    assert statuses[:4] == [200, 429, 429, 200]
    assert "chat\thonoured" in result.stdout


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_profile_shows_what_was_measured_until_it_is_forgotten(form: tuple[str, ...]) -> None:
    with EmulatedEndpoint("kimi", play_along) as endpoint:
        before = portolan("profile", *form, endpoint=endpoint)
        portolan("doctor", endpoint=endpoint)
        after = portolan("profile", *form, endpoint=endpoint)
        user = portolan("profile", *form, endpoint=endpoint, AGENT_PROFILE_REASONING_ECHO="always")
        gone = portolan("profile", "--forget", endpoint=endpoint)
        end = portolan("profile", *form, endpoint=endpoint)
    assert "measured" not in before.stdout
    assert end.stdout == before.stdout
    assert "is forgotten" in gone.stderr
    if form:
        fact = json.loads(after.stdout)["facts"]["reasoning_echo"]
        assert (fact["value"], fact["source"]) == ("tool_calls", "measured")
        assert json.loads(user.stdout)["facts"]["reasoning_echo"]["source"] == "user"
    else:
        assert "reasoning_echo\ttool_calls\tmeasured" in after.stdout
        assert "reasoning_echo\talways\tuser" in user.stdout


def test_nothing_is_kept_where_that_is_asked() -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        doctor = portolan("doctor", "--no-store", endpoint=endpoint)
        after = portolan("profile", endpoint=endpoint)
    assert "measured" not in after.stdout
    assert "flags measured and not kept" in doctor.stderr
    assert "- Portolan's agent works here." in doctor.stdout.splitlines()


def test_what_serves_shows_at_once_with_what_is_known_of_it() -> None:
    with EmulatedEndpoint("vllm-0.32", play_along) as endpoint:
        before = portolan("profile", endpoint=endpoint)
        portolan("doctor", "--only", "chat", endpoint=endpoint)
        after = portolan("profile", endpoint=endpoint)
        config = portolan("config", endpoint=endpoint)
        portolan("doctor", "--full", endpoint=endpoint)
        examined = portolan("profile", endpoint=endpoint)
        document = json.loads(portolan("profile", "--json", endpoint=endpoint).stdout)
    assert "vllm" not in before.output
    assert "\tknown\t" in after.stdout
    assert "https://github.com/vllm-project/vllm" in config.stdout
    assert "Served by vllm 0.32.0." in after.stderr
    assert "The doctor was here" not in after.stderr
    assert "with all checks on" in examined.stderr
    assert document["server"] == {"name": "vllm", "version": "0.32.0"}
    assert document["examined"]["server"] == document["server"]
    assert document["examined"]["full"] == document["examined"]["date"]


def test_a_report_that_cannot_be_written_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        nowhere = portolan("doctor", "--json", "--output", str(tmp_path / "no" / "r.json"), endpoint=endpoint)
        folder = portolan("doctor", "--json", "--output", str(tmp_path), endpoint=endpoint)
        assert endpoint.requests == []
    assert (nowhere.exit_code, folder.exit_code) == (2, 2)
    assert "its folder does not exist" in nowhere.stderr.replace("\n", " ")
    assert "it is a folder" in folder.stderr.replace("\n", " ")


def test_the_plan_of_all_checks_costs_more_than_that_of_the_default_ones() -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        plans = [portolan("doctor", "--dry-run", *more, endpoint=endpoint).stderr for more in ((), ("--full",))]
    default, full = (int(re.search(r"about (\d+) tokens", " ".join(plan.split()))[1]) for plan in plans)
    assert 1000 < default <= 1600 < full <= 5000


@pytest.mark.parametrize("form", ["--json", "--junit", "--markdown", "--compare"])
def test_no_key_shows_in_any_form_also_where_a_sentence_is_cut(form: str, tmp_path: Path) -> None:
    key = "0f3b9c1e-4d5a-4e6f-8a7b-9c0d1e2f3a4b"  # no shape that gives it away
    provider = replace(PROVIDERS["openai"], api_key=key)

    def tells(request: RecordedRequest) -> ScriptItem:
        cut = "".join(f"{'x' * room} {key}" for room in (70, 90, 110, 130, 150))
        return Reply(f"{key[:8]}. {cut}") if request.tools else play_along(request)

    before = tmp_path / "before.json"
    with EmulatedEndpoint(provider, tells) as endpoint:
        portolan("doctor", "--full", "--json", "--output", str(before), endpoint=endpoint)
        arguments = (form, str(before)) if form == "--compare" else (form,)
        said = portolan("doctor", "--full", *arguments, endpoint=endpoint).output
    for text in (said, before.read_text("utf-8")):
        assert key not in text
        assert "[redacted]" in text
        assert key[:13] not in text


def test_the_profile_command_says_that_what_it_shows_is_old() -> None:
    then = dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(50)
    with EmulatedEndpoint("openai", play_along) as endpoint:
        fact = Fact(value=True, source="measured", evidence="doctor, tools: so", date=then)
        store.save(endpoint.base_url, endpoint.model, {"tools": fact}, examined=Examination(date=then))
        result = portolan("profile", endpoint=endpoint)
    assert "was measured 50 days ago (tools)" in " ".join(result.stderr.split())
    assert f"The doctor was here on {then}." in result.stderr
