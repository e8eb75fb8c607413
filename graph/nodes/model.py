"""The model node: one request to the endpoint, within the run's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai.chat_models.base import BaseChatOpenAI
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import get_runtime

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.notices import say_once
from graph.endpoint.pairing import is_paired, pair
from graph.errors import BrokenReplyError, SettingsError
from graph.nodes.base import as_node, read_thread
from graph.nodes.bounds import account, check_bounds, check_prompt, fits_again, tell_of_cut
from graph.nodes.doubt import has_said_run, settled, without_kept
from graph.nodes.repair import current_repair, may_ask, taken_as_it_is
from graph.nodes.unfit import check_unfit
from graph.nodes.verdict import judge
from graph.nodes.wrapped import bind_foreign, bind_tools, is_adapter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool

    from graph.endpoint.connect import ModelSource
    from graph.state import Context, Repair, State

ANEW: Final[dict[str, Any]] = {}
"""What the node is sent when an edit of the thread has made it the model's turn: the thread is in its channel, and a
repair that was under way is over."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one turn goes by.

    Attributes:
        context: the run's options.
        history: the thread, calls and results paired.
        prompt: what is sent.
        room: the tokens that are left of the run's; None: no bound.
        spent: the tokens of broken attempts.
        repair: the repair under way.
        asks: a call in doubt would be asked about.
    """

    context: Context
    history: list[BaseMessage]
    prompt: list[BaseMessage]
    room: int | None
    spent: int
    repair: Repair | None
    asks: bool


@dataclass(slots=True)
class ModelNode:
    """Calls the model with the thread and the tools, and adds its reply to the thread."""

    source: ModelSource
    tools: Sequence[BaseTool]
    context: type[Context]
    max_repairs: int
    _formatted: list[dict[str, Any]] | None = None
    _unset: Context | None = None

    def node(self) -> Runnable[State, dict[str, Any]]:
        """The node, for synchronous and asynchronous runs."""
        return as_node(self.call, self.acall, "model")

    def call(self, given: State, config: RunnableConfig) -> dict[str, Any]:
        """One turn.

        Args:
            given: the state, or `ANEW`.
            config: the task's.

        Raises:
            PortolanError: the endpoint gave no reply, or a bound of the run is reached.
        """
        state = _state(given, config)
        turn = self._prepare(state)
        model, options = self._bound(self.source.get(), turn)
        return self._update(state, turn, model.invoke(turn.prompt, **options), anew=state is not given)

    async def acall(self, given: State, config: RunnableConfig) -> dict[str, Any]:
        """`call` for an event loop."""
        state = _state(given, config)
        turn = self._prepare(state)
        model, options = self._bound(await self.source.aget(), turn)
        return self._update(state, turn, await model.ainvoke(turn.prompt, **options), anew=state is not given)

    def _prepare(self, state: State) -> _Turn:
        self._unset = self._unset or self.context()
        context = get_runtime(self.context).context or self._unset
        messages: list[BaseMessage] = state["messages"]  # type: ignore[assignment] # AnyMessage is a BaseMessage
        if not messages:
            say_once('The run was given no message. They are given as {"messages": [("user", "…")]}.')
        repair = current_repair(state)
        spent = repair.get("spent", 0) if repair else 0
        room = check_bounds(messages, context, spent=spent, endpoint=self.source.where)
        check_unfit(messages, self.max_repairs, endpoint=self.source.where)
        history = messages if is_paired(messages) else pair(messages)
        system: list[BaseMessage] = [SystemMessage(context.instructions)] if context.instructions else []
        note: list[BaseMessage] = [HumanMessage(repair["note"])] if repair and repair["note"] else []
        prompt = [*system, *history]
        check_prompt(prompt, context, room=room, endpoint=self.source.where)
        return _Turn(context, history, [*prompt, *note], room, spent, repair, may_ask(repair, self.max_repairs))

    def _bound(self, model: BaseChatModel, turn: _Turn) -> tuple[Runnable[Any, AIMessage], dict[str, Any]]:
        """The model with the tools, and the options of this run."""
        context = turn.context
        if not isinstance(model, BaseChatOpenAI):
            if not is_adapter(model):
                self._say_unheeded(model, context, heeded=set())
                return self._foreign(model), {}
            self._say_unheeded(model, context, heeded={"tool_choice"})
            bound = bind_tools(model, self._tools_formatted()) if self.tools else model
            chosen = {"tool_choice": context.tool_choice} if self.tools and context.tool_choice != "auto" else {}
            return bound, self._of_doubts(turn) | chosen
        cap = context.max_tokens if turn.room is None else min(context.max_tokens, turn.room)
        options: dict[str, Any] = {"max_tokens": cap}
        if context.temperature is not None:
            options["temperature"] = context.temperature
        if context.model:
            options["model"] = context.model
        if isinstance(model, ChatEndpoint):
            options |= self._of_doubts(turn)
        if self.tools:
            options["tools"] = self._tools_formatted()
            if context.tool_choice != "auto":
                options["tool_choice"] = context.tool_choice
        return model, options

    def _of_doubts(self, turn: _Turn) -> dict[str, Any]:
        """What the adapter is told of the loop."""
        return {
            "asks_about_doubts": turn.asks,
            "heeds_hints": not has_said_run(turn.history),
            "awaits_word": turn.repair is not None and "kept" in turn.repair,
        }

    def _tools_formatted(self) -> list[dict[str, Any]]:
        if self._formatted is None:
            self._formatted = [convert_to_openai_tool(tool) for tool in self.tools]
        return self._formatted

    def _say_unheeded(self, model: BaseChatModel, context: Context, *, heeded: set[str]) -> None:
        asked = context.model_fields_set - {"instructions", "max_turns", "max_run_tokens"} - heeded
        if asked:
            names = ", ".join(sorted(asked))
            say_once(f"The run's {names} did not reach {type(model).__name__}; set it on the model that you pass.")

    def _foreign(self, model: BaseChatModel) -> Runnable[Any, AIMessage]:
        """A chat model of another make, which keeps the options that it was made with."""
        if not self.tools:
            return model
        try:
            return bind_foreign(model, self.tools)
        except (NotImplementedError, AttributeError) as error:  # LangChain's base class, and what is no chat model
            msg = f"{type(model).__name__}, given as Agent(endpoint=…), cannot be given tools"
            remedy = "Take a chat model that has bind_tools (before with_retry and the like), or Agent(tools=[])."
            raise SettingsError(msg, remedy=remedy) from error

    def _update(self, state: State, turn: _Turn, reply: object, *, anew: bool) -> dict[str, Any]:
        if not isinstance(reply, AIMessage):
            msg = f"the chat model returned a {type(reply).__name__} and no AIMessage"
            remedy = "Correct it, or name another one in Agent(endpoint=…)."
            raise BrokenReplyError(msg, endpoint=self.source.where, remedy=remedy)
        if turn.room is not None:
            account(reply, turn.prompt, spent=turn.spent, endpoint=self.source.where)
        if any(message.id == reply.id for message in turn.history if reply.id):  # it would take the place of that one
            reply = reply.model_copy(update={"id": None})
        repair = turn.repair
        asks = turn.asks and fits_again(reply, turn.prompt, room=turn.room)
        again = (
            repair is not None and repair["count"] < self.max_repairs and fits_again(reply, turn.prompt, room=turn.room)
        )
        reply = taken_as_it_is(settled(reply, repair, again=again), asks=asks)
        tell_of_cut(reply, turn.context, room=turn.room)
        over: dict[str, Any] = {"repair": None} if anew or (state.get("repair") and repair is None) else {}
        if repair and "kept" in repair and judge(reply, {tool.name for tool in self.tools}).kind != "broken":
            over.setdefault("repair", without_kept(repair))
        if turn.history is state["messages"]:
            return {"messages": [reply], **over}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *turn.history, reply], **over}


def _state(given: State, config: RunnableConfig) -> State:
    return given if "messages" in given else {"messages": read_thread(config)}
