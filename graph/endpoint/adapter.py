"""The adapter: a `ChatOpenAI` that speaks to an endpoint as it is, and makes its wire look like the standard.

For LangChain it stays a `ChatOpenAI`: `bind_tools`, `with_structured_output`, callbacks, streaming. What it changes is
how a request leaves (`outgoing`), how a reply is read (`assemble`), and what a failure means (`exchange`).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self, TypeGuard, cast

from langchain_core.messages import AIMessage, BaseMessage
from pydantic import Field, PrivateAttr, SecretStr, model_validator

from graph.endpoint.client import Clients
from graph.endpoint.convert import give_back_extras, response_format_dict, to_chunk, to_result
from graph.endpoint.counting import EstimatingChat
from graph.endpoint.exchange import Exchange
from graph.endpoint.knowledge import Knowledge
from graph.endpoint.known import Server  # noqa: TC001 - pydantic resolves the field
from graph.endpoint.outgoing.reasoning import REASONING_KEY
from graph.endpoint.pairing import call_ids, pair
from graph.endpoint.policy import Policy
from graph.endpoint.responses import ResponsesExchange
from graph.endpoint.responses_items import KEPT
from graph.endpoint.responses_request import with_blocks
from graph.endpoint.settings import OPENAI_URL, PLACEHOLDER_KEY
from graph.endpoint.structured import fitting, with_raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from graph.endpoint.facts import EffectiveProfile
    from graph.endpoint.reader import ReplyReader
    from graph.endpoint.reply import Delta, Reply
    from graph.endpoint.settings import Endpoint, Settings

_OPTIONS = ("extra_headers", "extra_query", "timeout")
"""What the SDK's call takes beside the body's fields."""


class ChatEndpoint(EstimatingChat):
    """A chat model at any endpoint that speaks Chat Completions, or Responses with `use_responses_api=True`.

    Takes what `ChatOpenAI` takes, and two fields of its own. A reply that does not count has
    `response_metadata["fault"]` and `["why"]`, and `["error"]` if a failure broke it off once it was partly shown; a
    call whose arguments did not come whole is in `invalid_tool_calls`, streamed or not, and never in `tool_calls`.

    `asks_about_doubts=True`, an option of one call, is for a loop that asks the model about a call in its text that may
    be meant or an example: the text from there on is in `response_metadata["held_back"]` then, and not in the answer.

    Raises, from every call: an error of the family in `graph.errors`.
    """

    policy: Policy = Field(default_factory=Policy, exclude=True)
    """Thinking, recovery, retries and time-outs."""

    profile_overrides: dict[str, Any] = Field(default_factory=dict, exclude=True)
    """Profile flags that the user set; they win over what is known or measured."""

    server: Server | None = Field(default=None, exclude=True)
    """What serves there, if it is known; else a reply may tell."""

    connect_timeout_s: float = Field(default=10.0, exclude=True)
    """Seconds to connect."""

    _knowledge: Knowledge = PrivateAttr()
    _clients: Clients = PrivateAttr()

    @classmethod
    def at(cls, endpoint: Endpoint, settings: Settings, **fields: Any) -> Self:
        """The adapter to an endpoint, with everything else as the settings say."""
        policy = Policy(
            thinking=settings.thinking,
            recover=settings.recover_tool_calls,
            max_retries=settings.max_retries,
            retry_time_s=settings.retry_time_s,
            read_timeout_s=settings.read_timeout_s,
            stream_timeout_s=settings.stream_timeout_s,
        )
        values: dict[str, Any] = {
            "model": endpoint.model,
            "base_url": endpoint.base_url,
            "api_key": endpoint.api_key,
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
            "use_responses_api": settings.api == "responses",
            "policy": policy,
            "connect_timeout_s": settings.connect_timeout_s,
        }
        return cls(**(values | fields))

    @model_validator(mode="before")
    @classmethod
    def _pin(cls, values: Any) -> Any:
        """Chat Completions whatever the model is called, and whatever the environment says of wires and gateways."""
        if isinstance(values, dict):
            if values.get("use_responses_api") is None:
                values["use_responses_api"] = False
            values.setdefault("output_version", None)
            values.setdefault("stream_usage", True)
        return values

    @model_validator(mode="after")
    def validate_environment(self) -> Self:
        """Make the clients lazily, with this base URL and key and no others."""
        self.openai_api_base = (self.openai_api_base or OPENAI_URL).rstrip("/")
        key = self.openai_api_key if isinstance(self.openai_api_key, SecretStr) else None
        self.openai_api_key = key if key and key.get_secret_value() else SecretStr(PLACEHOLDER_KEY)
        self.openai_organization = None
        self._knowledge = Knowledge(self.openai_api_base, self.model_name, self.profile_overrides, self.server)
        elsewhere = self._knowledge.effective.profile.responses_base_url if self.use_responses_api else None
        self._clients = Clients(
            elsewhere or self.openai_api_base,
            self.openai_api_key,
            connect_timeout_s=self.connect_timeout_s,
            read_timeout_s=self.policy.read_timeout_s,
            route="responses" if self.use_responses_api else "chat/completions",
            headers=self.default_headers,
        )
        return self

    @property
    def endpoint_profile(self) -> EffectiveProfile:
        """What is known of the endpoint, each flag with its source."""
        return self._knowledge.effective

    @property
    def _llm_type(self) -> str:
        return "portolan"

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Where LangChain's `load` finds this class; the base class's name leads to LangChain's own."""
        return cls.__module__.split(".")

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The request in the standard's form, calls and results paired; the exchange shapes it for the endpoint."""
        given = input_ if _are_messages(input_) else self._convert_input(input_).to_messages()
        messages = [_spoken(message) for message in pair(given)]
        if self.use_responses_api:
            messages, previous = with_blocks(messages), None
            if self.use_previous_response_id:
                kwargs.setdefault("store", True)
                messages, previous = _since_stored(messages)
            if previous:
                kwargs.setdefault("previous_response_id", previous)
        stock = self.model_copy(update={"use_responses_api": False}) if self.use_responses_api else self
        payload: dict[str, Any] = super(ChatEndpoint, stock)._get_request_payload(messages, stop=stop, **kwargs)
        for message, sent in zip(messages, payload["messages"], strict=True):
            if not isinstance(message, AIMessage):
                continue
            kept = message.additional_kwargs
            if self.use_responses_api:
                sent.update({KEPT: kept[KEPT]} if kept.get(KEPT) else {})
                continue
            give_back_extras(message, sent, self.openai_api_base or "")
            if reasoning := kept.get("reasoning_content"):
                sent[REASONING_KEY] = reasoning
        if "response_format" in payload:
            payload["response_format"] = response_format_dict(payload["response_format"])
        return payload

    def _exchange(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Exchange:
        asks = kwargs.pop("asks_about_doubts", False)
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        knowledge = self._knowledge
        if payload.get("model") != knowledge.model:
            knowledge = Knowledge(knowledge.base_url, str(payload["model"]), self.profile_overrides, self.server)
        kind = ResponsesExchange if self.use_responses_api else Exchange
        return kind(payload, knowledge, self.policy, secrets=self._secrets(), asks=asks)

    def _outgoing(self, exchange: Exchange) -> tuple[dict[str, Any], dict[str, Any]]:
        """The request's body, and what is not part of it."""
        body = exchange.request()
        options = {name: body.pop(name) for name in _OPTIONS if name in body}
        options.setdefault("timeout", exchange.timeout_s())
        return body | (body.pop("extra_body", None) or {}), options

    def _exchanged(self, exchange: Exchange) -> Iterator[Delta | Reply]:
        """Make the exchange: yield what may be shown, and the whole reply last."""
        while True:
            reader: ReplyReader | None = None
            try:
                body, options = self._outgoing(exchange)
                reader = exchange.reader()
                with self._clients.send(body, options) as response:
                    reader.headers = response.headers
                    for data in response.iter_bytes():
                        yield from reader.feed(data)
                        if reader.finished:
                            break
                yield from reader.close()
            except Exception as error:  # noqa: BLE001 - the exchange turns each into a typed error or another try
                rest = exchange.caught(error, reader)
                if not isinstance(rest, list):
                    time.sleep(rest)
                    continue
                yield from rest
            else:
                yield reader.reply
            return

    async def _aexchanged(self, exchange: Exchange) -> AsyncIterator[Delta | Reply]:
        """`_exchanged` for an event loop."""
        while True:
            reader: ReplyReader | None = None
            try:
                body, options = self._outgoing(exchange)
                reader = exchange.reader()
                async with self._clients.asend(body, options) as response:
                    reader.headers = response.headers
                    async for data in response.aiter_bytes():
                        for delta in reader.feed(data):
                            yield delta
                        if reader.finished:
                            break
                for delta in reader.close():
                    yield delta
            except Exception as error:  # noqa: BLE001 - the exchange turns each into a typed error or another try
                rest = exchange.caught(error, reader)
                if not isinstance(rest, list):
                    await asyncio.sleep(rest)
                    continue
                for item in rest:
                    yield item
            else:
                yield reader.reply
            return

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        *_, reply = self._exchanged(self._exchange(messages, stop, kwargs))
        return to_result(cast("Reply", reply), kwargs.get("response_format"), origin=self.openai_api_base or "")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        *_, reply = [item async for item in self._aexchanged(self._exchange(messages, stop, kwargs))]
        return to_result(cast("Reply", reply), kwargs.get("response_format"), origin=self.openai_api_base or "")

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        kwargs.pop("stream_usage", None)
        for item in self._exchanged(self._exchange(messages, stop, {**kwargs, "stream": True})):
            chunk = to_chunk(item, kwargs.get("response_format"), origin=self.openai_api_base or "")
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        kwargs.pop("stream_usage", None)
        async for item in self._aexchanged(self._exchange(messages, stop, {**kwargs, "stream": True})):
            chunk = to_chunk(item, kwargs.get("response_format"), origin=self.openai_api_base or "")
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def with_structured_output(self, schema: Any = None, *, include_raw: bool = False, **options: Any) -> Any:
        """As `ChatOpenAI` has it, but a reply that does not fit is a `BrokenReplyError`, never None.

        With `include_raw` the error is not raised: it is the `parsing_error`.
        """
        chain = super().with_structured_output(schema, **options)
        return (with_raw if include_raw else fitting)(chain, f"{self.model_name} at {self.openai_api_base}")

    def _secrets(self) -> tuple[str, ...]:
        return (self.openai_api_key.get_secret_value(),) if isinstance(self.openai_api_key, SecretStr) else ()


def _are_messages(input_: LanguageModelInput) -> TypeGuard[list[BaseMessage]]:
    return isinstance(input_, list) and all(isinstance(one, BaseMessage) for one in input_)


def _spoken(message: BaseMessage) -> BaseMessage:
    """A reply with nothing but its words as content: what else stock code puts there is not for every endpoint."""
    if not isinstance(message, AIMessage) or (
        isinstance(message.content, str) and (message.content or message.tool_calls)
    ):
        return message
    text, content = str(message.text), message.content
    blocks = [one for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    if not text and not call_ids(message):  # what the model said in refusing is its answer, too
        text = "".join(str(one.get("refusal") or "") for one in (*blocks, message.additional_kwargs))
    if any(one.get("type") != "text" for one in blocks) or (text and not content):
        return message.model_copy(update={"content": text})
    return message


def _since_stored(messages: list[BaseMessage]) -> tuple[list[BaseMessage], str | None]:
    """What came after the last reply that was stored, and the id of its response."""
    for position in range(len(messages) - 1, -1, -1):
        one = messages[position].response_metadata.get("id")
        if isinstance(messages[position], AIMessage) and isinstance(one, str) and one.startswith("resp_"):
            return messages[position + 1 :], one
    return messages, None
