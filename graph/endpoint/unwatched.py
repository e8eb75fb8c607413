"""Calls of a model that nothing watches, without what LangChain prepares for handlers of callbacks and for traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from langchain_core.globals import get_llm_cache
from langchain_core.messages import LC_ID_PREFIX
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7

from graph.endpoint.counting import EstimatingChat
from graph.endpoint.given import are_messages
from tools.watched import is_stock, is_watched

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatResult
    from langchain_core.runnables import RunnableConfig

_STOCK: Final = "langchain_core.language_models.chat_models"

_NOT_PASSED_ON: Final = frozenset({"stream", "ls_structured_output_format", "structured_output_format"})
"""Options that LangChain heeds itself."""


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
        kind = type(self)
        if self.streaming or self.rate_limiter or self.output_version == "v1" or not _NOT_PASSED_ON.isdisjoint(options):
            return False
        if self.cache or (self.cache is None and get_llm_cache() is not None):
            return False
        if not all(isinstance(message.content, str) for message in messages):
            return False
        if not (is_stock(kind.generate, _STOCK) and is_stock(kind.agenerate, _STOCK)):
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
