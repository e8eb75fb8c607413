"""A key that an endpoint echoes, or that a failed request carries, is in no error that is raised, nor in its causes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from graph import Agent, Endpoint, Settings, build_graph
from graph.errors import AuthenticationError, PortolanError, UnreachableError
from graph.testing import EmulatedEndpoint, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = EmulatedEndpoint("openai", [])
KEY, MODEL = HERE.api_key, HERE.model
ECHO: Final = json.dumps({"error": {"message": f"Wrong key: {KEY}.", "code": "invalid_api_key", "param": KEY}})


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and everything that it was raised from or within."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        if error.__context__ is not error.__cause__:
            yield from chain(error.__context__)


def said(error: BaseException) -> str:
    """All that an error tells of itself, and of the request that it is about."""
    told = [str(error), repr(error), repr(error.args), repr(getattr(error, "__dict__", {}))]
    told += [repr(getattr(error, name, "")) for name in ("content", "error")]
    for one in (error, getattr(error, "_request", None)):
        told += [repr(one.headers.raw)] if hasattr(one, "headers") else []
    return "\n".join(told)


def raised(run: Any, base_url: str) -> PortolanError:
    where = Endpoint(model=MODEL, base_url=base_url, api_key=KEY)  # type: ignore[arg-type]
    graph = build_graph(Agent(tools=[], endpoint=where), settings=Settings(max_retries=0, max_repairs=0))
    with pytest.raises(PortolanError) as caught:
        run(graph, "Hi")
    return caught.value


@pytest.mark.parametrize("event", [False, True], ids=["401", "an event behind 200"])
def test_a_key_that_is_echoed(run: Any, *, event: bool) -> None:
    echo = {"x-key": KEY, "content-type": "text/event-stream" if event else "application/json"}
    body = Raw(f"data: {ECHO}\n\n".encode() if event else ECHO.encode(), status=200 if event else 401, headers=echo)
    with EmulatedEndpoint("openai", lambda _: body) as endpoint:
        error = raised(run, endpoint.base_url)
    assert isinstance(error, AuthenticationError)
    assert len(list(chain(error))) > 1
    assert not [one for one in chain(error) if KEY in said(one)]


def test_a_request_that_did_not_arrive(run: Any) -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        gone = endpoint.base_url
    error = raised(run, gone)
    assert isinstance(error, UnreachableError)
    assert not [one for one in chain(error) if KEY in said(one)]


@dataclass(frozen=True)
class FrozenError(Exception):
    """Cannot be changed."""


@pytest.mark.parametrize("handled", [FrozenError(), KeyError(KEY)], ids=["frozen", "key"])
def test_what_the_caller_was_handling_is_left_as_it_was(run: Any, handled: Exception) -> None:
    before = handled.args
    with EmulatedEndpoint("openai", []) as endpoint:
        gone = endpoint.base_url
    try:
        raise handled
    except type(handled):
        assert isinstance(raised(run, gone), UnreachableError)
    assert handled.args == before
