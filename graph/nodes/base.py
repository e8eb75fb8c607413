"""Nodes of two functions, one for synchronous and one for asynchronous runs; edges of one; reading the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import BaseMessage, RemoveMessage
from langchain_core.runnables import RunnableLambda
from langgraph._internal._constants import NS_SEP, TASKS
from langgraph.pregel._read import ChannelRead
from langgraph.types import Send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.runnables import Runnable, RunnableConfig
    from langgraph.graph import StateGraph
    from langgraph.graph.state import CompiledStateGraph

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
        route: takes what its node has returned, or `update_state` was given, and the config of the task.
    """

    async def aroute(output: Any, config: RunnableConfig) -> Any:
        return route(output, config)

    return as_node(route, aroute, route.__name__)


def compile_graph(graph: StateGraph[Any, Any, Any, Any], **options: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile a graph whose conditional edges (`as_edge`) take what their nodes return, and not the state.

    LangGraph would give them the state with what the task has written, for which it copies every channel: a twentieth
    of the time that a turn takes. `read_written` reads it where an edge needs it.
    """
    edges = {start: dict(branches) for start, branches in graph.branches.items()}
    graph.branches.clear()
    compiled = graph.compile(**options)
    graph.branches.update(edges)  # the builder is drawn and asked for schemas, too
    for start, branches in edges.items():
        for name, branch in branches.items():
            compiled.attach_branch(start, name, branch, with_reader=False)
    return compiled.validate()


def read_thread(config: RunnableConfig) -> list[BaseMessage]:
    """The thread as it was when the step began, for a task that was sent something else than the state.

    The public way would be to send the thread along, and each such task would then store it once more.
    """
    thread: list[BaseMessage] = ChannelRead.do_read(config, select="messages")
    return thread


def read_written(config: RunnableConfig) -> list[BaseMessage]:
    """The thread with what the task has written to it, for the edge that follows the task."""
    thread: list[BaseMessage] = ChannelRead.do_read(config, select="messages", fresh=True)
    return thread


def only_message(output: Any, config: RunnableConfig) -> BaseMessage | None:
    """The message that a task has added behind the thread if that is all it has written there, as in most steps.

    Args:
        output: what the task has returned.
        config: the task's.
    """
    added = output.get("messages") if isinstance(output, dict) else None
    if not isinstance(added, list) or len(added) != 1 or how_begun(config) == "by hand":
        return None
    one = added[0]
    if not isinstance(one, BaseMessage) or isinstance(one, RemoveMessage):
        return None
    in_place = one.id and any(message.id == one.id for message in read_thread(config))
    return None if in_place else one


def has_parent(config: RunnableConfig) -> bool:
    """Whether the graph of a task runs within another one; so it is, too, where nothing says in which graph it is.

    A graph that runs on its own has the namespace of its task alone there, whatever it was called with.
    """
    namespace = config.get("configurable", {}).get("checkpoint_ns")
    return not namespace or NS_SEP in namespace


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
