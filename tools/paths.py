"""Paths as people write them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

__all__ = ["expanded"]


def expanded(path: str | Path) -> Path:
    """The path with a home folder in the place of `~` or `~user`; as it is where there is no such home folder.

    `Path.expanduser` raises then, and `~0` may be the name of a file, or of nothing at all.
    """
    with suppress(RuntimeError):
        return Path(path).expanduser()
    return Path(path)
