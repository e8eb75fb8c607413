"""A server that cuts a prompt to its window without a word, as Ollama does: nothing fails, and so it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doctor_model import examine_emulated, play_along

from graph.testing import PROVIDERS, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

LONG = "port " * 4000
NOTICE = "cuts a prompt that is longer than its window without a word"


def test_it_is_said_once_and_the_usage_tells(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("ollama", [Reply("Yes."), Reply("3"), Reply("4")]) as endpoint:
        graph = build(endpoint, [])
        run(graph, "Are you there?")  # the first reply says what serves there
        messages = run(graph, LONG)
        run(graph, LONG)
    assert messages[-1].text == "3"
    assert messages[-1].usage_metadata["input_tokens"] == 4096
    assert [NOTICE in record.getMessage() for record in caplog.records].count(True) == 1


def test_a_short_prompt_is_not_spoken_of(build: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    with EmulatedEndpoint("ollama", [Reply("Yes."), Reply("3")]) as endpoint:
        for _ in range(2):
            build(endpoint, []).invoke({"messages": [("user", "1 + 2?")]})
    assert not [record for record in caplog.records if NOTICE in record.getMessage()]


def test_the_doctor_measures_it() -> None:
    provider = PROVIDERS["ollama"].but(card={"max_model_len": 4096})  # its own card does not tell the window
    with EmulatedEndpoint(provider, play_along) as endpoint:
        report = examine_emulated(endpoint, only=("chat", "overflow"))
    assert report.facts["truncates_prompt"].value is True
    assert next(check for check in report.checks if check.name == "overflow").outcome == "ignored"
