"""Ending the connections of a listener that lives in this process but belongs to C++ code."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time
from pathlib import Path

__all__ = ["end_connections"]

_POLL_SECONDS = 0.02


def end_connections(port: int, timeout: float) -> bool:
    """Shut the listener on 127.0.0.1:`port` and its accepted connections, and wait until their owner has closed them.

    llama.cpp's server crashes when it is destroyed, or its process ends, while a request is in flight; it offers no
    way to refuse or cancel requests. But it notices within about a second that a peer is gone, and then closes its end.

    Args:
        port: Of a listener in this very process.
        timeout: Seconds to wait.

    Returns:
        Whether no connection is left; also False where a process cannot list its own descriptors (Windows).
    """
    deadline = time.monotonic() + timeout
    while True:
        left = _shut_all(port)
        if left is None:
            return False
        if not left:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)


def _shut_all(port: int) -> int | None:
    """Shut every socket that is bound to the port; how many of them are connections, or None if that is unknown."""
    try:
        # Listed completely before any is looked at: listing opens a descriptor of its own.
        descriptors = [int(entry.name) for entry in Path("/dev/fd").iterdir()]
    except (OSError, ValueError):
        return None
    connections = 0
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                connections += _shut_if_bound(descriptor, port)
    return connections


def _shut_if_bound(descriptor: int, port: int) -> bool:
    end = socket.socket(fileno=descriptor)
    try:
        if end.family != socket.AF_INET or end.getsockname() != ("127.0.0.1", port):
            return False
        listening = bool(end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        return not listening
    finally:
        end.detach()
