"""Servers of bare sockets, for what no HTTP server would send."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOOD = json.dumps(
    {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    }
).encode()


def head(length: int, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "content-type: application/json", f"content-length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The base URL of a server that lets a function deal with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:  # closed
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        listening.shutdown(socket.SHUT_RDWR)


def request_of(connection: socket.socket) -> bytes:
    """A whole request; nothing if none comes any more."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(1 << 16)
        if not part:
            return b""
        data += part
    top, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(1 << 20)
    return top + b"\r\n\r\n" + body


def answering(answer: bytes) -> Callable[[socket.socket], None]:
    def deal(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(answer)

    return deal
