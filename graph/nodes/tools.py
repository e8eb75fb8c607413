"""The tool node: the good calls of a reply run side by side, and every call gets exactly one result, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.prebuilt import ToolNode

from graph.nodes.base import as_node
from graph.nodes.repair import result_of
from graph.nodes.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool

    from graph.state import State


def describe(error: Exception) -> str:
    """What the model is told of a tool that failed."""
    return (
        f"The tool failed: {type(error).__name__}: {error}. Correct the arguments and call it again, or go on without."
    )


class ToolsNode:
    """Runs the calls of the last reply with LangGraph's own `ToolNode`, which knows injected state and runtimes.

    An exception of a tool goes to the model as text. Calls that must not run are not given to it.
    """

    def __init__(self, tools: Sequence[BaseTool]) -> None:
        self._names = frozenset(tool.name for tool in tools)
        self._inner = ToolNode(tools, handle_tool_errors=describe)

    def node(self) -> Runnable[State, Any]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "tools")

    def call(self, state: State, config: RunnableConfig) -> Any:
        """Run the calls and return their results."""
        verdict, message = self._judge(state)
        return _in_order(message, verdict, self._inner.invoke(_input(state, message, verdict), config))

    async def acall(self, state: State, config: RunnableConfig) -> Any:
        """`call` for an event loop."""
        verdict, message = self._judge(state)
        return _in_order(message, verdict, await self._inner.ainvoke(_input(state, message, verdict), config))

    def _judge(self, state: State) -> tuple[Verdict, AIMessage]:
        message = state["messages"][-1]
        if not isinstance(message, AIMessage):
            msg = f"the tools node follows a reply of the model, not a {type(message).__name__}"
            raise TypeError(msg)
        return judge(message, self._names), message


def _input(state: State, message: AIMessage, verdict: Verdict) -> dict[str, Any]:
    good = message.model_copy(update={"tool_calls": list(verdict.good), "invalid_tool_calls": []})
    return {**state, "messages": [*state["messages"][:-1], good]}


def _in_order(message: AIMessage, verdict: Verdict, output: Any) -> Any:
    """Add the results of the calls that did not run, in the order in which the model made the calls."""
    results = output["messages"] if isinstance(output, dict) else output
    extra = [result_of(call) for call in verdict.bad]
    if not all(isinstance(result, ToolMessage) for result in results):  # a tool returned a Command
        return [*(r if not isinstance(r, ToolMessage) else {"messages": [r]} for r in results), {"messages": extra}]
    order = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
    ordered = sorted([*results, *extra], key=lambda result: order.index(result.tool_call_id))
    return {"messages": ordered, "repair": None}
