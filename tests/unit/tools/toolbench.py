"""Calling a tool as a graph does, and a local web server to fetch from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool


def call(tool: BaseTool, **arguments: Any) -> tuple[str, str]:
    """Call a tool as a graph does; give its status and text."""
    message = tool.invoke({"type": "tool_call", "id": "call_1", "name": tool.name, "args": arguments})
    assert isinstance(message, ToolMessage)
    assert isinstance(message.content, str)
    return message.status, message.content


@dataclass
class Site:
    """A local web server whose pages are functions."""

    port: int = 0
    pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Host header and path of each request."""

    ended: threading.Event = field(default_factory=threading.Event)

    def page(self, path: str, body: bytes, content_type: str | None = "text/html", **headers: str) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            if content_type:
                request.send_header("Content-Type", content_type)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.pages[path] = answer

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Location", to)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.pages[path] = answer

    def url(self, path: str = "/", host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"


def serve(site: Site, address: str = "127.0.0.1", wrap: Callable[[Any], Any] | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.headers["Host"], self.path))
            if (page := site.pages.get(self.path)) is None:
                self.send_error(404)
                return
            try:
                page(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:  # a client that hangs up early is part of the tests
            pass

    server = Server((address, site.port), Handler)
    if wrap:
        server.socket = wrap(server.socket)
    site.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
