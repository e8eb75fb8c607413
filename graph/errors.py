"""The one family of errors that a run can end with: each says what happened, where, and what to do next.

Everything derives from `PortolanError`, so `except PortolanError` catches whatever an endpoint, a setting or a limit
does to a run. Errors pickle and copy (they cross process and checkpoint borders), and no key is ever part of one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

from graph.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Unpack

    from pydantic import ValidationError

__all__ = [
    "AuthenticationError",
    "BrokenReplyError",
    "BudgetError",
    "ContentFilterError",
    "ContextOverflowError",
    "EndpointTimeoutError",
    "ErrorFields",
    "ModelNotFoundError",
    "PortolanError",
    "QuotaError",
    "RateLimitError",
    "RefusedRequestError",
    "ServerError",
    "SettingsError",
    "TransientError",
    "TurnLimitError",
    "UnreachableError",
    "faults_of",
    "redact",
]

_DETAIL_CHARS = 600
"""How much of a provider's own words is kept: enough for the longest real refusal, not for a page of HTML."""

_ENDS = (".", "?", "!", "…", "。", "？", "！")

_RECEIVED_CHARS = 200
"""How much of a broken reply is shown in the sentence; `BrokenReplyError.received` keeps it whole."""


class ErrorFields(TypedDict, total=False):
    """What every error of the family takes by keyword, all of it optional."""

    endpoint: str | None
    """Model and base URL, for people, such as `qwen-plus at https://…/v1`. Never a key."""

    status: int | None
    """HTTP status, where there was a response."""

    detail: str
    """The provider's own words."""

    remedy: str
    """What to do next, as one or two sentences."""

    code: str | None
    """The provider's own error code, such as `invalid_api_key`."""

    request_id: str | None
    """The provider's id of the request, for a support ticket."""

    secrets: Collection[str]
    """Keys in use: removed from every text, as is whatever looks like a key, and not kept."""


class PortolanError(RuntimeError):
    """What a run ends with when it cannot end with an answer.

    A `RuntimeError`, since LangGraph's server gives the words of no other kind to its clients, Studio among them.

    Args:
        summary: What happened, as the beginning of a sentence, without a full stop.
        **fields: See `ErrorFields`; each but `secrets` becomes an attribute.
    """

    def __init__(self, summary: str, **fields: Unpack[ErrorFields]) -> None:
        secrets = tuple(fields.get("secrets", ()))

        def clean(text: str | None) -> str:
            return " ".join(redact(text or "", secrets).split())

        # One positional argument reaches BaseException, so its own pickling (class, args, __dict__) restores all.
        super().__init__(clean(summary))
        detail = clean(fields.get("detail"))
        self.summary: str = clean(summary)
        self.endpoint: str | None = clean(fields.get("endpoint")) or None
        self.status: int | None = fields.get("status")
        self.detail: str = detail if len(detail) <= _DETAIL_CHARS else f"{detail[:_DETAIL_CHARS].rstrip()} …"
        self.remedy: str = clean(fields.get("remedy"))
        self.code: str | None = clean(fields.get("code")) or None
        self.request_id: str | None = clean(fields.get("request_id")) or None

    def __str__(self) -> str:
        """One line that a person can act on: what, where, status, the provider's words, what to do next."""
        line = self.summary.rstrip(".")
        where = [part for part in (self.endpoint, self.status and f"HTTP {self.status}") if part]
        if where:
            line += f" ({', '.join(where)})"
        ends = "" if (self.detail or line).endswith(_ENDS) else "."
        line += f': "{self.detail}"{ends}' if self.detail else ends
        if self.remedy:
            line += f" {self.remedy}"
        if self.request_id:
            line += f" (request id {self.request_id})"
        return line


class SettingsError(PortolanError):
    """A setting is missing, malformed or contradicts another; nothing was sent."""


class AuthenticationError(PortolanError):
    """The key was refused, or has no right to this model."""


class ModelNotFoundError(PortolanError):
    """The endpoint does not serve this model, or the path in the base URL is wrong."""


class RefusedRequestError(PortolanError):
    """The endpoint refused the request as it was put; the same request will be refused again."""


