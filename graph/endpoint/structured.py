"""Structured output that is an object or an error, never None without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableGenerator, RunnableLambda

from graph.errors import BrokenReplyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.runnables import Runnable

_REMEDY = "Ask again, make the schema simpler, or use method='function_calling' (or 'json_schema') instead."


def checked(chain: Runnable[Any, Any], endpoint: str) -> Runnable[Any, Any]:
    """The object out of a chain made with `include_raw=True`.

    Raises, when it runs:
        BrokenReplyError: the reply holds no object that fits the schema.
    """

    def pick(found: dict[str, Any]) -> Any:
        if found.get("parsed") is not None:
            return found["parsed"]
        raw, error = found.get("raw"), found.get("parsing_error")
        received = raw.text if raw is not None else ""
        reason = "the model did not call the tool" if error is None else _words(error)
        msg = "the reply is not an object that fits the schema"
        raise BrokenReplyError(msg, endpoint=endpoint, received=received, reason=reason, remedy=_REMEDY)

    return chain | RunnableLambda(pick, name="structured output")


def _words(error: BaseException) -> str:
    text = str(error)
    if "does not have a 'parsed' field" in text:  # LangChain's words, which quote the whole message
        return "no JSON object of that form is in it"
    return text.partition("\n")[0]


def never_none(chain: Runnable[Any, Any], endpoint: str) -> Runnable[Any, Any]:
    """A chain that streams its object piece by piece, with an error where there is none at the end."""

    def check(last: Any) -> None:
        if last is None:
            msg = "the reply holds no JSON object"
            raise BrokenReplyError(msg, endpoint=endpoint, remedy=_REMEDY)

    def pieces(found: Iterator[Any]) -> Iterator[Any]:
        last = None
        for last in found:
            yield last
        check(last)

    async def apieces(found: AsyncIterator[Any]) -> AsyncIterator[Any]:
        last = None
        async for last in found:
            yield last
        check(last)

    return chain | RunnableGenerator(pieces, apieces, name="structured output")
