"""Asynchronous clients: one for each event loop, which ends with it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.client import Clients
from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

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


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # what such a loop leaves behind
def test_a_loop_that_was_closed_without_a_shutdown_keeps_nothing(
    build: Callable[..., Any], made: list[weakref.ref[httpx2.AsyncClient]]
) -> None:
    with EmulatedEndpoint("openai", lambda _: Reply("Hello")) as endpoint:
        graph = build(endpoint)
        for _ in range(4):
            loop = asyncio.new_event_loop()
            assert loop.run_until_complete(ask(graph)) == "Hello"
            loop.close()
        del loop
        gc.collect()
        assert [client() is None for client in made] == [True, True, True, False]
        del graph
        gc.collect()


@pytest.mark.filterwarnings("ignore:asynchronous generator:ResourceWarning")  # LangGraph's, in such a loop
def test_a_loop_that_goes_on_after_its_shutdown_gets_a_new_client(
    build: Callable[..., Any], made: list[weakref.ref[httpx2.AsyncClient]]
) -> None:
    with EmulatedEndpoint("openai", lambda _: Reply("Hello")) as endpoint:
        graph = build(endpoint)
        loop = asyncio.new_event_loop()
        for _ in range(2):
            assert loop.run_until_complete(ask(graph)) == "Hello"
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert len(made) == 2


class Watched(dict[Any, Any]):
    """Says of each look at it and each change whether its lock was held."""

    def __init__(self, lock: threading.Lock) -> None:
        super().__init__()
        self.lock = lock
        self.held: list[bool] = []

    def __setitem__(self, loop: Any, client: Any) -> None:
        self.held.append(self.lock.locked())
        super().__setitem__(loop, client)

    def __iter__(self) -> Iterator[Any]:
        self.held.append(self.lock.locked())
        return super().__iter__()

    def get(self, *of: Any) -> Any:
        self.held.append(self.lock.locked())
        return super().get(*of)

    def pop(self, *of: Any) -> Any:
        self.held.append(self.lock.locked())
        return super().pop(*of)


def test_loops_of_many_threads_share_what_is_kept_under_its_lock() -> None:
    """Unlocked, one thread's new loop ends another thread's search for closed ones with a RuntimeError."""
    with EmulatedEndpoint("openai", lambda _: Reply("Hello")) as endpoint:
        chat = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        watched = Watched(chat._clients._lock)
        chat._clients._by_loop = watched
        for _ in range(3):
            assert asyncio.run(chat.ainvoke("Hi")).text == "Hello"
    assert watched.held
    assert all(watched.held)
