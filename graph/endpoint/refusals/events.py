"""Errors that come with status 200: in a stream's event, or as a whole body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_ERROR_TYPES: Final = frozenset({"error", "response.failed"})
_REPLIES: Final = ("chat.completion", "text_completion", "response", "list")
_NOT_OF_ERRORS: Final = frozenset({"choices", "usage", "id", "model", "code"})
"""What an event with a message and nothing else to tell it by does not have; a code has been looked at by then."""
_SUCCESS: Final = frozenset({"", "0", "200", "ok", "success", "none"})


def is_error_event(event: Any) -> bool:
    """Whether an event of a stream, or a JSON body of status 200, is an error and not a reply.

    Errors are: a non-empty `error`, whatever else is there (OpenRouter sends it beside `choices`), also in a choice;
    `object` or `type` saying so; a Responses object that failed (DashScope's rate limit); `code` and `message` without
    `choices` (gateways), or a `message` in an event that has nothing of a reply (SiliconFlow); a list `errors`; Baidu's
    `error_code`; MiniMax's `base_resp` with another code than 0. An ordinary chunk is none, whatever nulls it carries.
    """
    return isinstance(event, Mapping) and (_says_so(event) or (not _is_reply(event) and _looks_so(event)))


def _says_so(event: Mapping[Any, Any]) -> bool:
    """Whether a field that only errors have is filled."""
    response, base, choices = event.get("response"), event.get("base_resp"), event.get("choices")
    return (
        bool(event.get("error"))
        or str(event.get("object")).lower() == "error"
        or str(event.get("type")) in _ERROR_TYPES
        or event.get("status") == "failed"
        or (isinstance(response, Mapping) and response.get("status") == "failed")
        or (isinstance(base, Mapping) and _is_failure(base.get("status_code")))
        or (isinstance(choices, list) and any(isinstance(c, Mapping) and c.get("error") for c in choices))
    )


def _is_reply(event: Mapping[Any, Any]) -> bool:
    kind = event.get("object")
    return bool(event.get("choices")) or (isinstance(kind, str) and kind.startswith(_REPLIES))


def _looks_so(event: Mapping[Any, Any]) -> bool:
    """Whether what is no reply has an error's fields."""
    words = event.get("message") or event.get("msg")
    return (
        _is_failure(event.get("error_code"))
        or bool(event.get("errors"))
        or (isinstance(words, str) and bool(words) and not event.keys() & _NOT_OF_ERRORS)
        or (isinstance(words, str) and _is_failure(event.get("code")))
        or (bool(event.get("detail")) and "choices" not in event and "id" not in event)
    )


def _is_failure(code: Any) -> bool:
    if code is None or isinstance(code, bool) or not isinstance(code, (int, str)):
        return False
    return str(code).strip().lower() not in _SUCCESS if isinstance(code, str) else code not in {0, 200}
