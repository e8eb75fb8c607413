"""Searching the web, with a searcher in the engines' place, and without a network."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest
from toolbench import call

from tools import ToolConfig, load_tools
from tools.web.search import build_web_search

RESULTS = [
    {"title": f"Title\n {number}", "href": f"https://example.org/{number}", "body": "Body " + "x" * number * 1_000}
    for number in range(10)
]


def find(query: str, max_results: int) -> list[dict[str, Any]]:
    return RESULTS[:max_results] if query == "tides" else []


def test_results() -> None:
    tool = build_web_search(ToolConfig(), find)
    status, text = call(tool, query=" tides ", max_results=2)
    assert status == "success"
    assert text.startswith("1. Title 0\nhttps://example.org/0\nBody\n\n2. Title 1\nhttps://example.org/1\nBody xxx")
    assert text.endswith("… [1,005 characters]")
    assert call(tool, query="nothing") == ("success", "Nothing was found for 'nothing'. Try other words.")


def test_results_are_bounded() -> None:
    status, text = call(build_web_search(ToolConfig(max_result_chars=1_000), find), query="tides", max_results=10)
    assert status == "success"
    assert len(text) <= 1_000
    assert "Ask for fewer results." in text


@pytest.mark.parametrize("arguments", [{"query": " "}, {"query": "x" * 500}, {"query": "x", "max_results": 99}])
def test_bad_arguments(arguments: dict[str, Any]) -> None:
    assert call(build_web_search(ToolConfig(), find), **arguments)[0] == "error"


def test_incomplete_results_do_no_harm() -> None:
    tool = build_web_search(ToolConfig(), lambda _query, _most: [{"href": None}, {"title": "only a title"}])
    assert "2. only a title" in call(tool, query="x")[1]


def test_a_search_that_hangs_is_left() -> None:
    never = threading.Event()
    tool = build_web_search(ToolConfig(web_timeout=0.05), lambda _query, _most: [{}] * never.wait(60))
    assert "took more than 0.05 seconds" in call(tool, query="x")[1]
    never.set()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ddgs", None)
    (tool,) = load_tools(["web_search"])
    status, text = call(tool, query="x")
    assert (status, 'pip install "portolan-agent[web]"' in text) == ("error", True)


@pytest.mark.parametrize(
    ("name", "message", "said"),
    [
        ("RatelimitException", "202", "refuse more searches"),
        ("TimeoutException", "timed out", "could not be reached"),
        ("DDGSException", "DNSError: no records", "could not be reached"),
    ],
)
def test_failures_of_the_engines_are_told(monkeypatch: pytest.MonkeyPatch, name: str, message: str, said: str) -> None:
    ddgs = pytest.importorskip("ddgs.ddgs")
    error = getattr(pytest.importorskip("ddgs.exceptions"), name)

    def fail(*_: object, **__: object) -> None:
        raise error(message)

    monkeypatch.setattr(ddgs.DDGS, "text", fail)
    status, text = call(load_tools(["web_search"])[0], query="x")
    assert status == "error"
    assert said in text


def test_no_results_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ddgs = pytest.importorskip("ddgs.ddgs")
    error = pytest.importorskip("ddgs.exceptions").DDGSException

    def none(*_: object, **__: object) -> None:
        message = "No results found."
        raise error(message)

    monkeypatch.setattr(ddgs.DDGS, "text", none)
    assert call(load_tools(["web_search"])[0], query="x") == ("success", "Nothing was found for 'x'. Try other words.")
