"""Runs of a graph in every way, to their end or to where they are cancelled, closed or killed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = st.sampled_from(["invoke", "stream", "ainvoke", "astream"])
DURABILITY = st.sampled_from(["sync", "async", "exit"])


class Killed(BaseException):
    """What ends a process from inside."""


KILLS: tuple[type[BaseException], ...] = (SystemExit, KeyboardInterrupt, Killed)


def fail(text: str) -> str:
    """Always fail."""
    raise LookupError(text)


def kill(how: int) -> str:
    """End the process."""
    raise KILLS[how]


def run_through(graph: Any, mode: str, given: Any, config: Any, durability: str) -> None:
    """Run to the end, in one of the four ways."""
    options: dict[str, Any] = {"durability": durability}
    if "stream" in mode:
        options["stream_mode"] = ["messages", "values"]

    async def streamed() -> None:
        async for _ in graph.astream(given, config, **options):
            pass

    if mode == "invoke":
        graph.invoke(given, config, **options)
    elif mode == "ainvoke":
        asyncio.run(graph.ainvoke(given, config, **options))
    elif mode == "astream":
        asyncio.run(streamed())
    else:
        for _ in graph.stream(given, config, **options):
            pass


def run_cancelled(
    graph: Any, given: Any, config: Any, durability: str, reached: Callable[[], object], *, streamed: bool
) -> None:
    """Run until `reached` returns, and cancel the run there."""

    async def run() -> None:
        if not streamed:
            await graph.ainvoke(given, config, durability=durability)
            return
        async for _ in graph.astream(given, config, stream_mode="messages", durability=durability):
            pass

    async def main() -> None:
        task = asyncio.create_task(run())
        await asyncio.to_thread(reached)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(main())


def run_closed(graph: Any, given: Any, config: Any, durability: str, items: int, *, asynchronous: bool) -> None:
    """Take so many items of a stream, and close it."""
    options: dict[str, Any] = {"stream_mode": ["messages", "updates"], "durability": durability}

    async def partly() -> None:
        stream = graph.astream(given, config, **options)
        for _ in range(items):
            await anext(stream, None)
        await stream.aclose()

    if asynchronous:
        asyncio.run(partly())
    else:
        stream = graph.stream(given, config, **options)
        for _ in range(items):
            next(stream, None)
        stream.close()
