"""The readable text of what a server sent."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import charset_normalizer
from langchain_core.tools import ToolException

if TYPE_CHECKING:
    from tools.web.fetch import Fetched

__all__ = ["INSTALL", "readable"]

INSTALL = 'Tell the user to install it: pip install "portolan-agent[web]"'

_HTML = ("text/html", "application/xhtml+xml")
_TEXT = re.compile(r"text/.+|application/(.+\+)?(json|xml|yaml|x-ndjson|javascript|ld\+json|toml)|image/svg\+xml")
_LOOKS_LIKE_HTML = re.compile(rb"\s*(<!doctype html|<html|<head|<body|<!--)", re.IGNORECASE)
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}charset|\?xml[^>]{0,100}encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_DECLARED_WITHIN = 4_096  # bytes


def readable(page: Fetched) -> str:
    """Give the main text of an HTML page, with its title, and other text as it is.

    Raises:
        ToolException: It is no text, has none, or the package that reads HTML is missing.
    """
    is_html = page.content_type in _HTML or (not page.content_type and _LOOKS_LIKE_HTML.match(page.body))
    if not is_html and (not _TEXT.fullmatch(page.content_type or "text/plain") or b"\0" in page.body[:1024]):
        msg = f"The page is of type {page.content_type or 'unknown'!r}, not text; it cannot be read. Try another page."
        raise ToolException(msg)
    text = _decode(page)
    if not is_html:
        return text
    try:
        trafilatura = importlib.import_module("trafilatura")
    except ImportError as error:
        msg = f"Reading HTML pages needs the package `trafilatura`, which cannot be imported ({error}). {INSTALL}"
        raise ToolException(msg) from error
    if "<html" not in text[:_DECLARED_WITHIN].lower():
        text = f"<html><body>{text}</body></html>"  # a fragment alone is not taken for HTML
    found = trafilatura.bare_extraction(text, url=page.url, include_links=True, with_metadata=True, favor_recall=True)
    main = (found.text if found else "") or trafilatura.html2txt(text) or ""
    if not main.strip():
        msg = "The page has no readable text; it may need a browser to show any. Try another page."
        raise ToolException(msg)
    title = found.title if found else None
    return f"{title}\n\n{main}" if title and not main.startswith(title) else main


def _decode(page: Fetched) -> str:
    """Decode by what the server says, what the page says, and what its bytes look like, in this order."""
    declared = _DECLARED.search(page.body[:_DECLARED_WITHIN])
    named = [page.charset, declared.group(1).decode("ascii") if declared else None, "utf-8"]
    for name in filter(None, named):
        # What calls itself GB2312 usually uses characters of its superset (https://encoding.spec.whatwg.org/#names).
        encoding = "gb18030" if name.lower() in ("gb2312", "gbk") else name
        try:
            text = page.body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
        return text.removeprefix("\ufeff")
    best = charset_normalizer.from_bytes(page.body[:65_536]).best()
    return page.body.decode(best.encoding if best else "utf-8", "replace")
