"""What a time-out may be: anything else fails within the HTTP library, as a request is sent."""

from __future__ import annotations

import threading
from typing import Any, Final

from graph.errors import SettingsError

_PARTS: Final = ("connect", "read", "write", "pool")


def checked_timeout(given: Any, field: str = "timeout") -> Any:
    """The time-out as it was given.

    Args:
        given: seconds; a tuple of two to four; a `Timeout`, be it httpx's or httpx2's; or None.
        field: where it stands, to begin the complaint with.

    Raises:
        SettingsError: it is none of these, or has a part that is no number of seconds.
    """
    if type(given) is float and 0 < given <= threading.TIMEOUT_MAX:
        return given
    parts: tuple[Any, ...] = (given,)
    if isinstance(given, tuple) and 1 < len(given) <= len(_PARTS):
        parts = given
    elif hasattr(given, "read"):
        parts = tuple(getattr(given, name, None) for name in _PARTS)
    if not all(part is None or _are_seconds(part) for part in parts):
        msg = f"{field} is {given!r}, which is no time-out"
        raise SettingsError(msg, remedy="Set it to seconds, more than 0; timeout may be an httpx2.Timeout, too.")
    return given


def _are_seconds(part: object) -> bool:
    return isinstance(part, int | float) and 0 < part <= threading.TIMEOUT_MAX
