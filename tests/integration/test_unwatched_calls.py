"""A call that nothing watches gives the message that it would give with a handler, and nothing is prepared for one."""

from __future__ import annotations

import asyncio
import functools
import re
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, CallbackManager, get_usage_metadata_callback
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompt_values import ChatPromptValue, PromptValue
from langchain_core.rate_limiters import InMemoryRateLimiter
from pydantic import BaseModel, SecretStr

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import PortolanError
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.outputs import ChatResult
    from langchain_core.runnables import RunnableConfig

ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
ASKED = [SystemMessage("Be brief."), HumanMessage("Hi")]
AGAIN = [
    *ASKED,
    AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "call_1"}]),
    ToolMessage("1", tool_call_id="call_1"),
]
REPLIES: list[Any] = [
    Reply("Hello"),
    Reply("Hello", reasoning="They greet me."),
    Reply(calls=[Call("add", {"a": 1, "b": 2}, id="call_1")]),
    Reply('<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'),
    Reply("Hel", finish_reason="length"),
    Reply(""),
    Fault(error="content_filter"),
]

_MADE = re.compile(r"(?<='id': ')\w{9}(?=')")
"""The random id of a call that came without one, or with one of the thread's."""

pytestmark = pytest.mark.parametrize("ask", ["invoke", "ainvoke"])


class Answer(BaseModel):
    """An answer."""

    text: str


class Handler(BaseCallbackHandler):
    """Does nothing."""


def model_at(endpoint: EmulatedEndpoint, kind: type[ChatEndpoint] = ChatEndpoint, **fields: Any) -> ChatEndpoint:
    key = SecretStr(endpoint.api_key)
    return kind(model=endpoint.model, base_url=endpoint.base_url, api_key=key, max_retries=0, **fields)


def asked(ask: str, model: Any, messages: Any = ASKED, config: RunnableConfig | None = None, **options: Any) -> Any:
    if ask == "ainvoke":
        return asyncio.run(model.ainvoke(messages, config, **options))
    return model.invoke(messages, config, **options)


def outcome(ask: str, model: Any, messages: Any, config: RunnableConfig | None, **options: Any) -> Any:
    try:
        message = asked(ask, model, messages, config, **options)
    except PortolanError as error:
        return type(error), str(error)
    assert message.id.startswith("lc_run-")
    assert message.id.endswith("-0")
    return {**message.model_dump(), "id": None}


@pytest.mark.parametrize("messages", [ASKED, AGAIN], ids=["asked", "again"])
@pytest.mark.parametrize("reply", REPLIES, ids=["text", "thinking", "calls", "leaked", "cut", "empty", "refused"])
def test_the_same_message(ask: str, reply: Any, messages: list[Any]) -> None:
    seen = []
    for config in cast("list[RunnableConfig]", [{"callbacks": [Handler()]}, {"callbacks": CallbackManager([])}]):
        with EmulatedEndpoint("vllm-0.32", [reply]) as endpoint:
            result = outcome(ask, model_at(endpoint), messages, config, tools=[ADD], temperature=0.5)
            told = repr(result).replace(endpoint.base_url, "")
            seen.append((_MADE.sub("made", told), [one.body for one in endpoint.requests]))
    assert seen[0] == seen[1]


def test_nothing_is_prepared(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseChatModel, "_get_llm_string", None)
    monkeypatch.setattr(ChatEndpoint, "_get_invocation_params", None)
    with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint:
        assert asked(ask, model_at(endpoint)).text == "Hello"
        with pytest.raises(TypeError, match="NoneType"):
            asked(ask, model_at(endpoint), config={"callbacks": [Handler()]})


def test_the_id_of_the_run_names_the_message(ask: str) -> None:
    run_id = uuid.uuid4()
    with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint:
        assert asked(ask, model_at(endpoint), config={"run_id": run_id}).id == f"lc_run--{run_id}-0"


