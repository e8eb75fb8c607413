"""The same call, sent again and again with arguments that do not fit: as broken as one that is no JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langchain_core.messages import ToolMessage
from langgraph.prebuilt import InjectedState
from shown_calls import MODES

from graph.errors import BrokenReplyError
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

ran: list[str] = []


def forecast(city: str, days: int) -> str:
    """Get the forecast of a city."""
    ran.append(f"{city}: {days}")
    return "sunny"


def forecast_of_thread(city: str, days: int, state: Annotated[dict[str, Any], InjectedState]) -> str:
    """Get the forecast of a city."""
    ran.append(f"{city}: {days}: {len(state['messages'])}")
    return "sunny"


@pytest.fixture(autouse=True)
def _none_ran() -> None:
    ran.clear()


@MODES
@pytest.mark.parametrize("tool", [forecast, forecast_of_thread])
@pytest.mark.parametrize("limit", [0, 2])
def test_it_ends_in_the_typed_error_as_any_broken_reply(
    limit: int, tool: Any, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    call = Call(tool.__name__, {"city": "Kiel", "days": "many"})
    with EmulatedEndpoint("openai", [Reply(calls=[call])] * (max(limit, 1) + 1)) as endpoint:
        with pytest.raises(BrokenReplyError, match="days") as caught:
            runner(mode)(build(endpoint, [tool], max_repairs=limit), "How is the weather?")
        assert caught.value.endpoint == f"{endpoint.model} at {endpoint.base_url}"
    assert ran == []


@MODES
@pytest.mark.parametrize("tool", [forecast, forecast_of_thread])
def test_other_arguments_are_another_try(tool: Any, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    tries = [Reply(calls=[Call(tool.__name__, {"city": "Kiel", "days": days})]) for days in ("a", "b", "c", "d", 2)]
    with EmulatedEndpoint("openai", [*tries, Reply("Sunny.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [tool]), "How is the weather?")
    results = [one for one in messages if isinstance(one, ToolMessage)]
    assert [one.status for one in results] == ["error"] * 4 + ["success"]
    assert all("do not fit its schema: days" in one.text for one in results[:4])
    assert (len(ran), messages[-1].text) == (1, "Sunny.")


@MODES
def test_one_that_runs_beside_it_is_no_repetition(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    calls = [Call("forecast", {"city": "Kiel", "days": 1}), Call("forecast", {"city": "Kiel", "days": "many"})]
    script = [Reply(calls=calls)] * 4
    with EmulatedEndpoint("openai", [*script, Reply("Sunny.")]) as endpoint:
        assert runner(mode)(build(endpoint, [forecast]), "How is the weather?")[-1].text == "Sunny."
    assert len(ran) == 4
