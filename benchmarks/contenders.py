"""The same agent three times: by hand on the openai package, as LangGraph's documentation writes it, and Portolan's.

Each is made by a function of (base URL, model, path of an SQLite file or None, tool) and gives an object with `run`,
`arun` and `stream`. A run takes the thread so far as dicts, and a question.
"""

# ruff: noqa: PLC0415 - a contender pays for its own imports alone

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    Tool = Callable[[int, int], object]

CONFIG: Any = {"configurable": {"thread_id": "benchmark"}, "recursion_limit": 1000}
KEY = "sk-benchmark"
Thread = list[dict[str, Any]]


class Contender(Protocol):
    """What is measured."""

    def run(self, thread: Thread, question: str) -> None: ...

    async def arun(self, thread: Thread, question: str) -> None: ...

    def stream(self, question: str) -> int: ...


def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


async def aadd(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


aadd.__name__ = add.__name__


ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two integers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


class ByHand:
    """The loop that the openai package's own documentation shows."""

    def __init__(self, base_url: str, model: str, tool: Tool) -> None:
        import openai

        self._model = model
        self._tool: Any = tool
        self._client = openai.OpenAI(base_url=base_url, api_key=KEY)
        self._aclient = openai.AsyncOpenAI(base_url=base_url, api_key=KEY)

    def run(self, thread: Thread, question: str) -> None:
        messages: Any = [*thread, {"role": "user", "content": question}]
        while True:
            reply = self._client.chat.completions.create(model=self._model, messages=messages, tools=[ADD])  # type: ignore[call-overload]
            if not self._take(messages, reply.choices[0].message):
                break

    async def arun(self, thread: Thread, question: str) -> None:
        messages: Any = [*thread, {"role": "user", "content": question}]
        while True:
            reply = await self._aclient.chat.completions.create(model=self._model, messages=messages, tools=[ADD])  # type: ignore[call-overload]
            if not await self._atake(messages, reply.choices[0].message):
                break

    def stream(self, question: str) -> int:
        messages: Any = [{"role": "user", "content": question}]
        chunks = self._client.chat.completions.create(
            model=self._model, messages=messages, tools=[ADD], stream=True, stream_options={"include_usage": True}
        )  # type: ignore[call-overload]
        return sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)

    def _take(self, messages: Any, message: Any) -> bool:
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls or ():
            result = self._tool(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": str(result)})
        return bool(message.tool_calls)

    async def _atake(self, messages: Any, message: Any) -> bool:
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls or ():
            result = self._tool(**json.loads(call.function.arguments))  # a plain function blocks the event loop
            result = await result if inspect.isawaitable(result) else result
            messages.append({"role": "tool", "tool_call_id": call.id, "content": str(result)})
        return bool(message.tool_calls)


class _Graph:
    """A compiled graph. The thread so far is made into messages once, since an application has it in memory as such."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._thread: list[Any] = []

    def _input(self, thread: Thread, question: str) -> dict[str, Any]:
        if len(self._thread) != len(thread):
            from langgraph.graph import add_messages

            self._thread = list(add_messages([], thread))  # type: ignore[arg-type,call-overload]
        return {"messages": [*self._thread, {"role": "user", "content": question}]}

    def run(self, thread: Thread, question: str) -> None:
        self._graph.invoke(self._input(thread, question), CONFIG)

    async def arun(self, thread: Thread, question: str) -> None:
        await self._graph.ainvoke(self._input(thread, question), CONFIG)

    def stream(self, question: str) -> int:
        given = {"messages": [{"role": "user", "content": question}]}
        return sum(bool(chunk.text) for chunk, _ in self._graph.stream(given, CONFIG, stream_mode="messages"))


def _saver(path: str | None) -> Any:
    if path is None:
        return None
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA synchronous=OFF")  # bytes are counted, and the disk's speed is not
    return SqliteSaver(connection)


def by_hand(base_url: str, model: str, path: str | None, tool: Tool) -> Contender:  # noqa: ARG001 - it keeps no threads
    return ByHand(base_url, model, tool)


def stock(base_url: str, model: str, path: str | None, tool: Tool) -> Contender:
    """StateGraph, ToolNode and ChatOpenAI, as LangGraph's documentation puts them together."""
    from langchain_core.runnables import RunnableLambda
    from langchain_core.tools import tool as as_tool
    from langchain_openai import ChatOpenAI
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition

    tools = [as_tool(tool)]
    chat = ChatOpenAI(model=model, base_url=base_url, api_key=KEY, stream_usage=True).bind_tools(tools)  # type: ignore[arg-type]

    def call(state: MessagesState) -> dict[str, Any]:
        return {"messages": [chat.invoke(state["messages"])]}

    async def acall(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await chat.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", RunnableLambda(call, afunc=acall))
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", tools_condition)
    builder.add_edge("tools", "model")
    return _Graph(builder.compile(checkpointer=_saver(path)))


def portolan(base_url: str, model: str, path: str | None, tool: Tool) -> Contender:
    from graph import Agent, Endpoint, Settings, build_graph

    agent = Agent(tools=[tool], instructions="", endpoint=Endpoint(model=model, base_url=base_url, api_key=KEY))  # type: ignore[arg-type]
    return _Graph(build_graph(agent, settings=Settings(max_turns=1000), checkpointer=_saver(path)))  # type: ignore[call-arg]


CONTENDERS: dict[str, Callable[[str, str, str | None, Tool], Contender]] = {
    "by hand on openai": by_hand,
    "stock LangGraph": stock,
    "Portolan": portolan,
}
