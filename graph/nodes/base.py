"""Nodes of two functions, one for synchronous and one for asynchronous runs; edges of one; reading the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.runnables import RunnableLambda
from langgraph._internal._constants import TASKS
from langgraph.pregel._read import ChannelRead
from langgraph.types import Send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.messages import BaseMessage
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


def as_edge(route: Callable[[Any, RunnableConfig], Any]) -> Runnable[Any, Any]:
    """A conditional edge; in an asynchronous run a plain function would cost a thread, which is more than itself.

    Args:
        route: takes the state and the config of the task that it follows.
    """

    async def aroute(state: Any, config: RunnableConfig) -> Any:
        return route(state, config)

    return as_node(route, aroute, route.__name__)


def read_thread(config: RunnableConfig) -> list[BaseMessage]:
    """The thread as it was when the step began, for a task that was sent something else than the state.

    The public way would be to send the thread along, and each such task would then store it once more.
    """
    thread: list[BaseMessage] = ChannelRead.do_read(config, select="messages")
    return thread


def read_sent(config: RunnableConfig, node: str) -> list[Any]:
    """What the tasks of a node were sent that run, or have run, in this step."""
    sent = ChannelRead.do_read(config, select=TASKS) or ()
    return [one.arg for one in sent if isinstance(one, Send) and one.node == node]


def how_begun(config: RunnableConfig) -> Literal["by an edge", "sent", "by hand"]:
    """How the task came about that an edge follows; `by hand`: `update_state` acts as its node, and nothing ran."""
    path = (config.get("metadata") or {}).get("langgraph_path")
    if not path:
        return "by hand"
    return "sent" if path[0] == "__pregel_push" else "by an edge"
