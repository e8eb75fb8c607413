"""Files as text: which encoding, and one page at a time however large the file or its lines."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import charset_normalizer
from langchain_core.tools import ToolException

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_SCAN", "Page", "decoded", "human_size", "read_page"]

MAX_SCAN = 64 * 1024 * 1024
"""Characters that one call goes through to find the lines that were asked for."""

_COUNTED = 8 * 1024 * 1024  # bytes up to which the lines of a file are counted to their end
_SAMPLE = 64 * 1024
_PIECE = 64 * 1024
_KILO = 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a file."""

    text: str
    first: int
    last: int
    """Line numbers, from 1."""

    total: int | None
    """Lines of the whole file; None when it is too large to count."""

    encoding: str
    more: tuple[int, int] | None
    """Where the next page begins: line and character of it, both from 1; None at the end."""


def human_size(size: int) -> str:
    """Write a number of bytes for a person."""
    amount = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < _KILO:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _KILO
    return f"{amount:.1f} TB"


def _encoding(sample: bytes) -> str | None:
    """Find the encoding of a text from its beginning; None for what is no text."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the sample may end within a character
    except UnicodeDecodeError:
        whole_lines = sample[: sample.rfind(b"\n") + 1] or sample
        best = charset_normalizer.from_bytes(whole_lines).best()
        return best.encoding if best else None
    return "utf-8"


def decoded(file: BinaryIO) -> io.TextIOWrapper | None:
    """Open a binary file as text; None for what is no text."""
    sample = file.read(_SAMPLE)
    file.seek(0)
    encoding = _encoding(sample)
    return io.TextIOWrapper(file, encoding=encoding, errors="replace") if encoding else None


def _lines(reader: io.TextIOWrapper) -> Iterator[str]:
    """Read in pieces that are each a line or part of one."""
    scanned = 0
    while piece := reader.readline(_PIECE):
        scanned += len(piece)
        if scanned > MAX_SCAN:
            msg = f"That is more than {human_size(MAX_SCAN)} into the file, too far to read. Use search_files instead."
            raise ToolException(msg)
        yield piece


def _skip(reader: io.TextIOWrapper, line: int, char: int) -> None:
    """Go to a character of a line, both counted from 1."""
    at = 1
    if line > 1:
        for piece in _lines(reader):
            at += piece.endswith("\n")
            if at == line:
                break
        else:
            msg = f"The file ends before line {line:,}: it has {at:,} lines. Choose a smaller start_line."
            raise ToolException(msg)
    left = char - 1
    while left > 0:
        piece = reader.readline(min(left, _PIECE))
        left -= len(piece)
        if not piece or piece.endswith("\n"):
            msg = f"Line {line:,} has fewer than {char:,} characters. Choose a smaller start_char."
            raise ToolException(msg)


def read_page(reader: io.TextIOWrapper, size: int, *, line: int, char: int, max_lines: int, room: int) -> Page:
    """Read whole lines, as many as there is room for; of a line that is longer than the room, its beginning.

    Args:
        reader: A file at its beginning.
        size: Bytes of the file.
        line: The first line, from 1.
        char: The first character of that line, from 1.
        max_lines: The most lines.
        room: The most characters.

    Raises:
        ToolException: The file ends before that line or character, or it is too far into the file.
    """
    _skip(reader, line, char)
    parts: list[str] = []
    more: tuple[int, int] | None = None
    at = line
    while at - line < max_lines:
        piece = reader.readline(room + 1)
        if not piece:
            break
        if len(piece) > room:
            more = (at, 1) if parts else (at, char + room)
            parts = parts or [piece[:room]]
            break
        parts.append(piece)
        room -= len(piece)
        at += 1
    else:
        more = (at, 1) if reader.readline(1) else None
    last = at if more and more[1] > 1 else max(line, at - 1)
    total = (last if more is None else _count(reader, size, at)) if parts else None
    return Page("".join(parts), line, last, total, reader.encoding, more)


def _count(reader: io.TextIOWrapper, size: int, at: int) -> int | None:
    """Count the lines of a file whose reader stands inside line `at`."""
    if size > _COUNTED:
        return None
    total, ends_open = at, True
    while piece := reader.read(_PIECE):
        total += piece.count("\n")
        ends_open = not piece.endswith("\n")
    return total if ends_open else total - 1
