"""Refusals, and the shapes that providers give to an error."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ErrorShape = Literal[
    "openai",
    "dashscope",
    "vllm",
    "vllm-flat",
    "llamacpp",
    "openrouter",
    "zhipu",
    "siliconflow",
    "mistral",
    "flat",
    "native",
    "string",
    "bare",
    "detail",
    "text",
    "html",
    "empty",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a provider words it. `{name}` in message and param is filled in from the request.

    Attributes:
        status: HTTP status.
        message: The provider's own words.
        type: Its `type`.
        param: Its `param`.
        code: Its `code`.
        shape: The body's shape, where it is not the provider's usual one.
        headers: Further headers.
        extra: Further keys of the error object.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | int | None = None
    shape: ErrorShape | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def fill(self, facts: Mapping[str, object]) -> Refusal:
        """Put the request's facts into the words."""
        message, param, extra = self.message, self.param, dict(self.extra)
        for name, value in facts.items():
            message = message.replace(f"{{{name}}}", str(value))
            param = param.replace(f"{{{name}}}", str(value)) if param else param
            extra = {key: value if old == f"{{{name}}}" else old for key, old in extra.items()}
        return replace(self, message=message, param=param, extra=extra)


def _error(refusal: Refusal, **more: Any) -> dict[str, Any]:
    return {
        "message": refusal.message,
        "type": refusal.type,
        "param": refusal.param,
        "code": refusal.code,
        **refusal.extra,
        **more,
    }


def _coded(refusal: Refusal) -> dict[str, Any]:
    code = refusal.code if isinstance(refusal.code, int) else refusal.status
    return {"code": code, "message": refusal.message}


_BODIES: Mapping[ErrorShape, Callable[[Refusal], Any]] = {
    "openai": lambda refusal: {"error": _error(refusal)},
    "dashscope": lambda refusal: {"error": _error(refusal), "request_id": "00000000-0000-4000-8000-000000000000"},
    "vllm": lambda refusal: {"error": _error(refusal, code=refusal.status)},
    "vllm-flat": lambda refusal: {"object": "error", **_error(refusal, code=refusal.status)},
    "llamacpp": lambda refusal: {"error": {**_coded(refusal), "type": refusal.type, **refusal.extra}},
    "openrouter": lambda refusal: {"error": {**_coded(refusal), "metadata": {"provider_name": "Emulated"}}},
    "zhipu": lambda refusal: {
        "error": {"code": str(refusal.code or refusal.status), "message": refusal.message},
        "request_id": "20261122000000",
    },
    "siliconflow": lambda refusal: {**_coded(refusal), "data": None},
    "mistral": lambda refusal: {"object": "error", **_error(refusal), "raw_status_code": refusal.status},
    "flat": lambda refusal: {"code": refusal.code or refusal.status, "message": refusal.message},
    "native": lambda refusal: {"code": refusal.code, "message": refusal.message, "request_id": "00000000"},
    "string": lambda refusal: {"error": refusal.message},
    "bare": lambda refusal: refusal.message,
    "detail": lambda refusal: {"detail": refusal.message},
}


def error_json(refusal: Refusal, shape: ErrorShape) -> Any:
    """The JSON value of an error; None for the shapes that are no JSON."""
    build = _BODIES.get(refusal.shape or shape)
    return build(refusal) if build else None


def error_body(refusal: Refusal, shape: ErrorShape) -> tuple[str, bytes]:
    """Content type and body of an error in a shape."""
    shape = refusal.shape or shape
    if shape == "text":
        return "text/plain; charset=utf-8", refusal.message.encode()
    if shape == "html":
        page = f"<html><head><title>{refusal.status}</title></head><body><h1>{refusal.message}</h1></body></html>"
        return "text/html", page.encode()
    if shape == "empty":
        return "text/plain", b""
    return "application/json", json.dumps(error_json(refusal, shape), ensure_ascii=False).encode()


def error_event(refusal: Refusal, shape: ErrorShape, *, prefix: str = "data: ") -> bytes:
    """An error as an event of a stream, in a shape.

    `openrouter` adds a choice whose finish reason is `error`; `native` is DashScope's own API, with id and event lines
    and the status in a comment.
    """
    shape = refusal.shape or shape
    value = error_json(refusal, shape)
    if value is None:
        return f"{prefix}{error_body(refusal, shape)[1].decode()}\n\n".encode()
    if shape == "openrouter":
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        value = {"id": "gen-0", "object": "chat.completion.chunk", **value, "choices": [choice]}
    text = json.dumps(value, ensure_ascii=False)
    if shape == "native":
        return f"id:1\nevent:error\n:HTTP_STATUS/{refusal.status}\ndata:{text}\n\n".encode()
    return f"{prefix}{text}\n\n".encode()