class ContextOverflowError(RefusedRequestError):
    """The prompt, or the prompt and the reply asked for, do not fit into the model's context window.

    Args:
        summary: What happened.
        limit_tokens: The window, where the endpoint said it.
        requested_tokens: How many tokens the request needed, where the endpoint said it.
        **fields: See `ErrorFields`.
    """

    def __init__(
        self,
        summary: str,
        *,
        limit_tokens: int | None = None,
        requested_tokens: int | None = None,
        **fields: Unpack[ErrorFields],
    ) -> None:
        super().__init__(summary, **fields)
        self.limit_tokens: int | None = limit_tokens
        self.requested_tokens: int | None = requested_tokens


class ContentFilterError(PortolanError):
    """The endpoint's content filter stopped the prompt or the reply."""


class QuotaError(PortolanError):
    """The account cannot pay: balance, quota, free tier, or a service that was not activated. Waiting does not help."""


class TransientError(PortolanError):
    """A failure that may pass by itself; what derives from it is worth another try.

    Args:
        summary: What happened.
        retry_after_s: Seconds to wait before the next try, where the endpoint said it.
        **fields: See `ErrorFields`.
    """

    def __init__(self, summary: str, *, retry_after_s: float | None = None, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(summary, **fields)
        self.retry_after_s: float | None = retry_after_s
        if retry_after_s:
            seconds = math.ceil(retry_after_s)
            self.remedy = f"{self.remedy} It asks to wait {seconds} second{'s' if seconds > 1 else ''}.".strip()


class RateLimitError(TransientError):
    """Too many requests or tokens at once; the endpoint will take the request later."""


class UnreachableError(TransientError):
    """No answer came: the name does not resolve, the connection or TLS failed, or it broke off."""


class ServerError(UnreachableError):
    """The endpoint, or a proxy before it, failed by a fault of its own: 5xx, or an error inside a stream."""


class EndpointTimeoutError(TransientError, TimeoutError):
    """The endpoint did not connect, answer or go on streaming in time. Also a `TimeoutError`."""


class BrokenReplyError(PortolanError):
    """A reply came and does not count.

    Args:
        summary: What happened.
        received: What came: the raw arguments, the text, the finish reason.
        reason: Why it does not count, as the end of a sentence that begins with "because".
        **fields: See `ErrorFields`.
    """

    def __init__(self, summary: str, *, received: str = "", reason: str = "", **fields: Unpack[ErrorFields]) -> None:
        secrets = tuple(fields.get("secrets", ()))
        super().__init__(summary, **fields)
        self.received: str = redact(received, secrets)
        self.reason: str = " ".join(redact(reason, secrets).split())

    def __str__(self) -> str:
        """The base line, then why the reply does not count and how it begins."""
        line = super().__str__()
        if self.reason:
            line += f" It does not count because {self.reason}{'' if self.reason.endswith(_ENDS) else '.'}"
        if self.received:
            shown = " ".join(self.received.split())
            line += f" Received: {shown[:_RECEIVED_CHARS]!r}{' …' if len(shown) > _RECEIVED_CHARS else ''}."
        return line


class TurnLimitError(PortolanError):
    """The model went on calling tools for as many turns as the run allows.

    Args:
        summary: What happened.
        limit: The number of turns that the run allows.
        **fields: See `ErrorFields`.
    """

    def __init__(self, summary: str, *, limit: int | None = None, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(summary, **fields)
        self.limit: int | None = limit


class BudgetError(PortolanError):
    """The run used up the budget that the user set, or the next prompt alone would.

    Args:
        summary: What happened.
        limit: The budget, in the unit that the user set it in.
        used: What was used of it.
        **fields: See `ErrorFields`.
    """

    def __init__(
        self,
        summary: str,
        *,
        limit: float | None = None,
        used: float | None = None,
        **fields: Unpack[ErrorFields],
    ) -> None:
        super().__init__(summary, **fields)
        self.limit: float | None = limit
        self.used: float | None = used


def faults_of(error: ValidationError) -> str:
    """What pydantic refused, in words, and without the values, which may be secret."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
