"""All checks, a file for each theme, in the order in which they run: each stands on what those before it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.doctor.checks import (
    agent,
    basics,
    calling,
    choosing,
    limits,
    local,
    looping,
    messages,
    refusing,
    responses,
    structured,
    thinking,
)

if TYPE_CHECKING:
    from graph.doctor.check import Check

_BY_NAME: Final[dict[str, Check]] = {
    check.name: check
    for theme in (
        agent,
        basics,
        calling,
        choosing,
        limits,
        local,
        looping,
        messages,
        refusing,
        responses,
        structured,
        thinking,
    )
    for check in theme.CHECKS
}

_ORDER: Final = (
    *("environment", "client", "chat", "streaming", "stream-usage", "reasoning", "errors", "streamed-errors"),
    *("thinking-switch", "token-cap", "tools", "streamed-tools", "loop", "reasoning-echo", "parallel"),
    *("tool-choice", "tool-fields", "no-arguments", "difficult-arguments", "cut-call", "content-parts"),
    *(
        "broken-history",
        "message-order",
        "foreign-thread",
        "developer-role",
        "structured-output",
        "temperature",
        "largest-cap",
    ),
    *("images", "overflow", "responses", "agent"),
)

CHECKS: Final[tuple[Check, ...]] = tuple(_BY_NAME[name] for name in _ORDER)
"""All of them."""
