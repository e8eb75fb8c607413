"""A run as one JSON document, in the form of OpenAI's messages."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from graph.cli.failures import sentence
from graph.errors import PortolanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from graph.cli.run import Outcome
    from graph.endpoint.settings import Settings


def run_document(outcome: Outcome, settings: Settings | None, thread: str | None) -> dict[str, Any]:
    """Everything about a run."""
    return {
        "answer": outcome.answer,
        "finish_reason": outcome.finish_reason,
        "error": error_document(outcome.error),
        "messages": [message_document(message) for message in outcome.new],
        "tool_calls": call_documents(outcome.new),
        "usage": usage_document(outcome.replies),
        "turns": len(outcome.replies),
        "seconds": round(outcome.seconds, 3),
        "endpoint": endpoint_document(settings, outcome) if settings else None,
        "thread": thread,
    }


def dump(document: Any) -> str:
    """JSON text that stdout's encoding can carry."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(document, ensure_ascii=not utf8, indent=2, default=str)
    # A lone surrogate is legal in Python and in JSON's escapes, and in no encoding.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def error_document(error: BaseException | None) -> dict[str, Any] | None:
    """An error: its type, its sentence, and its parts where it has them."""
    if error is None:
        return None
    if isinstance(error, KeyboardInterrupt):
        return {"type": "Stopped", "message": "The run was stopped by Ctrl-C."}
    document: dict[str, Any] = {"type": type(error).__name__, "message": sentence(error)}
    if isinstance(error, PortolanError):
        parts = ("summary", "detail", "remedy", "status", "code", "request_id")
        document |= {name: getattr(error, name) for name in parts if getattr(error, name)}
    return document


def endpoint_document(settings: Settings, outcome: Outcome | None = None) -> dict[str, Any]:
    """Which endpoint served, without its key."""
    served = next((reply.response_metadata.get("model_name") for reply in outcome.replies), None) if outcome else None
    if settings.embedded:
        return {"model": served or settings.model, "base_url": None, "embedded": True}
    endpoint = settings.endpoint()
    document = {"model": endpoint.model, "base_url": endpoint.base_url, "embedded": False}
    return document | ({"served_model": served} if served and served != endpoint.model else {})


def message_document(message: BaseMessage) -> dict[str, Any]:
    """One message as OpenAI's API writes it, with what it has besides."""
    roles = {AIMessage: "assistant", HumanMessage: "user", ToolMessage: "tool", SystemMessage: "system"}
    role = next((name for kind, name in roles.items() if isinstance(message, kind)), message.type)
    document: dict[str, Any] = {"role": role, "content": message.content}
    if isinstance(message, ToolMessage):
        document |= {"tool_call_id": message.tool_call_id, "name": message.name, "status": message.status}
    if isinstance(message, AIMessage):
        document |= _reply_document(message)
    return {key: value for key, value in document.items() if value is not None}


def _reply_document(message: AIMessage) -> dict[str, Any]:
    calls = [
        _call(call["id"], call["name"], json.dumps(call["args"], ensure_ascii=False)) for call in message.tool_calls
    ]
    broken = [
        {**_call(call["id"], call["name"], call["args"]), "error": call["error"]} for call in message.invalid_tool_calls
    ]
    return {
        "reasoning_content": message.additional_kwargs.get("reasoning_content"),
        "refusal": message.additional_kwargs.get("refusal"),
        "tool_calls": calls or None,
        "invalid_tool_calls": broken or None,
        "finish_reason": message.response_metadata.get("finish_reason"),
        "usage": usage_document([message]),
    }


def _call(call_id: str | None, name: str | None, arguments: str | None) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def call_documents(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Each call with its result, in the order in which they were made."""
    results = {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}
    documents = []
    for message in messages:
        if not isinstance(message, AIMessage):
            continue
        for call in (*message.tool_calls, *message.invalid_tool_calls):
            result = results.get(call["id"] or "")
            documents.append(
                {
                    "id": call["id"],
                    "name": call["name"],
                    "arguments": call["args"],
                    "result": result.text if result else None,
                    "status": result.status if result else "no result",
                }
            )
    return documents


def usage_document(replies: Sequence[AIMessage]) -> dict[str, int] | None:
    """Tokens of some replies together; None if the endpoint counted none of them."""
    counted = [reply.usage_metadata for reply in replies if reply.usage_metadata]
    if not counted:
        return None
    return {
        "prompt_tokens": sum(usage["input_tokens"] for usage in counted),
        "completion_tokens": sum(usage["output_tokens"] for usage in counted),
        "total_tokens": sum(usage["total_tokens"] for usage in counted),
    }
