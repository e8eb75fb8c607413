"""From what an endpoint said to the typed error that says what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from graph.endpoint.redirects import REDIRECT
from graph.endpoint.refusals.overflow import find_overflow
from graph.endpoint.refusals.rules import rules
from graph.endpoint.settings import PLACEHOLDER_KEY
from graph.errors import (
    AuthenticationError,
    ContentFilterError,
    ContextOverflowError,
    EndpointTimeoutError,
    ErrorFields,
    ModelNotFoundError,
    PortolanError,
    QuotaError,
    RateLimitError,
    RefusedRequestError,
    ServerError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.endpoint.profile import Profile
    from graph.endpoint.refusals.reading import ProviderError

_SUMMARIES: Final[dict[type[PortolanError], str]] = {
    AuthenticationError: "The key was refused",
    ContentFilterError: "The provider's content filter stopped the request or the reply",
    EndpointTimeoutError: "The endpoint took too long",
    ModelNotFoundError: "The endpoint does not serve this model",
    QuotaError: "The account cannot pay for the request",
    RateLimitError: "The endpoint limits the rate of requests",
    RefusedRequestError: "The endpoint refused the request",
    ServerError: "The endpoint failed",
    TransientError: "The endpoint could not take the request now",
}

_URL: Final = re.compile(r"https?://\S+")
_ROUTE: Final = re.compile(r"/(chat/completions|responses)/*$")
_NOT_FOUND: Final = frozenset({404, 405})
_FORBIDDEN: Final = 403
_OK: Final = 200
_CLIENT_ERRORS: Final = range(400, 500)
_INVALID: Final = re.compile(r"(?i)invalid[_ ]?(?:request|parameter|argument)|bad_?request|validation")
_PAGE_OF_A_FAULT: Final = re.compile(r"(?i)\b5\d\d\b|gateway|time-?out|unavailable|maintenance|server error")
"""Titles of the pages with which a proxy says, some of them with status 200, that what is behind it failed."""

_REFUSED_REMEDY: Final = (
    "The same request will be refused again: change what the words name, or set the profile flag that is wrong for "
    "this endpoint (AGENT_PROFILE_…)."
)
_THROTTLE_REMEDY: Final = "Here this code means too many tokens a minute: wait and try again, or send less at once."


def classify(error: ProviderError, *, profile: Profile, endpoint: str, secrets: Collection[str] = ()) -> PortolanError:
    """Return the typed error for what an endpoint said.

    Args:
        error: What it said; see `read_error`.
        profile: The endpoint's profile; it says whether `insufficient_quota` is a throttle.
        endpoint: Model and base URL, for people, such as `qwen-plus at https://…/v1`. Never a key.
        secrets: Keys in use, so that none is shown.
    """
    fields: ErrorFields = {
        "endpoint": endpoint,
        "status": error.status,
        "detail": error.message or error.raw,
        "code": error.code,
        "request_id": error.request_id,
        "secrets": secrets,
    }
    if profile.quota_is_throttle and error.code == "insufficient_quota":
        fields["remedy"] = _THROTTLE_REMEDY
        return RateLimitError(_SUMMARIES[RateLimitError], retry_after_s=error.retry_after_s, **fields)
    for rule in rules():
        remedy = rule.remedy_for(error, endpoint)
        if remedy is None:
            continue
        overflow = None if rule.error in _NEVER_LENGTH else _overflow(error, fields)
        if overflow is not None:
            return overflow
        keyless = rule.error is AuthenticationError and secrets and all(PLACEHOLDER_KEY in one for one in secrets)
        fields["remedy"] = "No OPENAI_API_KEY is set: set it to a key of this endpoint." if keyless else remedy
        return _build(rule.error, error, fields)
    return _overflow(error, fields) or _by_status(error, endpoint, fields)


_NEVER_LENGTH: Final = frozenset({ContentFilterError, QuotaError, AuthenticationError})
"""Errors that are never about length. The others' statuses can be: 429 at Groq, 500 at older llama.cpp."""


