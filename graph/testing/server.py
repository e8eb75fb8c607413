"""The HTTP server: real sockets on the loopback interface, and full say over every byte and every disconnect."""

from __future__ import annotations

import json
import selectors
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from graph.testing.answer import Answer, Drop, Hold, KeepAlive, Part, Torn
from graph.testing.recorded import RecordedRequest

if TYPE_CHECKING:
    from graph.testing.service import Service

_POLL = 0.01
"""Seconds between two looks at whether a client that waits has left."""


class _CutError(Exception):  # a signal, not an error
    """The connection is to be dropped."""


class Server(ThreadingHTTPServer):
    """Serves until it is closed, or the process ends; remembers requests and open connections."""

    request_queue_size = 128

    def __init__(self, service: Service, prefix: str) -> None:
        self.service, self.prefix = service, prefix
        self.requests: list[RecordedRequest] = []
        self.arrived = threading.Condition()
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._handlers: list[threading.Thread] = []
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        self._acceptor = threading.Thread(target=self._accept, name=f"emulated {service.provider.name}", daemon=True)
        self._acceptor.start()

    def server_bind(self) -> None:
        """Bind without asking the resolver for the host's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def _accept(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def verify_request(self, *_: Any) -> bool:  # the base class's signature
        """Take no connection while closing."""
        return not self.closing.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, and remember both, so that closing can end the one and wait for the other.

        A daemon, for which the base class would not wait, so that a server that nobody closed lets the process end.
        """
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        with self._guard:
            self._connections.add(request)
        self._handlers = [*(one for one in self._handlers if one.is_alive()), thread]
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: Any) -> None:  # the base class's signature
        """Keep an error for the test; clients that leave are no error."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            self.service.failures.append(f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """End the accepting thread, every connection and every handler thread; wait for them."""
        self.closing.set()
        with socket.create_connection(("127.0.0.1", self.server_port)):
            self._acceptor.join()
        with self._guard:
            for connection in self._connections:
                _end(connection)
        for handler in self._handlers:
            handler.join()
        self.server_close()


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Handler(BaseHTTPRequestHandler):
    """One connection, with as many requests as the client sends over it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:  # the base class's name
        """Serve one request, whatever its method."""
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body: object = {}
        try:
            body = json.loads(raw) if raw else {}
        except ValueError as error:
            body = error
        request = RecordedRequest(
            method=self.command,
            path=urlsplit(self.path).path.removeprefix(self.server.prefix),
            headers={name.lower(): value for name, value in self.headers.items()},
            raw=raw,
            body=body if isinstance(body, dict) else {},
        )
        with self.server.arrived:
            self.server.requests.append(request)
            self.server.arrived.notify_all()
        answer = self.server.service.respond(request, body)
        request.refused = answer.refused
        try:
            self._send(answer, request)
            request.outcome = "cut" if answer.cut else "answered"
        except _CutError:
            request.outcome = "cut"
        except ConnectionError:
            request.outcome = "client-gone"
        finally:
            if request.outcome != "answered":
                self.close_connection = True
                _end(self.connection)
            request.finished.set()

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815  # the base class looks for these names

    def _send(self, answer: Answer, request: RecordedRequest) -> None:
        if answer.hold is not None:
            self._wait(answer.hold)
        if not answer.status:
            raise _CutError
        request.status = answer.status
        self.send_response_only(answer.status)
        self.send_header("server", self.server.service.provider.server)
        self.send_header("date", self.date_time_string())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(sum(_length(part) for part in answer.parts)))
        self.end_headers()
        for part in answer.parts:
            self._part(part, chunked=answer.chunked)
        if answer.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _part(self, part: Part, *, chunked: bool) -> None:
        if isinstance(part, Drop):
            raise _CutError
        if isinstance(part, Hold):
            self._wait(part)
        elif isinstance(part, KeepAlive):
            while True:
                self._write(part.data, chunked=chunked)
                self._wait(Hold(None), turns=1)
        elif isinstance(part, Torn):
            head = b"%x\r\n" % len(part.data) if chunked else b""
            self.wfile.write(head + part.data[: part.sent])
            raise _CutError
        else:
            self._write(part, chunked=chunked)

    def _write(self, data: bytes, *, chunked: bool) -> None:
        if not chunked:
            self.wfile.write(data)
        elif data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _wait(self, hold: Hold, turns: int | None = None) -> None:
        """Wait for the release (or some turns); raise where the client leaves or the server closes."""
        never = threading.Event()
        while not (hold.release or never).wait(_POLL):
            if self.server.closing.is_set():
                raise _CutError
            if self._client_left():
                raise ConnectionResetError
            if turns is not None:
                return

    def _client_left(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(0)) and not self.connection.recv(1, socket.MSG_PEEK)


def _length(part: Part) -> int:
    if isinstance(part, Torn):
        return len(part.data)
    return len(part) if isinstance(part, bytes) else 0
