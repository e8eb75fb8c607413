"""Functions of tools whose result is yet to be awaited or iterated over, as plain functions that give it whole."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from io import IOBase
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any, Final

from langchain_core.tools import StructuredTool, Tool

from tools.threads import run_sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from langchain_core.tools import BaseTool

__all__ = ["as_callable"]


def as_callable(tool: BaseTool) -> BaseTool:
    """The same tool with functions that give its whole result; a tool of another make itself.

    LangChain refuses to call a tool that is a coroutine function alone in `invoke` and `stream`: here it is run in an
    event loop of its own. Of a function that gives a coroutine, a generator or another iterator, LangChain takes the
    `repr` for the result: here the coroutine is run, and what the others yield is made a list.
    """
    if not isinstance(tool, StructuredTool | Tool):
        return tool
    given, later = tool.func or tool.coroutine, tool.coroutine
    if given is None or (tool.func and not inspect.isroutine(given)):  # of other objects `wraps` tells LangChain less
        return tool

    @functools.wraps(given)  # LangChain reads in the signature what it is to inject
    def func(*args: Any, **kwargs: Any) -> Any:
        return _whole(given(*args, **kwargs))

    if later is None or not inspect.isroutine(later):
        return tool.model_copy(update={"func": func})

    @functools.wraps(later)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        return await _whole_later(await later(*args, **kwargs))

    return tool.model_copy(update={"func": func, "coroutine": coroutine})


_WHOLE: Final = frozenset({str, int, float, bool, type(None), dict, list})


def _whole(result: Any) -> Any:
    if type(result) in _WHOLE:
        return result
    if inspect.isawaitable(result):
        return _whole(run_sync(_awaited(result)))
    if isinstance(result, AsyncGeneratorType):
        return run_sync(_listed(result))
    return _listed_now(result)


async def _whole_later(result: Any) -> Any:
    if type(result) in _WHOLE:
        return result
    if inspect.isawaitable(result):
        return await _whole_later(await result)
    if isinstance(result, AsyncGeneratorType):
        return await _listed(result)
    return _listed_now(result)


def _listed_now(result: Any) -> Any:
    return list(result) if isinstance(result, Iterator) and not isinstance(result, IOBase) else result


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


async def _listed(result: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in result]
