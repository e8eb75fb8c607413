"""The tool node: the good calls of a reply run side by side, and every call gets exactly one result, in order."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables.config import get_executor_for_config
from langchain_core.tools import StructuredTool
from langgraph.errors import GraphBubbleUp
from langgraph.prebuilt import ToolNode
from pydantic import ValidationError

from graph.nodes.base import as_node
from graph.nodes.repair import result_of
from graph.nodes.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages.tool import ToolCall
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool

    from graph.state import State

_GIVEN_BY_LANGCHAIN = frozenset({"self", "config", "callbacks", "run_manager"})


def describe(error: Exception, schema: str = "") -> str:
    """What the model is told of a tool that failed; `schema` is the name of its arguments' schema."""
    if isinstance(error, ValidationError) and error.title == schema:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in error.errors())
        return f"The tool did not run, since the arguments do not fit its schema: {faults}. Correct them, call again."
    return (
        f"The tool failed: {type(error).__name__}: {error}. Correct the arguments and call it again, or go on without."
    )


def _describe_any(error: Exception) -> str:
    return describe(error)


class ToolsNode:
    """Runs the calls of the last reply. An exception of a tool goes to the model as text.

    Tools that take nothing but their arguments are run here. If one of the agent's tools has state, store or runtime
    injected, LangGraph's `ToolNode` runs them all.
    """

    def __init__(self, tools: Sequence[BaseTool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        plain = all(map(_takes_only_arguments, tools))
        self._inner = None if plain else ToolNode(tools, handle_tool_errors=_describe_any)

    def node(self) -> Runnable[State, Any]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "tools")

    def call(self, state: State, config: RunnableConfig) -> Any:
        """Run the calls and return their results."""
        verdict, message = self._judge(state)
        if self._inner is not None:
            return _in_order(message, verdict, self._inner.invoke(_input(state, message, verdict), config))
        if len(verdict.good) == 1:
            return _in_order(message, verdict, [self._run(verdict.good[0], config)])
        with get_executor_for_config(config) as executor:
            results = list(executor.map(self._run, verdict.good, [config] * len(verdict.good)))
        return _in_order(message, verdict, results)

    async def acall(self, state: State, config: RunnableConfig) -> Any:
        """`call` for an event loop."""
        verdict, message = self._judge(state)
        if self._inner is not None:
            return _in_order(message, verdict, await self._inner.ainvoke(_input(state, message, verdict), config))
        results = await asyncio.gather(*(self._arun(call, config) for call in verdict.good))
        return _in_order(message, verdict, results)

    def _run(self, call: ToolCall, config: RunnableConfig) -> Any:
        try:
            return self._tools[call["name"]].invoke({**call, "type": "tool_call"}, config)
        except GraphBubbleUp:  # an interrupt is no failure
            raise
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the model is told
            return self._failed(call, error)

    async def _arun(self, call: ToolCall, config: RunnableConfig) -> Any:
        try:
            return await self._tools[call["name"]].ainvoke({**call, "type": "tool_call"}, config)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the model is told
            return self._failed(call, error)

    def _failed(self, call: ToolCall, error: Exception) -> ToolMessage:
        schema = getattr(self._tools[call["name"]].args_schema, "__name__", "")
        return ToolMessage(describe(error, schema), tool_call_id=call["id"], name=call["name"], status="error")

    def _judge(self, state: State) -> tuple[Verdict, AIMessage]:
        message = state["messages"][-1]
        if not isinstance(message, AIMessage):
            msg = f"the tools node follows a reply of the model, not a {type(message).__name__}"
            raise TypeError(msg)
        return judge(message, self._tools.keys()), message


def _takes_only_arguments(tool: BaseTool) -> bool:
    function = tool.func or tool.coroutine if isinstance(tool, StructuredTool) else None
    if function is None:
        return False
    return set(inspect.signature(function).parameters) - _GIVEN_BY_LANGCHAIN <= set(tool.args)


def _input(state: State, message: AIMessage, verdict: Verdict) -> dict[str, Any]:
    good = message.model_copy(update={"tool_calls": list(verdict.good), "invalid_tool_calls": []})
    return {**state, "messages": [*state["messages"][:-1], good]}


def _in_order(message: AIMessage, verdict: Verdict, output: Any) -> Any:
    """Add the results of the calls that did not run, in the order in which the model made the calls."""
    results = output["messages"] if isinstance(output, dict) else output
    extra = [result_of(call) for call in verdict.bad]
    if not all(isinstance(result, ToolMessage) for result in results):  # a tool returned a Command
        return [*(r if not isinstance(r, ToolMessage) else {"messages": [r]} for r in results), {"messages": extra}]
    order = [call["id"] or "" for call in (*message.tool_calls, *message.invalid_tool_calls)]
    ordered = sorted([*results, *extra], key=lambda result: order.index(result.tool_call_id))
    return {"messages": ordered, "repair": None}
