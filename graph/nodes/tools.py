"""The tools node: one call of a reply, and its one result. Several calls are as many tasks, side by side."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NotRequired

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import StructuredTool
from langgraph.errors import GraphBubbleUp
from langgraph.prebuilt import ToolNode
from langgraph.types import Send
from typing_extensions import TypedDict

from graph.errors import PortolanError
from graph.nodes.base import as_node, how_begun, only_message, read_sent, read_thread, read_written
from graph.nodes.repair import result_of
from graph.nodes.results import as_update, check_commands, describe
from graph.nodes.verdict import BadCall, id_of, judge, open_calls

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool


_GIVEN_BY_LANGCHAIN = frozenset({"self", "config", "callbacks", "run_manager"})


class Place(TypedDict):
    """What a task of the tools node is sent: which call of the last reply it runs.

    Attributes:
        place: where it stands in the reply, from 0.
        id: its id, if no other one has it: the user may edit the reply before the task runs.
    """

    place: int
    id: NotRequired[str]  # threads of earlier releases lack it


def each_call(calls: Mapping[int, ToolCall | BadCall]) -> Literal["tools"] | list[Send]:
    """Where the open calls of a reply go: a single one to the node, several each to a task of its own.

    What a task has ended stays ended: when another one interrupts, fails or dies with the process, the run goes on
    with those that have no result yet.
    """
    return "tools" if len(calls) == 1 else _sent(calls)


def _sent(calls: Mapping[int, ToolCall | BadCall]) -> list[Send]:
    ids = Counter(map(id_of, calls.values()))
    named = {place: id_of(call) for place, call in calls.items() if id_of(call) and ids[id_of(call)] == 1}
    return [
        Send("tools", Place(place=place, id=named[place]) if place in named else Place(place=place)) for place in calls
    ]


def _describe_any(error: Exception) -> str:
    return describe(error)


class ToolsNode:
    """Runs one open call of the last reply, or none if none is left. An exception of a tool goes to the model as text.

    So does an `asyncio.CancelledError` that comes of something the tool awaited, as nothing has cancelled the run.

    Tools that take nothing but their arguments are run here. If one of the agent's tools has state, store or runtime
    injected, LangGraph's `ToolNode` runs them all.

    Args:
        tools: the agent's tools.
        max_chars: the bound on a result's text, in characters; for all tools and what they raise, but not for the
            results of `return_direct` tools, which are the user's answer.
    """

    def __init__(self, tools: Sequence[BaseTool], max_chars: int) -> None:
        self._max_chars = max_chars
        self._tools = {tool.name: tool for tool in tools}
        plain = all(map(_takes_only_arguments, tools))
        self._inner = None if plain else ToolNode(tools, handle_tool_errors=_describe_any)

    def node(self) -> Runnable[Any, Any]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "tools")

    def call(self, given: Any, config: RunnableConfig) -> Any:
        """Run the call and return its result.

        Args:
            given: the state, a `Place`, or what LangGraph's own agents send: a call, alone or with their state.
            config: the task's.

        Raises:
            PortolanError: it was sent something else.
        """
        call = self._call(given, config)
        if call is None:
            return {"repair": None}
        if isinstance(call, BadCall):
            return {"messages": [result_of(call)], "repair": None}
        try:
            if self._inner is not None:
                return self._update(call, self._inner.invoke([call], config), config)
            output = self._tools[call["name"]].invoke({**call, "type": "tool_call"}, config)
            return self._update(call, output, config)
        except GraphBubbleUp:  # an interrupt is no failure
            raise
        except asyncio.CancelledError as error:  # nothing cancels a thread, so it is the tool's own
            return self._update(call, self._failed(call, error), config)
        except Exception as error:
            if self._inner is not None:  # the `ToolNode` has judged it
                raise
            return self._update(call, self._failed(call, error), config)

    async def acall(self, given: Any, config: RunnableConfig) -> Any:
        """`call` for an event loop."""
        call = self._call(given, config)
        if call is None:
            return {"repair": None}
        if isinstance(call, BadCall):
            return {"messages": [result_of(call)], "repair": None}
        try:
            if self._inner is not None:
                return self._update(call, await self._inner.ainvoke([call], config), config)
            output = await self._tools[call["name"]].ainvoke({**call, "type": "tool_call"}, config)
            return self._update(call, output, config)
        except GraphBubbleUp:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return self._update(call, self._failed(call, error), config)
        except Exception as error:
            if self._inner is not None:
                raise
            return self._update(call, self._failed(call, error), config)

    def _update(self, call: ToolCall, output: Any, config: RunnableConfig) -> Any:
        direct = self._tools[call["name"]].return_direct
        update = as_update(output, call, self._max_chars, direct=direct)
        try:
            check_commands(update, config)
        except (PortolanError, ValueError) as error:
            return as_update(self._failed(call, error), call, self._max_chars, direct=direct)
        return update

    def _failed(self, call: ToolCall, error: BaseException) -> ToolMessage:
        schema = getattr(self._tools[call["name"]].args_schema, "__name__", "")
        return ToolMessage(describe(error, schema), tool_call_id=call["id"], name=call["name"], status="error")

    def _call(self, given: Any, config: RunnableConfig) -> ToolCall | BadCall | None:
        """The call to run; None if the user has taken it out or given its result since the task was made."""
        named = given if isinstance(given, dict) else {}
        if "messages" in named:
            left, others = open_calls(named["messages"], self._tools.keys()), _places_sent(config)
            return next((call for place, call in left.items() if place not in others), None)
        left = open_calls(read_thread(config), self._tools.keys())
        if "place" in named and "id" not in named:
            return left.get(named["place"])
        held = named if "place" in named else _held(given)
        own = [call for call in left.values() if id_of(call) == (held.get("id") or "")]
        same = (call for call in own if not isinstance(call, BadCall) and call["args"] == held.get("args"))
        return next(same, own[0] if own else None)


def _places_sent(config: RunnableConfig) -> set[int]:
    """The calls that tasks of this step were sent: beside them, one that a `goto` has added runs none of these."""
    return {sent["place"] for sent in read_sent(config, "tools") if isinstance(sent, dict) and "place" in sent}


def _held(given: Any) -> Mapping[str, Any]:
    """The call in what an agent of LangGraph sends its tools, whose thread this may be.

    That is the call with the state (`ToolCallWithContext` of `langgraph.prebuilt.tool_node`, from `create_react_agent`
    and `create_agent`), or a list of the call alone, which `ToolNode` takes too.
    """
    held = given.get("tool_call") if isinstance(given, dict) else given
    if isinstance(held, list) and len(held) == 1:
        held = held[0]
    if isinstance(held, dict) and "name" in held and "id" in held:
        return held
    msg = "the tools node was sent something that is no call of its thread"
    remedy = 'Go to it without (`Command(goto="tools")`), which runs the calls that are open, or send a message.'
    raise PortolanError(msg, remedy=remedy)


def after_call(
    output: Any, config: RunnableConfig, tool_names: Collection[str], direct: Collection[str]
) -> Literal["model"] | list[Send]:
    """Where the run goes after a task of the tools node; nowhere (no `Send`) ends it, unless another task leads on.

    Args:
        output: what the task has returned, or `update_state` was given.
        config: the task's.
        tool_names: the agent's tools.
        direct: those whose result is the answer.
    """
    begun, result = how_begun(config), only_message(output, config)
    if begun == "by an edge" and len(left := open_calls(read_thread(config), tool_names)) > 1:
        sent = _places_sent(config)
        further = [place for place in left if place not in sent][1:]
        still = open_calls(read_written(config), tool_names) if further else {}
        if still := {place: call for place, call in still.items() if place in further}:
            return _sent(still)
    messages = read_written(config) if result is None else [result]
    if not messages:  # in a run the model has the last word, unless the tool says that it has
        return [] if direct or begun == "by hand" else "model"
    last = messages[-1]
    if isinstance(last, AIMessage):
        kind = judge(last, tool_names).kind
        if kind == "answer":
            return []
        if kind == "calls" and all(one.id != last.id for one in read_thread(config)):  # the tool has written it
            return _sent(open_calls(messages, tool_names))
    return [] if answered_directly(messages, direct) else "model"


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
