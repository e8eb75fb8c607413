"""A stored profile that may not hold any more is named, once; what the endpoint shows to be false is not believed."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examine_emulated, play_along
from langchain_core.tools import tool

from graph import Agent, Settings, build_graph
from graph.endpoint import store
from graph.endpoint.doubts import MAX_AGE_DAYS
from graph.endpoint.facts import Fact
from graph.endpoint.knowledge import forget_learned
from graph.endpoint.known import Server
from graph.endpoint.notices import forget_notices
from graph.endpoint.store import Examination
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

TODAY = dt.datetime.now(tz=dt.UTC).date()


@tool
def get_code(city: str) -> str:
    """Look up the secret code of a city."""
    return f"{city.upper()}-{len(city) * 1117}"


def agent_at(endpoint: EmulatedEndpoint, **settings: Any) -> Any:
    where = {"base_url": endpoint.base_url, "api_key": endpoint.api_key, "model": endpoint.model, "max_tokens": 64}
    return build_graph(Agent(tools=[get_code]), settings=Settings(**(where | settings)))


def measured(value: Any, date: dt.date = TODAY, evidence: str = "doctor, tools: it came so") -> Fact:
    return Fact(value=value, source="measured", evidence=evidence, date=date)


def new_process() -> None:
    forget_learned()
    forget_notices()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, logger="portolan")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "portolan"]


@pytest.mark.parametrize(
    ("days", "full_days", "command"),
    [
        (MAX_AGE_DAYS, None, None),
        (MAX_AGE_DAYS + 1, None, "`portolan doctor` measures"),
        (MAX_AGE_DAYS + 1, MAX_AGE_DAYS + 1, "`portolan doctor --full` measures"),
        (0, MAX_AGE_DAYS + 1, "`portolan doctor --full` measures"),
        (0, MAX_AGE_DAYS, None),
    ],
)
def test_an_old_profile_is_said_once_with_what_renews_it(
    said: Any, days: int, full_days: int | None, command: str | None
) -> None:
    full = None if full_days is None else TODAY - dt.timedelta(full_days)
    examined = Examination(date=TODAY - dt.timedelta(days), full=full)
    with EmulatedEndpoint("openai", lambda _: Reply("Hi.")) as endpoint:
        facts = {"strict_tools": measured(value=True, date=full or examined.date)}
        store.save(endpoint.base_url, endpoint.model, facts, examined=examined)
        for _ in range(2):
            agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
    if command is None:
        assert said() == []
        return
    (text,) = said()
    assert command in text
    assert f"{max(days, full_days or 0)} days ago (strict_tools)" in text
    assert endpoint.base_url in text


def test_old_lessons_are_said_until_there_is_a_new_one(said: Any) -> None:
    old = TODAY - dt.timedelta(MAX_AGE_DAYS + 10)
    with EmulatedEndpoint("openai", lambda _: Reply("Hi.")) as endpoint:
        store.save(endpoint.base_url, endpoint.model, {"strict_tools": measured(value=False, date=old, evidence="no")})
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
        store.save(endpoint.base_url, endpoint.model, {"tools": measured(value=True, evidence="yes")})
        new_process()
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
    assert len(said()) == 1
    assert "40 days ago (strict_tools)" in said()[0]


def test_a_new_examination_ends_the_doubt(said: Any) -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        examined = Examination(date=TODAY - dt.timedelta(99), full=TODAY - dt.timedelta(99))
        store.save(endpoint.base_url, endpoint.model, {"max_tools": measured(12, examined.date)}, examined=examined)
        examine_emulated(endpoint, full=True)
        new_process()
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
        kept = store.read(endpoint.base_url, endpoint.model)
    assert said() == []
    assert kept.examined == Examination(date=TODAY, full=TODAY)
    assert kept.facts["max_tools"].value == 12


def test_a_default_run_leaves_the_date_of_the_full_one_and_one_check_leaves_both(said: Any) -> None:
    with EmulatedEndpoint("openai", play_along) as endpoint:
        examine_emulated(endpoint, full=False, only=("chat",))
        assert store.read(endpoint.base_url, endpoint.model).examined is None
        then = TODAY - dt.timedelta(99)
        store.save(endpoint.base_url, endpoint.model, {}, examined=Examination(date=then, full=then))
        examine_emulated(endpoint, full=False)
        assert store.read(endpoint.base_url, endpoint.model).examined == Examination(date=TODAY, full=then)
    assert said() == []


def test_another_version_of_the_server_is_said(said: Any) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply("Hi.")) as endpoint:
        examined = Examination(date=TODAY, server=Server("vllm", "0.28.0"))
        facts = {"tools": measured(value=True)}
        store.save(endpoint.base_url, endpoint.model, facts, server=examined.server, examined=examined)
        for _ in range(2):
            agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
        new_process()
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
    assert len(said()) == 2, "once in each process, until the doctor was there"
    assert "was measured when vllm 0.28.0 served it, and now vllm 0.32.0 does" in said()[0]
    assert "`portolan doctor`" in said()[0]


def test_the_same_server_is_no_doubt(said: Any) -> None:
    with EmulatedEndpoint("vllm-0.32", play_along) as endpoint:
        examine_emulated(endpoint, full=False)
        new_process()
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
    assert said() == []


def test_a_lesson_that_contradicts_the_doctor_is_said_and_believed(said: Any) -> None:
    facts = {"token_cap": measured("max_tokens", evidence="doctor, token-cap: both hold")}
    with EmulatedEndpoint("openai-reasoning", lambda _: Reply("Hi.")) as endpoint:
        store.save(endpoint.base_url, endpoint.model, facts, examined=Examination(date=TODAY))
        for _ in range(2):
            agent_at(endpoint, temperature=1).invoke({"messages": [("user", "Hello!")]})
        kept = store.load(endpoint.base_url, endpoint.model)["token_cap"]
    (text,) = [text for text in said() if "token_cap" in text]
    assert "does not do what the doctor measured" in text
    assert f"token_cap was max_tokens on {TODAY}, is max_completion_tokens now" in text
    assert "`portolan doctor`" in text
    assert kept.value == "max_completion_tokens"


def test_a_leak_that_contradicts_the_doctor_is_recovered_said_and_believed(said: Any, run: Run) -> None:
    def leaks(request: Any) -> Reply:
        if request.messages[-1]["role"] == "tool":
            return Reply(f"It is {request.messages[-1]['content']}.")
        return Reply(calls=[Call("get_code", {"city": "Paris"})], leak="hermes")

    with EmulatedEndpoint("vllm-0.32", leaks) as endpoint:
        facts = {"leaks_tool_calls": measured(value=False)}
        store.save(endpoint.base_url, endpoint.model, facts, examined=Examination(date=TODAY))
        graph = agent_at(endpoint)
        for _ in range(2):
            assert "PARIS-5585" in run(graph, "What is the code of Paris?")[-1].text
        kept = store.load(endpoint.base_url, endpoint.model)["leaks_tool_calls"]
    (text,) = said()
    assert f"leaks_tool_calls was false on {TODAY}, is true now" in text
    assert kept.value is True


def test_what_the_user_set_is_neither_old_nor_contradicted(said: Any) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply("<tool_call> is the marker.")) as endpoint:
        graph = agent_at(endpoint, profile_overrides={"leaks_tool_calls": "false"})
        assert "<tool_call>" in graph.invoke({"messages": [("user", "Hello!")]})["messages"][-1].text
    assert said() == []


def test_a_stored_flag_that_this_version_does_not_have_stops_nothing(said: Any) -> None:
    with EmulatedEndpoint("openai", lambda _: Reply("Hi.")) as endpoint:
        facts = {"flag_of_tomorrow": measured(value=True), "tools": measured(value=True)}
        store.save(endpoint.base_url, endpoint.model, facts)
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
        assert set(store.load(endpoint.base_url, endpoint.model)) == {"tools"}
    assert "flag_of_tomorrow" in said()[0]


def test_what_a_reply_said_of_the_server_holds_in_the_next_process_at_once() -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply("Hi.")) as endpoint:
        agent_at(endpoint).invoke({"messages": [("user", "Hello!")]})
        new_process()
        stored = store.read(endpoint.base_url, endpoint.model)
        assert stored.server == Server("vllm", "0.32.0")
