"""What has to be said to the user, once: on the logger `portolan`, which Python shows on stderr by itself."""

from __future__ import annotations

import logging
import threading
from typing import Final

logger = logging.getLogger("portolan")

CUT_ANSWER: Final = "cut answer"
"""The key of the notice that an answer ended at the token cap."""

_said: set[str] = set()
_lock = threading.Lock()


def say_once(text: str, *, key: str | None = None) -> None:
    """Log a warning, unless the same one (or one with the same key) was logged in this process before.

    The record has the key as `notice`, for who says the same in words of its own.
    """
    with _lock:
        if (key or text) in _said:
            return
        _said.add(key or text)
    logger.warning("%s", text, extra={"notice": key})


def say(text: str) -> None:
    """Log a warning each time, for what is about one reply alone."""
    logger.warning("%s", text)


def forget_notices() -> None:
    """Let everything be said again, as in a new process."""
    with _lock:
        _said.clear()
