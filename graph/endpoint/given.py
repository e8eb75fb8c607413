"""What a model is asked with, before it is shaped for an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeGuard

from langchain_core.messages import AIMessage, BaseMessage

from graph.endpoint.convert import give_back_extras
from graph.endpoint.outgoing.reasoning import REASONING_KEY
from graph.endpoint.pairing import call_ids
from graph.endpoint.responses_items import KEPT

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput


_NOT_STORED: Final = frozenset({"cut_off", "error", "overrun"})
"""The faults of a reply whose response did not come to its end."""


def are_messages(input_: LanguageModelInput) -> TypeGuard[list[BaseMessage]]:
    """Whether what a model was asked with is a list of messages already."""
    return isinstance(input_, list) and all(isinstance(one, BaseMessage) for one in input_)


def spoken(message: BaseMessage) -> BaseMessage:
    """A reply with nothing but its words as content: what else stock code puts there is not for every endpoint."""
    if not isinstance(message, AIMessage) or (
        isinstance(message.content, str) and (message.content or message.tool_calls)
    ):
        return message
    text, content = str(message.text), message.content
    blocks = [one for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    if not text and not call_ids(message):  # what the model said in refusing is its answer, too
        text = "".join(str(one.get("refusal") or "") for one in (*blocks, message.additional_kwargs))
    if any(one.get("type") != "text" for one in blocks) or (text and not content):
        return message.model_copy(update={"content": text})
    return message


def give_back(messages: list[BaseMessage], sent: list[dict[str, Any]], origin: str, *, responses: bool) -> None:
    """Add to replies that are sent again what came beside their words and calls.

    Args:
        messages: the thread.
        sent: the same, as a request has it; what is added is added here.
        origin: the base URL that it goes to.
        responses: for the Responses wire.
    """
    for message, one in zip(messages, sent, strict=True):
        if not isinstance(message, AIMessage):
            continue
        kept = message.additional_kwargs
        if responses:
            one.update({KEPT: kept[KEPT]} if kept.get(KEPT) else {})
            continue
        give_back_extras(message, one, origin)
        if reasoning := kept.get("reasoning_content"):
            one[REASONING_KEY] = reasoning


def since_stored(messages: list[BaseMessage]) -> tuple[list[BaseMessage], str | None]:
    """What came after the last reply that was stored, and the id of its response; one that broke off was not."""
    for position in range(len(messages) - 1, -1, -1):
        message = messages[position]
        one = message.response_metadata.get("id")
        if not isinstance(message, AIMessage) or message.response_metadata.get("fault") in _NOT_STORED:
            continue
        if isinstance(one, str) and one.startswith("resp_"):
            return messages[position + 1 :], one
    return messages, None
