"""What makes a node of two functions, one for synchronous runs and one for asynchronous ones; and an edge of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableLambda

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.runnables import Runnable

try:  # LangGraph's own runnable costs a fraction; it has no public name
    from langgraph._internal._runnable import RunnableCallable
except ImportError:
    RunnableCallable = None  # type: ignore[assignment,misc] # another release of LangGraph may keep it elsewhere


def as_node(func: Callable[..., Any], afunc: Callable[..., Awaitable[Any]], name: str) -> Runnable[Any, Any]:
    """A node that runs `func` or `afunc`; both take the state, and the run's config if they name it."""
    if RunnableCallable is not None:
        return RunnableCallable(func, afunc, name=name, trace=False)
    return RunnableLambda(func, afunc=afunc, name=name)


def as_edge(route: Callable[[Any], str]) -> Runnable[Any, str]:
    """A conditional edge; in an asynchronous run a plain function would cost a thread, which is more than itself."""

    async def aroute(state: Any) -> str:
        return route(state)

    return as_node(route, aroute, route.__name__)
