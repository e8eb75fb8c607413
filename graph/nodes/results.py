"""What a tool gave or raised, as the one result of its call in the thread, and not longer than is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage, ToolMessage, convert_to_messages
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.types import Command, Send
from pydantic import ValidationError

from graph.channel import fold_messages
from graph.errors import PortolanError, faults_of
from graph.nodes.base import has_parent, read_thread
from graph.nodes.unfit import UNFIT
from tools.limits import DEFAULT_REST, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages.tool import ToolCall
    from langchain_core.runnables import RunnableConfig

NO_RESULT = "The tool ran and gave no result."
"""The result of a call whose tool gave none, such as a `Command` without a `ToolMessage`."""


def describe(error: BaseException, schema: str = "") -> str:
    """What the model is told of a tool that failed; `schema` is the name of its arguments' schema."""
    if isinstance(error, ToolInvocationError):  # the `ToolNode`'s
        return f"{UNFIT}: {faults_of(error.source)}. Correct them, call again."
    if isinstance(error, ValidationError) and error.title == schema:
        return f"{UNFIT}: {faults_of(error)}. Correct them, call again."
    said = ": ".join(filter(None, (type(error).__name__, _words_of(error).strip().rstrip("."))))
    return f"The tool failed: {said}. Correct the arguments and call it again, or go on without."


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - errors of SDKs that read a response which may not be there
        return ""


def as_update(output: Any, call: ToolCall, max_chars: int, *, direct: bool = False) -> Any:
    """What a tool gave, as an update of the thread that has one result of the call.

    Args:
        output: what the tool or the `ToolNode` gave for the call: messages, Commands, or both.
        call: the call.
        max_chars: the bound on the result's text, in characters.
        direct: the result is the user's answer, and not cut unless it is an error.
    """
    bound = None if direct else max_chars
    if isinstance(output, ToolMessage) and output.tool_call_id == call["id"]:
        return {"messages": [_cut(output, call, max_chars, bound)], "repair": None}
    given = [output] if isinstance(output, ToolMessage | Command | dict) else list(output)
    commands = [_normal(one) for one in given if isinstance(one, Command)]
    loose: list[BaseMessage] = []
    for one in given:
        if not isinstance(one, Command):
            loose += one["messages"] if isinstance(one, dict) else [one]  # a dict: the `ToolNode`'s form
    written = [loose, *(_messages_of(one) for one in commands)]
    here = [True, *(one.graph is None for one in commands)]
    written = [_answering(part, call) if own else part for part, own in zip(written, here, strict=True)]
    written = _as_one(written, here, call)
    written = [[_cut(one, call, max_chars, bound) for one in part] for part in written]
    commands = [_with(one, part) for one, part in zip(commands, written[1:], strict=True)]
    messages = written[0]
    if not _answers(messages, call) and not any(_settles(one, call) for one in commands):
        messages = [*messages, ToolMessage(NO_RESULT, tool_call_id=call["id"], name=call["name"])]
    update = {"messages": messages, "repair": None}
    return [update, *commands] if commands else update


def check_commands(update: Any, config: RunnableConfig) -> None:
    """Refuse Commands that cannot be carried out: LangGraph would end the run by them, once the task is over.

    Args:
        update: what `as_update` gave.
        config: the task's.

    Raises:
        PortolanError: one is for the parent graph, and there is none.
        ValueError: a message that is not there is to be removed.
    """
    if not isinstance(update, list):
        return
    commands = [one for one in update if isinstance(one, Command)]
    if any(one.graph == Command.PARENT for one in commands) and not has_parent(config):
        msg = "its Command is for a parent graph (`Command.PARENT`), and this agent runs on its own"
        raise PortolanError(msg, remedy="It is for an agent that is a node of another graph.")
    written = [_messages_of(one) for one in commands if one.graph is None]
    if any(isinstance(one, RemoveMessage) for part in written for one in part):
        fold_messages(read_thread(config), [update[0]["messages"], *written])


