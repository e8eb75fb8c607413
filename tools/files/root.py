"""The one folder that the file tools may touch, and what in it they may not.

Own code rather than langchain-community's file toolkit: that package is no longer maintained and warns when imported
(https://github.com/langchain-ai/langchain-community/issues/674, seen 2026-11 with 0.4.2), takes seconds to import, and
checks a path before it opens it, so that a folder swapped for a symbolic link in between leads outside. Here a path is
resolved, checked, and then opened folder by folder without following links, where the system can do that.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, BinaryIO, Literal, Self

from langchain_core.tools import ToolException

from tools.config import ToolSetupError
from tools.files.rules import CODE_FOLDERS, is_private
from tools.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entry", "Root", "explain"]

_BY_FOLDER = {os.open, os.mkdir, os.stat} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether files can be opened relative to an open folder (POSIX). Elsewhere the check comes just before the opening."""

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not block the opening
    | getattr(os, "O_BINARY", 0)
)


def explain(error: OSError, shown: str) -> ToolException:
    """Say what went wrong with a file, without the path of the root."""
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        reason = "part of the path is not a folder, or was replaced by a link"
    elif isinstance(error, FileNotFoundError):
        reason = "there is no such file or folder; list_files shows what there is"
    elif isinstance(error, IsADirectoryError):
        reason = "it is a folder; use list_files"
    else:
        reason = (error.strerror or type(error).__name__).lower()
    return ToolException(f"{shown!r}: {reason}.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder."""

    name: str
    kind: Literal["folder", "file", "link", "other"]
    size: int
    """Bytes, for a file."""

    @classmethod
    def of(cls, entry: os.DirEntry[str]) -> Entry:
        """Read an entry while its folder is open."""
        if entry.is_symlink():
            return cls(entry.name, "link", 0)
        if entry.is_dir(follow_symlinks=False):
            return cls(entry.name, "folder", 0)
        if entry.is_file(follow_symlinks=False):
            with suppress(OSError):
                return cls(entry.name, "file", entry.stat(follow_symlinks=False).st_size)
        return cls(entry.name, "other", 0)


@dataclass(frozen=True, slots=True)
class Root:
    """A folder with all that is under it. Paths are given and shown relative to it, with `/`."""

    path: Path

    @classmethod
    def at(cls, folder: Path) -> Root:
        """Take a folder as root.

        Raises:
            ToolSetupError: It is not a folder.
        """
        try:
            resolved = expanded(folder).resolve(strict=True)
        except (OSError, RuntimeError) as error:
            msg = f"The folder for the file tools cannot be used: {str(folder)!r} does not exist. Create it first."
            raise ToolSetupError(msg) from error
        if not resolved.is_dir():
            msg = f"The folder for the file tools cannot be used: {str(folder)!r} is not a folder."
            raise ToolSetupError(msg)
        return cls(resolved)

    def locate(self, path: str) -> Path:
        """Find where a path leads, links resolved, relative to the root.

        Raises:
            ToolException: It leads outside, or to what is private.
        """
        shown = path[:200]
        if "\0" in path:
            msg = f"{shown!r} is not a path: it has a zero character."
            raise ToolException(msg)
        plain = path.strip() or "."
        if PurePosixPath(plain).is_absolute() or PureWindowsPath(plain).drive or plain.startswith(("~", "\\")):
            msg = f"{shown!r} is refused: give a path relative to the root folder, such as 'notes/todo.txt'."
            raise ToolException(msg)
        try:
            found = (self.path / plain).resolve().relative_to(self.path)
            loops = (self.path / found).is_symlink()  # from Python 3.13 on; before, it is an error
        except OSError as error:
            raise explain(error, shown) from error
        except (ValueError, RuntimeError) as error:  # outside; a loop of links
            msg = f"{shown!r} is refused: it leads outside the root folder."
            raise ToolException(msg) from error
        if loops:
            msg = f"{shown!r} is refused: it is a link that leads nowhere."
            raise ToolException(msg)
        if is_private(found) or is_private(Path(os.path.normpath(plain))):
            msg = f"{shown!r} is refused: files of that name hold keys or passwords."
            raise ToolException(msg)
        return found

    def open(self, path: Path, flags: int, shown: str) -> BinaryIO:
        """Open a regular file by a path from `locate`, never following a link.

        Raises:
            ToolException: It is missing, a folder, a device or a pipe, or may not be opened.
        """
        try:
            descriptor = self._open(path, flags | _FILE, 0o666)
        except OSError as error:
            raise explain(error, shown) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            os.close(descriptor)
            msg = f"{shown!r} is a folder; use list_files." if is_folder else f"{shown!r} is not a regular file."
            raise ToolException(msg)
        writing = flags & (os.O_WRONLY | os.O_RDWR)
        return os.fdopen(descriptor, ("ab" if flags & os.O_APPEND else "wb") if writing else "rb")

    def _open(self, path: Path, flags: int, mode: int) -> int:
        if not _BY_FOLDER:
            if not (self.path / path).resolve().is_relative_to(self.path):
                raise OSError(errno.ELOOP, "leads outside the root folder")
            return os.open(self.path / path, flags, mode)
        *folders, name = path.parts or (".",)
        with self._folder(folders) as folder:
            return os.open(name, flags, mode, dir_fd=folder.descriptor)

    def _folder(self, parts: list[str], *, create: bool = False) -> _OpenFolder:
        descriptor = os.open(self.path, _FOLDER)
        for part in parts:
            try:
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=descriptor)
                below = os.open(part, _FOLDER, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = below
        return _OpenFolder(descriptor)

    def make_folders(self, path: Path, shown: str) -> None:
        """Make the folders that a file at `path` needs."""
        try:
            if _BY_FOLDER:
                with self._folder(list(path.parts[:-1]), create=True):
                    return
            (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain(error, shown) from error

    def replace(self, source: Path, target: Path) -> None:
        """Put a finished file in the place of another of the same folder."""
        if not _BY_FOLDER:
            (self.path / source).replace(self.path / target)
            return
        with self._folder(list(target.parts[:-1])) as folder:
            os.replace(source.name, target.name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)

    def remove(self, path: Path) -> None:
        """Remove a file that was only half written; nothing happens when it is gone."""
        with suppress(OSError):
            if not _BY_FOLDER:
                (self.path / path).unlink()
                return
            with self._folder(list(path.parts[:-1])) as folder:
                os.unlink(path.name, dir_fd=folder.descriptor)

    def entries(self, path: Path, shown: str) -> list[Entry]:
        """List a folder: folders first, then by name, without what is private.

        Raises:
            ToolException: It is missing, no folder, or may not be read.
        """
        try:
            if _BY_FOLDER:
                with self._folder(list(path.parts)) as folder:
                    found = _scan(folder.descriptor)
            else:
                found = _scan(self.path / path)
        except OSError as error:
            raise explain(error, shown) from error
        return sorted(
            (entry for entry in found if not is_private(path / entry.name)),
            key=lambda entry: (entry.kind != "folder", entry.name.casefold()),
        )

    def walk(self, path: Path) -> Iterator[tuple[Path, Entry]]:
        """Go through all regular files under a folder, following no links and skipping version control's own."""
        pending = [path]
        while pending:
            folder = pending.pop()
            with suppress(ToolException):  # a folder that may not be read, or was removed meanwhile
                below = []
                for entry in self.entries(folder, ""):
                    if entry.kind == "folder" and entry.name not in CODE_FOLDERS:
                        below.append(folder / entry.name)
                    elif entry.kind == "file":
                        yield folder / entry.name, entry
                pending.extend(reversed(below))


def _scan(folder: int | Path) -> list[Entry]:
    with os.scandir(folder) as scan:
        return [Entry.of(entry) for entry in scan]


@dataclass(frozen=True, slots=True)
class _OpenFolder:
    descriptor: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)
