"""Where an endpoint differs from the standard in nothing, the adapter's requests are ChatOpenAI's own, byte for byte.

Both are recorded from real HTTP; only the order of keys may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.messages import BaseMessage

NEUTRAL = {
    "token_cap": "max_completion_tokens",
    "system_messages": "anywhere",
    "developer_role": True,
    "needs_user_message": False,
    "content_parts": True,
    "tool_content_parts": True,
    "json_object_needs_word": False,
    "json_mode_in_thinking": True,
}
"""OpenAI's own ways."""


def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


class Joke(BaseModel):
    """A joke."""

    setup: str


CALL = {"name": "add", "args": {"a": 1, "b": "世界"}, "id": "c1", "type": "tool_call"}
BROKEN = {"name": "add", "args": "{}", "id": "c2", "error": "cut", "type": "invalid_tool_call"}
PARTS: list[Any] = [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
]

THREADS: dict[str, list[BaseMessage]] = {
    "a question": [HumanMessage("Hello")],
    "system and name": [SystemMessage("Be brief."), HumanMessage("你好 🌍", name="somebody")],
    "a system message in between": [
        HumanMessage("Hi"),
        AIMessage("Hello"),
        SystemMessage("Be kind."),
        HumanMessage("?"),
    ],
    "a developer": [SystemMessage("Be brief.", additional_kwargs={"__openai_role__": "developer"}), HumanMessage("Hi")],
    "a conversation": [HumanMessage("1"), AIMessage("2"), HumanMessage("3"), AIMessage("4"), HumanMessage("5")],
    "a call": [HumanMessage("Add"), AIMessage("", tool_calls=[CALL]), ToolMessage("3", tool_call_id="c1")],
    "a call beside text": [
        HumanMessage("Add"),
        AIMessage("Yes.", tool_calls=[CALL]),
        ToolMessage("3", tool_call_id="c1"),
    ],
    "two calls, one invalid": [
        HumanMessage("Add"),
        AIMessage("", tool_calls=[CALL], invalid_tool_calls=[BROKEN]),
        ToolMessage("3", tool_call_id="c1"),
        ToolMessage("Not run.", tool_call_id="c2", status="error"),
        HumanMessage("Again"),
    ],
    "parts": [HumanMessage(PARTS)],
    "a result in parts": [
        HumanMessage("Add"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage([{"type": "text", "text": "3"}], tool_call_id="c1"),
    ],
    "a reply with metadata": [
        HumanMessage("Hi"),
        AIMessage("Hello", id="run-1", response_metadata={"finish_reason": "stop"}, name="agent"),
        HumanMessage("?"),
    ],
}

OPTIONS: dict[str, Callable[[ChatOpenAI], Any]] = {
    "nothing": lambda model: model,
    "stop": lambda model: model.bind(stop=["END"]),
    "tools": lambda model: model.bind_tools([add]),
    "strict tools": lambda model: model.bind_tools([add], strict=True),
    "tool_choice any": lambda model: model.bind_tools([add], tool_choice="any"),
    "tool_choice none": lambda model: model.bind_tools([add], tool_choice="none"),
    "tool_choice named": lambda model: model.bind_tools([add], tool_choice="add"),
    "one call at a time": lambda model: model.bind_tools([add], parallel_tool_calls=False),
    "structured output": lambda model: model.with_structured_output(Joke, include_raw=True),
    "structured by call": lambda model: model.with_structured_output(Joke, method="function_calling", include_raw=True),
    "json mode": lambda model: model.bind(response_format={"type": "json_object"}),
    "another model": lambda model: model.bind(model="another"),
    "seed and penalties": lambda model: model.bind(seed=7, presence_penalty=0.5, logprobs=True, top_logprobs=2),
    "a vendor's field": lambda model: model.bind(extra_body={"enable_thinking": False, "top_k": 5}),
}

FIELDS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "caps and sampling": {"max_tokens": 77, "temperature": 0.3, "top_p": 0.9},
    "newer": {"reasoning_effort": "low", "service_tier": "flex", "verbosity": "low"},
    "kwargs": {"model_kwargs": {"user": "u-1"}, "extra_body": {"top_k": 3}},
}


@pytest.fixture(scope="module")
def endpoints() -> Iterator[tuple[EmulatedEndpoint, EmulatedEndpoint]]:
    free = {"unknown_model": None, "unknown_parameter": None, "json_without_word": None, "reasoning_effort": None}

    def say(_: object) -> Reply:
        return Reply('{"setup": "Why?"}')

    with EmulatedEndpoint("openai", say, rules=free) as one, EmulatedEndpoint("openai", say, rules=free) as other:
        yield one, other


def bodies(
    endpoints: tuple[EmulatedEndpoint, EmulatedEndpoint],
    fields: dict[str, Any],
    options: Callable[[ChatOpenAI], Any],
    thread: list[BaseMessage],
    *,
    stream: bool,
) -> list[dict[str, Any]]:
    """What ChatOpenAI sent, and what the adapter sent."""
    stock, ours = endpoints
    models: list[ChatOpenAI] = [
        ChatOpenAI(model="m", base_url=stock.base_url, api_key=stock.api_key, stream_usage=True, **fields),
        ChatEndpoint(model="m", base_url=ours.base_url, api_key=ours.api_key, profile_overrides=NEUTRAL, **fields),
    ]
    sent = []
    for model, endpoint in zip(models, endpoints, strict=True):
        before = len(endpoint.requests)
        bound = options(model)
        if stream:
            list(bound.stream(thread))
        else:
            bound.invoke(thread)
        (request,) = endpoint.requests[before:]
        assert request.status == 200, request.refused
        sent.append(request.body)
    return sent


def same(first: dict[str, Any], second: dict[str, Any]) -> None:
    first, second = ({"stream": False, **body} for body in (first, second))  # left out means false
    assert second == first


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("thread", THREADS.values(), ids=THREADS.keys())
def test_threads(endpoints: Any, thread: list[BaseMessage], stream: bool) -> None:
    same(*bodies(endpoints, {}, OPTIONS["tools"], thread, stream=stream))


# ChatOpenAI's own stream of structured output puts the parsed object where the SDK's type has none.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_options(endpoints: Any, options: Any, stream: bool) -> None:
    same(*bodies(endpoints, {}, options, THREADS["a conversation"], stream=stream))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS.keys())
def test_fields(endpoints: Any, fields: dict[str, Any], stream: bool) -> None:
    same(*bodies(endpoints, fields, OPTIONS["tools"], THREADS["a call"], stream=stream))
