"""Where no cap is asked for, an answer may be as long as the model makes it, and only an endless one is broken off."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from wire_events import event, plain, stream

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import EmulatedEndpoint

if TYPE_CHECKING:
    from graph.testing import Raw

LONG = "word " * 24_000
HOWS = pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])


def said(request: Any) -> Raw:
    pieces = [event({"content": LONG[at : at + 10_000]}) for at in range(0, len(LONG), 10_000)]
    return stream(*pieces, event({}, "stop")) if request.body.get("stream") else plain({"content": LONG})


def answer(how: str, **fields: Any) -> Any:
    """The message that comes, however it is asked for."""

    async def pieces(model: ChatEndpoint) -> list[Any]:
        return [piece async for piece in model.astream("Hi")]

    with EmulatedEndpoint("openai", said) as endpoint:
        key = SecretStr(endpoint.api_key)
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=key, max_retries=0, **fields)
        match how:
            case "invoke":
                return model.invoke("Hi")
            case "ainvoke":
                return asyncio.run(model.ainvoke("Hi"))
            case "stream":
                return reduce(add, model.stream("Hi"))
            case _:
                return reduce(add, asyncio.run(pieces(model)))


@HOWS
def test_a_long_answer_counts(how: str) -> None:
    message = answer(how)
    assert message.text == LONG
    assert "fault" not in message.response_metadata


@HOWS
def test_an_endless_one_does_not(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.endpoint.expectation.MAX_REASONING_CHARS", 100_000)
    assert answer(how).response_metadata["fault"] == "overrun"


@HOWS
def test_nor_does_one_far_past_its_cap(how: str) -> None:
    assert answer(how, max_tokens=1000).response_metadata["fault"] == "overrun"
