"""Tools that are a coroutine function alone, as runs without an event loop can call them, too."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from langchain_core.tools import StructuredTool, Tool

from tools.threads import run_sync

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

__all__ = ["as_callable"]


def as_callable(tool: BaseTool) -> BaseTool:
    """The same tool with a plain function beside its coroutine function; any other tool itself.

    LangChain refuses to call such a tool in `invoke` and `stream`. In `ainvoke` and `astream` nothing changes.
    """
    if not isinstance(tool, StructuredTool | Tool) or tool.func is not None or tool.coroutine is None:
        return tool
    coroutine = tool.coroutine

    @functools.wraps(coroutine)  # LangChain reads in the signature what it is to inject
    def func(*args: Any, **kwargs: Any) -> Any:
        async def result() -> Any:
            return await coroutine(*args, **kwargs)

        return run_sync(result())

    return tool.model_copy(update={"func": func})
