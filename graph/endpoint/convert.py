"""Replies in LangChain's form: messages, chunks, usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel

from graph.endpoint.corrected import correction
from graph.endpoint.json_answers import value_of
from graph.endpoint.reasoning_details import DETAILS
from graph.endpoint.reply import Delta, Reply, Usage
from graph.endpoint.responses_items import KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER = "portolan"
"""What stands as `model_provider`, so that LangChain reads reasoning from `additional_kwargs`."""

CALL_EXTRAS = "call_extras"
"""Under this key of `additional_kwargs` waits what came beside a message's calls."""


def to_chunk(item: Delta | Reply, response_format: object = None, *, origin: str = "") -> ChatGenerationChunk:
    """A piece of a streamed reply; the whole reply gives the last chunk, with usage and metadata.

    Args:
        item: what came.
        response_format: what was asked for.
        origin: the endpoint's base URL.
    """
    if isinstance(item, Reply):
        info = _metadata(item) | correction(item)
        message = AIMessageChunk(
            content="",
            additional_kwargs=_beside(item, response_format, origin),
            response_metadata=info,
            usage_metadata=_usage(item.usage),
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message, generation_info={"finish_reason": item.finish_reason})
    calls = []
    if item.call_index is not None:
        calls = [tool_call_chunk(name=item.call_name, args=item.arguments, id=item.call_id, index=item.call_index)]
    extra = {"reasoning_content": item.reasoning} if item.reasoning else {}
    return ChatGenerationChunk(
        message=AIMessageChunk(content=item.text, additional_kwargs=extra, tool_call_chunks=calls)
    )


def to_result(reply: Reply, response_format: object = None, *, origin: str = "") -> ChatResult:
    """A whole reply; the arguments are those of `to_chunk`."""
    extra = _beside(reply, response_format, origin)
    if reply.reasoning:
        extra["reasoning_content"] = reply.reasoning
    message = AIMessage(
        content=reply.text,
        additional_kwargs=extra,
        response_metadata=_metadata(reply),
        tool_calls=[tool_call(name=call.name, args=call.args, id=call.id) for call in reply.calls],
        invalid_tool_calls=[
            invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=call.reason)
            for call in reply.broken
        ],
        usage_metadata=_usage(reply.usage),
    )
    info = {"finish_reason": reply.finish_reason, "logprobs": reply.metadata.get("logprobs")}
    output = {"token_usage": reply.usage.raw if reply.usage else None, "model_name": reply.model}
    return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)], llm_output=output)


def _extras(reply: Reply, origin: str) -> dict[str, Any]:
    """What came beside calls and has to go back with them, to where it came from."""
    extras = {call.id: dict(call.extra) for call in reply.calls if call.extra}
    return {CALL_EXTRAS: {"origin": origin, "calls": extras}} if extras else {}


def give_back_extras(message: AIMessage, sent: dict[str, Any], origin: str) -> None:
    """Put what came beside the calls of a message beside them again, if the message came from this endpoint.

    What came beside the message is put there as it is kept: the profile says whether it goes back.
    """
    if isinstance(details := message.additional_kwargs.get(DETAILS), dict):
        sent[DETAILS] = details
    kept = message.additional_kwargs.get(CALL_EXTRAS)
    if not isinstance(kept, dict) or kept.get("origin") != origin:
        return
    for call in sent.get("tool_calls") or ():
        if extra := kept["calls"].get(call.get("id")):
            call["extra_content"] = extra


def _metadata(reply: Reply) -> dict[str, Any]:
    known = {
        "model_provider": PROVIDER,
        "model_name": reply.model,
        "finish_reason": reply.finish_reason,
        "fault": reply.fault,
        "why": reply.why or None,
        "recovered_calls": reply.recovered or None,
        "shown_calls": list(reply.shown) or None,
        "broken_calls": {call.id: call.reason for call in reply.broken} or None,
    }
    extras = {key: value for key, value in reply.metadata.items() if key not in {"refusal", KEPT, DETAILS}}
    return extras | {key: value for key, value in known.items() if value is not None}


def _usage(usage: Usage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    given, made = _details(usage.raw, "prompt"), _details(usage.raw, "completion")
    read = {"audio": given.get("audio_tokens"), "cache_read": given.get("cached_tokens")}
    written = {"audio": made.get("audio_tokens"), "reasoning": made.get("reasoning_tokens")}
    return UsageMetadata(
        input_tokens=usage.prompt,
        output_tokens=usage.completion,
        total_tokens=usage.total,
        input_token_details=InputTokenDetails(**{k: v for k, v in read.items() if isinstance(v, int)}),  # type: ignore[typeddict-item] # keys are its own
        output_token_details=OutputTokenDetails(**{k: v for k, v in written.items() if isinstance(v, int)}),  # type: ignore[typeddict-item] # keys are its own
    )


def _details(raw: Mapping[str, Any], side: str) -> dict[str, Any]:
    details = raw.get(f"{side}_tokens_details")
    return details if isinstance(details, dict) else {}


def response_format_dict(wanted: Any) -> Any:
    """A `response_format` as JSON: LangChain passes a pydantic class through to the SDK's parser."""
    if not (isinstance(wanted, type) and issubclass(wanted, BaseModel)):
        return wanted
    function = openai.pydantic_function_tool(wanted)["function"]
    schema = {"name": function["name"], "schema": function.get("parameters", {}), "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _beside(reply: Reply, response_format: object, origin: str) -> dict[str, Any]:
    """What stands beside the text: what a parser looks for, and what the endpoint wants back."""
    kept = {key: reply.metadata[key] for key in (KEPT, DETAILS) if key in reply.metadata}
    return _parsed(reply, response_format) | _extras(reply, origin) | kept


def _parsed(reply: Reply, response_format: object) -> dict[str, Any]:
    """What LangChain's parser of structured output looks for: the object, or the model's refusal."""
    if refusal := reply.metadata.get("refusal"):
        return {"refusal": refusal}
    if reply.calls or not (isinstance(response_format, type) and issubclass(response_format, BaseModel)):
        return {}
    try:
        return {"parsed": response_format.model_validate(value_of(reply.text))}
    except (ValueError, RecursionError):  # a ValidationError is a ValueError
        return {}
