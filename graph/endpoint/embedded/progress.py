"""How far a fetch is: a bar with size and rate where someone watches, a line now and then where nobody does."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Reporter", "reporter", "say"]

_LINE_SECONDS = 15.0


def say(text: str) -> None:
    """Tell the user on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - stderr is where a command speaks beside its answer


class Reporter(Protocol):
    """Takes the number of bytes that are there; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def update(self, done: int) -> None:
        """Set the number of bytes that are there."""


class _Bar:
    def __init__(self, label: str, total: int) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(label, total=total)
        self._total = total
        self._started = False

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, done: int) -> None:
        if not self._started:
            # What was kept of an earlier run must not count as this run's rate.
            self._progress.reset(self._task, completed=done)
            self._started = True
        self._progress.update(self._task, completed=min(done, self._total))


class _Lines:
    def __init__(self, label: str, total: int, notify: Callable[[str], None]) -> None:
        self._label, self._total, self._notify = label, total, notify
        self._first: tuple[float, int] | None = None
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def update(self, done: int) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        if now - self._last_line < _LINE_SECONDS:
            return
        since, at_first = self._first
        rate = max(done - at_first, 0) / max(now - since, 1e-9)
        self._last_line = now
        self._notify(f"{self._label}: {done * 100 // self._total}% of {decimal(self._total)}, {decimal(int(rate))}/s")


def reporter(label: str, total: int, notify: Callable[[str], None]) -> Reporter:
    """A bar on stderr if that is a terminal, else a line every 15 seconds through `notify`.

    Args:
        label: What is being fetched.
        total: Its size in bytes.
        notify: Where the lines go.
    """
    return _Bar(label, total) if sys.stderr.isatty() else _Lines(label, total, notify)
