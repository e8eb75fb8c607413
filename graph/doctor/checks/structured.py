"""Structured output: JSON by schema, and JSON mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from graph.doctor.check import Check, Verdict

if TYPE_CHECKING:
    from graph.doctor.bench import Bench
    from graph.doctor.wire import Seen

_SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city", "people"],
    "additionalProperties": False,
}
_BY_SCHEMA: Final = {
    "type": "json_schema",
    "json_schema": {"name": "city", "strict": True, "schema": _SCHEMA},
}
_MODE: Final = {"type": "json_object"}
_WITHOUT_WORD: Final = "Name a city in France and how many people live there."
_WITH_WORD: Final = f"{_WITHOUT_WORD} Answer as JSON with the keys city and people."


def _object(seen: Seen) -> dict[str, Any] | None:
    try:
        value = json.loads(seen.text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _fits(seen: Seen) -> bool:
    value = _object(seen)
    return value is not None and set(value) == {"city", "people"} and isinstance(value["people"], int)


def _structured(bench: Bench) -> Verdict:
    facts: dict[str, Any] = {}
    ignored: list[str] = []
    refused: list[str] = []
    usable: dict[str, Any] | None = None
    for thinks, extra in bench.modes():
        mode = bench.ask(_WITH_WORD, cap=64, fields={"response_format": _MODE, **extra})
        schema = bench.ask(_WITHOUT_WORD, cap=64, fields={"response_format": _BY_SCHEMA, **extra})
        when = " while thinking" if thinks else ""
        for name, seen, fits in (("json_schema", schema, _fits(schema)), ("json_object", mode, _object(mode))):
            if seen.error is not None:
                refused.append(f"{name}{when}: {seen.words}")
            elif not fits:
                ignored.append(f"{name}{when}: {seen.text[:120]!r}")
        if thinks:
            facts["json_mode_in_thinking"] = mode.error is None
        if not thinks or (mode.error is None and usable is None):
            # What is refused for thinking says nothing of the format.
            facts |= {"json_object": mode.error is None, "json_schema": _fits(schema)}
            usable = extra if mode.error is None else usable
    if usable is not None:
        refused += _bare(bench, usable, facts)
    if ignored:
        return Verdict("ignored", f"accepted without effect: {ignored[0]}", facts, (*ignored[1:], *refused))
    if refused:
        return Verdict("rejected", f"refused: {refused[0]}", facts, tuple(refused[1:]))
    return Verdict("honoured", "json_schema and json_object both give JSON", facts)


def _bare(bench: Bench, extra: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    """Ask for JSON mode without the word."""
    bare = bench.ask(_WITHOUT_WORD, cap=64, fields={"response_format": _MODE, **extra})
    facts["json_object_needs_word"] = bare.error is not None
    return [] if bare.error is None else [f"json_object without the word: {bare.words}"]


CHECKS = (
    Check(
        name="structured-output",
        title="Structured output",
        sends="response_format json_schema, json_object, and json_object without the word JSON in the prompt",
        expects="JSON that fits",
        why="with_structured_output stands on it; where it is ignored, prose arrives in place of data",
        run=_structured,
        tokens=190,
        requests=5,
        full=True,
        decides=("json_schema", "json_object", "json_object_needs_word", "json_mode_in_thinking"),
        needs=("chat",),
    ),
)
