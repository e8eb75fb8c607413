"""`with_structured_output` where a reply begins within its reasoning: the object is that of the answer, in any way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from pydantic import BaseModel, SecretStr
from test_structured_output import APIS, HOWS, asked

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator


class Sum(BaseModel):
    """A sum."""

    a: int


SCHEMA: Final = Sum.model_json_schema()
OWN_LINE: Final = 'Let me think.\n</think>\n{"a": 1}'
TRIED: Final = 'Say {"a": 2}? No.\n</think>\n{"a": 1}'
"""A thought in which another object stands."""

SAID: Final = pytest.mark.parametrize("said", [OWN_LINE, TRIED], ids=["a thought", "another object in it"])
KINDS: Final = pytest.mark.parametrize("schema", [Sum, SCHEMA], ids=["model", "dict"])
METHODS: Final = pytest.mark.parametrize("method", ["json_schema", "json_mode"])
KNOWN: Final = pytest.mark.parametrize("opened", [None, True], ids=["unknown", "known"])


@pytest.fixture
def endpoint(said: str) -> Iterator[EmulatedEndpoint]:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(said)) as emulated:
        yield emulated


def model_at(endpoint: EmulatedEndpoint, *, opened: bool | None, **fields: Any) -> ChatEndpoint:
    key, known = SecretStr(endpoint.api_key), {"thinking_opened": "true"} if opened else {}
    return ChatEndpoint(
        model=endpoint.model, base_url=endpoint.base_url, api_key=key, profile_overrides=known, **fields
    )


@APIS
@HOWS
@SAID
@KINDS
@METHODS
@KNOWN
def test_the_object_comes_last(
    opened: bool | None, method: Any, schema: Any, how: str, endpoint: EmulatedEndpoint, *, responses: bool
) -> None:
    model = model_at(endpoint, opened=opened, use_responses_api=responses)
    found = asked(model.with_structured_output(schema, method=method), how)
    assert found == (Sum(a=1) if schema is Sum else {"a": 1})


@HOWS
@SAID
@KINDS
@METHODS
@KNOWN
def test_with_raw_the_message_is_what_the_reply_was(
    opened: bool | None, method: Any, schema: Any, how: str, endpoint: EmulatedEndpoint
) -> None:
    runnable = model_at(endpoint, opened=opened).with_structured_output(schema, method=method, include_raw=True)
    found = asked(runnable, how)
    assert found["parsed"] == (Sum(a=1) if schema is Sum else {"a": 1})
    assert found["parsing_error"] is None
    assert found["raw"].text == '{"a": 1}'


@pytest.mark.parametrize("said", ['{"a": 1}'])
@KINDS
@METHODS
def test_an_object_that_was_shown_is_not_shown_again(method: Any, schema: Any, endpoint: EmulatedEndpoint) -> None:
    runnable = model_at(endpoint, opened=None).with_structured_output(schema, method=method)
    found = list(runnable.stream("A sum, as JSON?"))
    assert found.count(found[-1]) == 1
