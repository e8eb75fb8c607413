"""The adapter: a `ChatOpenAI` that speaks to an endpoint as it is, and makes its wire look like the standard.

For LangChain it stays a `ChatOpenAI`: `bind_tools`, `with_structured_output`, callbacks, streaming. What it changes is
how a request leaves (`outgoing`), how a reply is read (`assemble`), and what a failure means (`exchange`).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from graph.endpoint.asking import aask, ask
from graph.endpoint.client import Clients
from graph.endpoint.convert import response_format_dict, to_chunk, to_result
from graph.endpoint.corrected import corrected_result
from graph.endpoint.dispatch import Dispatch
from graph.endpoint.exchange import Exchange
from graph.endpoint.expectation import Doubts
from graph.endpoint.given import are_messages, give_back, since_stored, spoken
from graph.endpoint.knowledge import Knowledge
from graph.endpoint.known import Server  # noqa: TC001 - pydantic resolves the field
from graph.endpoint.named_secrets import shown_options
from graph.endpoint.outgoing.usual import part_usual, put_together
from graph.endpoint.pairing import pair
from graph.endpoint.policy import Policy
from graph.endpoint.responses import ResponsesExchange
from graph.endpoint.responses_request import with_blocks
from graph.endpoint.settings import OPENAI_URL, PLACEHOLDER_KEY, variable_of
from graph.endpoint.stock_fields import check_fields, connections_of, policy_of, shown_field
from graph.endpoint.structured import fitting, with_raw
from graph.endpoint.unwatched import UnwatchedChat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from graph.endpoint.facts import EffectiveProfile
    from graph.endpoint.reply import Delta, Reply
    from graph.endpoint.settings import Endpoint, Settings


class ChatEndpoint(UnwatchedChat):
    """A chat model at any endpoint that speaks Chat Completions, or Responses with `use_responses_api=True`.

    Takes what `ChatOpenAI` takes, and four fields of its own; what it cannot heed is a `SettingsError`. `timeout` and
    `max_retries` win over the policy. With an `http_client`, the headers of an answer may trickle in. A reply that does
    not count has `response_metadata["fault"]` and `["why"]`, and `["error"]` if a failure broke it off once it was
    partly shown; a call that did not come whole is in `invalid_tool_calls`, streamed or not, never in `tool_calls`.
    What only the end of a stream shows, its last chunk says in `["corrected"]` there (see `corrected.py`).

    `asks_about_doubts=True`, an option of one call, is for a loop that asks the model about a call in its text that may
    be meant or an example: the text from there on is in `response_metadata["held_back"]` then, and not in the answer.
    With `heeds_hints=True` vague words of the user put a call in doubt, too; such a loop passes it where the model has
    not said yet that the user wants calls to run, and `awaits_word=True` where its question asked for a word.

    Raises, from every call: an error of the family in `graph.errors`.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

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
            read_set_by=variable_of("read_timeout_s"),
            stream_set_by=variable_of("stream_timeout_s"),
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
        """Chat Completions whatever the model is called, and whatever the environment says of wires and gateways.

        A field that only the environment would fill is empty from here on: LangChain makes a model anew of all fields
        of another (`configurable_fields`), so that what was given cannot be told by what is set.
        """
        if isinstance(values, dict):
            if values.get("use_responses_api") is None:
                values["use_responses_api"] = False
            values.setdefault("output_version", None)
            values.setdefault("stream_usage", True)
            values.setdefault("openai_proxy", None)
            values.setdefault("stream_chunk_timeout", None)
        return values

    @model_validator(mode="before")
    @classmethod
    def validate_temperature(cls, values: Any) -> Any:
        """Leave it to the profile: ChatOpenAI drops it without a word for a name like OpenAI's, whoever serves it."""
        return values

    @model_validator(mode="after")
    def validate_environment(self) -> Self:
        """Make the clients lazily, with this base URL and key and no others."""
        self.openai_api_base = self.openai_api_base or OPENAI_URL
        self.openai_api_key = self.openai_api_key or SecretStr(PLACEHOLDER_KEY)
        check_fields(self)
        self.openai_api_base = self.openai_api_base.rstrip("/")
        self.policy = policy_of(self, self.policy)
        self._knowledge = self._knowledge_of(self.model_name, usage=self.stream_usage)
        elsewhere = self._knowledge.effective.profile.responses_base_url if self.use_responses_api else None
        self._clients = Clients(
            elsewhere or self.openai_api_base,
            self.openai_api_key,
            read_timeout_s=self.policy.read_timeout_s,
            route="responses" if self.use_responses_api else "chat/completions",
            **connections_of(self, self.connect_timeout_s),
        )
        return self

    def _knowledge_of(self, model: str, *, usage: bool | None) -> Knowledge:
        asked = {"stream_usage": False} if usage is False else {}
        return Knowledge(self.openai_api_base or OPENAI_URL, model, asked | self.profile_overrides, self.server)

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

    def __repr_args__(self) -> Any:
        """The fields, without the keys in headers, query and proxy."""
        return [(name, shown_field(name, value)) for name, value in super().__repr_args__()]

    def to_json(self) -> Any:
        """What callbacks, traces and `dumps` get of it: no key; a model that is loaded from it needs them set anew."""
        told: dict[str, Any] = dict(super().to_json())
        return told | {"kwargs": {name: shown_field(name, value) for name, value in told["kwargs"].items()}}

    def _get_invocation_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What callbacks and traces get of a call: no key of its headers and its query."""
        return shown_options(super()._get_invocation_params(*args, **kwargs))

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The request in the standard's form, calls and results paired; the exchange shapes it for the endpoint."""
        given = input_ if are_messages(input_) else self._convert_input(input_).to_messages()
        messages = [spoken(message) for message in pair(given)]
        if self.use_responses_api:
            messages, previous = with_blocks(messages), None
            if self.use_previous_response_id:
                kwargs.setdefault("store", True)
                messages, previous = since_stored(messages)
            if previous:
                kwargs.setdefault("previous_response_id", previous)
        stock = self.model_copy(update={"use_responses_api": False}) if self.use_responses_api else self
        forms, unusual = part_usual(messages)
        payload: dict[str, Any] = super(ChatEndpoint, stock)._get_request_payload(unusual, stop=stop, **kwargs)
        payload["messages"] = put_together(forms, payload["messages"])
        give_back(messages, payload["messages"], self.openai_api_base or "", responses=bool(self.use_responses_api))
        if payload.get("tool_choice", "") is None:  # taken back by a later binding
            del payload["tool_choice"]
        if "response_format" in payload:
            payload["response_format"] = response_format_dict(payload["response_format"])
        return payload

    def _exchange(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Exchange:
        doubts = Doubts(
            asks=kwargs.pop("asks_about_doubts", False),
            hints=kwargs.pop("heeds_hints", False),
            awaits_word=kwargs.pop("awaits_word", False),
        )
        usage = kwargs.pop("stream_usage", self.stream_usage)
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        knowledge = self._knowledge
        if payload.get("model") != knowledge.model or usage != self.stream_usage:
            knowledge = self._knowledge_of(str(payload["model"]), usage=usage)
        kind, clients = ResponsesExchange if self.use_responses_api else Exchange, self._clients
        return kind(payload, knowledge, self.policy, Dispatch(lambda: clients.secrets), doubts=doubts)

    def _ask(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Iterator[Delta | Reply]:
        headers = bool(self.include_response_headers)
        return ask(self._exchange(messages, stop, kwargs), self._clients, headers=headers)

    def _aask(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AsyncIterator[Delta | Reply]:
        headers = bool(self.include_response_headers)
        return aask(self._exchange(messages, stop, kwargs), self._clients, headers=headers)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        *_, reply = self._ask(messages, stop, kwargs)
        return to_result(cast("Reply", reply), kwargs.get("response_format"), origin=self.openai_api_base or "")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        *_, reply = [item async for item in self._aask(messages, stop, kwargs)]
        return to_result(cast("Reply", reply), kwargs.get("response_format"), origin=self.openai_api_base or "")

    def _generate_with_cache(self, *args: Any, **kwargs: Any) -> ChatResult:
        """A reply, with what its chunks could not say put right: LangChain streams here if somebody listens."""
        return corrected_result(super()._generate_with_cache(*args, **kwargs))

    async def _agenerate_with_cache(self, *args: Any, **kwargs: Any) -> ChatResult:
        """`_generate_with_cache` for an event loop."""
        return corrected_result(await super()._agenerate_with_cache(*args, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for item in self._ask(messages, stop, {**kwargs, "stream": True}):
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
        async for item in self._aask(messages, stop, {**kwargs, "stream": True}):
            chunk = to_chunk(item, kwargs.get("response_format"), origin=self.openai_api_base or "")
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def with_structured_output(self, schema: Any = None, *, include_raw: bool = False, **options: Any) -> Any:
        """As `ChatOpenAI` has it, but a reply that does not fit is a `BrokenReplyError`, never None.

        With `include_raw` the error is not raised: it is the `parsing_error`. What LangChain's parsers take for a dict
        or a TypedDict as it comes is checked, too.

        Raises:
            ValueError: a schema is given that is no JSON Schema.
        """
        chain = super().with_structured_output(schema, **options)
        return (with_raw if include_raw else fitting)(chain, f"{self.model_name} at {self.openai_api_base}", schema)


for _method in (ChatEndpoint._generate, ChatEndpoint._agenerate):  # noqa: SLF001 - LangChain reads it at every call
    cast("Any", _method).__signature__ = inspect.signature(_method)
