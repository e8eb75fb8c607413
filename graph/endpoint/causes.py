"""What stays of the error that a typed error is raised from: its `__cause__` is public, and no key is part of it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import httpx2

from graph.endpoint.client import HttpRefusal
from graph.endpoint.reader import Rejected
from graph.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


_OF_HTTP: Final = frozenset({"httpx2", "httpcore2", "socksio"})
"""Whose errors say what a proxy says. What the caller was handling may be the context of one, and is not changed."""


def forget_keys(error: Exception, secrets: Collection[str]) -> None:
    """Take the keys out of an error in place, since it stays the context of what is raised while it is handled.

    Endpoints echo a key that they refuse, in the body and in headers; a failed request carries it in its own headers,
    and what a proxy says of the password in words.

    Args:
        error: what the client or the reader raised; of other kinds than theirs, none holds a key.
        secrets: the keys in use.
    """
    if isinstance(error, HttpRefusal):
        error.content = redact(error.content.decode("utf-8", "replace"), secrets).encode()
        error.headers = httpx2.Headers([(name, redact(value, secrets)) for name, value in error.headers.multi_items()])
    elif isinstance(error, Rejected):
        told: dict[str, Any] = {one.name: getattr(error.error, one.name) for one in fields(error.error)}
        clean: dict[str, Any] = {name: redact(value, secrets) for name, value in told.items() if isinstance(value, str)}
        error.error = replace(error.error, **clean)
        error.args = (error.error.message,)
    elif isinstance(error, httpx2.RequestError):
        if _has_request(error):
            error.request = httpx2.Request(error.request.method, error.request.url.copy_with(query=None))
        for one in _course_of(error):
            if type(one).__module__.partition(".")[0] in _OF_HTTP:
                one.args = tuple(redact(told, secrets) if isinstance(told, str) else told for told in one.args)


def _course_of(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it came of: a proxy's words stand in each of them."""
    met: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and not any(one is other for other in met):
            met.append(one)
            left += (one.__cause__, one.__context__)
            yield one


def _has_request(error: httpx2.RequestError) -> bool:
    try:
        return error.request is not None
    except RuntimeError:  # it was raised before there was one
        return False
