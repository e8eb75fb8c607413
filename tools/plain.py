"""Tools whose function takes nothing but the arguments that the model gives."""

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable
from typing import Any, Final, TypeGuard, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import run_in_executor, var_child_runnable_config
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools.base import FILTERED_ARGS
from pydantic import BaseModel

from tools.watched import StockMethods, is_watched

try:  # what LangChain makes of a tool's output; it has no public name
    from langchain_core.tools.base import _format_output
except ImportError:
    _format_output = None  # type: ignore[assignment] # another release of LangChain may keep it elsewhere

__all__ = ["PlainTool", "as_plain"]


Function = TypeVar("Function", bound=Callable[..., Any])


def _signed(function: Function) -> Function:
    """The function with its signature at hand, and no annotations: LangChain reads both at every call for the names."""
    parameters = inspect.signature(function).parameters.values()
    kept = cast("Any", function)
    kept.__signature__ = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in parameters])
    kept.__annotations__ = {}
    return function


class PlainTool(StructuredTool):
    """A `StructuredTool` that does not look at its function at every call for what LangChain could give it.

    That is signatures and type hints, three times over, and costs far more than a small tool itself. Nor does it
    prepare for handlers of callbacks where there are none. What the function sets in its context and what it cancels is
    its own: it runs in a copy of the context, a coroutine in a task.
    """

    def invoke(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """The result of a call."""
        if kwargs or self.func is None or not self._is_unwatched(input, config):
            return super().invoke(input, config, **kwargs)
        args, named = self._to_args_and_kwargs(input["args"].copy(), input["id"])
        result = contextvars.copy_context().run(self._run, *args, **named)
        return _format_output(result, None, input["id"], self.name, "success")

    async def ainvoke(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """`invoke` for an event loop."""
        if kwargs or self.coroutine is None or not self._is_unwatched(input, config):
            return await super().ainvoke(input, config, **kwargs)
        args, named = self._to_args_and_kwargs(input["args"].copy(), input["id"])
        result = await asyncio.create_task(self._arun(*args, **named))
        return _format_output(result, None, input["id"], self.name, "success")

    def _is_unwatched(self, call: Any, config: RunnableConfig | None) -> bool:
        """Whether this is a model's call in the task whose config it has, and LangChain would add nothing to it."""
        if _format_output is None or not config or config is not var_child_runnable_config.get():
            return False
        if not isinstance(call, dict) or call.get("type") != "tool_call" or self.response_format != "content":
            return False
        if self.handle_tool_error or self.handle_validation_error:
            return False
        if not (_PASSED_BY.are_of(StructuredTool) and _PASSED_BY.are_of(BaseTool)):
            return False
        return not is_watched(config.get("callbacks"), self.callbacks, verbose=self.verbose)

    def _parse_input(self, tool_input: str | dict[str, Any], tool_call_id: str | None) -> str | dict[str, Any]:
        schema = self.args_schema
        if isinstance(tool_input, str) or not _has_fields_alone(schema):
            return super()._parse_input(tool_input, tool_call_id)
        read = schema.model_validate(tool_input)
        given = read.model_fields_set
        return {
            name: getattr(read, name)
            for name, field in schema.model_fields.items()
            if name in tool_input or name in given or (name not in _VARIADIC and not field.is_required())
        }

    def _filter_injected_args(self, tool_input: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in tool_input.items() if name not in FILTERED_ARGS}

    @_signed
    def _run(self, *args: Any, **kwargs: Any) -> Any:
        if self.func is None:
            return super()._run(*args, config={}, **kwargs)  # which says so
        return self.func(*args, **kwargs)

    @_signed
    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        if self.coroutine is None:
            return await run_in_executor(None, functools.partial(self._run, *args, **kwargs))
        return await self.coroutine(*args, **kwargs)


_PASSED_BY: Final = StockMethods(
    {"langchain_core.tools.base", "langchain_core.tools.structured"}, ("invoke", "ainvoke", "run", "arun")
)
"""Methods that instrumentations replace to see calls of tools."""

_VARIADIC: Final = frozenset({"args", "kwargs"})
"""Fields that pydantic makes of `*args` and `**kwargs`."""


def _has_fields_alone(schema: object) -> TypeGuard[type[BaseModel]]:
    """Whether a schema is a model of pydantic's, and nothing but its fields comes of it."""
    return isinstance(schema, type) and issubclass(schema, BaseModel) and _gives_fields_alone(schema)


@functools.lru_cache(maxsize=256)
def _gives_fields_alone(schema: type[BaseModel]) -> bool:
    shaped = schema.model_computed_fields or schema.__pydantic_decorators__.model_serializers
    hidden = any(one.exclude for one in schema.model_fields.values())
    return schema.model_config.get("extra") != "allow" and not shaped and not hidden


def as_plain(tool: BaseTool) -> BaseTool:
    """The same as a `PlainTool` if its function takes only arguments, else the tool itself."""
    if type(tool) is not StructuredTool:
        return tool
    function = tool.func or tool.coroutine
    if function is None or not set(inspect.signature(function).parameters) <= set(tool.args):
        return tool
    return PlainTool(**dict(tool))