def _overflow(error: ProviderError, fields: ErrorFields) -> ContextOverflowError | None:
    overflow = find_overflow(error)
    if overflow is None:
        return None
    fields["remedy"] = (
        "Shorten the conversation (start a new thread, or let it be compacted), cut long tool results "
        "(AGENT_TOOL_MAX_CHARS), or use a model with a larger window."
    )
    return ContextOverflowError(
        "The conversation does not fit into the model's context window",
        limit_tokens=overflow.limit_tokens,
        requested_tokens=overflow.requested_tokens,
        **fields,
    )


def _build(kind: type[PortolanError], error: ProviderError, fields: ErrorFields) -> PortolanError:
    if issubclass(kind, TransientError):
        return kind(_SUMMARIES[kind], retry_after_s=error.retry_after_s, **fields)
    if kind is AuthenticationError and error.status == _FORBIDDEN:  # the key may be known, and have no right to this
        return kind("Access was refused", **fields)
    return kind(_SUMMARIES[kind], **fields)


def _by_status(error: ProviderError, endpoint: str, fields: ErrorFields) -> PortolanError:
    """Decide where no row of the table fits."""
    status = error.status
    if status is not None and status in REDIRECT:
        fields["detail"] = error.location or fields.get("detail", "")
        fields["remedy"] = moved_remedy(endpoint, error.location)
        return RefusedRequestError("The endpoint sends the request on to another address", **fields)
    html_as_answer = (
        status == _OK and "a page of HTML came" in error.message and not _PAGE_OF_A_FAULT.search(error.message)
    )
    if status in _NOT_FOUND or html_as_answer:
        fields["remedy"] = path_remedy(endpoint)
        return ModelNotFoundError("The endpoint has nothing at this path, or does not serve this model", **fields)
    if (status is not None and status in _CLIENT_ERRORS) or _INVALID.search(f"{error.type} {error.code}"):
        fields["remedy"] = _REFUSED_REMEDY
        return RefusedRequestError(_SUMMARIES[RefusedRequestError], **fields)
    fields["remedy"] = "Try again in a while; if it stays, look at the provider's status page or the server's log."
    return ServerError(_SUMMARIES[ServerError], retry_after_s=error.retry_after_s, **fields)


def moved_remedy(endpoint: str, location: str | None) -> str:
    """Say what to do about a redirect that is not followed: nothing went to where it leads."""
    found = _URL.search(endpoint)
    try:
        target = urljoin(found[0] if found else "", location or "")
    except ValueError:  # such as `http://[bad`
        target = ""
    base = _ROUTE.sub("", target)
    if base != target and base.startswith("http"):
        return f"Nothing was sent there. If that address is right, set OPENAI_API_BASE={base}."
    return "Nothing was sent there. A login page or a proxy may stand before the endpoint: check OPENAI_API_BASE."


def path_remedy(endpoint: str) -> str:
    """Say what is probably wrong with the base URL in `endpoint` when its path is not found."""
    found = _URL.search(endpoint)
    path = urlsplit(found[0]).path.rstrip("/") if found else ""
    if "/v1/v1" in path:
        return "OPENAI_API_BASE has /v1 twice: remove one."
    if found and "aliyuncs.com" in found[0] and "compatible-mode" not in path and not path.startswith("/v1"):
        return "This is DashScope's native API: OPENAI_API_BASE must end in /compatible-mode/v1."
    if found and re.search(r"bigmodel\.cn|\bz\.ai", found[0]) and not path.endswith("/v4"):
        return "Zhipu's base URL ends in /v4, with no /v1 after it."
    if path.endswith("/chat/completions"):
        return "OPENAI_API_BASE names the route: leave /chat/completions out."
    if not re.search(r"/v\d+(?:beta)?(?:/openai)?$", path):
        return f"Most base URLs end in /v1: try OPENAI_API_BASE={found[0].rstrip('/') if found else ''}/v1."
    return "Check OPENAI_API_BASE and AGENT_MODEL against the provider's documentation."
