"""Pieces of a response in the words of Chat Completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.json_text import load_strictly
from graph.endpoint.responses_items import Item, dicts

if TYPE_CHECKING:
    from collections.abc import Mapping

_METADATA: Final = ("id", "model", "service_tier")

TEXT_OF: Final = {"refusal": "refusal", "function_call_arguments": "arguments"}
"""Under which key a part or an event of a kind has its text, where it is not `text`."""

FIELD_OF: Final = {
    "output_text": "content",
    "refusal": "refusal",
    "reasoning_text": "reasoning_content",
    "reasoning_summary_text": "reasoning_content",
}
"""The field of a message that a kind of text goes to."""


def about(response: Mapping[str, Any]) -> Item:
    """What a chunk says of the whole reply."""
    created = response.get("created_at")
    return {key: response.get(key) for key in _METADATA} | {"created": created}


def delta_with(**fields: Any) -> Item:
    """A chunk that adds this to the message."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def call_delta(number: int, **fields: Any) -> Item:
    """A chunk that adds this to a call of the message."""
    return delta_with(tool_calls=[{"index": number, **fields}])


def texts_of(parts: object, kind: str = "", between: str = "") -> str:
    """The text of parts, all or those of one kind; a content that is a string is a text."""
    if isinstance(parts, str):
        return parts if kind != "refusal" else ""
    found = [part.get(TEXT_OF.get(kind, "text")) for part in dicts(parts) if not kind or part.get("type") == kind]
    return between.join(text for text in found if isinstance(text, str))


def same_json(one: str, other: str) -> bool:
    """Whether two texts are JSON of the same value."""
    try:
        return bool(load_strictly(one) == load_strictly(other))
    except (ValueError, RecursionError):
        return False
