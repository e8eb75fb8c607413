"""What under the root stays closed to the model, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath

__all__ = ["CODE_FOLDERS", "is_private", "is_unwritable"]

_SAMPLES = (".example", ".sample", ".template", ".dist")
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws"})
_SECRET_SUFFIXES = (".pem", ".key", ".p12", ".pfx", ".kdbx")
_SECRET_NAMES = frozenset({".netrc", ".pypirc", ".npmrc", ".git-credentials", "id_rsa", "id_ed25519", "id_ecdsa"})
CODE_FOLDERS = frozenset({".git", ".hg", ".svn"})


def is_private(path: PurePath) -> bool:
    """Tell whether a path under the root holds keys by its name: `.env` files, private keys, credential stores.

    The agent's own key usually lies in a `.env` beside the files it works on, and must not reach the model.
    """
    parts = [part.casefold() for part in path.parts]
    name = parts[-1] if parts else ""
    is_env = name == ".env" or (name.startswith(".env.") and not name.endswith(_SAMPLES)) or name.endswith(".env")
    return is_env or name in _SECRET_NAMES or name.endswith(_SECRET_SUFFIXES) or not _SECRET_FOLDERS.isdisjoint(parts)


def is_unwritable(path: PurePath) -> bool:
    """Tell whether writing there could make a program run: hooks and settings of version control."""
    return not CODE_FOLDERS.isdisjoint(part.casefold() for part in path.parts)
