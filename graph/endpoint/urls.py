"""URLs as they may be shown, whatever somebody took for one."""

from __future__ import annotations

import re


def without_password(url: str) -> str:
    """A URL, or what should be one, without all that may belong to a user name and a password."""
    user, _, place = url.rpartition("@")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", user)
    return f"{scheme[0]}{place}" if scheme else place
