"""What a tool gave or raised, as the one result of its call in the thread, and not longer than is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, RemoveMessage, ToolMessage, convert_to_messages
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.types import Command
from pydantic import ValidationError

from graph.errors import faults_of
from tools.limits import DEFAULT_REST, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.messages.tool import ToolCall

NO_RESULT = "The tool ran and gave no result."
"""The result of a call whose tool gave none, such as a `Command` without a `ToolMessage`."""


def describe(error: BaseException, schema: str = "") -> str:
    """What the model is told of a tool that failed; `schema` is the name of its arguments' schema."""
    if isinstance(error, ValidationError) and error.title == schema:
        faults = faults_of(error)
        return f"The tool did not run, since the arguments do not fit its schema: {faults}. Correct them, call again."
    said = ": ".join(filter(None, (type(error).__name__, _words_of(error).strip().rstrip("."))))
    return f"The tool failed: {said}. Correct the arguments and call it again, or go on without."


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - errors of SDKs that read a response which may not be there
        return ""


def as_update(output: Any, call: ToolCall, max_chars: int, *, direct: bool = False) -> Any:
    """What a tool gave, as an update of the thread that has a result of the call.

    Args:
        output: what the tool or the `ToolNode` gave for the call: messages, Commands, or both.
        call: the call.
        max_chars: the bound on the result's text, in characters.
        direct: the result is the user's answer, and not cut unless it is an error.
    """
    given = [output] if isinstance(output, ToolMessage | Command | dict) else list(output)
    commands = [one for one in given if isinstance(one, Command)]
    messages: list[BaseMessage] = []
    for one in given:
        if not isinstance(one, Command):
            messages += one["messages"] if isinstance(one, dict) else [one]  # a dict: the `ToolNode`'s form
    bound = None if direct else max_chars
    messages = _answering(messages, call)
    commands = [_with_result(one, call, max_chars, bound) for one in commands]
    if not _answers(messages, call) and not any(_settles(one, call) for one in commands):
        messages = [*messages, ToolMessage(NO_RESULT, tool_call_id=call["id"], name=call["name"])]
    update = {"messages": [_cut(one, call, max_chars, bound) for one in messages], "repair": None}
    return [update, *commands] if commands else update


def _answers(messages: Sequence[BaseMessage], call: ToolCall) -> bool:
    return any(isinstance(one, ToolMessage) and one.tool_call_id == call["id"] for one in messages)


def _answering(messages: list[BaseMessage], call: ToolCall) -> list[BaseMessage]:
    """The messages, with the results in them taken as the call's if none is and they are of no other call there.

    A tool that has no way to know the id of its call has to make one up.
    """
    beside = {one["id"] for message in messages if isinstance(message, AIMessage) for one in message.tool_calls}
    own = [one for one in messages if isinstance(one, ToolMessage) and one.tool_call_id not in beside]
    if not own or _answers(messages, call):
        return messages
    first = own[0]
    changed: dict[str, Any] = {"tool_call_id": call["id"], "name": call["name"]}
    if own[1:]:
        changed["content"] = _joined([one.content for one in own])
        changed["status"] = "error" if any(one.status == "error" for one in own) else first.status
        changed["artifact"] = [one.artifact for one in own]
    taken = first.model_copy(update=changed)
    rest = {id(one) for one in own[1:]}
    return [taken if one is first else one for one in messages if id(one) not in rest]


def _joined(contents: Sequence[str | list[Any]]) -> str | list[Any]:
    if all(isinstance(one, str) for one in contents):
        return "\n".join(map(str, contents))
    return [block for one in contents for block in ([{"type": "text", "text": one}] if isinstance(one, str) else one)]


def _messages_of(command: Command[Any]) -> list[BaseMessage]:
    given = command.update.get("messages", []) if isinstance(command.update, dict) else []
    return convert_to_messages(given if isinstance(given, list) else [given])


def _with_result(command: Command[Any], call: ToolCall, max_chars: int, bound: int | None) -> Command[Any]:
    """The Command, with the result in its messages, if there is one, as the call's and cut."""
    if not isinstance(command.update, dict) or "messages" not in command.update:
        return command
    messages = _messages_of(command)
    if command.graph is None:
        messages = _answering(messages, call)
    messages = [_cut(one, call, max_chars, bound) for one in messages]
    return replace(command, update={**command.update, "messages": messages})


def _settles(command: Command[Any], call: ToolCall) -> bool:
    """Whether the call needs no result beside the Command: it has one, leaves this graph, or empties the thread."""
    if command.graph is not None or not isinstance(command.update, dict | None):
        return True
    messages = _messages_of(command)
    emptied = any(isinstance(one, RemoveMessage) and one.id == REMOVE_ALL_MESSAGES for one in messages)
    return emptied or _answers(messages, call)


def _cut(message: BaseMessage, call: ToolCall, max_chars: int, bound: int | None) -> BaseMessage:
    """The message, cut if it is the call's result and longer than that; images and artifacts stay as they are."""
    if not isinstance(message, ToolMessage) or message.tool_call_id != call["id"]:
        return message
    failed = message.status == "error"
    most = max_chars if failed else bound
    if most is None:
        return message
    rest = "" if failed else DEFAULT_REST
    content = message.content
    cut = clip(content, most, rest) if isinstance(content, str) else _cut_blocks(content, most, rest)
    return message if cut is content else message.model_copy(update={"content": cut})


def _cut_blocks(blocks: list[Any], max_chars: int, rest: str) -> list[Any]:
    """Blocks whose texts have at most so many characters in total, the note behind the last one included."""
    whole = "".join(_text_of(block) or "" for block in blocks)
    if len(whole) <= max_chars:
        return blocks
    clipped = clip(whole, max_chars, rest)
    kept = clipped.rindex("\n[")  # where the note begins
    text, note = clipped[:kept], clipped[kept:]
    cut: list[Any] = []
    for block in blocks:
        own = _text_of(block)
        if own is None:
            cut.append(block)
        elif note:  # the note is behind what was kept, and nothing is behind the note
            part, text = text[: len(own)], text[len(own) :]
            if not text:
                part, note = part + note, ""
            cut.append(part if isinstance(block, str) else {**block, "text": part})
    return cut


def _text_of(block: Any) -> str | None:
    if isinstance(block, dict) and isinstance(block.get("text"), str):
        return str(block["text"])
    return block if isinstance(block, str) else None
