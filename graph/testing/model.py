"""What the emulated model says in one turn: the script's reply, under the request's terms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graph.testing.leaks import Leak, write_as_text
from graph.testing.provider import thinks
from graph.testing.script import Call

if TYPE_CHECKING:
    from graph.testing.provider import Behaviour, Provider
    from graph.testing.script import Reply

TOKEN = 4
"""Characters of a token, everywhere here."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it will be written down.

    `altered` says what of text and calls is otherwise than in the script, a sentence each; `unthought`, why its
    reasoning is not there.
    """

    text: str
    reasoning: str
    calls: tuple[Call, ...]
    finish_reason: str
    forced: bool
    usage: Mapping[str, Any]
    altered: tuple[str, ...] = ()
    unthought: str = ""


def tokens(value: object) -> int:
    """Count tokens: a quarter of the characters, rounded up."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return -(-len(text) // TOKEN)


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """Count the tokens of a request's messages and tools."""
    return tokens(body.get("messages", body.get("input", ""))) + tokens(body.get("tools") or "")


def argument_text(call: Call) -> str:
    """The arguments as the model wrote them."""
    if call.arguments is None:
        return ""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)


def calls_as_text(calls: Sequence[Call], leak: Leak, behind: str) -> str:
    """Calls in a convention of text, as they follow one; raw argument text that is no JSON object stands in its place.

    Args:
        calls: The calls.
        leak: The convention.
        behind: The text that they follow.
    """
    marks: dict[str, str] = {}
    named: list[tuple[str, Mapping[str, Any]]] = []
    for place, call in enumerate(calls):
        try:
            given = json.loads(argument_text(call) or "{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            marks[json.dumps({"raw": place})] = argument_text(call)
            given = {"raw": place}
        named.append((call.name, given))
    text = write_as_text(named, leak, behind)
    for mark, raw in marks.items():
        text = text.replace(mark, raw)
    return text


def _tool_names(body: Mapping[str, Any]) -> list[str]:
    """The tools' names, in the form of Chat Completions or of Responses."""
    return [tool.get("function", tool).get("name", "") for tool in body.get("tools") or ()]


def _named(choice: object) -> str | None:
    if not isinstance(choice, Mapping):
        return None
    name = choice.get("function", choice).get("name")
    return name if isinstance(name, str) else None


def _sample(schema: Mapping[str, Any]) -> Any:
    """The least value that a schema allows, roughly."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type", "object") == "object":
        wanted = schema.get("required", ())
        return {key: _sample(part) for key, part in schema.get("properties", {}).items() if key in wanted}
    return {"integer": 0, "number": 0, "boolean": False, "array": [], "null": None}.get(schema["type"], "")


def _made_up(name: str, body: Mapping[str, Any]) -> Call:
    """The call of a model that is forced to make one."""
    for tool in body.get("tools") or ():
        function = tool.get("function", tool)
        if function.get("name") == name:
            return Call(name, _sample(function.get("parameters") or {}))
    return Call(name)


def _chosen(
    reply: Reply, body: Mapping[str, Any], behaviour: Behaviour, altered: list[str]
) -> tuple[str, tuple[Call, ...], str | None]:
    """Text, calls, and how the calls were forced, as `tool_choice` and `parallel_tool_calls` have it."""
    choice, calls, text = body.get("tool_choice"), tuple(reply.calls), reply.text
    names, named, forced = _tool_names(body), _named(choice), None
    if choice == "none" and "none" in behaviour.obeys:
        if calls:
            how = "sent as text" if behaviour.none_leaks else "left out"
            altered.append(f"its calls were {how}, since the request has `tool_choice` none")
        leaked = calls_as_text(calls, behaviour.text_convention, text) if calls and behaviour.none_leaks else ""
        return text + leaked, (), None
    if named and "named" in behaviour.obeys:
        forced = "named"
        calls = tuple(call for call in calls if call.name == named) or (_made_up(named, body),)
    elif choice == "required" and "required" in behaviour.obeys:
        forced = "required"
        calls = calls or tuple(_made_up(name, body) for name in names[:1])
    if forced and (calls, "") != (tuple(reply.calls), text):
        altered.append(f"nothing but {_shown(calls)} was sent, since `tool_choice` forces a call ({named or choice})")
    wanted = body.get("parallel_tool_calls")
    parallel = behaviour.parallel_default if wanted is None or not behaviour.parallel_switch else wanted
    if not parallel and len(calls) > 1:
        why = "the request has `parallel_tool_calls` false"
        if wanted is None:
            why = "more than one needs `parallel_tool_calls` true here, which the request lacks"
        altered.append(f"only the first of its {len(calls)} calls was sent, since {why}")
    return ("" if forced else text), (calls if parallel else calls[:1]), forced


def _shown(calls: Sequence[Call]) -> str:
    return ", ".join(f"a call of {call.name!r}" for call in calls)


def _capped(
    text: str, calls: tuple[Call, ...], cap: int | None, behaviour: Behaviour
) -> tuple[str, tuple[Call, ...], bool]:
    """Text and calls that fit, and whether anything was cut."""
    if cap is None:
        return text, calls, False
    room = cap * TOKEN
    if len(text) > room:
        return text[:room], (), True
    room -= len(text)
    kept: list[Call] = []
    for call in calls:
        arguments = argument_text(call)
        if len(call.name) + len(arguments) <= room:
            room -= len(call.name) + len(arguments)
            kept.append(call)
            continue
        if behaviour.cut_call == "text":
            return text + calls_as_text([call], behaviour.text_convention, text)[:room], tuple(kept), True
        if room > len(call.name):
            kept.append(replace(call, arguments=arguments[: room - len(call.name)]))
        return text, tuple(kept), True
    return text, tuple(kept), False


def _cap(body: Mapping[str, Any], behaviour: Behaviour) -> int | None:
    caps = [body[name] for name in (*behaviour.caps, "max_output_tokens") if isinstance(body.get(name), int)]
    return min(caps, default=None)


def take_turn(reply: Reply, body: Mapping[str, Any], provider: Provider) -> Turn:
    """Say the reply under the request's terms.

    Heeds `tool_choice`, `parallel_tool_calls`, the token caps and the thinking switches as far as the provider does.
    """
    behaviour, altered = provider.behaviour, list[str]()
    text, calls, forced = _chosen(reply, body, behaviour, altered)
    leak = reply.leak or behaviour.leak
    if leak and calls:
        text, calls = text + calls_as_text(calls, leak, text), ()
    cap = _cap(body, behaviour)
    text, calls, cut = _capped(text, calls, cap, behaviour)
    if cut:
        altered.append(f"it was cut off, since the request has a cap of {cap} tokens")
    reasoning = reply.reasoning if thinks(body, behaviour) else ""
    unthought = "" if reasoning == reply.reasoning else "no reasoning, since the model does not think in this request"
    wire = provider.wire
    finish = {"named": wire.named_finish, "required": wire.required_finish}.get(forced or "", "tool_calls")
    finish = behaviour.cut_finish if cut else (finish if calls else "stop")
    prompt = prompt_tokens(body)
    if behaviour.cuts_prompt:
        prompt = min(prompt, provider.rules.limits.window)
    written = sum(tokens(part) for part in (text, reasoning)) + sum(
        tokens(call.name) + tokens(argument_text(call)) for call in calls
    )
    usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    finish = reply.finish_reason or finish
    return Turn(text, reasoning, calls, finish, forced is not None, reply.usage or usage, tuple(altered), unthought)
