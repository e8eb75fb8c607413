"""What is known of an exchange's requests as they went out, for the sentence that says what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.named_secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import httpx2


class Dispatch:
    """The requests of one exchange: another exchange beside it may have other keys and other headers.

    Args:
        in_use: gives the keys that may show up besides, such as those of requests before.
    """

    def __init__(self, in_use: Callable[[], Collection[str]] = tuple) -> None:
        self._in_use = in_use
        self._request: httpx2.Request | None = None
        self._before: set[str] = set()

    def begin(self, request: httpx2.Request) -> None:
        """Take note of a request that is to be sent.

        It is kept until the next one: a client of the user's adds credentials to it while it is sent.
        """
        self._before = self._carried()
        self._request = request

    def secrets(self) -> frozenset[str]:
        """What must not show in any error: what the requests carry, and what is in use besides."""
        return frozenset(self._carried().union(self._in_use()))

    def _carried(self) -> set[str]:
        return self._before.union(secrets_of(self._request)) if self._request is not None else self._before
