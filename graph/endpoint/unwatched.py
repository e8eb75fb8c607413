"""Calls of a model that nothing watches, without what LangChain prepares for handlers of callbacks and for traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from langchain_core.globals import get_llm_cache
from langchain_core.messages import LC_ID_PREFIX
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7

from graph.endpoint.counting import EstimatingChat
from graph.endpoint.given import are_messages
from tools.watched import StockMethods, is_watched

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatResult
    from langchain_core.runnables import RunnableConfig

_STOCK: Final = frozenset({"langchain_core.language_models.chat_models", "graph.endpoint.adapter"})

_PASSED_BY: Final = StockMethods(
    _STOCK,
    (
        *("_convert_input", "generate_prompt", "agenerate_prompt", "generate", "agenerate"),
        *("_generate_with_cache", "_agenerate_with_cache", "_should_stream", "_generate", "_agenerate"),
    ),
)
"""Methods on the way to a request. One that a subclass or an instrumentation has replaced is called by LangChain."""

_CALLED_AFTER: Final = StockMethods(_STOCK, ("invoke", "ainvoke", "_generate_with_cache", "_agenerate_with_cache"))
"""Methods of LangChain's that those of the same name here call."""

_HEEDED: Final = frozenset({"stream", "ls_structured_output_format", "structured_output_format"})
"""Options that LangChain heeds itself."""

_REFUSED: Final = frozenset({"prompts", "callbacks", "tags", "metadata", "run_name", "run_id", "run_manager"})
"""Options that LangChain refuses, as they would be arguments of its own methods."""


class UnwatchedChat(EstimatingChat):
    """A `ChatOpenAI` that does without that preparation where nothing comes of it, which is a tenth of a turn's time.

    What is asked and what comes back is the same; of all else (a stream, a cache, a rate limiter, content in blocks)
    LangChain takes care as ever.
    """

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The reply to messages."""
        config = ensure_config(config)
        if not are_messages(input) or not self._is_unwatched(input, config, kwargs):
            return super().invoke(input, config, stop=stop, **kwargs)
        return _message(self._generate(input, stop=stop, **kwargs), config)

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """`invoke` for an event loop."""
        config = ensure_config(config)
        if not are_messages(input) or not self._is_unwatched(input, config, kwargs):
            return await super().ainvoke(input, config, stop=stop, **kwargs)
        return _message(await self._agenerate(input, stop=stop, **kwargs), config)

    def _is_unwatched(self, messages: list[Any], config: RunnableConfig, options: dict[str, Any]) -> bool:
        if self.streaming or self.rate_limiter or self.output_version == "v1":
            return False
        if not (_HEEDED.isdisjoint(options) and _REFUSED.isdisjoint(options)):
            return False
        if self.cache is not False and (self.cache is not None or get_llm_cache() is not None):
            return False
        if not all(isinstance(message.content, str) for message in messages):
            return False
        if not (_PASSED_BY.are_of(type(self)) and _CALLED_AFTER.are_of(EstimatingChat)):
            return False
        return not is_watched(config.get("callbacks"), self.callbacks, verbose=self.verbose)


def _message(result: ChatResult, config: RunnableConfig) -> AIMessage:
    """The message of a result, with the id and the metadata that LangChain gives it."""
    one = result.generations[0]
    message = one.message
    if message.id is None:
        message.id = f"{LC_ID_PREFIX}-{config.get('run_id') or uuid7()}-0"
    told = (one.generation_info or {}) | message.response_metadata
    message.response_metadata = (result.llm_output or {}) | told
    return cast("AIMessage", message)