def test_usage_is_counted_within_a_context(ask: str) -> None:
    with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint, get_usage_metadata_callback() as counted:
        asked(ask, model_at(endpoint))
    assert sum(one["total_tokens"] for one in counted.usage_metadata.values()) > 0


class Counted(InMemoryCache):
    """A cache that is false while it is empty."""

    def __len__(self) -> int:
        return len(self._cache)


@pytest.mark.parametrize("cache", [InMemoryCache(), Counted()], ids=["stock", "counted"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_cache_is_asked(ask: str, shared: bool, cache: InMemoryCache) -> None:
    cache.clear()
    set_llm_cache(cache if shared else None)
    try:
        with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint:
            model = model_at(endpoint) if shared else model_at(endpoint, cache=cache)
            assert [asked(ask, model).text for _ in range(2)] == ["Hello", "Hello"]
    finally:
        set_llm_cache(None)


def test_a_rate_limiter_is_asked(ask: str) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1000, check_every_n_seconds=0.01)
    with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint:
        asked(ask, model_at(endpoint, rate_limiter=limiter))
    assert limiter.last is not None


@pytest.mark.parametrize("name", ["{a}invoke", "{a}generate_prompt", "{a}generate", "_{a}generate_with_cache"])
def test_a_replaced_method_is_called(ask: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An instrumentation replaces a method of LangChain's class."""
    name = name.format(a="a" if ask == "ainvoke" else "")
    seen: list[str] = []
    stock: Callable[..., Any] = getattr(BaseChatModel, name)

    @functools.wraps(stock)
    def replaced(*args: Any, **kwargs: Any) -> Any:
        seen.append(name)
        return stock(*args, **kwargs)

    monkeypatch.setattr(BaseChatModel, name, replaced)
    with EmulatedEndpoint("openai", [Reply("Hello")]) as endpoint:
        asked(ask, model_at(endpoint))
    assert seen == [name]


class Prompted(ChatEndpoint):
    """Puts a sentence before what it is asked."""

    def _convert_input(self, model_input: Any) -> PromptValue:
        return ChatPromptValue(messages=[SystemMessage("Be kind."), *super()._convert_input(model_input).to_messages()])


class Watching(ChatEndpoint):
    """Needs the run that LangChain names to it."""

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        return super()._generate([*messages, HumanMessage(type(run_manager).__name__)], stop, **kwargs)

    async def _agenerate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        return await super()._agenerate([*messages, HumanMessage(type(run_manager).__name__)], stop, **kwargs)


@pytest.mark.parametrize("kind", [Prompted, Watching])
def test_a_method_of_a_subclass_is_called(ask: str, kind: type[ChatEndpoint]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("Hello"), Reply("Hello")]) as endpoint:
        for config in cast("list[RunnableConfig | None]", [{"callbacks": [Handler()]}, None]):
            asked(ask, model_at(endpoint, kind), [HumanMessage("Hi")], config)
    first, second = endpoint.bodies
    assert first == second
    assert len(first["messages"]) == 2


@pytest.mark.parametrize("option", ["callbacks", "metadata", "prompts", "run_id", "run_manager", "run_name", "tags"])
def test_an_option_that_langchain_refuses_is_refused(ask: str, option: str) -> None:
    with EmulatedEndpoint("openai", []) as endpoint, pytest.raises(TypeError, match=f"'{option}'"):
        asked(ask, model_at(endpoint).bind(**{option: None}))


def test_a_stream_and_an_object_come_as_ever(ask: str) -> None:
    script = [Reply("Hello"), Reply('{"text": "Hello"}')]
    with EmulatedEndpoint("openai", script) as endpoint:
        assert asked(ask, model_at(endpoint, streaming=True)).text == "Hello"
        assert asked(ask, model_at(endpoint).with_structured_output(Answer)) == Answer(text="Hello")
    assert [bool(one.body.get("stream")) for one in endpoint.requests] == [True, False]
