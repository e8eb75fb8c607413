"""What is known of an exchange's requests as they went out, for the sentence that says what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.named_secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import httpx2

    from graph.endpoint.proxies import Way


class Dispatch:
    """The requests of one exchange: another exchange beside it may have other keys and other headers.

    Args:
        in_use: gives the keys that may show up besides, such as those of requests before.
    """

    def __init__(self, in_use: Callable[[], Collection[str]] = tuple) -> None:
        self._in_use = in_use
        self._request: httpx2.Request | None = None
        self._way: Callable[[], Way | None] = lambda: None
        self._before: set[str] = set()

    def begin(self, request: httpx2.Request, way: Callable[[], Way | None]) -> None:
        """Take note of a request that is to be sent.

        It is kept until the next one: a client of the user's adds credentials to it while it is sent.

        Args:
            request: the request as it was built.
            way: gives the proxy that it goes through.
        """
        self._before = self._carried()
        self._request, self._way = request, way

    def way(self) -> Way | None:
        """The proxy that the request made last goes through; None: none that is known of."""
        return self._way()

    def secrets(self) -> frozenset[str]:
        """What must not show in any error: what the requests and their proxy carry, and what is in use besides."""
        way = self._way()
        return frozenset(self._carried().union(self._in_use(), way.secrets if way else ()))

    def _carried(self) -> set[str]:
        return self._before.union(secrets_of(self._request)) if self._request is not None else self._before
