"""Tool calls that arrive as text in a reply's content, because the server's parser missed them.

`recover` takes a whole reply, `StreamRecovery` one that arrives in pieces; both find the same. What counts as a call is
decided for precision: see `table` for the conventions with a marker, `unmarked` for those without, `situation` for how
an example is told from a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery.results import BrokenCall, RecoveredCall, Recovery, same_call
from graph.endpoint.recovery.stream import StreamRecovery

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["BrokenCall", "RecoveredCall", "Recovery", "StreamRecovery", "recover", "same_call"]


def recover(
    text: str,
    tools: Mapping[str, Mapping[str, Any]],
    *,
    finish_reason: str | None = "stop",
    prompt: str = "",
    given: Sequence[str] = (),
    made: Collection[tuple[str, str]] = (),
    asked: bool = False,
) -> Recovery:
    """Find the tool calls in a whole reply.

    Args:
        text: the reply's content.
        tools: the bound tools: name to the JSON Schema of the parameters. With none, the text comes back as it is.
        finish_reason: as the endpoint said; `"length"` makes what is not closed broken.
        prompt: the user's last message; where it asks for an example or a plan, blocks without a marker are text.
        given: the messages of the user and of tools in the request; what stands there is quoted.
        made: the calls since the user's last message: names and the text of their arguments.
        asked: the model was asked what it meant.

    Returns:
        The text without the calls (stripped, if anything was taken out), the calls, the broken calls, and those that
        are in doubt.
    """
    stream = StreamRecovery(tools, prompt=prompt, given=given, made=made, asked=asked)
    shown = stream.feed(text)
    rest = stream.close(finish_reason)
    content = shown + rest.content
    if rest.calls or rest.broken or rest.reasoning:
        content = content.strip()
    return Recovery(content, rest.reasoning, rest.calls, rest.broken, rest.doubt)
