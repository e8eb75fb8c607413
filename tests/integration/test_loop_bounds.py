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
    assert caught.value.remedy.startswith("Begin a new thread, shorten this one")
    assert "AGENT_MAX_RUN_TOKENS" in caught.value.remedy
    assert caught.value.endpoint == f"{endpoint.model} at {endpoint.base_url}"


def test_a_thread_that_outgrew_the_budget_is_not_to_be_asked_again(run: Any, build: Callable[..., Any]) -> None:
    script = [costing(1200, ADD, prompt=1100), costing(1300, ADD, prompt=1200), costing(90, text="Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_run_tokens=1000)
        for question in ("Add", "Go on"):
            with pytest.raises(BudgetError) as caught:
                run(graph, question, config=CONFIG)
            assert caught.value.remedy.startswith("Begin a new thread, shorten this one")
        assert run(graph, "Add", config={"configurable": {"thread_id": "new"}})[-1].text == "Done."


def test_broken_replies_are_counted_although_they_are_taken_out(run: Any, build: Callable[..., Any]) -> None:
    script = [costing(400), costing(400), costing(400, ADD)]
    with EmulatedEndpoint("openai", script) as endpoint, pytest.raises(BudgetError) as caught:
        run(build(endpoint, max_run_tokens=1000), "Add")
    assert caught.value.used == 1200


def test_the_budget_of_one_run(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [costing(60, ADD)]) as endpoint, pytest.raises(BudgetError):
        run(build(endpoint), "Add", context={"max_run_tokens": 50})


NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
UNCOUNTED = {
    "no usage": Reply(calls=[ADD], wire={"usage": "never"}),
    "null": Reply(calls=[ADD], wire={"usage": "null"}),
    "all zero": Reply(calls=[ADD], usage=NOTHING),
}


@pytest.mark.parametrize("reply", UNCOUNTED.values(), ids=UNCOUNTED)
def test_an_endpoint_that_does_not_count_is_estimated_and_that_is_said(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    config: Any = {"configurable": {"thread_id": "t"}}
    with EmulatedEndpoint("openai", [reply, reply]) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_run_tokens=700)
        with pytest.raises(BudgetError):
            run(graph, "Add, and add again. " * 60, config=config)
    assert caplog.text.count("does not say what a reply costs") == 1
    answer = graph.get_state(config).values["messages"][1]
    assert not answer.usage_metadata or answer.usage_metadata["total_tokens"] == 0


def test_the_turn_limit_says_where(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[ADD])]) as endpoint, pytest.raises(TurnLimitError) as caught:
        run(build(endpoint, max_turns=1), "Add")
    assert endpoint.base_url in str(caught.value)
