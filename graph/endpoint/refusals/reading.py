"""One shape for every error body that endpoints send."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.endpoint.refusals.waiting import retry_after_s

_RAW_CHARS: Final = 2000
_DEPTH: Final = 5
"""Gateways wrap an upstream's body in their own, rarely more than twice; Mistral's details stand three levels deep."""

_MESSAGE_KEYS: Final = ("message", "msg", "detail", "error_msg", "status_msg", "errorMessage", "Message", "reason")
_CODE_KEYS: Final = ("code", "error_code", "status_code", "errorCode", "Code")
_REQUEST_ID_KEYS: Final = ("request_id", "requestId", "RequestId")
_REQUEST_ID_HEADERS: Final = (
    "x-request-id",
    "request-id",
    "x-dashscope-request-id",
    "x-ds-trace-id",
    "x-amzn-requestid",
)
_GENERIC: Final = re.compile(r"(?i)^(provider returned error|upstream error|bad request|error)?\.?$")
_HTTP_ERROR: Final = range(400, 600)
_SSE_STATUS: Final = re.compile(r"(?m)^:HTTP_STATUS/(\d{3})")
_HTML: Final = re.compile(r"(?i)<(?:!doctype html|html|head|body|title)\b")
_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_TAGS: Final = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")


@dataclass(frozen=True, slots=True)
class ProviderError:
    """What an endpoint said, as far as it said it."""

    status: int | None = None
    """HTTP status; for an error inside a reply of status 200, the status that its body names, where it does."""

    code: str | None = None
    """The provider's own code, as text also where it is a number (`1214`); None where it only repeats the status."""

    type: str | None = None
    message: str = ""
    param: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    final: bool = False
    """The server says itself that another try does not help: `x-should-retry: false`, which OpenAI's SDKs obey
    (openai-python, `_base_client.py`, 2026-11)."""

    location: str | None = None
    """Where a redirect leads, without what stands behind `?`."""

    limit_tokens: int | None = None
    """The context window, where the body gives it as a number (llama.cpp's `n_ctx`)."""

    requested_tokens: int | None = None

    failed_generation: str = ""
    """What the model wrote, where the server could make neither a call nor JSON of it (Groq)."""

    raw: str = ""
    """The beginning of the body, as it came."""

    @property
    def text(self) -> str:
        """Everything that can be searched for words: message, code, type and parameter, a line each."""
        return "\n".join(part for part in (self.message, self.code, self.type, self.param) if part)


