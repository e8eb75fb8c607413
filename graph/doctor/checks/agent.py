"""The last check: a whole run of Portolan's own graph, by the profile that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.doctor.check import Check, Verdict
from graph.errors import PortolanError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from graph.doctor.bench import Bench
    from graph.endpoint.facts import EffectiveProfile

_MAX_TOKENS = 256
_TURNS = (
    "What are the codes of Paris and Rome? Call get_code for each city, both in one go, and answer with both codes.",
    "And what is the code of Oslo? Use get_code again.",
)


def _agent(bench: Bench) -> Verdict:
    """Two turns of a user, streamed, with a tool that knows what nobody else does."""
    from langchain_core.messages import HumanMessage  # noqa: PLC0415 - LangGraph is loaded only for this
    from langchain_core.tools import tool  # noqa: PLC0415
    from langgraph.checkpoint.memory import InMemorySaver  # noqa: PLC0415

    from graph.agent import Agent, build_graph  # noqa: PLC0415
    from graph.endpoint.adapter import ChatEndpoint  # noqa: PLC0415
    from graph.endpoint.connect import profile_overrides  # noqa: PLC0415

    asked: list[str] = []

    @tool
    def get_code(city: str) -> str:
        """Look up the secret code of a city."""
        asked.append(city)
        return bench.nonces.get(city.strip().title(), "no such city")

    room = {"max_tokens": _MAX_TOKENS + bench.room, "max_turns": 8, "api": "chat"}
    settings = bench.settings.model_copy(update=room)
    overrides = {**bench.effective.of_source("measured"), **profile_overrides(settings)}
    model = ChatEndpoint.at(bench.wire.endpoint, settings, profile_overrides=overrides, server=bench.told)
    agent = Agent(tools=[get_code], endpoint=model, name="doctor")
    graph = build_graph(agent, settings=settings, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "doctor"}}
    streamed = 0
    answers: list[str] = []
    try:
        for question in _TURNS:
            for _ in graph.stream({"messages": [HumanMessage(question)]}, config, stream_mode="messages"):
                streamed += 1
            messages = graph.get_state(config).values["messages"]
            answers.append(str(messages[-1].text))
    except PortolanError as error:
        return Verdict("rejected", f"the run ended with an error: {bench.wire.clean(str(error))}")
    finally:
        _count(bench, graph.get_state(config).values.get("messages") or [])
    together = _most_calls(messages)
    lacking = [
        city
        for city, answer in zip(("Paris", "Rome", "Oslo"), (answers[0], *answers), strict=True)
        if bench.code(city) not in answer
    ]
    details = (f"{len(asked)} calls of the tool, at most {together} in one turn; {streamed} pieces were streamed",)
    facts = _learned(bench, model.endpoint_profile)
    if not lacking:
        return Verdict("honoured", "two turns of a user, with tools, were answered right", facts, details)
    if len(lacking) < len(bench.nonces):
        return Verdict("flaky", f"the answers lack what the tool said of {', '.join(lacking)}", facts, details)
    if asked:
        said = f"the tool ran, and the answers lack what it said of {', '.join(lacking)}: {answers[-1][:120]!r}"
        return Verdict("inconclusive", said, facts, details)
    return Verdict("inconclusive", f"the model called no tool: {answers[0][:160]!r}", facts, details)


def _learned(bench: Bench, profile: EffectiveProfile) -> dict[str, Any]:
    """What refusals taught within the run, and no check had found."""
    before = bench.effective.facts
    now = profile.of_source("measured")
    return {flag: fact.value for flag, fact in now.items() if fact.value != before[flag].value}


def _most_calls(messages: list[BaseMessage]) -> int:
    return max((len(getattr(message, "tool_calls", ())) for message in messages), default=0)


def _count(bench: Bench, messages: list[BaseMessage]) -> None:
    """Add what the run used."""
    for message in messages:
        usage = getattr(message, "usage_metadata", None)
        if usage:
            bench.wire.tokens += int(usage["total_tokens"])


CHECKS = (
    Check(
        name="agent",
        title="The agent's loop",
        sends="two questions through Portolan's own graph, streamed, with a tool that knows unguessable codes",
        expects="both answers have the codes",
        why="single requests prove parts; this is what a user does",
        run=_agent,
        tokens=900,
        requests=5,
        needs=("tools",),
    ),
)
