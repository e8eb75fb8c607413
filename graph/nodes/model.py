"""The model node: one request to the endpoint, within the run's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai.chat_models.base import BaseChatOpenAI
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import get_runtime

from graph.endpoint.notices import say_once
from graph.endpoint.pairing import is_paired, pair
from graph.errors import TurnLimitError
from graph.nodes.base import as_node
from graph.nodes.repair import current_repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

    from graph.endpoint.connect import ModelSource
    from graph.state import Context, State


@dataclass(slots=True)
class ModelNode:
    """Calls the model with the thread and the tools, and adds its reply to the thread."""

    source: ModelSource
    tools: Sequence[BaseTool]
    context: type[Context]
    _formatted: list[dict[str, Any]] | None = None

    def node(self) -> Runnable[State, dict[str, Any]]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "model")

    def call(self, state: State) -> dict[str, Any]:
        """One turn.

        Raises:
            PortolanError: the endpoint gave no reply, or a bound of the run is reached.
        """
        context, history = self._prepare(state)
        model, options = self._bound(self.source.get(), context)
        reply = model.invoke(self._prompt(context, state, history), **options)
        return self._update(state, history, reply)

    async def acall(self, state: State) -> dict[str, Any]:
        """`call` for an event loop."""
        context, history = self._prepare(state)
        model, options = self._bound(await self.source.aget(), context)
        reply = await model.ainvoke(self._prompt(context, state, history), **options)
        return self._update(state, history, reply)

    def _prepare(self, state: State) -> tuple[Context, list[BaseMessage]]:
        context = get_runtime(self.context).context or self.context()
        turns = turns_taken(state["messages"])
        if turns >= context.max_turns:
            many = "1 turn" if turns == 1 else f"{turns} turns"
            msg = f"the model still called tools after {many}, which is the limit of a run"
            remedy = "Ask again to go on from here, or raise AGENT_MAX_TURNS (or max_turns in the run's context)."
            raise TurnLimitError(msg, limit=context.max_turns, remedy=remedy)
        messages: list[BaseMessage] = state["messages"]  # type: ignore[assignment] # AnyMessage is a BaseMessage
        return context, messages if is_paired(messages) else pair(messages)

    def _bound(self, model: BaseChatModel, context: Context) -> tuple[Runnable[Any, AIMessage], dict[str, Any]]:
        """The model with the tools, and the options of this run."""
        if not isinstance(model, BaseChatOpenAI):
            return self._foreign(model, context), {}
        options: dict[str, Any] = {"max_tokens": context.max_tokens}
        if context.temperature is not None:
            options["temperature"] = context.temperature
        if context.model:
            options["model"] = context.model
        if self.tools:
            if self._formatted is None:
                self._formatted = [convert_to_openai_tool(tool) for tool in self.tools]
            options["tools"] = self._formatted
            if context.tool_choice != "auto":
                options["tool_choice"] = context.tool_choice
        return model, options

    def _foreign(self, model: BaseChatModel, context: Context) -> Runnable[Any, AIMessage]:
        """A chat model of another make, which keeps the options that it was made with."""
        asked = context.model_fields_set - {"instructions", "max_turns"}
        if asked:
            names = ", ".join(sorted(asked))
            say_once(f"The run's {names} did not reach {type(model).__name__}; set it on the model that you pass.")
        return model.bind_tools(self.tools) if self.tools else model

    def _prompt(self, context: Context, state: State, history: list[BaseMessage]) -> list[BaseMessage]:
        system: list[BaseMessage] = [SystemMessage(context.instructions)] if context.instructions else []
        repair = current_repair(state)
        note: list[BaseMessage] = [HumanMessage(repair["note"])] if repair and repair["note"] else []
        return [*system, *history, *note]

    @staticmethod
    def _update(state: State, history: list[BaseMessage], reply: BaseMessage) -> dict[str, Any]:
        if history is state["messages"]:
            return {"messages": [reply]}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *history, reply]}


def turns_taken(messages: Sequence[BaseMessage]) -> int:
    """Replies of the model since the user's last message."""
    count = 0
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        count += isinstance(message, AIMessage)
    return count
