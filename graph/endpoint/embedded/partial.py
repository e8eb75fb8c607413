"""A file that is being fetched: it keeps only bytes that proved right, and becomes the real file only when whole."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from graph.endpoint.embedded.catalog import Weights

__all__ = ["PartialFile", "SourceError"]

_BLOCK = 1 << 20


class SourceError(Exception):
    """One source did not give the file; the text is the reason, for people."""


class PartialFile:
    """`FILE.part` next to where the file will be.

    Bytes are appended in order, whatever source they come from. Each segment is checked as soon as it is complete, and
    one that is wrong is cut off again, so a download stops within a segment of the first wrong byte. Opening a file
    that an earlier run left behind keeps its good segments.

    Args:
        target: Where the whole file goes.
        weights: Which bytes are right.
    """

    def __init__(self, target: Path, weights: Weights) -> None:
        self.target = target
        self.weights = weights
        self.path = target.with_name(f"{target.name}.part")

    def __enter__(self) -> Self:
        self.path.touch()
        self._file = self.path.open("r+b")
        self._whole = hashlib.sha256()
        self._begin_segment(0)
        try:
            self._keep_good_segments()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def missing(self) -> int:
        """How many bytes are still to come; 0 once every segment is there and right."""
        return self.weights.size - self.size

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            SourceError: they are not the right ones, or more than the file has; the last good segment is the end again.
        """
        view = memoryview(data)
        while view:
            if not self.missing:
                msg = f"sent more than {self.weights.size:,} bytes"
                raise SourceError(msg)
            piece = view[: self.weights.segments[self.segment].end - self.size]
            self._file.write(piece)
            self._segment_hash.update(piece)
            self._whole.update(piece)
            self.size += len(piece)
            view = view[len(piece) :]
            self._close_segment_when_full()

    def rewind(self) -> None:
        """Drop the bytes after the last good segment."""
        self._whole = self._whole_before.copy()
        self._begin_segment(self.segment)
        self._file.seek(self.size)
        self._file.truncate()

    def restart(self) -> None:
        """Drop everything: the source starts from the first byte."""
        self._whole = hashlib.sha256()
        self._begin_segment(0)
        self._file.seek(0)
        self._file.truncate()

    def finish(self) -> None:
        """Put the whole file in its place.

        Raises:
            SourceError: the SHA-256 of the whole is wrong; nothing of it is kept.
        """
        digest = self._whole.hexdigest()
        if self.missing or digest != self.weights.sha256:
            self.restart()
            msg = f"the SHA-256 is {digest}, expected {self.weights.sha256}"
            raise SourceError(msg)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.path.replace(self.target)

    def _begin_segment(self, number: int) -> None:
        self.segment = number
        self.size = self.weights.segments[number].start if number < len(self.weights.segments) else self.weights.size
        self._segment_hash = hashlib.sha256()
        self._whole_before = self._whole.copy()

    def _close_segment_when_full(self) -> None:
        segment = self.weights.segments[self.segment]
        if self.size < segment.end:
            return
        digest = self._segment_hash.hexdigest()
        if digest != segment.sha256:
            self.rewind()
            msg = f"sent other bytes than the published file's (from byte {segment.start:,} on)"
            raise SourceError(msg)
        self._begin_segment(self.segment + 1)

    def _keep_good_segments(self) -> None:
        left_over = os.fstat(self._file.fileno()).st_size
        while self.missing and self.weights.segments[self.segment].end <= left_over:
            segment = self.weights.segments[self.segment]
            digest, whole, ahead = hashlib.sha256(), self._whole.copy(), segment.end - segment.start
            while ahead and (block := self._file.read(min(_BLOCK, ahead))):
                digest.update(block)
                whole.update(block)
                ahead -= len(block)
            if ahead or digest.hexdigest() != segment.sha256:
                break
            self._whole = whole
            self._begin_segment(self.segment + 1)
        self._file.seek(self.size)
        self._file.truncate()
