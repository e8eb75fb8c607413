"""What bounds a run: turns, and the tokens that the user allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graph.errors import BudgetError, TurnLimitError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG: Any = {"configurable": {"thread_id": "t"}}


def costing(tokens: int, *calls: Call, text: str = "", prompt: int | None = None) -> Reply:
    prompt = tokens - 10 if prompt is None else prompt
    usage = {"prompt_tokens": prompt, "completion_tokens": tokens - prompt, "total_tokens": tokens}
    return Reply(text, calls=calls, usage=usage)


ADD = Call("add", {"a": 1, "b": 1})


def test_a_run_ends_when_its_tokens_are_used_and_the_thread_goes_on(run: Any, build: Callable[..., Any]) -> None:
    script = [
        costing(400, ADD, prompt=90),
        costing(500, ADD, prompt=95),
        costing(700, ADD, prompt=100),
        costing(300, text="Enough."),
    ]
    with EmulatedEndpoint("strictest", script) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_run_tokens=1000)
        with pytest.raises(BudgetError, match="AGENT_MAX_RUN_TOKENS") as caught:
            run(graph, "Go on for ever", config=CONFIG)
        messages = run(graph, "Stop", config=CONFIG)
        caps = [body.get("max_tokens") or body.get("max_completion_tokens") for body in endpoint.bodies]
    assert (caught.value.limit, caught.value.used) == (1000, 1600)
    assert endpoint.base_url in str(caught.value.endpoint)
    assert caps == [1000, 600, 100, 1000]
    assert messages[-1].text == "Enough."


def test_a_prompt_that_does_not_fit_what_is_left_is_not_sent(run: Any, build: Callable[..., Any]) -> None:
    script = [costing(400, ADD), costing(450, ADD), costing(300, text="Enough.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_run_tokens=1000)
        with pytest.raises(BudgetError, match="takes 440 tokens or more, and 150 are left") as caught:
            run(graph, "Go on for ever", config=CONFIG)
        assert len(endpoint.bodies) == 2
        assert run(graph, "Stop", config=CONFIG)[-1].text == "Enough."
    assert (caught.value.limit, caught.value.used) == (1000, 850)
    assert "Ask again to go on from here" in caught.value.remedy


def test_a_prompt_that_fits_to_the_token_is_sent(run: Any, build: Callable[..., Any]) -> None:
    script = [costing(400, ADD), costing(210, ADD), costing(390, text="Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        assert run(build(endpoint, max_run_tokens=1000), "Add")[-1].text == "Done."


def test_a_long_first_prompt_is_held_against_the_budget(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [costing(2000, text="Done.")]) as endpoint:
        with pytest.raises(BudgetError, match="1000 are left of the run's budget of 1000") as caught:
            run(build(endpoint, max_run_tokens=1000), "Add, and add again. " * 600)
        assert not endpoint.bodies
        assert run(build(endpoint, max_run_tokens=1000), "Add, and add again. " * 250)[-1].text == "Done."
    assert caught.value.remedy.startswith("Begin a new thread")


def test_broken_replies_are_counted_although_they_are_taken_out(run: Any, build: Callable[..., Any]) -> None:
    script = [costing(400), costing(400), costing(400, ADD)]
    with EmulatedEndpoint("openai", script) as endpoint, pytest.raises(BudgetError) as caught:
        run(build(endpoint, max_run_tokens=1000), "Add")
    assert caught.value.used == 1200


def test_the_budget_of_one_run(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [costing(60, ADD)]) as endpoint, pytest.raises(BudgetError):
        run(build(endpoint), "Add", context={"max_run_tokens": 50})


def test_an_endpoint_that_does_not_count_is_estimated_and_that_is_said(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    script = [Reply(calls=[ADD], wire={"usage": "never"})]
    with EmulatedEndpoint("openai", script) as endpoint, pytest.raises(BudgetError):
        run(build(endpoint, max_run_tokens=300), "Add, and add again. " * 60)
    assert "does not say what a reply costs" in caplog.text


def test_the_turn_limit_says_where(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[ADD])]) as endpoint, pytest.raises(TurnLimitError) as caught:
        run(build(endpoint, max_turns=1), "Add")
    assert endpoint.base_url in str(caught.value)
