"""A call of a plain tool that nothing watches gives what a stock tool gives, and nothing is prepared for handlers."""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import AsyncCallbackManager, CallbackManager
from langchain_core.runnables.config import set_config_context, var_child_runnable_config
from langchain_core.runnables.utils import coro_with_context
from langchain_core.tools import BaseTool, StructuredTool, tool
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from plain_functions import ARGUMENTS, MORE, PLAIN, aadd, add, answering, fail, in_blocks, listing, nest, refuse

from tools.plain import as_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig

OPTIONS: list[dict[str, Any]] = [
    {"handle_tool_error": "handled"},
    {"handle_validation_error": "handled"},
    {"response_format": "content_and_artifact"},
]


async def unwatched(one: BaseTool, arguments: dict[str, Any], *, run_async: bool) -> Any:
    """What a call gives within a task whose config has no handlers."""
    config: RunnableConfig = {"callbacks": CallbackManager([]), "configurable": {"place": "here"}}
    call = {"name": one.name, "args": dict(arguments), "id": "c1", "type": "tool_call"}
    with set_config_context(config) as context:
        try:
            if run_async:
                return await coro_with_context(one.ainvoke(call, config), context)
            return context.run(one.invoke, call, config)
        except Exception as error:  # noqa: BLE001 - compared
            return repr(error)


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("function", [*PLAIN, *MORE, in_blocks, answering, listing])
async def test_the_same_result_unwatched(
    function: Callable[..., Any], arguments: dict[str, Any], run_async: bool
) -> None:
    stock = tool(function)
    result = await unwatched(as_plain(stock), arguments, run_async=run_async)
    assert result == await unwatched(stock, arguments, run_async=run_async)


@pytest.mark.parametrize("function", [add, aadd])
async def test_nothing_is_prepared_for_handlers_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any]
) -> None:
    run_async, plain = function is aadd, as_plain(tool(function))
    monkeypatch.setattr(CallbackManager, "on_tool_start", None)
    monkeypatch.setattr(AsyncCallbackManager, "on_tool_start", None)
    assert (await unwatched(plain, {"a": 1}, run_async=run_async)).text == "3"
    assert "NoneType" in await unwatched(tool(function), {"a": 1}, run_async=run_async)


@pytest.mark.parametrize(
    "options",
    OPTIONS,
    ids=str,
)
@pytest.mark.parametrize("function", [add, refuse, fail])
@pytest.mark.parametrize("arguments", ARGUMENTS[:3], ids=str)
async def test_the_tool_judges_its_own_errors_unwatched(
    function: Callable[..., Any], arguments: dict[str, Any], options: dict[str, Any]
) -> None:
    stock = tool(function).model_copy(update=options)
    result = await unwatched(as_plain(stock), arguments, run_async=False)
    assert result == await unwatched(stock, arguments, run_async=False)


@pytest.mark.parametrize("kind", [BaseTool, StructuredTool])
@pytest.mark.parametrize("name", ["invoke", "ainvoke", "run", "arun"])
async def test_a_replaced_method_is_called(monkeypatch: pytest.MonkeyPatch, kind: Any, name: str) -> None:
    """An instrumentation replaces a method of LangChain's classes; what replaces it may take its module's name, too."""
    run_async, seen = name.startswith("a"), list[str]()
    stock = getattr(kind, name)

    @functools.wraps(stock)
    def replaced(*args: Any, **kwargs: Any) -> Any:
        seen.append(name)
        return stock(*args, **kwargs)

    del replaced.__wrapped__
    monkeypatch.setattr(kind, name, replaced)
    called = await unwatched(as_plain(tool(aadd if run_async else add)), {"a": 1}, run_async=run_async)
    assert called.text == "3"
    assert seen == [name]


@pytest.mark.parametrize("run_async", [False, True])
async def test_what_a_tool_sets_in_its_context_is_its_own(run_async: bool) -> None:
    told = ContextVar("told", default="by nobody")

    def tell(a: int) -> str:
        """Tell."""
        told.set("by the tool")
        return f"{a}"

    async def atell(a: int) -> str:
        """Tell."""
        return tell(a)

    one = as_plain(tool(atell if run_async else tell))
    config: RunnableConfig = {"callbacks": CallbackManager([])}
    token = var_child_runnable_config.set(config)
    call = {"name": one.name, "args": {"a": 1}, "id": "c1", "type": "tool_call"}
    result = await one.ainvoke(call, config) if run_async else one.invoke(call, config)
    var_child_runnable_config.reset(token)
    assert (result.text, told.get()) == ("1", "by nobody")


@pytest.mark.parametrize("run_async", [False, True])
async def test_a_handler_of_what_a_tool_runs_is_told_of_it(run_async: bool) -> None:
    """A manager may have handlers for what is run within alone."""
    collected = RunCollectorCallbackHandler()
    config: RunnableConfig = {"callbacks": CallbackManager([], inheritable_handlers=[collected])}
    one = as_plain(tool(nest))
    with set_config_context(config) as context:
        call = {"name": "nest", "args": {"a": -1}, "id": "c1", "type": "tool_call"}
        if run_async:
            await coro_with_context(one.ainvoke(call, config), context)
        else:
            context.run(one.invoke, call, config)
    assert [run.name for run in collected.traced_runs] == ["inner"]