def _normal(command: Command[Any]) -> Command[Any]:
    """The Command with a dict as its update, if it can be one, and without a way to the tools.

    The edges run whatever call is open. A second way there would run it while the model is told that it did not run.
    """
    if command.graph is not None:
        return command
    goto = command.goto if isinstance(command.goto, list | tuple) else [command.goto]
    on = [to for to in goto if (to.node if isinstance(to, Send) else to) != "tools"]
    return replace(command, update=_as_dict(command.update), goto=command.goto if len(on) == len(goto) else on)


def _as_dict(update: Any) -> Any:
    """What LangGraph takes for an update as a dict, and messages alone, which it drops."""
    given = [update] if isinstance(update, BaseMessage) else update
    if not isinstance(given, list | tuple) or not given:
        return update
    if all(isinstance(one, BaseMessage) for one in given):
        return {"messages": list(given)}
    if all(isinstance(one, tuple) and len(one) == len(("key", "value")) for one in given):
        values = dict(given)
        if "messages" in values:
            values["messages"] = [one for key, value in given if key == "messages" for one in _listed(value)]
        return values
    return update


def _listed(messages: Any) -> list[Any]:
    return messages if isinstance(messages, list) else [messages]


def _is_result(message: BaseMessage, call: ToolCall) -> TypeGuard[ToolMessage]:
    return isinstance(message, ToolMessage) and message.tool_call_id == call["id"]


def _answers(messages: Sequence[BaseMessage], call: ToolCall) -> bool:
    return any(_is_result(one, call) for one in messages)


def _answering(messages: list[BaseMessage], call: ToolCall) -> list[BaseMessage]:
    """The messages, with the results in them taken as the call's if none is and they are of no other call there.

    A tool that has no way to know the id of its call has to make one up.
    """
    if _answers(messages, call):
        return messages
    beside = {one["id"] for message in messages if isinstance(message, AIMessage) for one in message.tool_calls}
    changed = {"tool_call_id": call["id"], "name": call["name"]}
    return [
        one.model_copy(update=changed) if isinstance(one, ToolMessage) and one.tool_call_id not in beside else one
        for one in messages
    ]


def _as_one(written: list[list[BaseMessage]], here: list[bool], call: ToolCall) -> list[list[BaseMessage]]:
    """What the tool writes, with several results of the call that go to this graph made one, where the first stands."""
    parts = [part for part, own in zip(written, here, strict=True) if own]
    results = [one for part in parts for one in part if _is_result(one, call)]
    if len(results) < len(("one", "another")):
        return written
    first, *rest = results
    changed = {
        "content": _joined([one.content for one in results]),
        "status": "error" if any(one.status == "error" for one in results) else first.status,
        "artifact": [one.artifact for one in results],
    }
    whole, others = first.model_copy(update=changed), {id(one) for one in rest}
    return [
        [whole if one is first else one for one in part if id(one) not in others] if own else part
        for part, own in zip(written, here, strict=True)
    ]


def _joined(contents: Sequence[str | list[Any]]) -> str | list[Any]:
    if all(isinstance(one, str) for one in contents):
        return "\n".join(map(str, contents))
    return [block for one in contents for block in ([{"type": "text", "text": one}] if isinstance(one, str) else one)]


def _messages_of(command: Command[Any]) -> list[BaseMessage]:
    given = command.update.get("messages", []) if isinstance(command.update, dict) else []
    return convert_to_messages(_listed(given))


def _with(command: Command[Any], messages: list[BaseMessage]) -> Command[Any]:
    if not isinstance(command.update, dict) or "messages" not in command.update:
        return command
    return replace(command, update={**command.update, "messages": messages})


def _settles(command: Command[Any], call: ToolCall) -> bool:
    """Whether the call needs no result beside the Command: it has one, leaves this graph, or empties the thread."""
    if command.graph is not None or not isinstance(command.update, dict | list | tuple | str | None):
        return True  # an object with fields is the tool's own affair
    messages = _messages_of(command)
    emptied = any(isinstance(one, RemoveMessage) and one.id == REMOVE_ALL_MESSAGES for one in messages)
    return emptied or _answers(messages, call)


def _cut(message: BaseMessage, call: ToolCall, max_chars: int, bound: int | None) -> BaseMessage:
    """The message, cut if it is the call's result and longer than that; images and artifacts stay as they are."""
    if not _is_result(message, call):
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
