"""What a recovery yields: calls, broken calls, and the text that stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecoveredCall:
    """A tool call that was completely written in the text and names a bound tool."""

    name: str
    """The tool's name as it was bound (prefixes such as `functions.` taken off)."""

    arguments: str
    """Canonical JSON text of an object."""

    convention: str
    """Which way of writing calls it was, e.g. `"hermes"`; for logs and reports."""

    @property
    def value(self) -> Any:
        """The arguments as an object."""
        return json.loads(self.arguments)


@dataclass(frozen=True, slots=True)
class BrokenCall:
    """Markup that is a call but cannot be completed or trusted, so nothing may run on it."""

    name: str | None
    """The name as written, when it was readable."""

    raw: str
    """The markup as the model wrote it."""

    reason: str
    """Why, in words that a model or a person can act on."""

    convention: str
    """Which way of writing calls it was."""


Call = RecoveredCall | BrokenCall


def what_is_called(call: Call) -> tuple[str | None, str]:
    """The same for two calls that would do the same, in whichever convention."""
    return call.name, call.arguments if isinstance(call, RecoveredCall) else call.raw


def same_call(name: str, arguments: str) -> tuple[str, str]:
    """The same for two calls of one tool with equal arguments, however their JSON is written."""
    try:
        return name, json.dumps(json.loads(arguments or "{}", strict=False), sort_keys=True)
    except (ValueError, RecursionError):
        return name, arguments


@dataclass(frozen=True, slots=True)
class Recovery:
    """A reply taken apart.

    A call in `doubt` was not taken out of the content: it may be meant, or an example. When it comes from
    `StreamRecovery.close`, `content` is only what `feed` had not yet returned, and `held` what follows it: the content
    from the first call in doubt on, where that was to be held.
    """

    content: str
    reasoning: str
    calls: tuple[RecoveredCall, ...]
    broken: tuple[BrokenCall, ...]
    doubt: tuple[RecoveredCall, ...] = ()
    held: str = ""
