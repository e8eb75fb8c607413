"""The last check: a whole run of Portolan's own graph, by the profile that was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graph.doctor.check import Check, Verdict
from graph.errors import PortolanError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from graph.doctor.bench import Bench
    from graph.endpoint.facts import EffectiveProfile

_MAX_TOKENS = 256
_FIRST = "What are the codes of Paris and Rome? Call get_code for both in one go, and answer with both codes."
_AGAIN = "And what is the code of Oslo? Use get_code again."
_REPEAT = "Repeat the code of Rome."


def _agent(bench: Bench) -> Verdict:
    """Two turns of a user, streamed, with a tool that knows what nobody else does; the second needs a call if full."""
    from langchain_core.messages import HumanMessage  # noqa: PLC0415 - LangGraph is loaded only for this
    from langchain_core.tools import tool  # noqa: PLC0415
    from langgraph.checkpoint.memory import InMemorySaver  # noqa: PLC0415

    from graph.agent import Agent, build_graph  # noqa: PLC0415
    from graph.endpoint.adapter import ChatEndpoint  # noqa: PLC0415
    from graph.endpoint.connect import profile_overrides  # noqa: PLC0415

    asked: list[str] = []

    @tool
    def get_code(city: str) -> str:
        """A city's secret code."""
        asked.append(city)
        return bench.nonces.get(city.strip().title(), "no such city")

    room = {"max_tokens": _MAX_TOKENS + bench.room, "max_turns": 8, "api": "chat"}
    settings = bench.settings.model_copy(update=room)
    overrides = {**bench.effective.of_source("measured"), **profile_overrides(settings)}
    model = ChatEndpoint.at(bench.wire.endpoint, settings, profile_overrides=overrides, server=bench.told)
    agent = Agent(tools=[get_code], endpoint=model, name="doctor", instructions="Answer briefly.")
    graph = build_graph(agent, settings=settings, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "doctor"}}
    streamed = 0
    answers: list[str] = []
    turns = ((_FIRST, ("Paris", "Rome")), (_AGAIN, ("Oslo",)) if bench.full else (_REPEAT, ("Rome",)))
    try:
        for question, _ in turns:
            for _ in graph.stream({"messages": [HumanMessage(question)]}, config, stream_mode="messages"):
                streamed += 1
            messages = graph.get_state(config).values["messages"]
            answers.append(str(messages[-1].text))
    except PortolanError as error:
        return Verdict("rejected", f"the run ended with an error: {bench.wire.clean(str(error))}")
    finally:
        _count(bench, graph.get_state(config).values.get("messages") or [])
    together = _most_calls(messages)
    wanted = [(city, answer) for (_, cities), answer in zip(turns, answers, strict=True) for city in cities]
    lacking = [city for city, answer in wanted if bench.code(city) not in answer]
    details = (f"{len(asked)} calls of the tool, at most {together} in one turn; {streamed} pieces were streamed",)
    _learn(bench, model.endpoint_profile)
    if not lacking:
        return Verdict("honoured", "two turns of a user, with tools, were answered right", details=details)
    if not {"Paris", "Rome"} <= set(lacking):
        came = f"{len(wanted) - len(lacking)} of {len(wanted)} codes came"
        return Verdict("flaky", f"{came}; the answers lack what the tool said of {', '.join(lacking)}", details=details)
    if asked:
        said = f"the tool ran, and the answers lack what it said of {', '.join(lacking)}: {answers[-1][:120]!r}"
        return Verdict("inconclusive", said, details=details)
    return Verdict("inconclusive", f"the model called no tool: {answers[0][:160]!r}", details=details)


def _learn(bench: Bench, profile: EffectiveProfile) -> None:
    """Take in what refusals taught within the run, and no check had found."""
    before = bench.effective.facts
    for flag, fact in profile.of_source("measured").items():
        if fact.value != before[flag].value:
            bench.note(flag, fact.value, fact.evidence)


def _most_calls(messages: list[BaseMessage]) -> int:
    return max((len(getattr(message, "tool_calls", ())) for message in messages), default=0)


def _count(bench: Bench, messages: list[BaseMessage]) -> None:
    """Add what the run sent and used."""
    for place, message in enumerate(messages):
        if message.type == "ai":
            bench.wire.others.append((_spelled(messages[place - 1]), _spelled(message)))
        usage = getattr(message, "usage_metadata", None)
        if usage:
            bench.wire.tokens += int(usage["total_tokens"])


def _spelled(message: BaseMessage) -> str:
    calls = getattr(message, "tool_calls", None)
    return f"{message.type}: {message.text}" + (f" {json.dumps(calls, ensure_ascii=False)}" if calls else "")


CHECKS = (
    Check(
        name="agent",
        title="The agent's loop",
        sends="two questions through Portolan's own graph, streamed, with a tool that knows unguessable codes; "
        "with --full the second one needs the tool again",
        expects="both answers have the codes",
        why="single requests prove parts; this is what a user does",
        run=_agent,
        tokens=620,
        more=320,
        requests=5,
        needs=("tools",),
    ),
)
