"""A reply in doubt, settled by the word of the model that was asked about it: its calls run, or it is the answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langchain_core.messages import HumanMessage
from langchain_core.messages.tool import tool_call

from graph.endpoint.reply import new_call_id
from graph.endpoint.run_or_text import BEHIND_RUN, DOUBTED, MEANT
from graph.nodes.bounds import TAKEN_OUT, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage, BaseMessage

    from graph.state import Repair

_SETTLED = frozenset({"fault", "why", "held_back", DOUBTED})
"""What a reply does not carry any more once it counts."""

_DENIES = re.compile(r"\b(?:not|no|never|rather|instead|but|unless|if|text)\b|n['’]t\b|[?？不别]", re.IGNORECASE)
_LOOKS_LIKE_A_CALL = re.compile(r"[{(\[=<]")


def settled(reply: AIMessage, repair: Repair | None) -> AIMessage:
    """The reply that a word stands for, or the one that came, if it is more than a word.

    Args:
        reply: what came to the question.
        repair: the repair under way, which holds the reply that the question is about.

    Returns:
        The reply in question with a new id, since a stream may have shown a part of it: with its calls if the model
        said that they run, and else as it was. Calls that the model sent itself stand, and so does an answer of its
        own behind `TEXT`.
    """
    said, kept = reply.response_metadata.get(MEANT), repair.get("kept") if repair else None
    if said is None or kept is None or reply.tool_calls or reply.invalid_tool_calls:
        return reply
    if said == "text" and reply.text.strip():
        return reply
    doubted = [(call["name"], json.loads(call["arguments"])) for call in kept.response_metadata[DOUBTED]]
    behind = reply.response_metadata.get(BEHIND_RUN, "")
    runs = said == "run" and all(_agrees(behind, name, arguments) for name, arguments in doubted)
    metadata = {key: value for key, value in kept.response_metadata.items() if key not in _SETTLED}
    own = tokens_of(reply) - int(reply.response_metadata.get(TAKEN_OUT, 0))
    if cost := int(metadata.get(TAKEN_OUT, 0)) + own:
        metadata[TAKEN_OUT] = cost
    update: dict[str, Any] = {"id": str(uuid4())}
    if runs:
        metadata = {key: value for key, value in metadata.items() if key != "shown_calls"}
        metadata |= {"recovered_calls": len(doubted), MEANT: "run"}
        update["content"] = kept.text.strip()
        update["tool_calls"] = [tool_call(name=name, args=args, id=new_call_id()) for name, args in doubted]
    else:
        update["content"] = kept.text + kept.response_metadata.get("held_back", "")
    return kept.model_copy(update={**update, "response_metadata": metadata})


def has_said_run(messages: Sequence[BaseMessage]) -> bool:
    """Whether the model has said since the user's last message that calls run: vague words count no more then."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        if message.response_metadata.get(MEANT) == "run":
            return True
    return False


def _agrees(text: str, name: str, arguments: Any) -> bool:
    """Whether what stands behind the word agrees with the call: each value stands in it, if it looks like the call."""
    if name in text or _LOOKS_LIKE_A_CALL.search(text):
        return all(str(value) in text for value in _values(arguments))
    return not _DENIES.search(text)


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [one for each in inner for one in _values(each)]
    return [] if value is None or isinstance(value, bool) else [value]
