"""The messages of a request, in the dict form of Chat Completions."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graph.endpoint.json_text import load_strictly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.endpoint.profile import Profile

Message = dict[str, Any]

_NAME = re.compile(r"[^A-Za-z0-9_-]")
_NAME_CHARS = 64
"""OpenAI's bound on a function's name, and the characters that it may have (platform.openai.com, API reference)."""

BRIDGE = "I have the results."
"""What the assistant says where a run ended behind a tool's result, at endpoints that want it to say something there.
It may not be empty: Mistral refuses an assistant's message without content or calls."""

_REMEMBERED_CHARS = 1000
"""Longer arguments are rare, and are read again rather than kept in memory."""


def shape_messages(messages: Sequence[Message], profile: Profile) -> list[Message]:
    """The messages as the endpoint accepts them. The dicts given are not changed."""
    kept = [one for message in messages if (one := _shape(message, profile)) is not None]
    shaped = _system(kept, profile)
    if profile.needs_user_message and not any(message["role"] == "user" for message in shaped):
        at = 1 if shaped and shaped[0]["role"] in {"system", "developer"} else 0
        shaped.insert(at, {"role": "user", "content": "Go on."})
    shaped = _alternate(shaped) if profile.alternating_roles else shaped
    return shaped if profile.user_after_tool else _bridged(shaped)


def flatten(content: object) -> str:
    """The text of a content; what is not text is named, so that the model knows of it."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        return "\n".join(filter(None, map(_part_text, content)))
    return json.dumps(content, ensure_ascii=False, default=str)


def _part_text(part: object) -> str:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            return str(part["text"])
        kind = str(part.get("type", "part"))
        if kind.startswith(("image", "audio", "file", "video", "input_")):
            return f"[{kind.replace('_url', '')} left out: this endpoint takes text here]"
        return json.dumps(part, ensure_ascii=False, default=str)
    return str(part)


def _shape(message: Message, profile: Profile) -> Message | None:
    role, content = message["role"], message.get("content")
    if role == "developer" and not profile.developer_role:
        message = {**message, "role": "system"}
    if role == "assistant":
        return _assistant(message, profile)
    if isinstance(content, list):
        only_text = all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content)
        parts = profile.tool_content_parts if role == "tool" else profile.content_parts or not only_text
        if role in {"system", "developer"} or not parts:
            message = {**message, "content": flatten(content)}
    elif content is None or (role == "tool" and not isinstance(content, str)):
        message = {**message, "content": flatten(content)}
    return message


def _assistant(message: Message, profile: Profile) -> Message | None:
    message = dict(message)
    if isinstance(message.get("content"), list):
        message["content"] = flatten(message["content"])
    if calls := message.get("tool_calls"):
        message["tool_calls"] = [_call(call) for call in calls]
        if not message.get("content"):
            message["content"] = "" if profile.assistant_content_with_calls == "empty" else None
        return message
    message.pop("tool_calls", None)
    if not message.get("content") and "function_call" not in message and "audio" not in message:
        return None  # an empty turn says nothing, and strict endpoints refuse it
    return message


def _call(call: Message) -> Message:
    function = call.get("function") or {}
    name, arguments = str(function.get("name") or ""), function.get("arguments")
    if isinstance(arguments, str):
        clean = arguments if _is_object(arguments) else "{}"
    else:
        clean = json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else "{}"
    fit = _NAME.sub("_", name)[:_NAME_CHARS] or "unnamed_tool"
    if clean == arguments and fit == name:
        return call
    return {**call, "type": "function", "function": {**function, "name": fit, "arguments": clean}}


def _is_object(text: str) -> bool:
    return _is_known_object(text) if len(text) <= _REMEMBERED_CHARS else _reads_as_object(text)


def _reads_as_object(text: str) -> bool:
    try:
        return isinstance(load_strictly(text), dict)
    except (ValueError, RecursionError):
        return False


_is_known_object = lru_cache(maxsize=4096)(_reads_as_object)  # each request has the calls of the whole thread again


def _system(messages: list[Message], profile: Profile) -> list[Message]:
    """One leading system message, or none at all, where the endpoint wants that."""
    if profile.system_messages == "anywhere":
        return messages
    systems = [message for message in messages if message["role"] in {"system", "developer"}]
    if not systems:
        return messages
    rest = [message for message in messages if message["role"] not in {"system", "developer"}]
    text = "\n\n".join(filter(None, (flatten(message.get("content")) for message in systems)))
    if profile.system_messages == "leading_one":
        if len(systems) == 1 and messages[0] is systems[0]:
            return messages
        return [{**systems[0], "content": text}, *rest]
    for position, message in enumerate(rest):
        if message["role"] == "user":
            rest[position] = {**message, "content": _prepend(text, message.get("content"))}
            return rest
    return [{"role": "user", "content": text}, *rest]


def _prepend(text: str, content: object) -> object:
    if isinstance(content, list):
        return [{"type": "text", "text": text}, *content]
    return f"{text}\n\n{flatten(content)}"


def _alternate(messages: list[Message]) -> list[Message]:
    """Neighbours of one role become one message."""
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        same = last is not None and last["role"] == message["role"] and message["role"] in {"user", "assistant"}
        if last is not None and same and not last.get("tool_calls") and not message.get("tool_calls"):
            merged[-1] = {**last, "content": _join(last.get("content"), message.get("content"))}
        else:
            merged.append(message)
    return merged


def _bridged(messages: list[Message]) -> list[Message]:
    """A word of the assistant between a tool's result and a user's message."""
    bridged: list[Message] = []
    for message in messages:
        if message["role"] == "user" and bridged and bridged[-1]["role"] == "tool":
            bridged.append({"role": "assistant", "content": BRIDGE})
        bridged.append(message)
    return bridged


def _join(first: object, second: object) -> object:
    if isinstance(first, list) or isinstance(second, list):
        return [*_parts(first), *_parts(second)]
    return f"{flatten(first)}\n\n{flatten(second)}"


def _parts(content: object) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": flatten(content)}]
