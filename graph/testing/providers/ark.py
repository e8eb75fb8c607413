"""Volcengine Ark (火山方舟): a Doubao model that thinks.

Errors: https://www.volcengine.com/docs/82379/1299023 (the type is the status' phrase); parameters and replies:
https://www.volcengine.com/docs/82379/1494384; the words about a parameter: captures in public issues, such as
https://github.com/volcengine/volcengine-java-sdk/issues/105 and https://github.com/xuanyustudio/LocalMiniDrama/issues/39.
What is documented as refused and was captured nowhere has the words that the list has for any parameter. Not known, and
so not refused here: calls without results and results without calls. Its Responses are not emulated.
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Extras, Wire

_ID = " Request id: 02170000000000000000000000000000000000000000000000000"


def _ark(message: str, code: str, status: int = 400, kind: str = "BadRequest", param: str = "") -> Refusal:
    """An error, whose words end in the request's id."""
    return Refusal(status, f"{message}{_ID}", kind, param=param, code=code)


def _parameter(name: str, why: str) -> Refusal:
    """A parameter's value that is refused."""
    message = f"The parameter `{name}` specified in the request are not valid: {why}."
    return _ark(message, "InvalidParameter", param=name)


_INVALID = _ark("One or more parameters specified in the request are not valid.", "InvalidParameter")
_UNKNOWN_MODEL = _ark(
    "The model or endpoint {model} does not exist or you do not have access to it.",
    "InvalidEndpointOrModel.NotFound",
    404,
    "NotFound",
)

ARK = Provider(
    name="ark",
    model="doubao-seed-1-6-250615",
    path="/api/v3",
    rules=Rules(
        limits=Limits(window=262_144, output=32_768, roles=("system", "assistant", "user", "tool")),
        bad_key=_ark(
            "The API key or AK/SK in the request is missing or invalid.", "AuthenticationError", 401, "Unauthorized"
        ),
        bad_route=_ark("The specified action is invalid: {path}", "InvalidAction", 404, "NotFound"),
        unknown_model=_UNKNOWN_MODEL,
        no_messages=_ark(
            "The request failed because it is missing one or multiple required parameters.", "MissingParameter"
        ),
        both_caps=_INVALID,
        output_range=_parameter(
            "{name}", "integer above maximum value, expected a value <= {top}, but got {cap} instead"
        ),
        temperature_range=_INVALID,
        context_overflow=_ark(
            "Input length {tokens} exceeds the maximum length {window}.", "InvalidParameter", param="input"
        ),
        unknown_role=_parameter(
            "messages.role", "invalid value: `{role}`, supported values are: `system`, `assistant`, `user`, `tool`"
        ),
    ),
    wire=Wire(
        empty_content="empty",
        role="every",
        call_content="empty",
        finish_delta={"role": "assistant", "content": ""},
        usage_null=True,
        reasoning="reasoning_content",
        extras=Extras(
            body={"service_tier": "default"},
            message={},
            usage={"prompt_tokens_details": {"cached_tokens": 0}},
            stream_usage={"prompt_tokens_details": {"cached_tokens": 0}},
            chunk={"service_tier": "default"},
            chunk_choice={},
        ),
    ),
    behaviour=Behaviour(thinking="on", switches=("thinking",)),
    errors={
        "invalid": _INVALID,
        "permission": _ark(
            "The request failed because you do not have access to the requested resource.",
            "AccessDenied",
            403,
            "Forbidden",
        ),
        "not_found": _UNKNOWN_MODEL,
        "billing": _ark(
            "The request failed because your account has an overdue balance.", "AccountOverdueError", 403, "Forbidden"
        ),
        "rate_limit": _ark(
            "The Requests Per Minute (RPM) limit of the associated endpoint for your account has been exceeded.",
            "RateLimitExceeded.EndpointRPMExceeded",
            429,
            "TooManyRequests",
        ),
        "content_filter": _ark(
            "The request failed because the input text may contain sensitive information.",
            "InputTextSensitiveContentDetected",
        ),
    },
)
"""Roles are four, and `developer` is none of them; the two caps may not stand together."""

ALL = (ARK,)
