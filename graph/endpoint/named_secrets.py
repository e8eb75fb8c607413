"""What a request carries that is secret, by the names of headers, query parameters and fields that hold it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx2

from graph.redact import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_HEADERS: Final = re.compile(r"(?i)auth|key|token|secret|cookie|password")
_OF_QUERIES: Final = re.compile(rf"{_OF_HEADERS.pattern}|signature|^(?:sig|code)$")

_NO_OPTIONS: Final = frozenset({"messages", "input", "tools", "instructions", "response_format", "prompt_cache_key"})
"""Fields of a body that hold what is said, and one that is no secret in spite of its name."""


def secrets_of(request: httpx2.Request) -> Iterator[str]:
    """The secrets of a request as it was built, in each form in which an endpoint may say one of them."""
    for secret in _secrets_of(request):
        yield secret
        yield quote(secret, safe="")
        yield secret.replace("/", r"\/")  # as PHP writes JSON


def _secrets_of(request: httpx2.Request) -> Iterator[str]:
    for name, value in request.headers.multi_items():
        if _OF_HEADERS.search(name):
            yield value
            yield from _credentials(value)
            yield from (part.partition("=")[2].strip() for part in value.split(";") if name.lower() == "cookie")
    for name, value in request.url.params.multi_items():
        if _OF_QUERIES.search(name):
            yield value
    with suppress(ValueError, RecursionError, httpx2.RequestNotRead):
        body = json.loads(request.content)
        yield from _in_body({name: value for name, value in body.items() if name not in _NO_OPTIONS})


def _in_body(value: Any, name: str = "") -> Iterator[str]:
    """What gateways take beside the standard's fields (`extra_body`), at whatever depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _in_body(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _in_body(one, name)
    elif isinstance(value, str) and _OF_HEADERS.search(name):
        yield value


def _credentials(value: str) -> Iterator[str]:
    """What stands behind the scheme in a header such as `Authorization: Bearer …`; of `Basic`, the password too."""
    scheme, _, rest = value.partition(" ")
    for credentials in rest.split()[-1:]:
        yield credentials
        if scheme.lower() == "basic":
            with suppress(ValueError):
                yield b64decode(credentials, validate=True).decode().partition(":")[2]


def shown_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers as they may be shown."""
    return {name: HIDDEN if _OF_HEADERS.search(str(name)) else value for name, value in headers.items()}


def shown_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a query as they may be shown."""
    return {name: HIDDEN if _OF_QUERIES.search(str(name)) else value for name, value in query.items()}


_SHOWN: Final = {"extra_headers": shown_headers, "extra_query": shown_query}


def shown_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call as they may be shown: `extra_headers` and `extra_query` are two of them."""
    masked = {name: _SHOWN[name](options[name]) for name in _SHOWN if isinstance(options.get(name), Mapping)}
    return {**options, **masked}
