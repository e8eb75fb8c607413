"""Rules about a request's messages. Each check gives the facts of the breach, or None."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from graph.testing.chat import SIGNATURE
from graph.testing.checks_parameters import Body, Check, Facts, when
from graph.testing.provider import Provider, thinks

if TYPE_CHECKING:
    Message = Mapping[str, Any]
    MessageCheck = Callable[[Message, Provider], Facts]
    CallCheck = Callable[[Mapping[str, Any]], object]


def _messages(body: Body) -> list[Message]:
    return [message if isinstance(message, Mapping) else {} for message in body.get("messages") or ()]


def _calls(message: Message) -> list[Mapping[str, Any]]:
    return list(message.get("tool_calls") or ())


def _each(check: MessageCheck) -> Check:
    """Apply a check to each message; the facts say which one."""

    def look(body: Body, provider: Provider) -> Facts:
        for place, message in enumerate(_messages(body)):
            if (facts := check(message, provider)) is not None:
                return {"place": place, "role": message.get("role"), **facts}
        return None

    return look


def _each_call(broken: CallCheck) -> Check:
    """Apply a check to each call of each message."""

    def look(message: Message, _: Provider) -> Facts:
        for number, call in enumerate(_calls(message)):
            if broken(call):
                return {"number": number, "id": call.get("id"), "tool": _function(call).get("name")}
        return None

    return _each(look)


def _function(call: Mapping[str, Any]) -> Mapping[str, Any]:
    return call.get("function") or {}


def _no_object(call: Mapping[str, Any]) -> bool:
    text = _function(call).get("arguments")
    if not isinstance(text, str):
        return False
    try:
        return not isinstance(json.loads(text), dict)
    except ValueError:
        return True


def _late_system(body: Body, _: Provider) -> Facts:
    for place, message in enumerate(_messages(body)):
        if place and message.get("role") in ("system", "developer"):
            return {"place": place}
    return None


def _image(message: Message, _: Provider) -> Facts:
    content = message.get("content")
    return when(isinstance(content, list) and any(part.get("type") != "text" for part in content))


def _duplicates(message: Message, _: Provider) -> Facts:
    ids = [call.get("id") for call in _calls(message)]
    return when(len(set(ids)) < len(ids), id=ids[0] if ids else None)


def _empty(message: Message, _: Provider) -> Facts:
    said = message.get("content") or _calls(message) or message.get("function_call")
    return when(message.get("role") == "assistant" and not said)


def _pairing(body: Body) -> Iterator[tuple[str, Facts]]:
    """Walk through the messages; say what is out of its place: ("orphan" or "unanswered", facts)."""
    waiting: list[str] = []
    place = asked = 0
    for place, message in enumerate(_messages(body)):
        if message.get("role") == "tool":
            answered = str(message.get("tool_call_id"))
            if answered not in waiting:
                yield "orphan", {"place": place, "id": answered}
            else:
                waiting.remove(answered)
            continue
        if waiting:
            yield "unanswered", {"place": asked, "next": place, "ids": ", ".join(waiting)}
        waiting, asked = [str(call.get("id")) for call in _calls(message)], place
    if waiting:
        yield "unanswered", {"place": asked, "next": place, "ids": ", ".join(waiting)}


def _paired(kind: str) -> Check:
    return lambda body, _: next((facts for found, facts in _pairing(body) if found == kind), None)


def _turns(messages: list[Message]) -> Iterator[list[tuple[int, Message]]]:
    """The assistant messages, with their places, between one user message and the next."""
    turn: list[tuple[int, Message]] = []
    for place, message in enumerate(messages):
        if message.get("role") == "user":
            yield turn
            turn = []
        elif message.get("role") == "assistant":
            turn.append((place, message))
    yield turn


def _reasoning_missing(body: Body, provider: Provider) -> Facts:
    if not thinks(body, provider.behaviour):
        return None
    limits = provider.rules.limits
    for turn in _turns(_messages(body)):
        called = any(_calls(message) for _, message in turn)
        wanted = {"calls": False, "turns": called, "all": True}[limits.reasoning_scope]
        for place, message in turn:
            given = any(isinstance(message.get(key), str) for key in limits.reasoning_keys)
            if (wanted or _calls(message)) and not given:
                return {"place": place}
    return None


def _out_of_turn(body: Body, _: Provider) -> Facts:
    """As templates of Mistral count: calls and results are passed over, and the user begins."""
    turns = [
        (place, message.get("role"))
        for place, message in enumerate(_messages(body))
        if message.get("role") == "user" or (message.get("role") == "assistant" and not _calls(message))
    ]
    for number, (place, role) in enumerate(turns):
        if (role == "user") != (number % 2 == 0):
            return {"place": place, "role": role}
    return None


def _user_after_tool(body: Body, _: Provider) -> Facts:
    roles = [message.get("role") for message in _messages(body)]
    return next(
        ({"place": place} for place, pair in enumerate(pairwise(roles), 1) if pair == ("tool", "user")),
        None,
    )


def _call_id_form(message: Message, provider: Provider) -> Facts:
    ids = [call.get("id") for call in _calls(message)]
    ids += [message.get("tool_call_id")] if message.get("role") == "tool" else []
    wrong = [one for one in ids if not re.fullmatch(provider.rules.limits.call_ids, str(one))]
    return {"id": wrong[0]} if wrong else None


def _signature_missing(message: Message, _: Provider) -> Facts:
    calls, details = _calls(message), message.get("reasoning_details")
    if not calls:
        return None
    signed = {one.get("id"): str(one.get("data")) for one in details} if isinstance(details, list) else {}
    made_here = signed.get(calls[0].get("id"), "").startswith(SIGNATURE)
    return when(not made_here, tool=_function(calls[0]).get("name"))


MESSAGE_CHECKS: tuple[tuple[str, Check], ...] = (
    (
        "unknown_role",
        _each(lambda message, provider: when(message.get("role") not in provider.rules.limits.roles)),
    ),
    ("late_system", _late_system),
    ("alternation", _out_of_turn),
    ("user_after_tool", _user_after_tool),
    ("no_user", lambda body, _: when(all(message.get("role") != "user" for message in _messages(body)))),
    ("content_missing", _each(lambda message, _: when(_calls(message) and "content" not in message))),
    ("content_null", _each(lambda message, _: when(_calls(message) and message.get("content") is None))),
    ("image", _each(_image)),
    (
        "tool_content_list",
        _each(lambda message, _: when(message.get("role") == "tool" and isinstance(message.get("content"), list))),
    ),
    ("content_list", _each(lambda message, _: when(isinstance(message.get("content"), list)))),
    ("empty_tool_calls", _each(lambda message, _: when(message.get("tool_calls") == []))),
    ("empty_assistant", _each(_empty)),
    ("arguments_missing", _each_call(lambda call: _function(call).get("arguments") is None)),
    ("arguments_type", _each_call(lambda call: not isinstance(_function(call).get("arguments"), str))),
    ("arguments_not_json", _each_call(_no_object)),
    ("empty_call_id", _each_call(lambda call: not call.get("id"))),
    ("call_id_form", _each(_call_id_form)),
    ("duplicate_call_id", _each(_duplicates)),
    ("orphan_result", _paired("orphan")),
    ("unanswered_call", _paired("unanswered")),
    ("reasoning_missing", _reasoning_missing),
    ("signature_missing", _each(_signature_missing)),
    (
        "reasoning_unknown",
        _each(
            lambda message, provider: when(
                any(key in message for key in ("reasoning", *provider.rules.limits.reasoning_keys))
            )
        ),
    ),
)
"""Rule, and how to see that it is broken."""
