"""What the doctor's guide says is so, in both languages: checks, costs, flags, outcomes, options, fields, codes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markdown_page import README, README_ZH, ROOT, Page

from graph.doctor import CHECKS, Report
from graph.doctor.check import OUTCOMES, Check
from graph.doctor.report import SCHEMA, CheckResult, Level
from graph.endpoint.doubts import MAX_AGE_DAYS
from graph.endpoint.facts import Fact
from graph.endpoint.profile import Profile
from graph.endpoint.settings import Settings

ENGLISH = Page(ROOT / "docs" / "DOCTOR.md")
CHINESE = Page(ROOT / "docs" / "DOCTOR.zh-CN.md")
BY_NAME = {check.name: check for check in CHECKS}

both = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.path.name)


def code_words(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def sections(page: Page) -> dict[str, str]:
    """The text of each check's section, on one line a point."""
    found = re.split(r"^### `([\w-]+)`\n", page.text, flags=re.MULTILINE)
    bodies = [re.split(r"^## ", body, flags=re.MULTILINE)[0] for body in found[2::2]]
    return dict(zip(found[1::2], (re.sub(r"\n +", " ", body) for body in bodies), strict=True))


def table_with(page: Page, word: str) -> list[list[str]]:
    """The rows, without the titles, of the one table with a word in backticks in its first column."""
    (found,) = [table for table in page.tables if any(word in code_words(row[0]) for row in table)]
    return found[1:]


@both
def test_every_check_has_its_section_and_no_other_has_one(page: Page) -> None:
    assert list(sections(page)) == [check.name for check in CHECKS]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_section_says_what_the_check_says_of_itself(check: Check) -> None:
    text = sections(ENGLISH)[check.name]
    assert f"**{check.title}**" in text
    assert f"- Sends {check.sends}." in text
    assert f"- Must come back: {check.expects}." in text
    assert f"- Why: {check.why}." in text


@both
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_section_tells_the_cost_the_flags_and_when_it_runs(page: Page, check: Check) -> None:
    lines = sections(page)[check.name].splitlines()
    points = [line for line in lines if line.startswith("- ")]
    assert len(points) == 5
    numbers = [int(number) for number in re.findall(r"\d+", points[3])]
    assert numbers == [check.tokens, *([check.more] if check.more else []), check.requests]
    assert tuple(code_words(points[4])) == check.decides
    (title,) = [line for line in lines if line.startswith("**")]
    assert ("`--full`" in title) is check.full


@both
def test_every_flag_is_decided_by_a_check_or_said_to_be_measured_by_none(page: Page) -> None:
    unmeasured = [code_words(row[0])[0] for row in table_with(page, "max_tools")]
    decided = {flag for check in CHECKS for flag in check.decides}
    assert decided | set(unmeasured) == set(Profile.model_fields)
    assert not decided & set(unmeasured)


@both
def test_every_outcome_and_exit_code_is_explained(page: Page) -> None:
    assert [code_words(row[0])[0] for row in table_with(page, "honoured")] == list(OUTCOMES)
    (codes,) = [table for table in page.tables if [row[0] for row in table[1:]] == ["0", "1", "2"]]
    assert codes


@both
def test_the_fields_of_the_report_are_told(page: Page) -> None:
    rows = table_with(page, "schema_version")
    told = [word for row in rows for word in code_words(row[0])]
    assert told == list(dict.fromkeys(told))
    assert set(told) == set(Report.model_fields)
    inner: dict[str, Any] = {"levels": Level, "checks": CheckResult, "facts": Fact}
    for row in rows:
        for name in code_words(row[0]):
            if name in inner:
                assert set(code_words(row[1])) == set(inner[name].model_fields)
    assert any(row[1].startswith(f"{SCHEMA}") for row in rows)


@both
def test_the_planned_cost_is_the_sum(page: Page) -> None:
    (costs,) = [table for table in page.tables if any("1,152" in cell for row in table for cell in row)]
    default, full = (int(row[2].replace(",", "")) for row in costs[1:])
    assert default == sum(check.tokens for check in CHECKS if not check.full)
    assert full == sum(check.tokens + check.more for check in CHECKS)


@both
def test_every_option_setting_and_file_that_is_named_exists(page: Page) -> None:
    source = (ROOT / "graph" / "cli" / "app.py").read_text("utf-8")
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.text)) - {"--enable-auto-tool-choice"}
    assert {option for option in options if f'"{option}"' not in source} == set()
    variables = {field.alias for field in Settings.model_fields.values()}
    flags = {f"AGENT_PROFILE_{flag.upper()}" for flag in Profile.model_fields}
    named = set(re.findall(r"\bAGENT_[A-Z_]+[A-Z]\b", page.text)) - {"AGENT_PROFILE"}
    assert named <= variables | flags
    files = re.findall(r"`((?:graph|tools|tests|docs)/[\w./-]*\w)`", page.prose)
    assert [path for path in files if not (ROOT / path).exists()] == []
    assert str(MAX_AGE_DAYS) in page.text


def test_the_two_pages_say_the_same() -> None:
    assert CHINESE.blocks == ENGLISH.blocks
    assert [level for level, _ in CHINESE.headings] == [level for level, _ in ENGLISH.headings]
    assert [len(table) for table in CHINESE.tables] == [len(table) for table in ENGLISH.tables]
    for english, chinese in zip(ENGLISH.tables, CHINESE.tables, strict=True):
        for row, same in zip(english[1:], chinese[1:], strict=True):
            assert sorted(code_words(" ".join(row))) == sorted(code_words(" ".join(same)))
            numbers = [sorted(re.findall(r"\d+", " ".join(cells))) for cells in (row, same)]
            assert numbers[0] == numbers[1]
    for name, text in sections(ENGLISH).items():
        words = [set(code_words(one)) for one in (text, sections(CHINESE)[name])]
        outcomes = [words[0] & set(OUTCOMES), words[1] & set(OUTCOMES)]
        assert outcomes[0] == outcomes[1], name
        assert text.count("\n- ") == sections(CHINESE)[name].count("\n- "), name
    assert CHINESE.prose.count("\n- ") == ENGLISH.prose.count("\n- ")


@both
def test_every_link_leads_somewhere_and_the_readme_leads_here(page: Page) -> None:
    for link in page.links:
        assert (page.path.parent / link).exists(), link
    readme = README if page is ENGLISH else README_ZH
    assert f"docs/{page.path.name}" in readme.links
