"""The agent: what a user declares, and the graph that it becomes. Read this first.

START -> model -> tools -> model … -> END      the manual tool-calling loop
           |-> repair -> model                 only when a reply was broken
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangGraph resolves the edges' annotations
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from graph.channel import messages_channel
from graph.edits import AgentGraph
from graph.endpoint.connect import ModelSource
from graph.endpoint.notices import say_once
from graph.endpoint.sources import load_settings
from graph.nodes.base import as_edge, compile_graph, only_message, read_written
from graph.nodes.model import ANEW, ModelNode
from graph.nodes.repair import RepairNode
from graph.nodes.tools import ToolsNode, after_call, each_call
from graph.nodes.verdict import judge_thread, open_calls
from graph.state import Context, Input, Output, State, context_type
from graph.toolbox import collect_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.store.base import BaseStore

    from graph.endpoint.settings import Endpoint, Settings

RECURSION_LIMIT = 10_000
"""LangGraph's own bound on steps, out of the way: turns and repairs are what bounds a run here."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user declares. What is left out comes from `.env`.

    Attributes:
        tools: LangChain tools, plain functions, or names of Portolan's own tools.
        instructions: the system message.
        endpoint: where the model answers, or a chat model that is used as it is.
        name: what the graph is called in traces and in Studio.
    """

    tools: Sequence[BaseTool | Callable[..., Any] | str] | None = None
    instructions: str | None = None
    endpoint: Endpoint | BaseChatModel | None = None
    name: str = "portolan"


def build_graph(
    agent: Agent | None = None,
    *,
    settings: Settings | None = None,
    checkpointer: BaseCheckpointSaver[Any] | bool | None = None,
    store: BaseStore | None = None,
) -> CompiledStateGraph[State, Context, Input, Output]:
    """Make the graph of an agent.

    Args:
        agent: what it is; None: the default agent.
        settings: everything else; None: as the environment and the nearest `.env` say.
        checkpointer: where threads are kept; None: nowhere (LangGraph's servers bring their own).
        store: LangGraph's long-term store.

    Raises:
        SettingsError: a setting is wrong; the sentence says which and where.
    """
    agent = agent or Agent()
    settings = settings or _loaded()
    tools = collect_tools(agent.tools, settings)
    names = frozenset(tool.name for tool in tools)
    context = context_type(settings, agent.instructions if agent.instructions is not None else settings.instructions)

    def after_model(output: Any, config: RunnableConfig) -> Literal["tools", "repair", "__end__"] | list[Send]:
        reply = only_message(output, config)
        thread = read_written(config) if reply is None else [reply]
        match judge_thread(thread, names).kind:
            case "answer":
                return "__end__"
            case "calls":
                return each_call(open_calls(thread, names))
            case "broken":
                return "repair"
            case "unanswered":  # only after an edit
                return [Send("model", ANEW)]

    direct = frozenset(tool.name for tool in tools if tool.return_direct)

    def after_tools(output: Any, config: RunnableConfig) -> Literal["model"] | list[Send]:
        return after_call(output, config, names, direct)

    graph = StateGraph(State, context_schema=context, input_schema=Input, output_schema=Output)
    graph.channels["messages"] = messages_channel(checkpointer)
    source = ModelSource(settings, agent.endpoint)
    graph.add_node("model", ModelNode(source, tools, context, settings.max_repairs).node())
    graph.add_node("repair", RepairNode(names, settings.max_repairs, settings.retry_time_s, source).node())
    graph.add_edge(START, "model")
    ends = ["tools", "repair", END] if tools else ["repair", END]
    graph.add_conditional_edges("model", as_edge(after_model), ends)
    graph.add_edge("repair", "model")
    if tools:
        graph.add_node("tools", ToolsNode(tools, settings.tool_max_chars).node())
        graph.add_conditional_edges("tools", as_edge(after_tools), ["model", END] if direct else ["model"])
    compiled = compile_graph(graph, checkpointer=checkpointer, store=store, name=agent.name)
    compiled.__class__ = AgentGraph
    return compiled.with_config(recursion_limit=RECURSION_LIMIT)


def _loaded() -> Settings:
    loaded = load_settings()
    for note in loaded.notes:
        say_once(note)
    return loaded.settings
