"""Tokens counted once: usage comes in one event, in each, cumulatively, in pieces, as text, or not at all."""

from __future__ import annotations

import math
from typing import Any

from graph.endpoint.reply import Usage


def latest(known: dict[str, Any] | None, usage: dict[str, Any]) -> dict[str, Any]:
    """Usage is a running total wherever it comes more than once, so the largest counts, never the sum."""
    given = {key: value for key, value in usage.items() if value is not None}
    if known is None or _count(usage.get("total_tokens")) >= _count(known.get("total_tokens")):
        return {**(known or {}), **given}
    return {**given, **known}


def read_usage(raw: dict[str, Any] | None) -> Usage | None:
    """The numbers of a reply."""
    if not raw:
        return None
    prompt = _count(raw.get("prompt_tokens", raw.get("input_tokens")))
    completion = _count(raw.get("completion_tokens", raw.get("output_tokens")))
    return Usage(prompt, completion, _count(raw.get("total_tokens")) or prompt + completion, raw)


def _count(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0
