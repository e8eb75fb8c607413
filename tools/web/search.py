"""The tool that searches the web, by ddgs (https://github.com/deedy5/ddgs), which asks several public engines."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.limits import cut_line
from tools.threads import within
from tools.web.readable import INSTALL

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["Searcher", "build_web_search"]

Searcher = Callable[[str, int], list[dict[str, Any]]]
"""Gives results for a query, at most so many, each with `title`, `href` and `body`."""

_SNIPPET = 400
_ENGINE = 8  # seconds for one engine


class WebSearchArgs(ToolArgs):
    """Arguments of `web_search`."""

    query: str = Field(description="What to search for, in a few words", max_length=400)
    max_results: int = Field(default=5, ge=1, le=20, description="How many results")


def _ddgs(query: str, max_results: int) -> list[dict[str, Any]]:
    try:
        module = importlib.import_module("ddgs")
        exceptions = importlib.import_module("ddgs.exceptions")
    except ImportError as error:
        msg = f"Searching the web needs the package `ddgs`. {INSTALL}"
        raise ToolException(msg) from error
    try:
        found: list[dict[str, Any]] = module.DDGS(timeout=_ENGINE).text(query, max_results=max_results)
    except exceptions.RatelimitException as error:
        msg = "The search engines refuse more searches for now. Answer without searching, or try again in a minute."
        raise ToolException(msg) from error
    except exceptions.DDGSException as error:
        if "no results" in str(error).lower():
            return []
        msg = f"The search engines could not be reached: {str(error)[:200]}. Answer without searching, or try later."
        raise ToolException(msg) from error
    return found


def build_web_search(config: ToolConfig, search: Searcher = _ddgs) -> BaseTool:
    """Make the tool `web_search`; `search` does the searching."""

    def web_search(query: str, max_results: int = 5) -> str:
        """Search the web. Gives titles, URLs and snippets; read a page with web_fetch."""
        plain = " ".join(query.split())
        if not plain:
            msg = "The query is empty. Say what to search for."
            raise ToolException(msg)
        try:
            found = within(config.web_timeout, lambda: search(plain, max_results))
        except TimeoutError as error:
            msg = f"The search took more than {config.web_timeout:g} seconds. Answer without it, or try later."
            raise ToolException(msg) from error
        if not found:
            return f"Nothing was found for {plain!r}. Try other words."
        return "\n\n".join(_entry(number, result) for number, result in enumerate(found[:max_results], start=1))

    return build_tool(
        web_search,
        name="web_search",
        args=WebSearchArgs,
        max_chars=config.max_result_chars,
        rest="Ask for fewer results.",
    )


def _entry(number: int, result: dict[str, Any]) -> str:
    title, url, snippet = (" ".join(str(result.get(key) or "").split()) for key in ("title", "href", "body"))
    return f"{number}. {cut_line(title, _SNIPPET)}\n{url}\n{cut_line(snippet, _SNIPPET)}".rstrip()
