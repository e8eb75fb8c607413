"""A reply in doubt, settled by the word of the model that was asked about it: its calls run, or it is the answer."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from langchain_core.messages import AIMessage, HumanMessage, message_to_dict, messages_from_dict
from langchain_core.messages.tool import tool_call

from graph.endpoint.broken_by import broken_by
from graph.endpoint.reply import new_call_id
from graph.endpoint.run_or_text import BEHIND_RUN, BESIDE, DOUBTED, MEANT
from graph.nodes.bounds import ESTIMATED, TAKEN_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from graph.state import Repair

_SETTLED = frozenset({"fault", "why", "held_back", DOUBTED, BESIDE})
"""What a reply does not carry any more once it counts."""

_OF_THE_WORD = ("token_usage", TAKEN_OUT, ESTIMATED)
"""What it says of its cost is what the word cost; its own is in what was taken out."""

_GOES_ON = re.compile(
    r"(?:I['’]ll|I\s+will|let\s+me)\s+(?:send|run|call|do|execute)\s+(?:it|this|that|the\s+call)(?:\s+now)?[.!]*",
    re.IGNORECASE,
)
"""A sentence in which a model says that it goes on."""

_FILLERS = frozenset({"call", "function", "it", "now", "please", "the", "tool"})


def settled(reply: AIMessage, repair: Repair | None, *, again: bool) -> AIMessage:
    """The reply that a word stands for, or the one that came, if it is more than a word.

    Args:
        reply: what came to the question.
        repair: the repair under way, which holds the reply that the question is about.
        again: the model can be asked once more.

    Returns:
        The reply in question with a new id, since a stream may have shown a part of it: with its calls if the model
        said that they run, and as it was if it said the contrary, or nothing clear and cannot be asked again.
        Calls behind the word run if they are those in question, else nothing does. Calls that the server parsed stand,
        and so does an answer of the model's own.
    """
    if repair is None or "kept" not in repair or broken_by(reply):
        return reply
    kept = cast("AIMessage", messages_from_dict([repair["kept"]])[0])
    said = reply.response_metadata.get(MEANT)
    faulty = bool(reply.response_metadata.get("fault") or reply.invalid_tool_calls) and not reply.tool_calls
    other = said == "run" and bool(reply.response_metadata.get("shown_calls"))  # the call once more, in other words
    if said == "text" or other or (faulty and not again):
        return _as_text(kept, reply)
    parsed = len(reply.tool_calls) > reply.response_metadata.get("recovered_calls", 0)
    if said is None or faulty or parsed:
        return reply
    doubted = [(call["name"], json.loads(call["arguments"])) for call in kept.response_metadata[DOUBTED]]
    restated = [(call["name"], call["args"]) for call in reply.tool_calls]
    if any(one not in doubted for one in restated):
        return _as_text(kept, reply)
    behind = reply.response_metadata.get(BEHIND_RUN, "").strip()
    words = set(re.findall(r"[\w.\-]*\w", behind)) - _FILLERS - {name for name, _ in doubted}
    if re.search(r"[?？]", behind) or (words and not _GOES_ON.fullmatch(behind)):
        return _as_text(kept, reply)
    doubted = [one for one in doubted if not restated or one in restated]
    calls = [tool_call(name=name, args=args, id=new_call_id()) for name, args in doubted]
    metadata = {key: value for key, value in _metadata(kept, reply).items() if key != "shown_calls"}
    metadata |= {"recovered_calls": len(doubted), MEANT: "run"}
    called = kept.model_copy(
        update={"tool_calls": calls, "usage_metadata": reply.usage_metadata, "response_metadata": metadata}
    )
    return _with_text(called, kept.response_metadata.get(BESIDE, ""))


def whole(reply: AIMessage) -> AIMessage:
    """A reply that counts after all, with what was held back of it; with a new id then, as a stream has shown less."""
    metadata = {key: value for key, value in reply.response_metadata.items() if key not in _SETTLED}
    told = reply.model_copy(update={"response_metadata": metadata})
    held = reply.response_metadata.get("held_back", "")
    return _with_text(told, reply.text + held) if held else told


def _as_text(kept: AIMessage, reply: AIMessage) -> AIMessage:
    metadata = _metadata(kept, reply)
    if reply.response_metadata.get(MEANT) == "text":
        metadata[MEANT] = "text"
    text = kept.text + kept.response_metadata.get("held_back", "")
    told = kept.model_copy(update={"usage_metadata": reply.usage_metadata, "response_metadata": metadata})
    return _with_text(told, text)


def _with_text(message: AIMessage, text: str) -> AIMessage:
    """A message with another text and a new id; its content is a list of blocks again where it was one."""
    told = message.model_copy(update={"id": str(uuid4()), "content": text})
    if isinstance(message.content, str):
        return told
    metadata = dict(message.response_metadata)
    version = {key: metadata.pop(key) for key in ("output_version",) if key in metadata}
    blocks = told.model_copy(update={"response_metadata": metadata}).content_blocks
    return told.model_copy(update={"content": blocks, "response_metadata": metadata | version})


def _metadata(kept: AIMessage, reply: AIMessage) -> dict[str, Any]:
    """What is told of the kept reply once it counts, with what the word cost."""
    metadata = {key: value for key, value in kept.response_metadata.items() if key not in {*_SETTLED, *_OF_THE_WORD}}
    return metadata | {key: reply.response_metadata[key] for key in _OF_THE_WORD if key in reply.response_metadata}


def standing(messages: Sequence[BaseMessage]) -> str:
    """What a reply in question stood behind, so that it does not count behind anything else."""
    told = [(one.type, one.id, one.text, getattr(one, "tool_calls", None)) for one in messages]
    return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()[:32]


def with_doubted(repair: Repair, reply: AIMessage, messages: Sequence[BaseMessage]) -> Repair:
    """A repair that asks about a reply.

    Args:
        repair: the repair.
        reply: the reply in question.
        messages: the thread before it.
    """
    repair["kept"], repair["kept_behind"] = message_to_dict(reply), standing(messages)
    return repair


def with_kept(repair: Repair, before: Repair | None) -> Repair:
    """A repair with the reply that the one before it has asked about."""
    if before and "kept" in before:
        repair["kept"], repair["kept_behind"] = before["kept"], before["kept_behind"]
    return repair


def without_kept(repair: Repair) -> Repair:
    """A repair once the question has its answer."""
    rest = repair.copy()
    del rest["kept"], rest["kept_behind"]
    return rest


def has_said_run(messages: Sequence[BaseMessage]) -> bool:
    """Whether the model has said since the user's last message that calls run: vague words count no more then."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        if message.response_metadata.get(MEANT) == "run":
            return True
    return False
