"""A fault that says a status alone is what the provider sends with it: a refusal is none of its servers' errors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
from graph.errors import ModelNotFoundError, PortolanError, RefusedRequestError
from graph.testing import PROVIDERS, EmulatedEndpoint, Fault

REFUSED: dict[int, type[PortolanError]] = {
    400: RefusedRequestError,
    404: ModelNotFoundError,
    422: RefusedRequestError,
}
WORDS = "The field wibble is wrong."


def ask(endpoint: EmulatedEndpoint, *, streamed: bool) -> Any:
    """One question, plain in a thread or streamed in an event loop."""
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    model = ChatEndpoint.at(where, Settings(retry_time_s=10))

    async def read() -> list[Any]:
        return [piece async for piece in model.astream("1 + 2?")]

    return asyncio.run(read()) if streamed else model.invoke("1 + 2?")


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_it_is_refused_and_not_asked_for_again(provider: str, streamed: bool) -> None:
    faults = [Fault(status=status, message=WORDS) for status in REFUSED]
    with EmulatedEndpoint(provider, faults) as endpoint:  # a second try would meet the next one
        for status, expected in REFUSED.items():
            with pytest.raises(expected) as caught:
                ask(endpoint, streamed=streamed)
            assert (caught.value.status, caught.value.detail) == (status, WORDS)
