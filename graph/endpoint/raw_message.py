"""What stands in a message or in a delta, in whatever form an endpoint writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The calls of a message; a few gateways send one as an object instead of a list."""
    calls = message.get("tool_calls")
    return [raw for raw in (calls if isinstance(calls, list) else [calls]) if isinstance(raw, dict)]


def function_of(raw: Mapping[str, Any]) -> tuple[str, object]:
    """Name and arguments of a call, as they are."""
    function = raw.get("function")
    if not isinstance(function, dict):
        return "", None
    return word(function.get("name")), function.get("arguments")


def extra_of(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What Gemini says beside a call and wants back with it: the signature of its thoughts."""
    extra = raw.get("extra_content")
    return extra if isinstance(extra, dict) and extra else None


def word(value: object) -> str:
    """An id or a name as text."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(value: object) -> int | None:
    """An index, which may come as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def text_of(content: object) -> str:
    """The text of a content that is a string, or a list of parts as a few gateways send it."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            text_of(part.get("text")) if isinstance(part, dict) else text_of(part)
            for part in content
            if not _is_reasoning(part)
        )
    return ""


def reasoning_of(parts: object) -> str:
    """The reasoning in a list of parts: OpenRouter's `reasoning_details`, or Mistral's parts of type `thinking`."""
    return "".join(
        text_of(part.get("thinking") or part.get("summary") or part.get("text"))
        for part in (parts if isinstance(parts, list) else ())
        if _is_reasoning(part)
    )


def _is_reasoning(part: object) -> bool:
    return isinstance(part, dict) and str(part.get("type")).startswith(("reasoning", "thinking"))
