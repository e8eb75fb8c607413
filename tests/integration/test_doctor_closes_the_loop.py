"""An endpoint that nobody knows, and whose refusals say nothing: the agent works there once the doctor has been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examine_emulated, play_along
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from graph import Agent, Endpoint, Settings, build_graph
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.known import known_facts
from graph.errors import RefusedRequestError
from graph.testing import EmulatedEndpoint, Refusal, get_provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Run

SAYS_NOTHING = Refusal(400, "E1042: bad request")
QUESTION = "What are the codes of Paris and Rome? Call get_code."

PECULIAR = get_provider("openai").but(
    name="peculiar",
    model="peculiar-1",
    rules={
        "choice_forced_thinking": SAYS_NOTHING,
        "reasoning_missing": SAYS_NOTHING,
        "content_list": SAYS_NOTHING,
    },
    limits={"reasoning_scope": "turns", "parameters": get_provider("strictest").rules.limits.parameters},
    behaviour={"thinking": "always", "leak": "hermes"},
    wire={"reasoning": "reasoning_content"},
)
"""Refuses forced tools, wants reasoning back, leaks calls as text and rejects lists; says only `E1042`."""


@tool
def get_code(city: str) -> list[dict[str, str]]:
    """Look up the secret code of a city."""
    return [{"type": "text", "text": f"{city.upper()}-{len(city) * 1117}"}]


@pytest.fixture
def endpoint() -> Iterator[EmulatedEndpoint]:
    with EmulatedEndpoint(PECULIAR, play_along) as found:
        yield found


def settings_of(endpoint: EmulatedEndpoint) -> Settings:
    return Settings(base_url=endpoint.base_url, api_key=endpoint.api_key, model=endpoint.model, max_retries=0)


def stock(endpoint: EmulatedEndpoint) -> Any:
    """The graph that LangGraph's own documentation begins with."""
    model = ChatOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, model=endpoint.model, max_retries=0)
    bound = model.bind_tools([get_code])
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [bound.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([get_code]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


def test_the_table_knows_nothing_of_it(endpoint: EmulatedEndpoint) -> None:
    assert known_facts(endpoint.base_url, endpoint.model) == {}


def test_the_stock_graph_gives_the_raw_call_as_its_answer(endpoint: EmulatedEndpoint) -> None:
    last = stock(endpoint).invoke({"messages": [("user", QUESTION)]})["messages"][-1]
    assert "<tool_call>" in last.text
    assert "PARIS-5585" not in last.text


def test_before_the_doctor_the_agent_is_refused_in_words_that_teach_nothing(endpoint: EmulatedEndpoint) -> None:
    graph = build_graph(Agent(tools=[get_code]), settings=settings_of(endpoint))
    with pytest.raises(RefusedRequestError, match="E1042"):
        graph.invoke({"messages": [("user", QUESTION)]})


def test_after_the_doctor_the_agent_works(endpoint: EmulatedEndpoint, run: Run) -> None:
    report = examine_emulated(endpoint, full=False)
    assert report.exit_code == 0
    first = len(endpoint.requests)
    graph = build_graph(Agent(tools=[get_code]), settings=settings_of(endpoint))
    messages = run(graph, QUESTION)
    assert "PARIS-5585" in messages[-1].text
    assert "ROME-4468" in messages[-1].text
    messages = run(graph, [*messages, ("user", "And of Oslo? Call get_code.")])
    assert "OSLO-4468" in messages[-1].text
    assert [request.refused for request in endpoint.requests[first:]] == [None] * 4


def test_after_the_doctor_a_forced_call_is_asked_for_in_the_way_that_is_taken(endpoint: EmulatedEndpoint) -> None:
    examine_emulated(endpoint)
    first = len(endpoint.requests)
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    model = ChatEndpoint.at(where, settings_of(endpoint))
    reply = model.bind_tools([get_code], tool_choice="any").invoke(QUESTION)
    assert isinstance(reply, AIMessage)
    assert [call["args"] for call in reply.tool_calls] == [{"city": "Paris"}, {"city": "Rome"}]
    assert [request.refused for request in endpoint.requests[first:]] == [None]
