"""A stream that breaks off within a call that stands in its text: nothing of the call's markup is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage

from graph.testing import LEAKS, Call, EmulatedEndpoint, Fault, Reply
from graph.testing.leaks import write_as_text

if TYPE_CHECKING:
    from collections.abc import Callable

LEAD = "I will look it up for you now, one moment.\n"
CALL = Call("weather", {"city": "Rome", "units": "metric"})
FAULTS = [Fault("disconnect"), Fault("end-early"), Fault("error-event", error="server")]
RAN: list[str] = []


def weather(city: str, units: str = "metric") -> str:
    """Forecast the weather of a city."""
    RAN.append(city)
    return f"{city} {units}"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    RAN.clear()
    monkeypatch.setattr("graph.endpoint.retry._FIRST_WAIT_S", 0.001)


def broken_off(fault: Fault, said: str) -> Fault:
    """The fault behind all that is said."""
    return Fault(fault.kind, Reply(said, wire={"finish": "missing", "done": False}), after=999, error=fault.error)


@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
@pytest.mark.parametrize("leak", LEAKS)
def test_no_beginning_of_a_call_is_shown(
    leak: Any, fault: Fault, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    markup = write_as_text([(CALL.name, CALL.arguments)], leak)
    parts = (0.3, 0.7) if fault.kind == "end-early" else (0.3, 0.7, 1)  # a call that is whole needs no end on this wire
    for part in parts:
        RAN.clear()
        run = runner(mode)
        said = LEAD + markup[: int(len(markup) * part)]
        script = [broken_off(fault, said), Reply(calls=[CALL]), Reply("Sunny.")]
        with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
            messages = run(build(endpoint, [weather]), "Rome?")
        shown = "".join(token.text for token in run.tokens if isinstance(token, AIMessage))
        assert shown.replace(LEAD.strip(), "").replace("Sunny.", "").strip() == "", shown
        assert messages[-1].text == "Sunny."
        assert RAN == ["Rome"]
