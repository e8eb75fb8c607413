"""What the documentation says to work in the Agents SDK's Chat Completions mode, does."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    OpenAIProvider,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    RunHooks,
    Runner,
    RunState,
    SQLiteSession,
    function_tool,
    input_guardrail,
    output_guardrail,
)
from agents.exceptions import MaxTurnsExceeded
from openai import AsyncOpenAI
from pydantic import BaseModel

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADD = Reply(calls=[Call("add", {"a": 1, "b": 2})])


@pytest.fixture(params=["vllm-0.9"])  # which has no Responses API at all
def endpoint(request: pytest.FixtureRequest) -> EmulatedEndpoint:
    return EmulatedEndpoint(request.param)


@pytest.fixture
async def config(endpoint: EmulatedEndpoint) -> AsyncIterator[RunConfig]:
    with endpoint:
        async with AsyncOpenAI(api_key=endpoint.api_key, base_url=endpoint.base_url, max_retries=0) as client:
            provider = OpenAIProvider(openai_client=client, use_responses=False)
            yield RunConfig(model_provider=provider, tracing_disabled=True)


def agent(endpoint: EmulatedEndpoint, **options: Any) -> Agent[Any]:
    return Agent(**{"name": "A", "model": endpoint.model, **options})


@function_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def test_parallel_calls_and_hooks(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    ended: list[Any] = []

    class Hooks(RunHooks[Any]):
        async def on_tool_end(self, *given: Any) -> None:
            ended.append(given[-1])

    endpoint.say_next(Reply(calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 3, "b": 4})]), Reply("3 and 7"))
    result = await Runner.run(agent(endpoint, tools=[add]), "?", run_config=config, hooks=Hooks())
    assert result.final_output == "3 and 7"
    assert sorted(map(str, ended)) == ["3", "7"]
    assert [message["role"] for message in endpoint.bodies[-1]["messages"]] == ["user", "assistant", "tool", "tool"]


async def test_an_output_type(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    class City(BaseModel):
        name: str

    endpoint.say_next(Reply('{"name": "Lyon"}'))
    result = await Runner.run(agent(endpoint, output_type=City), "?", run_config=config)
    assert result.final_output == City(name="Lyon")
    assert endpoint.bodies[0]["response_format"]["type"] == "json_schema"


async def test_a_handoff(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    other = agent(endpoint, name="Other")
    endpoint.say_next(Reply(calls=[Call("transfer_to_other", {})]), Reply("Done."))
    result = await Runner.run(agent(endpoint, handoffs=[other]), "?", run_config=config)
    assert (result.last_agent.name, result.final_output) == ("Other", "Done.")


async def test_an_agent_as_a_tool(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    other = agent(endpoint, name="Other").as_tool("ask_other", "Ask the other.", run_config=config)
    endpoint.say_next(Reply(calls=[Call("ask_other", {"input": "?"})]), Reply("42"), Reply("It says 42."))
    result = await Runner.run(agent(endpoint, tools=[other]), "?", run_config=config)
    assert result.final_output == "It says 42."
    assert endpoint.bodies[-1]["messages"][-1]["content"] == "42"


async def test_guardrails(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    @input_guardrail(run_in_parallel=False)
    def no_input(*_: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    @output_guardrail
    def no_output(*_: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    with pytest.raises(InputGuardrailTripwireTriggered):
        await Runner.run(agent(endpoint, input_guardrails=[no_input]), "?", run_config=config)
    assert endpoint.requests == []
    endpoint.say_next(Reply("Yes."))
    with pytest.raises(OutputGuardrailTripwireTriggered):
        await Runner.run(agent(endpoint, output_guardrails=[no_output]), "?", run_config=config)


async def test_an_approval_that_is_stored_and_resumed(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    @function_tool(needs_approval=True)
    def erase(name: str) -> str:
        """Erase a file."""
        return f"{name} is gone"

    careful = agent(endpoint, tools=[erase])
    endpoint.say_next(Reply(calls=[Call("erase", {"name": "x"})]), Reply("It is gone."))
    paused = await Runner.run(careful, "?", run_config=config)
    (wanted,) = paused.interruptions
    state = await RunState.from_string(careful, paused.to_state().to_string())
    state.approve(state.get_interruptions()[0])
    assert wanted.name == "erase"
    assert (await Runner.run(careful, state, run_config=config)).final_output == "It is gone."
    assert endpoint.bodies[-1]["messages"][-1]["content"] == "x is gone"


async def test_a_session(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    endpoint.say_next(Reply("I am A."), Reply("As I said, A."))
    session = SQLiteSession("one")
    try:
        for question in ("Who are you?", "Who?"):
            await Runner.run(agent(endpoint), question, session=session, run_config=config)
    finally:
        session.close()
    said = [message["content"] for message in endpoint.bodies[-1]["messages"]]
    assert said == ["Who are you?", "I am A.", "Who?"]


async def test_max_turns(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    endpoint.say_next(ADD, ADD)
    with pytest.raises(MaxTurnsExceeded):
        await Runner.run(agent(endpoint, tools=[add]), "?", max_turns=2, run_config=config)


async def test_streamed_events(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    endpoint.say_next(ADD, Reply("It is three."))
    result = Runner.run_streamed(agent(endpoint, tools=[add]), "?", run_config=config)
    seen = [event async for event in result.stream_events()]
    items = [event.item.type for event in seen if event.type == "run_item_stream_event"]
    assert items == ["tool_call_item", "tool_call_output_item", "message_output_item"]
    raw = [event.data for event in seen if event.type == "raw_response_event"]
    assert "".join(data.delta for data in raw if data.type == "response.output_text.delta") == "It is three."


@pytest.mark.parametrize("endpoint", ["openai"], indirect=True)
async def test_an_image(endpoint: EmulatedEndpoint, config: RunConfig) -> None:
    image = "data:image/png;base64," + base64.b64encode(b"x").decode()
    parts: list[Any] = [{"type": "input_text", "text": "?"}, {"type": "input_image", "image_url": image}]
    endpoint.say_next(Reply("A dot."))
    result = await Runner.run(agent(endpoint), [{"role": "user", "content": parts}], run_config=config)
    assert result.final_output == "A dot."
    assert [part["type"] for part in endpoint.bodies[0]["messages"][0]["content"]] == ["text", "image_url"]
