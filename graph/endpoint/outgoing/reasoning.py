"""Reasoning of earlier replies, given back in the messages of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from graph.endpoint.profile import Profile

REASONING_KEY: Final = "__reasoning__"
"""Under this key the reasoning of an earlier reply waits in a message, until the profile says whether it is sent."""


def echo_reasoning(messages: list[dict[str, Any]], profile: Profile) -> list[dict[str, Any]]:
    """Give reasoning back under the field that the endpoint uses, and only where it is wanted."""
    echoed = []
    for message in messages:
        if message["role"] != "assistant":
            echoed.append(message)
            continue
        message = dict(message)  # noqa: PLW2901
        reasoning = message.pop(REASONING_KEY, None)
        wanted = profile.reasoning_echo == "always" or (
            profile.reasoning_echo == "tool_calls" and bool(message.get("tool_calls"))
        )
        if wanted and (reasoning or profile.reasoning_echo_placeholder):
            message[profile.reasoning_echo_field] = reasoning or " "
        echoed.append(message)
    return echoed
