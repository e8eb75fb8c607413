"""When a rule is broken: the table that goes from a request to a refusal, in the order of examination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.testing.checks_messages import MESSAGE_CHECKS
from graph.testing.checks_parameters import PARAMETER_CHECKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from graph.testing.errors import Refusal
    from graph.testing.provider import Provider


def examine(body: Mapping[str, Any], provider: Provider) -> Refusal | None:
    """Find the first rule of Chat Completions that a request breaks.

    Returns:
        The refusal with the request's facts filled in; None for a request that is accepted.
    """
    for rule, broken in (*PARAMETER_CHECKS, *MESSAGE_CHECKS):
        refusal = getattr(provider.rules, rule)
        if refusal is not None and (facts := broken(body, provider)) is not None:
            found: Refusal = refusal.fill({"model": body.get("model"), **facts})
            return found
    return None
