"""What the page on DashScope says is so: its addresses, settings, models, errors and refusals, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_page import ROOT, Page

from graph import errors
from graph.endpoint.connect import profile_overrides
from graph.endpoint.known import known_facts
from graph.endpoint.profile import Profile
from graph.endpoint.profiles import effective_profile
from graph.endpoint.refusals import ProviderError, classify
from graph.endpoint.refusals.teachings import TEACHINGS
from graph.endpoint.retry import retry_delay
from graph.endpoint.settings import Settings
from graph.endpoint.sources import ENV_FILE_VARIABLE, load_settings

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = Page(ROOT / "docs" / "DASHSCOPE_INTEGRATION.md")
CHINESE = Page(ROOT / "docs" / "DASHSCOPE_INTEGRATION.zh-CN.md")
BEIJING = "https://dashscope.aliyuncs.com/compatible-mode/v1"

both = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.path.name)


def code_words(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def table_with(page: Page, word: str, column: int) -> list[list[str]]:
    """The rows, without the titles, of the one table that has a word in backticks in a column."""
    (found,) = [table for table in page.tables if any(f"`{word}`" in row[column] for row in table if len(row) > column)]
    return found[1:]


def test_the_two_pages_say_the_same() -> None:
    assert CHINESE.blocks == ENGLISH.blocks
    assert [level for level, _ in CHINESE.headings] == [level for level, _ in ENGLISH.headings]
    assert [len(table) for table in CHINESE.tables] == [len(table) for table in ENGLISH.tables]
    for english, chinese in zip(ENGLISH.tables, CHINESE.tables, strict=True):
        for row, same in zip(english[1:], chinese[1:], strict=True):
            assert sorted(code_words(" ".join(row))) == sorted(code_words(" ".join(same)))
    pages = [[link for link in page.links if "://" in link] for page in (ENGLISH, CHINESE)]
    assert sorted(pages[0]) == sorted(pages[1])
    assert CHINESE.prose.count("\n- ") == ENGLISH.prose.count("\n- ")


@both
def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in page.headings}
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in anchors
        elif "://" not in link:
            assert (page.path.parent / link).exists(), link


@both
def test_every_file_that_is_named_exists(page: Page) -> None:
    named = re.findall(r"`((?:graph|tools|tests|docs)/[\w./-]*\w)`", page.prose)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@both
def test_every_env_block_is_a_whole_configuration(page: Page, tmp_path: Path) -> None:
    blocks = page.code("dotenv")
    assert len(blocks) == 7
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.env"
        file.write_text(block, "utf-8")
        loaded = load_settings(file, environ={})
        endpoint = loaded.settings.endpoint()
        assert loaded.notes == ()
        assert known_facts(endpoint.base_url, endpoint.model)["thinking"].value in {"on", "off"}
        assert len(profile_overrides(loaded.settings)) == block.count("AGENT_PROFILE_")


@both
def test_every_variable_that_is_named_is_a_setting(page: Page) -> None:
    named = set(re.findall(r"\bAGENT_[A-Z_]+[A-Z]\b", page.text))
    settings = {field.alias for field in Settings.model_fields.values()} | {ENV_FILE_VARIABLE}
    flags = {f"AGENT_PROFILE_{flag.upper()}" for flag in Profile.model_fields}
    assert named - settings - flags - {"AGENT_PROFILE"} == set()


@both
def test_every_base_url_is_known_as_dashscope(page: Page) -> None:
    urls = [code_words(row[1])[0] for row in table_with(page, BEIJING, 1)]
    assert len(urls) == len(set(urls)) == 13
    for url in urls:
        assert known_facts(url, "qwen-plus")["quota_is_throttle"].value is True, url


@both
def test_the_models_think_as_the_table_says(page: Page) -> None:
    rows = table_with(page, "qwen3.8-max", 0)
    assert {code_words(row[4])[0] for row in rows} == {"on", "off", "always", "none"}
    for row in rows:
        for model in code_words(row[0]):
            assert effective_profile(BEIJING, model).profile.thinking == code_words(row[4])[0], model


@both
def test_an_error_is_what_the_table_says_and_is_tried_again_if_it_says_so(page: Page) -> None:
    profile = effective_profile(BEIJING, "qwen-plus").profile
    for status, codes, words, _, _, raised, again in table_with(page, "Arrearage", 1):
        for code in code_words(codes) or [None]:
            said = ProviderError(status=int(status), code=code, message="".join(code_words(words)))
            error = classify(said, profile=profile, endpoint=f"qwen-plus at {BEIJING}")
            assert type(error) is getattr(errors, code_words(raised)[0]), said
            assert (retry_delay(error, attempt=1, elapsed_s=0) is not None) == (again in {"yes", "是"}), said


@both
def test_a_refusal_teaches_the_flag_beside_it(page: Page) -> None:
    rows = table_with(page, "[] is too short - 'tools'", 0)
    taught = {code_words(row[0])[0]: code_words(row[2])[0] for row in rows if row[2].startswith("`")}
    assert len(taught) == 14
    for words, flag in taught.items():
        assert flag in Profile.model_fields
        assert any(teaching.words.search(words) for teaching in TEACHINGS), words
