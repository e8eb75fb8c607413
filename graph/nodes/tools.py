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
from langgraph.types import Command
from pydantic import ValidationError

from graph.errors import faults_of
from graph.nodes.base import as_node
from graph.nodes.repair import result_of
from graph.nodes.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool

    from graph.state import State

_GIVEN_BY_LANGCHAIN = frozenset({"self", "config", "callbacks", "run_manager"})


def describe(error: Exception, schema: str = "") -> str:
    """What the model is told of a tool that failed; `schema` is the name of its arguments' schema."""
    if isinstance(error, ValidationError) and error.title == schema:
        faults = faults_of(error)
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
        return _in_order(message, verdict, await self._arun_all(verdict.good, config))

    def _run(self, call: ToolCall, config: RunnableConfig) -> Any:
        try:
            return self._tools[call["name"]].invoke({**call, "type": "tool_call"}, config)
        except GraphBubbleUp:  # an interrupt is no failure
            raise
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the model is told
            return self._failed(call, error)

    async def _arun_all(self, calls: Sequence[ToolCall], config: RunnableConfig) -> list[Any]:
        """All calls side by side, as many at a time as `max_concurrency` says; all have ended when this returns."""
        if len(calls) == 1:
            return [await self._arun(calls[0], config)]
        room = asyncio.Semaphore(config.get("max_concurrency") or len(calls))

        async def run(call: ToolCall) -> Any:
            async with room:
                return await self._arun(call, config)

        results = await asyncio.gather(*map(run, calls), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):  # an interrupt: its siblings are not left running behind it
                raise result
        return results

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


def answered_directly(messages: Sequence[BaseMessage], direct: Collection[str]) -> bool:
    """Whether the last results are all those of `return_direct` tools, and none failed: then they end the run."""
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        if message.name not in direct or message.status == "error":
            return False
    return True


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
    order = [call["id"] or "" for call in (*message.tool_calls, *message.invalid_tool_calls)]
    together = sorted([*results, *map(result_of, verdict.bad)], key=lambda result: _place(result, order))
    if all(isinstance(result, ToolMessage) for result in together):
        return {"messages": together, "repair": None}
    updates = [{"messages": [one]} if isinstance(one, ToolMessage) else one for one in together]
    return [*updates, {"repair": None}]  # a tool returned a Command, which goes on as it is


def _place(result: Any, order: Sequence[str]) -> int:
    """Which call a result belongs to: a message, an update that holds one, or a Command; unknown ones come last."""
    update = result.update if isinstance(result, Command) else result
    messages = update.get("messages", ()) if isinstance(update, dict) else [update]
    ids = [getattr(one, "tool_call_id", None) for one in (messages if isinstance(messages, list) else [messages])]
    return min((order.index(one) for one in ids if one in order), default=len(order))
