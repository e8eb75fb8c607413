"""What an endpoint met, in words: for the person who reads why a test failed."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.testing.recorded import RecordedRequest
    from graph.testing.script import ScriptItem

_MOST = 200
"""Characters that are shown of one thing."""


def shown(value: object) -> str:
    """Any value on one line, and not too long; of an item of a script, what was set."""
    text = value if isinstance(value, str) else _set(value) if is_dataclass(value) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _set(item: Any) -> str:
    """An item as it may have been written."""
    given = [
        f"{part.name}={getattr(item, part.name)!r}"
        for part in fields(item)
        if getattr(item, part.name) != (part.default if part.default_factory is MISSING else part.default_factory())
    ]
    return f"{type(item).__name__}({', '.join(given)})"


def last_message(request: RecordedRequest) -> str:
    """How the messages of a request end."""
    last = request.messages[-1] if request.messages else {}
    return f"{last.get('role') or last.get('type')}: {shown(last.get('content', last.get('output')) or '')}"


def tell(name: str, requests: Sequence[RecordedRequest], left: Sequence[ScriptItem]) -> str:
    """What an endpoint was asked and answered, request by request, and what it did not come to say."""
    count = f"{len(requests)} request{'' if len(requests) == 1 else 's'}"
    lines = [f"Emulated endpoint {name!r} met {count}:" if requests else f"Emulated endpoint {name!r} met no request."]
    lines += [f"  {number}. {_line(request)}" for number, request in enumerate(requests, 1)]
    lines += [f"  not said: {shown(item)}" for item in left]
    return "\n".join(lines)


def _line(request: RecordedRequest) -> str:
    answer = "no answer" if request.status is None else str(request.status)
    ended = "" if request.outcome == "answered" else f", {request.outcome}"
    why = f", refused: {shown(request.refused)}" if request.refused is not None else ""
    altered = "".join(f"; {one}" for one in (*request.altered, request.unthought) if one)
    return f"{request.method} {request.path}: {answer}{ended}{why}{altered}"
