"""URLs as they may be shown, whatever somebody took for one."""

from __future__ import annotations

import re


def without_password(url: str) -> str:
    """A URL, or what should be one, without all that may belong to a user name and a password."""
    user, _, place = url.rpartition("@")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", user)
    return f"{scheme[0]}{place}" if scheme else place


def shown_url(url: str) -> str:
    """A URL, or what should be one, without user name and password, and without what stands behind its path."""
    head, *behind = re.split("[?#]", url, maxsplit=1)
    if "@" in "".join(behind):  # whether it ends a password with such a mark in it, nobody can tell
        scheme, marked, _ = head.partition("://")
        return f"{scheme}://…" if marked else "…"
    return without_password(head)
