"""How every tool treats arguments, errors and long results."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import ToolException
from pydantic import Field
from toolbench import call

from tools.building import ToolArgs, build_tool
from tools.limits import clip, cut_line
from tools.threads import in_thread, run_sync, within


class Args(ToolArgs):
    text: str = Field(description="Any text")
    times: int = Field(default=1, ge=1, description="How often")


def repeat(text: str, times: int = 1) -> str:
    """Repeat a text."""
    if text == "fail":
        msg = "That text cannot be repeated. Give another."
        raise ToolException(msg)
    return text * times


TOOL = build_tool(repeat, name="repeat", args=Args, max_chars=200, rest="Ask for fewer times.")


def test_result_error_and_arguments() -> None:
    assert call(TOOL, text="ab", times=2) == ("success", "abab")
    assert call(TOOL, text="ab", times=None) == ("success", "ab")  # null stands for the default
    assert call(TOOL, text="fail") == ("error", "That text cannot be repeated. Give another.")


def test_wrong_arguments_are_named_with_what_was_given() -> None:
    status, text = call(TOOL, text="ab", times="many", tims=2)
    assert status == "error"
    assert "`times`" in text
    assert "'many'" in text
    assert "there is no argument `tims`" in text
    status, text = call(TOOL, times=2)
    assert text.startswith("`repeat` was not run: `text` is missing. It takes: `text`, `times` (optional).")
    assert len(call(TOOL, text={"a": "x" * 1000})[1]) <= 200


def test_long_results_say_what_was_left_out_and_how_to_get_it() -> None:
    status, text = call(TOOL, text="x", times=5000)
    assert status == "success"
    assert len(text) <= 200
    assert text.endswith(" of 5,000 characters left out. Ask for fewer times.]")


async def test_async_is_bounded_alike() -> None:
    assert len(await TOOL.ainvoke({"text": "x", "times": 5000})) <= 200
    assert await TOOL.ainvoke({"text": "fail"}) == "That text cannot be repeated. Give another."

    async def slow(text: str, times: int = 1) -> str:
        return text * times

    tool = build_tool(repeat, arun=slow, name="repeat", args=Args, max_chars=200)
    assert await tool.ainvoke({"text": "fail"}) == "fail"
    assert len(await tool.ainvoke({"text": "x", "times": 5000})) <= 200


@given(st.text(max_size=600), st.integers(150, 500))
def test_clip_keeps_within_the_bound_and_keeps_what_fits(text: str, bound: int) -> None:
    cut = clip(text, bound)
    assert len(cut) <= bound
    assert (cut == text) == (len(text) <= bound)
    if cut != text:
        kept, _, note = cut.rpartition("\n[Cut: ")
        assert text.startswith(kept)
        assert int(note.split()[0].replace(",", "")) == len(text) - len(kept)


def test_cut_line() -> None:
    assert cut_line("abc", 3) == "abc"
    assert cut_line("abcd", 3) == "abc… [4 characters]"


def test_calls_are_bounded_and_errors_pass_through() -> None:
    never = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, lambda: never.wait(60))
    never.set()
    assert within(60, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)


async def test_a_cancelled_caller_does_not_wait_for_its_thread() -> None:
    started, never = threading.Event(), threading.Event()

    def block() -> None:
        started.set()
        never.wait(60)

    waiting = asyncio.create_task(in_thread(block))
    await in_thread(started.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    never.set()
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


async def test_coroutines_run_from_within_a_running_loop() -> None:
    async def seven() -> int:
        return 7

    assert run_sync(seven()) == 7
    assert await in_thread(lambda: run_sync(seven())) == 7


async def test_coroutines_run_in_the_context_of_the_caller() -> None:
    place = contextvars.ContextVar("place", default="nowhere")

    async def where() -> str:
        return place.get()

    place.set("here")
    assert run_sync(where()) == "here"


def test_who_is_stopped_cancels_the_coroutine() -> None:
    ended: list[str] = []

    async def for_ever() -> None:
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def within_a_loop() -> None:
        run_sync(for_ever())

    loop = asyncio.new_event_loop()  # unlike `asyncio.run`, as in a notebook, it leaves Ctrl-C to Python
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(within_a_loop())
    finally:
        loop.close()
    assert ended == ["ended"]