@dataclass(slots=True)
class _Found:
    """What was collected on the way through a body; the first value of each kind stays, outermost first."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    param: str | None = None
    request_id: str | None = None
    status: int | None = None
    failed_generation: str = ""
    numbers: dict[str, int] = field(default_factory=dict)


def read_error(
    status: int | None, headers: Mapping[str, str] | None, body: bytes | str | Any, *, now: float | None = None
) -> ProviderError:
    """Read an error body of any shape. Never raises: what cannot be understood is kept as text.

    Understood are OpenAI's `{"error": {…}}`, the flat bodies of SGLang, old vLLM, SiliconFlow and DashScope's Responses
    API, `error` as a string (vLLM's 401), a bare JSON string, server-sent events in a body of status 400 (DashScope;
    also its native frames with `:HTTP_STATUS/400`), numeric codes, an upstream's body within a gateway's
    (`metadata.raw` of OpenRouter), FastAPI's `detail`, lists and mappings, also as the `message` or as JSON in it
    (Mistral), Cloudflare's `errors`, MiniMax's `base_resp`, pages of HTML, and nothing at all.

    Args:
        status: HTTP status, where there was a response.
        headers: The response's headers, names in any case.
        body: Bytes, text, or JSON that was parsed already.
        now: Seconds since the epoch, for a Retry-After that is a date. None: the clock.
    """
    text = _as_text(body)
    found = _Found()
    value = _parse(text, found) if isinstance(body, (bytes, bytearray, str)) or body is None else body
    _collect(value, found, _DEPTH)
    lower = {str(name).lower(): str(content) for name, content in (headers or {}).items()}
    if found.request_id is None:
        found.request_id = next((lower[name] for name in _REQUEST_ID_HEADERS if lower.get(name)), None)
    if status is None or status not in _HTTP_ERROR:
        status = found.status or status
    if found.code is not None and found.code == str(status):
        found.code = None
    return ProviderError(
        status=status,
        code=found.code,
        type=found.type,
        message=found.message.strip(),
        param=found.param,
        request_id=found.request_id,
        retry_after_s=retry_after_s(lower, found.message, now=now),
        final=lower.get("x-should-retry") == "false",
        location=lower["location"].split("?")[0].split("#")[0] if lower.get("location") else None,
        limit_tokens=found.numbers.get("n_ctx"),
        requested_tokens=found.numbers.get("n_prompt_tokens"),
        failed_generation=found.failed_generation,
        raw=text[:_RAW_CHARS],
    )


def _as_text(body: Any) -> str:
    if body is None:
        return ""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body).decode("utf-8", errors="replace")
    if isinstance(body, str):
        return body
    try:
        return json.dumps(body, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return str(type(body).__name__)


def _parse(text: str, found: _Found) -> Any:
    """Return JSON as JSON, the events of a stream as the first of them that is an error, and other text as text."""
    text = text.strip().removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if status := _SSE_STATUS.search(text):
        found.status = int(status[1])
    events = []
    for line in text.splitlines():
        if line.startswith("data:"):
            try:
                events.append(json.loads(line[5:]))
            except (ValueError, RecursionError):
                continue
    if events:
        return next((e for e in events if isinstance(e, Mapping) and ("error" in e or "message" in e)), events[0])
    if _HTML.search(text):
        title = _TITLE.search(text)
        words = title[1] if title else _TAGS.sub(" ", text)
        return f"a page of HTML came instead of JSON: {' '.join(html.unescape(words).split())[:300]}"
    return "\n".join(line for line in text.splitlines() if not line.startswith(("event:", "id:", ":")))


def _collect(value: Any, found: _Found, depth: int) -> None:
    """Take what is known from one level of a body, then from the levels within."""
    if depth == 0:
        return
    if isinstance(value, str):
        found.message = found.message or value
    elif isinstance(value, Mapping):
        _collect_mapping(value, found, depth)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)) and value:
        if any("loc" in item for item in _mappings(value)):
            _take_details(value, found)
        else:
            _collect(value[0], found, depth - 1)


def _collect_mapping(value: Mapping[Any, Any], found: _Found, depth: int) -> None:
    inner = next(
        (value[key] for key in ("error", "response", "base_resp") if isinstance(value.get(key), Mapping)), None
    )
    found.request_id = found.request_id or _text_of(value, _REQUEST_ID_KEYS)
    if inner is not None:
        _collect(inner, found, depth - 1)
    else:
        error = value.get("error")
        _take_fields(value, found, depth)
        if isinstance(error, str) and error:
            found.message = f"{error}: {found.message}" if found.message and found.message != error else error
        elif isinstance(error, Sequence):
            _collect(error, found, depth - 1)
    for choice in _mappings(value.get("choices")):
        if isinstance(choice.get("error"), Mapping):
            _collect(choice["error"], found, depth - 1)
    _unwrap(value, found, depth)


_WITHIN: Final = ("detail", "message", "errors")
"""Fields that hold the error itself, or a list of them, at some endpoints."""


def _take_fields(value: Mapping[Any, Any], found: _Found, depth: int) -> None:
    for key in _WITHIN:
        inner = _load(value.get(key))
        if isinstance(inner, (Mapping, Sequence)) and not isinstance(inner, str):
            _collect(inner, found, depth - 1)
    found.message = found.message or _text_of(value, _MESSAGE_KEYS) or ""
    found.type = found.type or _text_of(value, ("type", "error_type", "status"))
    found.failed_generation = found.failed_generation or _text_of(value, ("failed_generation",)) or ""
    found.param = found.param or _text_of(value, ("param",))
    for name in ("n_ctx", "n_prompt_tokens"):
        number = value.get(name)
        if isinstance(number, int) and not isinstance(number, bool):
            found.numbers.setdefault(name, number)
    code = _text_of(value, _CODE_KEYS)
    if code and code.isascii() and code.isdigit() and int(code[:9]) in _HTTP_ERROR:
        found.status = found.status or int(code[:9])
    elif code and found.code is None:
        found.code = code


def _take_details(details: Sequence[Any], found: _Found) -> None:
    """FastAPI's list: where, and what is wrong there."""
    lines = []
    for item in _mappings(details):
        loc = item.get("loc")
        parts = [str(p) for p in loc] if isinstance(loc, Sequence) and not isinstance(loc, str) else [str(loc or "")]
        where = ".".join(part for part in parts if part not in {"body", ""})
        found.param = found.param or where or None
        kind = f" ({item['type']})" if item.get("type") else ""
        lines.append(f"{where}: {item.get('msg', '')}{kind}")
    if lines and not found.message:
        found.message = "; ".join(lines)


def _load(value: Any) -> Any:
    """Return what a text of JSON holds; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            pass
    return value


def _unwrap(value: Mapping[Any, Any], found: _Found, depth: int) -> None:
    """Read the upstream's body that a gateway passes on, and let its words follow the gateway's."""
    outer = value.get("error") if isinstance(value.get("error"), Mapping) else value
    metadata = outer.get("metadata") if isinstance(outer, Mapping) else None
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    if raw is None or depth <= 1:
        return
    upstream = _Found()
    _collect(_parse(raw, upstream) if isinstance(raw, str) else raw, upstream, depth - 1)
    if upstream.message and upstream.message not in found.message:
        generic = _GENERIC.match(found.message)
        found.message = upstream.message if generic else f"{found.message}: {upstream.message}"
    found.code = found.code or upstream.code
    found.type = found.type or upstream.type
    found.param = found.param or upstream.param


def _text_of(value: Mapping[Any, Any], keys: Sequence[str]) -> str | None:
    """Return the first of the keys whose value is a word or a number, as text."""
    for key in keys:
        content = value.get(key)
        if isinstance(content, str) and content.strip():
            return content.strip()
        if isinstance(content, int) and not isinstance(content, bool):
            return _int_text(content)
    return None


def _int_text(number: int) -> str | None:
    try:
        return str(number)
    except ValueError:  # Python refuses to print numbers of thousands of digits
        return None


def _mappings(value: Any) -> list[Mapping[Any, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []
