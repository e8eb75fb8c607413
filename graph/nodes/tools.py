"""The tools node: one call of a reply, and its one result. Several calls are as many tasks, side by side."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any, Literal, cast

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import StructuredTool
from langgraph.errors import GraphBubbleUp
from langgraph.prebuilt import ToolNode
from langgraph.types import Send
from pydantic import ValidationError
from typing_extensions import TypedDict

from graph.errors import faults_of
from graph.nodes.base import as_node, read_last
from graph.nodes.repair import result_of
from graph.nodes.verdict import BadCall, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool

    from graph.nodes.verdict import Verdict
    from graph.state import State

_GIVEN_BY_LANGCHAIN = frozenset({"self", "config", "callbacks", "run_manager"})


class Place(TypedDict):
    """What a task of the tools node is sent: which call of the last reply it runs, from 0."""

    place: int


def each_call(verdict: Verdict) -> Literal["tools"] | list[Send]:
    """Where the calls of a reply go: a single one to the node, several each to a task of its own.

    What a task has ended stays ended: when another one interrupts, fails or dies with the process, the run goes on
    with those that have no result yet.
    """
    if len(verdict.calls) == 1:
        return "tools"
    return [Send("tools", Place(place=place)) for place in range(len(verdict.calls))]


def describe(error: BaseException, schema: str = "") -> str:
    """What the model is told of a tool that failed; `schema` is the name of its arguments' schema."""
    if isinstance(error, ValidationError) and error.title == schema:
        faults = faults_of(error)
        return f"The tool did not run, since the arguments do not fit its schema: {faults}. Correct them, call again."
    said = ": ".join(filter(None, (type(error).__name__, str(error).strip().rstrip("."))))
    return f"The tool failed: {said}. Correct the arguments and call it again, or go on without."


def _describe_any(error: Exception) -> str:
    return describe(error)


class ToolsNode:
    """Runs one call of the last reply. An exception of a tool goes to the model as text.

    So does an `asyncio.CancelledError` that comes of something the tool awaited, as nothing has cancelled the run.

    Tools that take nothing but their arguments are run here. If one of the agent's tools has state, store or runtime
    injected, LangGraph's `ToolNode` runs them all.
    """

    def __init__(self, tools: Sequence[BaseTool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        plain = all(map(_takes_only_arguments, tools))
        self._inner = None if plain else ToolNode(tools, handle_tool_errors=_describe_any)

    def node(self) -> Runnable[State | Place, Any]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "tools")

    def call(self, given: State | Place, config: RunnableConfig) -> Any:
        """Run the call and return its result."""
        call = self._call(given, config)
        if isinstance(call, BadCall):
            return _update(result_of(call))
        try:
            if self._inner is not None:
                return _update(self._inner.invoke([call], config))
            return _update(self._tools[call["name"]].invoke({**call, "type": "tool_call"}, config))
        except GraphBubbleUp:  # an interrupt is no failure
            raise
        except asyncio.CancelledError as error:  # nothing cancels a thread, so it is the tool's own
            return _update(self._failed(call, error))
        except Exception as error:
            if self._inner is not None:  # the `ToolNode` has judged it
                raise
            return _update(self._failed(call, error))

    async def acall(self, given: State | Place, config: RunnableConfig) -> Any:
        """`call` for an event loop."""
        call = self._call(given, config)
        if isinstance(call, BadCall):
            return _update(result_of(call))
        try:
            if self._inner is not None:
                return _update(await self._inner.ainvoke([call], config))
            return _update(await self._tools[call["name"]].ainvoke({**call, "type": "tool_call"}, config))
        except GraphBubbleUp:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return _update(self._failed(call, error))
        except Exception as error:
            if self._inner is not None:
                raise
            return _update(self._failed(call, error))

    def _failed(self, call: ToolCall, error: BaseException) -> ToolMessage:
        schema = getattr(self._tools[call["name"]].args_schema, "__name__", "")
        return ToolMessage(describe(error, schema), tool_call_id=call["id"], name=call["name"], status="error")

    def _call(self, given: State | Place, config: RunnableConfig) -> ToolCall | BadCall:
        place = cast("Place", given).get("place")
        message = cast("State", given)["messages"][-1] if place is None else read_last(config)
        if not isinstance(message, AIMessage):
            msg = f"the tools node follows a reply of the model, not a {type(message).__name__}"
            raise TypeError(msg)
        return judge(message, self._tools.keys()).calls[place or 0]


def answered_directly(messages: Sequence[BaseMessage], direct: Collection[str]) -> bool:
    """Whether what a task of the tools node added is the result of a `return_direct` tool that did not fail.

    If it is so for each task of a step, nothing leads on from there, and the run ends with these results.
    """
    last = messages[-1]
    return isinstance(last, ToolMessage) and last.name in direct and last.status != "error"


def _takes_only_arguments(tool: BaseTool) -> bool:
    function = tool.func or tool.coroutine if isinstance(tool, StructuredTool) else None
    if function is None:
        return False
    return set(inspect.signature(function).parameters) - _GIVEN_BY_LANGCHAIN <= set(tool.args)


def _update(output: Any) -> Any:
    """What a tool gave, as an update of the thread; Commands go on as they are."""
    if isinstance(output, ToolMessage):
        return {"messages": [output], "repair": None}
    if isinstance(output, dict):  # the `ToolNode`'s form for messages
        return {**output, "repair": None}
    several = output if isinstance(output, list) else [output]
    return [*({"messages": [one]} if isinstance(one, ToolMessage) else one for one in several), {"repair": None}]
