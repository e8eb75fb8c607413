"""The four ways to ask a chat model, each of which gives the text of its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def invoke(chat: BaseChatModel) -> str:
    return str(chat.invoke("Hi").text)


def ainvoke(chat: BaseChatModel) -> str:
    return str(asyncio.run(chat.ainvoke("Hi")).text)


def stream(chat: BaseChatModel) -> str:
    return "".join(str(piece.text) for piece in chat.stream("Hi"))


def astream(chat: BaseChatModel) -> str:
    async def joined() -> str:
        return "".join([str(piece.text) async for piece in chat.astream("Hi")])

    return asyncio.run(joined())


ASKED = pytest.mark.parametrize("ask", [invoke, ainvoke, stream, astream])
