"""The Responses wire, by the user's explicit choice: the stock code speaks it, within the adapter's bounds.

What the adapter adds: its own clients, typed errors, retries, and a reader before the stock code (`responses_reader`),
so that what broke off, is empty or cannot be read counts as such. Refusals teach nothing here, since the lessons are
about the fields of Chat Completions.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import openai
from langchain_core.messages import AIMessage, AIMessageChunk

from graph.endpoint.reader import Rejected
from graph.endpoint.refusals import classify, classify_exception, read_error
from graph.endpoint.retry import RetryPolicy, retry_delay
from graph.errors import ModelNotFoundError, PortolanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from graph.endpoint.exchange import Policy
    from graph.endpoint.knowledge import Knowledge
    from graph.endpoint.responses_wire import Wire

NOT_SERVED = "This endpoint or model may not serve the Responses API: AGENT_API=chat uses Chat Completions."


@dataclass(slots=True)
class ResponsesCall:
    """One model call on the Responses wire.

    Args:
        knowledge: the endpoint's profile.
        policy: retries and time-outs.
        wire: reads the responses.
        secrets: keys that must not show in any error.
    """

    knowledge: Knowledge
    policy: Policy
    wire: Wire
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
        told = next((link for link in _chain(error) if isinstance(link, Rejected | PortolanError)), None)
        if isinstance(told, PortolanError):
            return told
        if told is not None:
            return classify(told.error, profile=profile, endpoint=endpoint, secrets=self.secrets)
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

    def _judged(self, message: BaseMessage) -> None:
        """Say of a message what the reader found, in the words that replies of Chat Completions carry."""
        reply = self.wire.reader.reply if self.wire.reader else None
        if reply is None or not isinstance(message, AIMessage):
            return
        self.knowledge.witness(reply)
        found = {
            "finish_reason": reply.finish_reason,
            "fault": reply.fault,
            "why": reply.why or None,
            "recovered_calls": reply.recovered or None,
            "broken_calls": {call.id: call.reason for call in reply.broken} or None,
        }
        message.response_metadata |= {key: value for key, value in found.items() if value is not None}
        broken = {call.id: call for call in reply.broken}
        for invalid in () if isinstance(message, AIMessageChunk) else message.invalid_tool_calls:
            if (call := broken.get(invalid.get("id") or "")) is not None:
                invalid["args"], invalid["error"] = call.arguments, call.reason

    def _whole(self, result: ChatResult) -> ChatResult:
        for generation in result.generations:
            self._judged(generation.message)
        return result

    def _piece(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        if isinstance(chunk.message, AIMessageChunk) and chunk.message.chunk_position == "last":
            self._judged(chunk.message)
        return chunk

    def call(self, make: Callable[[], ChatResult]) -> ChatResult:
        """Make a plain request, and make it again where that helps."""
        while True:
            try:
                return self._whole(make())
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                time.sleep(self._failed(error, shown=False))

    async def acall(self, make: Callable[[], Awaitable[ChatResult]]) -> ChatResult:
        """`call` for an event loop."""
        while True:
            try:
                return self._whole(await make())
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                await asyncio.sleep(self._failed(error, shown=False))

    def stream(self, make: Callable[[], Iterator[ChatGenerationChunk]]) -> Iterator[ChatGenerationChunk]:
        """Make a streamed request, and make it again as long as nothing was shown."""
        while True:
            shown = False
            try:
                for chunk in make():
                    shown = True
                    yield self._piece(chunk)
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                time.sleep(self._failed(error, shown=shown))
            else:
                return

    async def astream(
        self, make: Callable[[], AsyncIterator[ChatGenerationChunk]]
    ) -> AsyncIterator[ChatGenerationChunk]:
        """`stream` for an event loop."""
        while True:
            shown = False
            try:
                async for chunk in make():
                    shown = True
                    yield self._piece(chunk)
            except Exception as error:  # noqa: BLE001 - each becomes a typed error or another try
                await asyncio.sleep(self._failed(error, shown=shown))
            else:
                return


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it: the SDK wraps what is raised below it."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__
