"""What a reply was in the end, where its chunks had to be shown before that was known.

LangChain merges chunks by joining text to text, so that nothing shown can be taken back by a further chunk. The last
one says in `response_metadata["corrected"]` what is otherwise: `text` and `reasoning`, where a closing `</think>` told
them apart too late or never came, and `arguments`, the raw text of each call that must not run, by the call's id, since
what seals them against LangChain's parser (`arguments.seal`) is not part of it. A message that was merged within the
adapter says it right at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

if TYPE_CHECKING:
    from graph.endpoint.reply import Reply

CORRECTED: Final = "corrected"

_Given = TypeVar("_Given")


def correction(reply: Reply) -> dict[str, Any]:
    """What the last chunk of a reply says of those before it, as metadata."""
    found: dict[str, Any] = {"text": reply.text, "reasoning": reply.reasoning} if reply.retold else {}
    if reply.broken:
        found["arguments"] = {call.id: call.arguments for call in reply.broken}
    return {CORRECTED: found} if found else {}


def corrected(message: _Given) -> _Given:
    """A merged message as the reply was in the end; everything else as it is."""
    if not isinstance(message, AIMessage) or not isinstance(found := message.response_metadata.get(CORRECTED), dict):
        return message
    metadata = {key: value for key, value in message.response_metadata.items() if key != CORRECTED}
    arguments, reasons = found.get("arguments") or {}, metadata.get("broken_calls") or {}

    def unsealed(call: Any) -> Any:
        known = arguments.get(call["id"])
        return call if known is None else {**call, "args": known, "error": reasons.get(call["id"])}

    changes: dict[str, Any] = {"response_metadata": metadata}
    changes["invalid_tool_calls"] = [unsealed(call) for call in message.invalid_tool_calls]
    content = message.content
    if "text" in found:
        beside = {key: value for key, value in message.additional_kwargs.items() if key != "reasoning_content"}
        told = {"reasoning_content": found["reasoning"]} if found["reasoning"] else {}
        changes["additional_kwargs"] = beside | told
        content = found["text"] if isinstance(content, str) else [*_blocks(found), *_others(content)]
    if isinstance(content, list):  # of LangChain's content blocks, which hold the calls, too
        content = [unsealed(one) if isinstance(one, dict) and "id" in one else one for one in content]
    return message.model_copy(update=changes | {"content": content})


def _blocks(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, kind: found[kind]} for kind in ("reasoning", "text") if found[kind]]


def _others(content: list[Any]) -> list[Any]:
    return [one for one in content if isinstance(one, dict) and one.get("type") not in {"reasoning", "text"}]


def corrected_result(result: ChatResult) -> ChatResult:
    """A result whose messages are as their replies were in the end."""
    return ChatResult(
        generations=[
            ChatGeneration(message=corrected(one.message), generation_info=one.generation_info)
            if CORRECTED in one.message.response_metadata
            else one
            for one in result.generations
        ],
        llm_output=result.llm_output,
    )
