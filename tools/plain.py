"""Tools whose function takes nothing but the arguments that the model gives."""

import functools
import inspect
from typing import Any

from langchain_core.runnables.config import run_in_executor
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools.base import FILTERED_ARGS

__all__ = ["PlainTool", "as_plain"]

# Without `from __future__ import annotations`: LangChain reads the annotations of `_run` and `_arun` at every call, and
# strings would be compiled each time.


class PlainTool(StructuredTool):
    """A `StructuredTool` that does not look at its function at every call for what LangChain could give it.

    That is signatures and type hints, twice over, and costs far more than a small tool itself.
    """

    def _filter_injected_args(self, tool_input: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in tool_input.items() if name not in FILTERED_ARGS}

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        if self.func is None:
            return super()._run(*args, config={}, **kwargs)  # which says so
        return self.func(*args, **kwargs)

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        if self.coroutine is None:
            return await run_in_executor(None, functools.partial(self._run, *args, **kwargs))
        return await self.coroutine(*args, **kwargs)


def as_plain(tool: BaseTool) -> BaseTool:
    """The same as a `PlainTool` if its function takes only arguments, else the tool itself."""
    if type(tool) is not StructuredTool:
        return tool
    function = tool.func or tool.coroutine
    if function is None or not set(inspect.signature(function).parameters) <= set(tool.args):
        return tool
    return PlainTool(**dict(tool))
