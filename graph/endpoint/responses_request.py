"""A request of Chat Completions, shaped for the endpoint by then, as one of Responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    convert_to_openai_data_block,
    is_data_content_block,
)

from graph.endpoint.notices import say_once
from graph.endpoint.outgoing.messages import flatten
from graph.endpoint.refusals.request import CAPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.endpoint.responses_items import Item, Replay

ENCRYPTED: Final = "reasoning.encrypted_content"
"""What `include` names to get reasoning that can be given back though nothing is stored."""


def with_blocks(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, LangChain's own blocks of data in them as parts of Responses, which know files by URL."""
    made: list[BaseMessage] = []
    for message in messages:
        content = message.content
        if isinstance(message, AIMessage) or not isinstance(content, list) or not any(map(_is_data, content)):
            made.append(message)
            continue
        parts = [
            convert_to_openai_data_block(one, api="responses") if isinstance(one, dict) and _is_data(one) else one
            for one in content
        ]
        made.append(message.model_copy(update={"content": parts}))
    return made


def _is_data(block: object) -> bool:
    audio = isinstance(block, dict) and block.get("type") == "audio"
    return isinstance(block, dict) and not audio and is_data_content_block(block)


def to_responses(body: Mapping[str, Any], replay: Replay, endpoint: str) -> dict[str, Any]:
    """The body of a request to `/responses`.

    Args:
        body: the body of one to `/chat/completions`.
        replay: lays out the assistant's messages.
        endpoint: for people.
    """
    made = {key: value for key, value in body.items() if key not in {"messages", "stream_options", *CAPS}}
    if caps := [body[name] for name in CAPS if body.get(name) is not None]:
        made["max_output_tokens"] = min(caps)
    if (effort := made.pop("reasoning_effort", None)) is not None:
        made["reasoning"] = {"effort": effort, **(made.get("reasoning") or {})}
    text = {"verbosity": verbosity} if (verbosity := made.pop("verbosity", None)) else {}
    wanted = made.pop("response_format", None)
    if isinstance(wanted, dict):
        text["format"] = {"type": wanted.get("type"), **(wanted.get("json_schema") or {})}
    if text:
        made["text"] = {**(made.get("text") or {}), **text}
    if "tools" in made:
        made["tools"] = [_flat(tool) for tool in made["tools"]]
    if isinstance(made.get("tool_choice"), dict):
        made["tool_choice"] = _flat(made["tool_choice"])
    made["input"] = [item for message in body["messages"] for item in _items(message, replay, endpoint)]
    return made


def _flat(tool: Mapping[str, Any]) -> Item:
    """A tool, or the choice of one, without the object `function` around what it is."""
    return {**{key: value for key, value in tool.items() if key != "function"}, **(tool.get("function") or {})}


def _items(message: Mapping[str, Any], replay: Replay, endpoint: str) -> list[Item]:
    role, content = message["role"], message.get("content")
    if role == "assistant":
        return replay.items(message)
    parts = [_part(part, endpoint) for part in content] if isinstance(content, list) else flatten(content)
    if role == "tool":
        call_id = message.get("tool_call_id")
        kind = "custom_tool_call_output" if call_id in replay.customs else "function_call_output"
        return [{"type": kind, "call_id": call_id, "output": parts}]
    return [{"type": "message", "role": role, "content": parts}]


def _part(part: object, endpoint: str) -> Item:
    """A part of a content, whatever form it has."""
    if not isinstance(part, dict):
        return {"type": "input_text", "text": str(part)}
    kind, kept = part.get("type"), {key: part[key] for key in ("prompt_cache_breakpoint",) if key in part}
    if kind == "text":
        return {"type": "input_text", "text": str(part.get("text") or ""), **kept}
    if kind == "image_url":
        image = part.get("image_url")
        image = image if isinstance(image, dict) else {"url": image}
        detail = {"detail": image["detail"]} if image.get("detail") else {}
        return {"type": "input_image", "image_url": image.get("url"), **detail, **kept}
    if kind == "file" and isinstance(part.get("file"), dict):
        return {"type": "input_file", **part["file"], **kept}
    if kind in {"input_audio", "audio"}:
        say_once(f"{endpoint} takes no audio on the Responses wire; it is left out, and the model is told so.")
        return {"type": "input_text", "text": "[audio left out: this endpoint takes none here]"}
    return part
