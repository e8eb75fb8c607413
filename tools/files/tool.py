"""The tools that list, read and write files."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.files.root import Root, explain
from tools.files.rules import is_unwritable
from tools.files.text import decoded, human_size, read_page
from tools.limits import NOTE_ROOM, cut_line

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_list_files", "build_read_file", "build_write_file"]

_MAX_WRITE = 1024 * 1024
_MAX_FILE = 16 * 1024 * 1024
_SHOWN = 120  # characters of a path in a page's heading
_WRITING = os.O_WRONLY | os.O_CREAT


class ListFilesArgs(ToolArgs):
    """Arguments of `list_files`."""

    path: str = Field(default=".", description="Folder, relative to the root; '.' for the root itself")


class ReadFileArgs(ToolArgs):
    """Arguments of `read_file`."""

    path: str = Field(description="File, relative to the root, e.g. notes/todo.txt")
    start_line: int = Field(default=1, ge=1, description="First line to read")
    max_lines: int = Field(default=1000, ge=1, description="Most lines to read")
    start_char: int = Field(default=1, ge=1, description="First character of start_line, to go on in a very long line")


class WriteFileArgs(ToolArgs):
    """Arguments of `write_file`."""

    path: str = Field(description="File, relative to the root, e.g. notes/todo.txt")
    text: str = Field(description="The text to write")
    mode: Literal["create", "overwrite", "append"] = Field(
        default="create", description="create: a new file only; overwrite: replace all of it; append: add at its end"
    )


def _root(config: ToolConfig) -> Root:
    return Root.at(config.root or Path())


def build_list_files(config: ToolConfig) -> BaseTool:
    """Make the tool `list_files`."""
    root = _root(config)

    def list_files(path: str = ".") -> str:
        """List what a folder holds: folders end with /, files have their size."""
        entries = root.entries(root.locate(path), path)
        if not entries:
            return f"{path!r} is empty."
        shown = {"folder": "/", "link": " (link)", "other": " (not a regular file)"}
        return "\n".join(
            entry.name + (f" ({human_size(entry.size)})" if entry.kind == "file" else shown[entry.kind])
            for entry in entries
        )

    return build_tool(
        list_files,
        name="list_files",
        args=ListFilesArgs,
        max_chars=config.max_result_chars,
        rest="Use search_files with a name pattern to find the rest.",
    )


def build_read_file(config: ToolConfig) -> BaseTool:
    """Make the tool `read_file`."""
    root = _root(config)

    def read_file(path: str, start_line: int = 1, max_lines: int = 1000, start_char: int = 1) -> str:
        """Read a text file. A long file comes in pages; the end of a page says how to get the next."""
        with root.open(root.locate(path), os.O_RDONLY, path) as file:
            size = os.fstat(file.fileno()).st_size
            reader = decoded(file)
            if reader is None:
                msg = f"{path!r} is not a text file ({human_size(size)}); it cannot be read."
                raise ToolException(msg)
            room = config.max_result_chars - 2 * NOTE_ROOM
            page = read_page(reader, size, line=start_line, char=start_char, max_lines=max_lines, room=room)
        if not page.text:
            return f"{path!r} is empty." if start_line == 1 else f"{path!r} has nothing at line {start_line:,}."
        total = f" of {page.total:,}" if page.total else f" of a file of {human_size(size)}"
        encoding = "" if page.encoding.startswith("utf-8") else f", read as {page.encoding}"
        heading = f"[{cut_line(path, _SHOWN)}, lines {page.first:,}-{page.last:,}{total}{encoding}]"
        lost = "\n[Bytes that are no text are shown as \N{REPLACEMENT CHARACTER}.]" if "\ufffd" in page.text else ""
        more = ""
        if page.more:
            line, char = page.more
            within = f", start_char={char}" if char > 1 else ""
            more = f"\n[There is more: call read_file with start_line={line}{within}.]"
        return f"{heading}\n{page.text}{lost}{more}"

    return build_tool(read_file, name="read_file", args=ReadFileArgs, max_chars=config.max_result_chars)


def build_write_file(config: ToolConfig) -> BaseTool:
    """Make the tool `write_file`."""
    root = _root(config)

    def write_file(path: str, text: str, mode: Literal["create", "overwrite", "append"] = "create") -> str:
        """Write a text file, making its folders. By default an existing file is left alone; mode changes that."""
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            msg = f"The text cannot be written as UTF-8: {error.reason} at character {error.start}. Remove it."
            raise ToolException(msg) from error
        if len(data) > _MAX_WRITE:
            msg = f"The text has {human_size(len(data))}; the limit is {human_size(_MAX_WRITE)}. Append it in parts."
            raise ToolException(msg)
        target = root.locate(path)
        if is_unwritable(target):
            msg = f"{path!r} is refused: version control's own files are not written."
            raise ToolException(msg)
        if target == Path() or path.rstrip().endswith(("/", "\\")):
            msg = f"{path!r} is a folder; give the path of a file."
            raise ToolException(msg)
        root.make_folders(target, path)
        try:
            _WRITERS[mode](root, target, data, path)
        except OSError as error:  # a full disk, say
            raise explain(error, path) from error
        done = {"create": "Created", "overwrite": "Wrote", "append": "Appended to"}[mode]
        return f"{done} {path!r}: {len(text):,} characters, {human_size(len(data))}."

    return build_tool(write_file, name="write_file", args=WriteFileArgs, max_chars=config.max_result_chars)


def _create(root: Root, target: Path, data: bytes, shown: str) -> None:
    if (root.path / target).exists():
        msg = f"{shown!r} exists already. Use mode 'overwrite' to replace it or 'append' to add to it."
        raise ToolException(msg)
    with root.open(target, _WRITING | os.O_EXCL, shown) as file:
        file.write(data)


def _append(root: Root, target: Path, data: bytes, shown: str) -> None:
    with root.open(target, _WRITING | os.O_APPEND, shown) as file:
        size = os.fstat(file.fileno()).st_size
        if size + len(data) > _MAX_FILE:
            msg = f"{shown!r} would grow beyond {human_size(_MAX_FILE)}. Write to another file."
            raise ToolException(msg)
        file.write(data)


def _overwrite(root: Root, target: Path, data: bytes, shown: str) -> None:
    """Write beside the old file and put it in its place, so that the old one stays whole until the new one is."""
    mode = None
    with suppress(FileNotFoundError, ToolException), root.open(target, os.O_RDONLY, shown) as old:
        mode = os.fstat(old.fileno()).st_mode & 0o777
    if mode is None and (root.path / target).exists():
        msg = f"{shown!r} is not a file that can be replaced."
        raise ToolException(msg)
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with root.open(beside, _WRITING | os.O_EXCL, shown) as file:
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            file.write(data)
        root.replace(beside, target)
    except BaseException:
        root.remove(beside)
        raise


_WRITERS = {"create": _create, "overwrite": _overwrite, "append": _append}
