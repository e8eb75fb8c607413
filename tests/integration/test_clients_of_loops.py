"""Asynchronous clients: one for each event loop, which ends with it."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint.client import Clients
from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[httpx2.AsyncClient]]:
    """The asynchronous clients that were made, for as long as somebody has them."""
    clients: list[weakref.ref[httpx2.AsyncClient]] = []
    original = Clients._new_async_http

    def make(self: Clients) -> httpx2.AsyncClient:
        client = original(self)
        clients.append(weakref.ref(client))
        return client

    monkeypatch.setattr(Clients, "_new_async_http", make)
    return clients


async def ask(graph: Any) -> str:
    return str((await graph.ainvoke({"messages": "Hi"}))["messages"][-1].text)


def is_open(client: weakref.ref[httpx2.AsyncClient]) -> bool:
    found = client()
    return found is not None and not found.is_closed


def test_each_loop_has_one_client_that_ends_with_it(
    build: Callable[..., Any], made: list[weakref.ref[httpx2.AsyncClient]]
) -> None:
    with EmulatedEndpoint("openai", [Reply("Hello")] * 3) as endpoint:
        graph = build(endpoint)

        async def twice() -> list[str]:
            answers = [await ask(graph), await ask(graph)]
            assert [is_open(client) for client in made] == [True]
            return answers

        assert asyncio.run(twice()) == ["Hello", "Hello"]
        assert [is_open(client) for client in made] == [False]
        assert asyncio.run(ask(graph)) == "Hello"
    assert [is_open(client) for client in made] == [False, False]
