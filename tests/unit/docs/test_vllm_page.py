"""What the page on vLLM says is so: its settings, errors, files, and the same in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_page import ROOT, Page

from graph import errors
from graph.endpoint.known import known_facts
from graph.endpoint.profiles import effective_profile
from graph.endpoint.refusals import ProviderError, classify
from graph.endpoint.refusals.teachings import TEACHINGS
from graph.endpoint.settings import Settings
from graph.endpoint.sources import load_settings

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = Page(ROOT / "docs" / "VLLM.md")
CHINESE = Page(ROOT / "docs" / "VLLM.zh-CN.md")
LOCAL = "http://localhost:8000/v1"

both = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.path.name)


def code_words(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def table_with(page: Page, word: str) -> list[list[str]]:
    """The rows, without the titles, of the one table that has a word in backticks."""
    (found,) = [table for table in page.tables if any(f"`{word}`" in cell for row in table for cell in row)]
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
    anchors = {re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-") for _, words in page.headings}
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in anchors
        elif "://" not in link:
            assert (page.path.parent / link.partition("#")[0]).exists(), link


@both
def test_every_file_that_is_named_exists(page: Page) -> None:
    named = re.findall(r"`((?:graph|tools|tests|docs)/[\w./-]*\w)`", page.prose)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@both
def test_every_env_block_is_a_whole_configuration(page: Page, tmp_path: Path) -> None:
    blocks = page.code("dotenv")
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.env"
        file.write_text(block, "utf-8")
        loaded = load_settings(file, environ={})
        assert loaded.notes == ()
        assert loaded.settings.endpoint().base_url == LOCAL


@both
def test_every_variable_that_is_named_is_a_setting(page: Page) -> None:
    named = set(re.findall(r"\bAGENT_[A-Z_]+[A-Z]\b", page.text))
    assert named - {field.alias for field in Settings.model_fields.values()} - {"AGENT_PROFILE"} == set()


@both
def test_an_error_is_what_the_table_says(page: Page) -> None:
    profile = effective_profile(LOCAL, "qwen").profile
    rows = table_with(page, "Unauthorized")
    assert len(rows) > 8
    for status, words, _, _, raised in rows:
        said = ProviderError(status=int(status), message=code_words(words)[0])
        name, *learned = code_words(raised)
        assert type(classify(said, profile=profile, endpoint=f"qwen at {LOCAL}")) is getattr(errors, name), words
        assert any(teaching.words.search(said.message) for teaching in TEACHINGS) == bool(learned), words


@both
def test_what_is_known_of_the_version_is_what_the_page_says(page: Page) -> None:
    said = dict(re.findall(r"^\| vLLM ([\d.]+)[^|]*\|[^|]*\| `(yes|no)` \|", page.text, re.MULTILINE))
    assert said
    for version, served in said.items():
        facts = known_facts(LOCAL, "qwen", server="vllm", version=version)
        assert facts["responses_api"].value == served
