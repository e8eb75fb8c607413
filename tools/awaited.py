"""Functions of tools whose result is yet to be awaited or iterated over, as plain functions that give it whole."""

from __future__ import annotations

import functools
import inspect
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

from langchain_core.tools import StructuredTool, Tool

from tools.threads import run_sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from langchain_core.tools import BaseTool

__all__ = ["as_callable"]


def as_callable(tool: BaseTool) -> BaseTool:
    """The same tool with a plain function that gives its whole result; a tool of another make itself.

    LangChain refuses to call a tool that is a coroutine function alone in `invoke` and `stream`; in `ainvoke` and
    `astream` nothing changes for it. Of a plain function that gives a coroutine or a generator, LangChain takes the
    `repr` for the result: here the coroutine is run, in an event loop of its own, and what a generator yields is
    made a list.
    """
    if not isinstance(tool, StructuredTool | Tool):
        return tool
    given = tool.func or tool.coroutine
    if given is None or (tool.func and not inspect.isroutine(given)):  # of other objects `wraps` tells LangChain less
        return tool

    @functools.wraps(given)  # LangChain reads in the signature what it is to inject
    def func(*args: Any, **kwargs: Any) -> Any:
        return _whole(given(*args, **kwargs))

    return tool.model_copy(update={"func": func})


def _whole(result: Any) -> Any:
    if inspect.isawaitable(result):
        return _whole(run_sync(_awaited(result)))
    if isinstance(result, AsyncGeneratorType):
        return run_sync(_listed(result))
    return list(result) if isinstance(result, GeneratorType) else result


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


async def _listed(result: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in result]
