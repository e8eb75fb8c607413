"""What to do about a proxy before an endpoint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from graph.endpoint.proxies import FIELD, SYSTEM
from graph.endpoint.refusals.reading import ProviderError
from graph.errors import ErrorFields, RefusedRequestError

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.endpoint.proxies import Way

UNAUTHENTICATED: Final = 407
"""Only a proxy answers so (https://www.rfc-editor.org/rfc/rfc9110#section-15.5.8)."""


def proxy_remedy(way: Way | None, host: str, *, local: bool = False) -> str:
    """What to check of the proxy on the way to a host.

    Args:
        way: which it is; None: a client that was not made here has it.
        host: the endpoint's.
        local: the host is this machine.
    """
    if way is None:
        return f"Check the proxy that requests to {host} go through: http_client and http_async_client have their own."
    if way.named_by == FIELD:
        return f"Check the proxy given as {FIELD}, or leave it out."
    if not way.certain or local:
        catches = "catches" if way.certain else "may catch"
        return f"{_named(way)} is set and {catches} requests to {host}: add NO_PROXY={host}."
    return f"Check {_proxy(way)}, or set NO_PROXY={host}."


def refusal_of_tunnel(words: str) -> ProviderError | None:
    """What a proxy answered to the request for a tunnel, with which https begins; None: another failure."""
    refused = re.search(rf"\b{UNAUTHENTICATED}\b", words)
    return ProviderError(status=UNAUTHENTICATED, message=words) if refused else None


def refused_by_proxy(
    error: ProviderError, way: Way | None, *, endpoint: str, secrets: Collection[str]
) -> RefusedRequestError:
    """The error for a proxy that asks for a user name and a password.

    Args:
        error: what it answered.
        way: which proxy it is; None: it is not known.
        endpoint: model and base URL, for people.
        secrets: keys in use, so that none is shown.
    """
    fields: ErrorFields = {
        "endpoint": endpoint,
        "status": error.status,
        "detail": error.message or error.raw,
        "secrets": secrets,
        "remedy": f"Check the user name and the password in the URL of {_proxy(way) if way else 'the proxy'}.",
    }
    return RefusedRequestError("The proxy before the endpoint refused the request", **fields)


def _named(way: Way) -> str:
    return way.named_by[0].upper() + way.named_by[1:] if way.named_by == SYSTEM else way.named_by


def _proxy(way: Way) -> str:
    return way.named_by if way.named_by == SYSTEM else f"the proxy ({way.named_by})"
