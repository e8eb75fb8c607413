"""A small file in the place of the weights, and a server that serves it well or badly."""

from __future__ import annotations

import hashlib
import random
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import pytest

from graph.endpoint.embedded.catalog import Segment, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE, SEGMENT = 1_000_000, 300_000
CONTENT = random.Random(7).randbytes(SIZE)


@pytest.fixture
def content() -> bytes:
    return CONTENT


@pytest.fixture
def weights() -> Weights:
    bounds = pairwise([*range(0, SIZE, SEGMENT), SIZE])
    segments = tuple(Segment(a, b, hashlib.sha256(CONTENT[a:b]).hexdigest()) for a, b in bounds)
    return Weights("tiny", "tiny.gguf", SIZE, hashlib.sha256(CONTENT).hexdigest(), segments)


@dataclass
class FileServer:
    """Serves CONTENT at `url`; the fields say how badly."""

    url: str = ""
    status: int = 200
    body: bytes = CONTENT
    cut_after: list[int] = field(default_factory=list)
    """For each request in turn, after how many bytes the connection ends; later ones are whole."""

    stall: bool = False
    """Send half, then nothing until `release`."""

    ranges: bool = True
    wrong_range: bool = False
    redirect: bool = False
    requests: list[str] = field(default_factory=list)
    """Each request's Range header."""

    release: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: ClassVar[FileServer]

    def do_GET(self) -> None:
        state = self.state
        if state.redirect and self.path != "/moved":
            self.send_response(302)
            self.send_header("Location", "/moved")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        wanted = self.headers.get("Range", "")
        state.requests.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
        rest = state.body[start:] if state.status == 200 else b"no"
        self.send_response(206 if start else state.status)
        if start:
            shown = start - 1 if state.wrong_range else start
            self.send_header("Content-Range", f"bytes {shown}-{len(state.body) - 1}/{len(state.body)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self._send(rest)

    def _send(self, rest: bytes) -> None:
        state = self.state
        if state.stall:
            self.wfile.write(rest[: len(rest) // 2])
            state.started.set()
            state.release.wait()
            self.close_connection = True
        elif state.cut_after:
            self.wfile.write(rest[: state.cut_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(rest)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that goes away is part of the tests."""


@pytest.fixture
def server() -> Iterator[FileServer]:
    state = FileServer()
    handler = type("Handler", (_Handler,), {"state": state})
    httpd = _Server(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{httpd.server_port}/weights"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    state.release.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()
