"""Structured output that is an object or an error of ours: never None, half an object, or a parser's bare error."""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables.base import RunnableBindingBase

from graph.endpoint.broken_by import broken_by
from graph.endpoint.convert import unfenced
from graph.errors import BrokenReplyError, PortolanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.runnables import Runnable, RunnableConfig

_REMEDY = "Ask again, make the schema simpler, or use method='function_calling' (or 'json_schema') instead."
_CUT = frozenset({"length", "max_tokens"})


def fitting(chain: Any, endpoint: str) -> Runnable[Any, Any]:
    """A chain of model and parser whose object fits the schema.

    Raises, when it runs:
        BrokenReplyError: the reply holds no object that fits.
        TransientError: the endpoint failed within the reply.
    """
    model, parser = chain.first, chain.last
    return model | Fitting(bound=parser, endpoint=endpoint)  # type: ignore[no-any-return] # a chain of LangChain's


class Fitting(RunnableBindingBase[Any, Any]):  # type: ignore[no-redef] # its generic form is made at run time
    """A parser behind a model; what goes wrong before it is not its own."""

    endpoint: str

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's
        """Parse a whole reply."""
        try:
            return self._checked(super().invoke(input, config, **kwargs), input)
        except Exception as error:
            raise self._broken(error, input) from error

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's
        """`invoke` for an event loop."""
        try:
            return self._checked(await super().ainvoke(input, config, **kwargs), input)
        except Exception as error:
            raise self._broken(error, input) from error

    def transform(self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:  # noqa: A002 - LangChain's
        """Parse a reply piece by piece."""
        pieces, failed = list[Any](), list[Exception]()

        def told() -> Iterator[Any]:
            try:
                for piece in input:
                    pieces.append(piece)
                    yield piece
            except Exception as error:
                failed.append(error)
                raise

        last = None
        try:
            for last in super().transform(told(), config, **kwargs):
                yield last
            self._checked(last, _whole(pieces))
        except Exception as error:
            if failed:
                raise
            raise self._broken(error, _whole(pieces)) from error

    async def atransform(
        self,
        input: AsyncIterator[Any],  # noqa: A002 - LangChain's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`transform` for an event loop."""
        pieces, failed = list[Any](), list[Exception]()

        async def told() -> AsyncIterator[Any]:
            try:
                async for piece in input:
                    pieces.append(piece)
                    yield piece
            except Exception as error:
                failed.append(error)
                raise

        last = None
        try:
            async for last in super().atransform(told(), config, **kwargs):
                yield last
            self._checked(last, _whole(pieces))
        except Exception as error:
            if failed:
                raise
            raise self._broken(error, _whole(pieces)) from error

    @staticmethod
    def _checked(found: Any, message: Any) -> Any:
        if found is None:
            msg = "no object of that form is in it"
            raise ValueError(msg)
        metadata = message.response_metadata if isinstance(message, BaseMessage) else {}
        cut = metadata.get("finish_reason") in _CUT or metadata.get("fault") == "cut_off"
        if isinstance(found, dict) and cut and message.text:
            json.loads(unfenced(message.text), strict=False)  # LangChain's parser closes what was cut
        return found

    def _broken(self, error: Exception, message: Any) -> PortolanError:
        if isinstance(message, BaseMessage) and (failure := broken_by(message)):
            return failure
        received = str(message.text) if isinstance(message, BaseMessage) else ""
        msg = "the reply is not an object that fits the schema"
        return BrokenReplyError(msg, endpoint=self.endpoint, received=received, reason=_words(error), remedy=_REMEDY)


def _whole(pieces: list[Any]) -> Any:
    return reduce(add, pieces) if pieces else None


def _words(error: BaseException) -> str:
    text = str(error)
    if "does not have a 'parsed' field" in text:  # LangChain's words, which quote the whole message
        return "no JSON object of that form is in it"
    return text.partition("\n")[0]
