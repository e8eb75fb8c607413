"""Nodes of two functions, one for synchronous and one for asynchronous runs; edges of one; reading the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableLambda
from langgraph.pregel._read import ChannelRead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.runnables import Runnable, RunnableConfig

try:  # LangGraph's own runnable costs a fraction; it has no public name
    from langgraph._internal._runnable import RunnableCallable
except ImportError:
    RunnableCallable = None  # type: ignore[assignment,misc] # another release of LangGraph may keep it elsewhere


def as_node(func: Callable[..., Any], afunc: Callable[..., Awaitable[Any]], name: str) -> Runnable[Any, Any]:
    """A node that runs `func` or `afunc`; both take the state, and the run's config if they name it."""
    if RunnableCallable is not None:
        return RunnableCallable(func, afunc, name=name, trace=False)
    return RunnableLambda(func, afunc=afunc, name=name)


def as_edge(route: Callable[[Any], Any]) -> Runnable[Any, Any]:
    """A conditional edge; in an asynchronous run a plain function would cost a thread, which is more than itself."""

    async def aroute(state: Any) -> Any:
        return route(state)

    return as_node(route, aroute, route.__name__)


def read_last(config: RunnableConfig) -> Any:
    """The thread's last message, for a task that was sent something else than the state.

    The public way would be to send the thread along, and each such task would then store it once more.
    """
    return ChannelRead.do_read(config, select="messages")[-1]
