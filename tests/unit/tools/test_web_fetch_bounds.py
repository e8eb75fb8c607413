"""Bounds of fetching: what is shown, read and unpacked of a page, and how long it may take."""

from __future__ import annotations

import gzip
import threading
import zlib
from typing import TYPE_CHECKING

import pytest
from page_fetching import make
from toolbench import Site, call

from tools import ToolConfig
from tools.web.tool import build_web_fetch
from tools.web.transport import Gate

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tools.web.addresses import Address


def test_a_long_page_is_read_in_parts(site: Site) -> None:
    whole = "".join(f"line {number}\n" for number in range(500))
    site.page("/", whole.encode(), "text/plain")
    tool, parts, start = make(max_result_chars=2_000), [], 0
    while True:
        status, text = call(tool, url=site.url(), start=start)
        assert status == "success"
        assert len(text) <= 2_000
        body, _, note = text.partition("]\n")[2].partition("\n[Characters ")
        parts.append(body)
        if not note:
            break
        start = int(note.rpartition("start=")[2].rstrip(".]"))
    assert "".join(parts) == whole
    assert f"has only {len(whole):,} characters" in call(tool, url=site.url(), start=len(whole))[1]


def test_size_is_bounded_and_that_is_said(site: Site) -> None:
    site.page("/", b"x" * 50_000, "text/plain")
    status, text = call(make(web_max_bytes=1_000), url=site.url())
    assert status == "success"
    assert "x" * 1_000 in text
    assert "x" * 1_001 not in text
    assert "Only the first 1,000 bytes of the page were read." in text


def test_an_endless_page_is_left(site: Site) -> None:
    left = threading.Event()

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/plain")
        request.end_headers()
        try:
            while not site.ended.is_set():
                request.wfile.write(b"x" * 65_536)
        except OSError:
            left.set()

    site.pages["/"] = endless
    assert "Only the first 100,000 bytes" in call(make(web_max_bytes=100_000), url=site.url())[1]
    assert left.wait(60)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
def test_compressed_pages(site: Site, coding: str) -> None:
    site.page("/", gzip.compress(b"packed text"), "text/plain", Content_Encoding=coding)
    assert "packed text" in call(make(), url=site.url())[1]


def test_a_decompression_bomb_is_cut(site: Site) -> None:
    site.page("/", gzip.compress(b"0" * 100_000_000), "text/plain", Content_Encoding="gzip")
    status, text = call(make(web_max_bytes=10_000), url=site.url())
    assert status == "success"
    assert "Only the first 10,000 bytes" in text


@pytest.mark.parametrize(
    ("body", "coding", "said"),
    [
        (b"not gzip", "gzip", "damaged"),
        (zlib.compress(b"x"), "deflate", "compressed as 'deflate'"),
        (b"x", "zstd", "compressed as 'zstd'"),
        (b"x", "gzip, gzip", "compressed as"),
    ],
)
def test_other_compression_is_refused(site: Site, body: bytes, coding: str, said: str) -> None:
    site.page("/", body, "text/plain", Content_Encoding=coding)
    assert said in call(make(), url=site.url())[1]


def stalling(site: Site, *, headers: bool) -> None:
    """Answer a byte at a time, each soon enough for a bound on single reads, and never come to an end."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\nX-Slow: " if headers else b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
        request.wfile.write(start)
        while not site.ended.wait(0.02):
            request.wfile.write(b"x")

    site.pages["/"] = answer


@pytest.mark.parametrize("headers", [True, False])
def test_time_is_bounded_in_all(site: Site, headers: bool) -> None:
    stalling(site, headers=headers)
    status, text = call(make(web_timeout=0.3), url=site.url())
    assert status == "error"
    assert "did not answer in full within 0.3 seconds" in text


def test_a_lookup_that_hangs_is_left() -> None:
    never = threading.Event()

    def hang(_host: str, _port: int) -> list[Address]:
        never.wait(60)
        return []

    tool = build_web_fetch(ToolConfig(web_timeout=0.1), Gate(resolve=hang))
    assert "within 0.1 seconds" in call(tool, url="http://site.test/")[1]
    never.set()
