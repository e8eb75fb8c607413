"""An answer that ended at the token cap: who reads only its text must be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "one two three four five"
CUT = Reply(TEXT, finish_reason="length")


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_it_is_said_once_with_what_to_do(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture, api: str
) -> None:
    with EmulatedEndpoint("openai", [CUT, CUT]) as endpoint:
        graph = build(endpoint, api=api)
        last = [run(graph, "Count")[-1] for _ in range(2)][-1]
    assert last.text == TEXT
    assert last.response_metadata["finish_reason"] == "length"
    said = [record.getMessage() for record in caplog.records if "was cut" in record.getMessage()]
    assert len(said) == 1
    assert said[0].startswith("The answer was cut at the token cap, so its end is missing. Raise AGENT_MAX_TOKENS (or ")


def test_where_the_budget_set_the_cap_the_budget_is_named(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("openai", [CUT]) as endpoint:
        run(build(endpoint, max_run_tokens=300), "Count")
    assert "the run's budget had 300 tokens left" in caplog.text
    assert "Raise AGENT_MAX_RUN_TOKENS" in caplog.text


@pytest.mark.parametrize(
    "replies",
    [[Reply(TEXT)], [Reply("Adding.", calls=[Call("add", {"a": 1, "b": 2})]), Reply("3")]],
    ids=["whole", "calls"],
)
def test_nothing_is_said_of_a_whole_answer(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture, replies: list[Reply]
) -> None:
    with EmulatedEndpoint("openai", replies) as endpoint:
        run(build(endpoint), "Count")
    assert "was cut" not in caplog.text
