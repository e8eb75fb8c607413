"""Reasoning of earlier replies, given back in the messages of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.reasoning_details import DETAILS

if TYPE_CHECKING:
    from graph.endpoint.profile import Profile

REASONING_KEY: Final = "__reasoning__"
"""Under this key the reasoning of an earlier reply waits in a message, until the profile says whether it is sent."""


def echo_reasoning(messages: list[dict[str, Any]], profile: Profile, endpoint: str) -> list[dict[str, Any]]:
    """Give reasoning back under the field that the endpoint uses, and only where it is wanted.

    Args:
        messages: the messages in the standard's form; what is kept of their reasoning waits in them.
        profile: what is known of the endpoint.
        endpoint: model and base URL: signed and encrypted reasoning goes back to where it came from.
    """
    turn = max((place for place, message in enumerate(messages) if message["role"] == "user"), default=-1)
    echoed = []
    for place, message in enumerate(messages):
        if message["role"] != "assistant":
            echoed.append(message)
            continue
        message = dict(message)  # noqa: PLW2901
        reasoning, kept = message.pop(REASONING_KEY, None), message.pop(DETAILS, None)
        wanted = profile.reasoning_echo == "always" or (
            profile.reasoning_echo == "tool_calls" and bool(message.get("tool_calls"))
        )
        if wanted and (reasoning or profile.reasoning_echo_placeholder):
            message[profile.reasoning_echo_field] = reasoning or " "
        wanted = profile.reasoning_details == "always" or (profile.reasoning_details == "turn" and place > turn)
        if wanted and isinstance(kept, dict) and kept.get("endpoint") == endpoint and kept.get("details"):
            message[DETAILS] = kept["details"]
        echoed.append(message)
    return echoed
