"""Calls that block, bounded: when the time is up the caller goes on and the thread is left to end by itself.

The threads are daemons, unlike those of an executor: a look-up that hangs keeps neither the process nor an event loop
from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["in_thread", "run_sync", "within"]

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Give what `call` gives or raises, or raise `TimeoutError` after that many seconds."""
    answers: queue.SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            answers.put((None, error))

    threading.Thread(target=work, daemon=True, name="portolan-tool").start()
    try:
        result, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value] # without an error there is a result: mypy does not follow the pair


async def in_thread(call: Callable[[], Result]) -> Result:
    """Await what `call` gives or raises; a cancelled caller does not wait for it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if answer.cancelled():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type] # as in `within`

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except BaseException as caught:  # noqa: BLE001 - raised again where it is awaited
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name="portolan-tool").start()
    return await answer


def run_sync(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end in the caller's context, from a thread with a running event loop (a notebook) as well.

    It has an event loop of its own each time. Where the caller is stopped (Ctrl-C), the coroutine is cancelled.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    cancel: list[Callable[[], object]] = []
    stopped: list[bool] = []
    awaited: queue.SimpleQueue[None] = queue.SimpleQueue()  # unlike an Event, it survives a Ctrl-C within it

    async def begun() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            cancel.append(lambda: loop.call_soon_threadsafe(task.cancel))
            if stopped:
                task.cancel()
        return await coroutine

    def work() -> Result:
        awaited.get()  # a Ctrl-C before that would find nobody to hand it on
        return asyncio.run(begun())

    with ThreadPoolExecutor(1) as pool:
        running = None
        try:
            running = pool.submit(contextvars.copy_context().run, work)
            awaited.put(None)
            return running.result()
        finally:
            if running is None or not running.done():
                stopped.append(True)
                awaited.put(None)
                for one in cancel:
                    one()
