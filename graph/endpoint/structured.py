"""Structured output that is an object or an error of ours: never None, half an object, or a parser's bare error."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.output_parsers.openai_tools import JsonOutputToolsParser
from langchain_core.runnables import RunnableConfig, RunnableLambda, RunnableMap
from langchain_core.runnables.base import RunnableBindingBase

from graph.endpoint.broken_by import broken_by
from graph.endpoint.corrected import corrected
from graph.endpoint.finish import was_cut
from graph.endpoint.json_answers import value_of
from graph.endpoint.schema_check import check_fits, schema_of
from graph.errors import BrokenReplyError, PortolanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.runnables import Runnable

_REMEDY = "Ask again, make the schema simpler, or use method='function_calling' (or 'json_schema') instead."
_CUT_REMEDY = "Raise AGENT_MAX_TOKENS (or the model's max_tokens), or ask for less at once."


def fitting(chain: Any, endpoint: str, schema: Any = None) -> Runnable[Any, Any]:
    """A chain of model and parser whose object fits the schema.

    Args:
        chain: the model and the parser, as LangChain makes them of the schema.
        endpoint: model and base URL, for people.
        schema: what `with_structured_output` was given.

    Raises:
        ValueError: the schema is no JSON Schema.

    Raises, when it runs:
        BrokenReplyError: the reply holds no object that fits.
        TransientError: the endpoint failed within the reply.
    """
    model, parser = chain.first, chain.last
    return model | Fitting(bound=parser, endpoint=endpoint, json_schema=schema_of(schema))  # type: ignore[no-any-return] # a chain of LangChain's


def with_raw(chain: Any, endpoint: str, schema: Any = None) -> Runnable[Any, dict[str, Any]]:
    """`fitting` with the message beside the object, and what is wrong given and not raised, streamed too.

    LangChain's own form of it raises in a stream what it gives otherwise, since the message has been passed on by then.
    """
    parser = Fitting(bound=chain.last, endpoint=endpoint, json_schema=schema_of(schema))

    def answers_by_call(raw: BaseMessage) -> bool:
        """Whether the model called one of `tools=` in place of an answer, which only a text can be then."""
        return bool(getattr(raw, "tool_calls", ())) and not isinstance(parser.bound, JsonOutputToolsParser)

    def parse(given: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        given = given | {"raw": corrected(given["raw"])}
        try:
            return given | {"parsed": parser.invoke(given["raw"], config), "parsing_error": None}
        except PortolanError as error:
            return given | {"parsed": None, "parsing_error": None if answers_by_call(given["raw"]) else error}

    async def aparse(given: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        given = given | {"raw": corrected(given["raw"])}
        try:
            return given | {"parsed": await parser.ainvoke(given["raw"], config), "parsing_error": None}
        except PortolanError as error:
            return given | {"parsed": None, "parsing_error": None if answers_by_call(given["raw"]) else error}

    return RunnableMap(raw=chain.first) | RunnableLambda(parse, aparse, name="parse")


class Fitting(RunnableBindingBase[Any, Any]):  # type: ignore[no-redef] # its generic form is made at run time
    """A parser behind a model; what goes wrong before it is not its own."""

    endpoint: str
    json_schema: dict[str, Any] | None = None
    """What the object has to fit; None: the parser checks it itself, or there is nothing to fit."""

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
        """Parse a reply piece by piece; the last object is that of the whole reply."""
        pieces, failed, last = list[Any](), list[Exception](), None

        def told() -> Iterator[Any]:
            try:
                for piece in input:
                    pieces.append(piece)
                    yield piece
            except Exception as error:
                failed.append(error)
                raise

        try:
            for found in super().transform(told(), config, **kwargs):
                last = found
                yield found
            if (whole := self._at_end(pieces)) != last:
                yield whole
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
        pieces, failed, last = list[Any](), list[Exception](), None

        async def told() -> AsyncIterator[Any]:
            try:
                async for piece in input:
                    pieces.append(piece)
                    yield piece
            except Exception as error:
                failed.append(error)
                raise

        try:
            async for found in super().atransform(told(), config, **kwargs):
                last = found
                yield found
            if (whole := self._at_end(pieces)) != last:
                yield whole
        except Exception as error:
            if failed:
                raise
            raise self._broken(error, _whole(pieces)) from error

    def _at_end(self, pieces: list[Any]) -> Any:
        """Parse the whole once more: a parser that goes piece by piece closes what is half, and stops at that.

        It also reads what was shown, and the reply may be another: only its end may tell a thought from the answer.
        """
        whole = _whole(pieces)
        return self._checked(self.bound.invoke(whole, {"callbacks": []}), whole)  # traces have the parser's run already

    def _checked(self, found: Any, message: Any) -> Any:
        if found is None:
            msg = "no object of that form is in it"
            raise ValueError(msg)
        if isinstance(message, BaseMessage) and message.text and not getattr(message, "tool_calls", ()):
            value_of(message.text)
        if self.json_schema is not None:
            check_fits(found, self.json_schema)
        return found

    def _broken(self, error: Exception, message: Any) -> PortolanError:
        if isinstance(message, BaseMessage) and (failure := broken_by(message)):
            return failure
        received = str(message.text) if isinstance(message, BaseMessage) else ""
        if _is_cut(message):
            msg, remedy = "the reply was cut at the token cap, within the object that was asked for", _CUT_REMEDY
        else:
            msg, remedy = "the reply is not an object that fits the schema", _REMEDY
        return BrokenReplyError(msg, endpoint=self.endpoint, received=received, reason=_words(error), remedy=remedy)


def _is_cut(message: Any) -> bool:
    return isinstance(message, BaseMessage) and was_cut(message.response_metadata)


def _whole(pieces: list[Any]) -> Any:
    return corrected(reduce(add, pieces)) if pieces else None


def _words(error: BaseException) -> str:
    text = str(error)
    if "does not have a 'parsed' field" in text:  # LangChain's words, which quote the whole message
        return "no JSON object of that form is in it"
    return text.partition("\n")[0]
