"""The Responses wire, by the user's explicit choice: the stock code speaks it, within the adapter's bounds.

What the adapter adds: its own clients, typed errors, retries, and that no call whose arguments did not come whole is
ever completed. Refusals teach nothing here, since the lessons are about the fields of Chat Completions.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from graph.endpoint.calls import is_whole, seal
from graph.endpoint.refusals import classify, classify_exception, read_error
from graph.endpoint.retry import RetryPolicy, retry_delay
from graph.errors import ModelNotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from graph.endpoint.exchange import Policy
    from graph.endpoint.knowledge import Knowledge
    from graph.errors import PortolanError

T = TypeVar("T")

NOT_SERVED = "This endpoint or model may not serve the Responses API: AGENT_API=chat uses Chat Completions."


@dataclass(slots=True)
class ResponsesCall:
    """One model call on the Responses wire.

    Args:
        knowledge: the endpoint's profile.
        policy: retries and time-outs.
        secrets: keys that must not show in any error.
    """

    knowledge: Knowledge
    policy: Policy
    secrets: tuple[str, ...] = ()
    _started: float = field(default_factory=time.monotonic)
    _attempt: int = 0

    def _failed(self, error: Exception, *, shown: bool) -> float:
        """Return the seconds to wait before the next try, or raise the typed error."""
        typed = self._typed(error)
        self._attempt += 1
        bounds = RetryPolicy(max_retries=self.policy.max_retries, max_time_s=self.policy.retry_time_s)
        elapsed = time.monotonic() - self._started
        delay = None if shown else retry_delay(typed, attempt=self._attempt, elapsed_s=elapsed, policy=bounds)
        if delay is None:
            raise typed from error
        return delay

    def _typed(self, error: Exception) -> PortolanError:
        endpoint = f"{self.knowledge.model} at {self.knowledge.base_url}"
        profile = self.knowledge.effective.profile
        if isinstance(error, openai.APIStatusError):
            response = error.response
            refusal = read_error(response.status_code, response.headers, response.content)
            typed = classify(refusal, profile=profile, endpoint=endpoint, secrets=self.secrets)
            if isinstance(typed, ModelNotFoundError):
                typed.remedy = f"{typed.remedy} {NOT_SERVED}".strip()
            return typed
        if isinstance(error, openai.APIError) and error.body is not None:
            refusal = read_error(None, {}, error.body)
            return classify(refusal, profile=profile, endpoint=endpoint, secrets=self.secrets)
        found = classify_exception(error, endpoint=endpoint, secrets=self.secrets)
        if found is None:
            raise error
        return found

    def call(self, make: Callable[[], T]) -> T:
        """Make a plain request, and make it again where that helps."""
        while True:
            try:
                return make()
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                time.sleep(self._failed(error, shown=False))

    async def acall(self, make: Callable[[], Awaitable[T]]) -> T:
        """`call` for an event loop."""
        while True:
            try:
                return await make()
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                await asyncio.sleep(self._failed(error, shown=False))

    def stream(self, make: Callable[[], Iterator[ChatGenerationChunk]]) -> Iterator[ChatGenerationChunk]:
        """Make a streamed request, and make it again as long as nothing was shown."""
        while True:
            seals = _Seals()
            try:
                for chunk in make():
                    yield seals.watch(chunk)
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                time.sleep(self._failed(error, shown=seals.shown))
            else:
                yield from seals.rest()
                return

    async def astream(
        self, make: Callable[[], AsyncIterator[ChatGenerationChunk]]
    ) -> AsyncIterator[ChatGenerationChunk]:
        """`stream` for an event loop."""
        while True:
            seals = _Seals()
            try:
                async for chunk in make():
                    yield seals.watch(chunk)
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                await asyncio.sleep(self._failed(error, shown=seals.shown))
            else:
                for chunk in seals.rest():
                    yield chunk
                return


@dataclass(slots=True)
class _Seals:
    """Watches the arguments of streamed calls, and seals those that did not come whole."""

    shown: bool = False
    _arguments: dict[Any, str] = field(default_factory=dict)

    def watch(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        self.shown = True
        if isinstance(chunk.message, AIMessageChunk):
            for call in chunk.message.tool_call_chunks:
                self._arguments[call["index"]] = self._arguments.get(call["index"], "") + (call["args"] or "")
        return chunk

    def rest(self) -> Iterator[ChatGenerationChunk]:
        for index, text in self._arguments.items():
            if not is_whole(text):
                sealed = tool_call_chunk(name=None, args=seal(text), id=None, index=index)
                yield ChatGenerationChunk(message=AIMessageChunk(content=[], tool_call_chunks=[sealed]))
