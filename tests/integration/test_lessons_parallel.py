"""Requests under way at the same time: one refusal of each, one lesson of all, and nothing wrong beside it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from graph import Endpoint, Settings
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.testing import RecordedRequest

TOGETHER = 4
MODES = ("invoke", "stream", "ainvoke", "astream")
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}


@dataclass
class Case:
    """What is refused, in which words, and what is to be known afterwards; `streamed`: of streamed requests, too."""

    says: str
    refuses: Callable[[dict[str, Any]], bool]
    learns: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    streamed: bool = True


CASES = {
    "cap": Case(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        lambda body: "max_tokens" in body,
        {"token_cap": "max_completion_tokens"},
    ),
    "thinking": Case(
        "parameter.enable_thinking must be set to false for non-streaming calls",
        lambda body: not body["stream"],
        {"thinking": "on", "thinking_needs_stream": True},
        streamed=False,
    ),
    "tool_choice": Case(
        "The tool_choice parameter does not support being set to required or object in thinking mode",
        lambda body: body.get("tool_choice") not in {None, "auto"},
        {"thinking": "on", "tool_choice": frozenset({"auto", "none"})},
        {"tools": [TOOL], "tool_choice": "required"},
    ),
}


def script(refuses: Callable[[dict[str, Any]], str | None]) -> Callable[[RecordedRequest], Fault | Reply]:
    """Refuse as told, but none before as many requests as run together are there."""
    barrier, refused, lock = threading.Barrier(TOGETHER, timeout=60), [0], threading.Lock()

    def say(request: RecordedRequest) -> Fault | Reply:
        words = refuses(request.body)
        if words is None:
            return Reply("Understood.")
        with lock:
            refused[0] += 1
            first = refused[0] <= TOGETHER
        if first:
            barrier.wait()
        return Fault(status=400, body={"error": {"message": words, "type": "invalid_request_error"}})

    return say


def ask_together(model: ChatEndpoint, options: list[Mapping[str, Any]], mode: str) -> list[str]:
    """The answers to requests that are all under way before the first is answered."""

    def stream(given: Mapping[str, Any]) -> str:
        return "".join(chunk.text for chunk in model.stream("Hi", **given))

    async def astream(given: Mapping[str, Any]) -> str:
        return "".join([chunk.text async for chunk in model.astream("Hi", **given)])

    async def ainvoke(given: Mapping[str, Any]) -> str:
        return (await model.ainvoke("Hi", **given)).text

    async def gather() -> list[str]:
        ask = ainvoke if mode == "ainvoke" else astream
        return await asyncio.gather(*(ask(given) for given in options))

    if mode in {"ainvoke", "astream"}:
        return asyncio.run(gather())
    with ThreadPoolExecutor(len(options)) as pool:
        return list(pool.map(stream if mode == "stream" else lambda given: model.invoke("Hi", **given).text, options))


def adapter(endpoint: EmulatedEndpoint) -> ChatEndpoint:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    return ChatEndpoint.at(where, Settings(max_retries=0))


@pytest.mark.parametrize(
    ("case", "mode"),
    [
        pytest.param(case, mode, id=f"{name}-{mode}")
        for name, case in CASES.items()
        for mode in MODES
        if case.streamed or "stream" not in mode
    ],
)
def test_what_one_learned_is_not_learned_again_on_top(case: Case, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    say = script(lambda body: case.says if case.refuses(body) else None)
    with EmulatedEndpoint("hostile", say, behaviour={"obeys": ()}) as endpoint:
        answers = ask_together(adapter(endpoint), [case.options] * TOGETHER, mode)
        assert answers == ["Understood."] * TOGETHER
        stored = {flag: fact.value for flag, fact in store.load(endpoint.base_url, endpoint.model).items()}
        assert {**stored, **{k: frozenset(v) for k, v in stored.items() if isinstance(v, list)}} == case.learns
        assert len(endpoint.requests) == 2 * TOGETHER
    assert caplog.text.count("Learned of") == 1


@pytest.mark.parametrize("mode", MODES)
def test_what_each_learned_of_another_parameter_adds_up(mode: str) -> None:
    def refuses(body: dict[str, Any]) -> str | None:
        knob = next((name for name in sorted(body) if name.startswith("knob_")), None)
        return knob and f"Unrecognized request argument supplied: {knob}"

    options = [{"extra_body": {f"knob_{letter}": 1}} for letter in "abcd"]
    with EmulatedEndpoint("hostile", script(refuses)) as endpoint:
        model = adapter(endpoint)
        assert ask_together(model, options, mode) == ["Understood."] * TOGETHER
        known = model.endpoint_profile.profile.unsupported_parameters
        assert known == {f"knob_{letter}" for letter in "abcd"}
