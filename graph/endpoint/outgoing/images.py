"""Images at an endpoint that takes none: a new one is an error, an old one is left out, so that the thread goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.notices import say_once
from graph.endpoint.outgoing.messages import flatten
from graph.errors import RefusedRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.profile import Profile

Message = dict[str, Any]

_IMAGES: Final = ("image", "input_image")


def has_image(message: Mapping[str, Any]) -> bool:
    """Whether one of a message's parts is an image."""
    content = message.get("content")
    return isinstance(content, list) and any(
        isinstance(part, dict) and str(part.get("type")).startswith(_IMAGES) for part in content
    )


def leave_out_images(messages: list[Message], profile: Profile, endpoint: str) -> list[Message]:
    """The messages without the images that the endpoint takes nowhere, or not in a tool's result.

    Where one was left out, the model is told, and the user is, once.

    Raises:
        RefusedRequestError: the user's new message holds one.
    """
    out = [place for place, message in enumerate(messages) if isinstance(message.get("content"), list)]
    if not out:
        return messages
    blind = profile.images is False
    taken = {"tool": not blind and profile.tool_content_parts}
    out = [place for place in out if has_image(messages[place]) and not taken.get(messages[place]["role"], not blind)]
    if not out:
        return messages
    if out[-1] == len(messages) - 1 and messages[-1]["role"] == "user":
        msg = "the model takes no images, and the message holds one"
        remedy = "Choose a model that sees, or leave the image out (AGENT_PROFILE_IMAGES=true, if it does see)."
        raise RefusedRequestError(msg, endpoint=endpoint, remedy=remedy)
    where = "earlier messages and tools' results" if blind else "tools' results"
    say_once(f"{endpoint} takes no images in {where}: they are left out, and the model is told so.")
    return [
        {**message, "content": flatten(message["content"])} if place in out else message
        for place, message in enumerate(messages)
    ]
