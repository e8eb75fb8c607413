"""The failure of an endpoint that broke a reply off after some of it was shown, kept beside the reply.

What was shown cannot be begun again in the same call, so the reply ends there and does not count. Whoever asks again,
the loop before all, finds here how long to wait first, and which error it is when asking does not help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.errors import EndpointTimeoutError, RateLimitError, ServerError, TransientError, UnreachableError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

ERROR: Final = "error"
"""Under this key of a reply's metadata it stands, as JSON, since threads are stored."""

_KINDS: Final = {
    kind.__name__: kind
    for kind in (TransientError, RateLimitError, UnreachableError, ServerError, EndpointTimeoutError)
}
_FIELDS: Final = ("summary", "endpoint", "status", "detail", "remedy", "code", "request_id", "retry_after_s")


def in_words(error: TransientError) -> str:
    """What happened, in the provider's own words as far as there are any."""
    return f'{error.summary}: "{error.detail}"' if error.detail else error.summary


def kept(error: TransientError) -> dict[str, Any]:
    """The error as JSON."""
    fields = {name: getattr(error, name) for name in _FIELDS}
    return {"type": type(error).__name__, **{name: value for name, value in fields.items() if value not in (None, "")}}


def broken_by(message: BaseMessage) -> TransientError | None:
    """The error that broke a reply off; None if the reply ended in another way."""
    found = message.response_metadata.get(ERROR)
    if message.response_metadata.get("model_provider") != "portolan" or not isinstance(found, dict):
        return None
    fields = {name: found[name] for name in _FIELDS if name in found}
    return _KINDS[found["type"]](fields.pop("summary"), **fields)
