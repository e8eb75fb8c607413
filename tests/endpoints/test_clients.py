"""The stock clients talk to the emulated endpoints as to real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest
from langchain_openai import ChatOpenAI
from wire_client import TOOL

from graph.testing import PROVIDERS, Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

ADD = Call("add", {"a": 1, "b": 2})
WELL_BEHAVED = ["openai", "vllm-0.32", "vllm-0.9", "dashscope", "ollama", "sglang", "llamacpp", "zhipu"]


@pytest.fixture
def models() -> Iterator[list[ChatOpenAI]]:
    """Chat models whose connections are closed at the end."""
    made = list[ChatOpenAI]()
    yield made
    for model in made:
        model.root_client.close()


def chat(endpoint: EmulatedEndpoint, models: list[ChatOpenAI], **options: object) -> ChatOpenAI:
    model = ChatOpenAI(
        base_url=endpoint.base_url, api_key=endpoint.api_key, model=endpoint.model, max_retries=0, **options
    )
    models.append(model)
    return model


@pytest.mark.parametrize("name", WELL_BEHAVED)
def test_chat_openai(name: str, models: list[ChatOpenAI]) -> None:
    replies = [Reply(calls=[ADD]), Reply("三 is 3")]
    with EmulatedEndpoint(name, replies * 2) as endpoint:
        model = chat(endpoint, models, stream_usage=True)
        tools = model.bind_tools([TOOL])
        called, said = tools.invoke("What is 1 + 2?"), model.invoke("What is 1 + 2?")
        assert called.tool_calls[0]["args"] == {"a": 1, "b": 2}
        assert said.content == "三 is 3"
        assert said.usage_metadata is not None
        first, *rest = tools.stream("What is 1 + 2?")
        whole = sum(rest, first)
        assert whole.tool_calls[0]["args"] == {"a": 1, "b": 2}
        first, *rest = model.stream("What is 1 + 2?")
        whole = sum(rest, first)
        assert whole.content == "三 is 3"
        assert whole.usage_metadata is not None
        assert whole.response_metadata["finish_reason"] == "stop"


async def test_async_chat_openai() -> None:
    with EmulatedEndpoint("openai", [Reply("3")] * 2) as endpoint:
        async with openai.AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client:
            model = ChatOpenAI(
                model=endpoint.model,
                api_key=endpoint.api_key,
                async_client=client.chat.completions,
                root_async_client=client,
            )
            assert (await model.ainvoke("What is 1 + 2?")).content == "3"
            assert "".join([chunk.text async for chunk in model.astream("What is 1 + 2?")]) == "3"


@pytest.mark.parametrize("stream", [False, True])
def test_sdk_reads_refusals(stream: bool) -> None:
    with (
        EmulatedEndpoint("openai") as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key="sk-wrong") as client,
    ):
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
            client.models.list()
        with pytest.raises(openai.BadRequestError) as caught:
            client.with_options(api_key=endpoint.api_key).chat.completions.create(
                model=endpoint.model, messages=[{"role": "user", "content": "x"}], tools=[], stream=stream
            )
    assert caught.value.code == "empty_array"


def test_sdk_cannot_read_refused_streams_of_dashscope() -> None:
    with (
        EmulatedEndpoint("dashscope") as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        client.chat.completions.create(
            model=endpoint.model, messages=[{"role": "user", "content": "x"}], tools=[], stream=True
        )
    assert (str(caught.value), caught.value.code) == ("Error code: 400", None)
    assert "too short" in caught.value.response.text


def test_sdk_retries_a_rate_limit() -> None:
    script = [Fault(status=429, headers={"retry-after-ms": "1"}), Reply("3")]
    with (
        EmulatedEndpoint("openai", script) as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=1) as client,
    ):
        said = client.chat.completions.create(model=endpoint.model, messages=[{"role": "user", "content": "x"}])
        assert said.choices[0].message.content == "3"
        assert [request.status for request in endpoint.requests] == [429, 200]


@pytest.mark.parametrize("name", [name for name, provider in PROVIDERS.items() if provider.responses != "none"])
def test_responses_with_the_sdk(name: str) -> None:
    tool = {"type": "function", **TOOL["function"], "strict": False}
    dropped = PROVIDERS[name].behaviour.responses_drop_tools or PROVIDERS[name].rules.tools_unsupported is not None
    replies = [Reply("So:", [ADD]), Reply("So:", [ADD]), Reply("3")]
    with (
        EmulatedEndpoint(name, replies, exact=not dropped) as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client,
    ):
        plain = client.responses.create(model=endpoint.model, input="What is 1 + 2?", tools=[tool])
        with client.responses.create(model=endpoint.model, input="1 + 2?", tools=[tool], stream=True) as stream:
            events = list(stream)
        assert events[-1].type == "response.completed"
        for response in (plain, events[-1].response):
            if name == "vllm-noflags":
                assert '"name": "add"' in response.output_text
                continue
            assert response.output_text == "So:"
            assert (response.output[-1].name, response.output[-1].arguments) == ("add", '{"a": 1, "b": 2}')
        call = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": "{}"}
        result = {"type": "function_call_output", "call_id": "call_1", "output": "3"}
        again = client.responses.create(model=endpoint.model, input=[{"role": "user", "content": "x"}, call, result])
        assert again.output_text == "3"
        assert again.usage is not None
    assert dropped == (name in ("vllm-noflags", "ollama-no-tools"))


def test_responses_refuse_unpaired_calls() -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "call_2", "output": "3"}
    with (
        EmulatedEndpoint("openai") as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client,
    ):
        with pytest.raises(openai.BadRequestError, match="No tool output found for function call call_1"):
            client.responses.create(model=endpoint.model, input=[call])
        with pytest.raises(
            openai.BadRequestError, match="No tool call found for function call output with call_id call_2"
        ):
            client.responses.create(model=endpoint.model, input=[result])
        with pytest.raises(openai.BadRequestError, match="Previous response with id 'resp_x' not found"):
            client.responses.create(model=endpoint.model, input="x", previous_response_id="resp_x")


def test_responses_reasoning_and_length() -> None:
    summary = {"summary": "auto"}
    replies = [Reply("three", reasoning="Hm", finish_reason="length"), Reply("overloaded", finish_reason="failed")]
    with (
        EmulatedEndpoint("openai-gpt-5.6", replies) as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client,
    ):
        with client.responses.create(model=endpoint.model, input="x", reasoning=summary, stream=True) as stream:
            events = list(stream)
        assert events[-1].type == "response.incomplete"
        assert [item.type for item in events[-1].response.output] == ["reasoning", "message"]
        assert "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta") == "Hm"
        failed = client.responses.create(model=endpoint.model, input="x")
        assert failed.status == "failed"
        assert failed.error is not None
