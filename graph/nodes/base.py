"""What makes a node of two functions, one for synchronous runs and one for asynchronous ones."""

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
