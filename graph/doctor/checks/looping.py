"""The second half of a turn: results go back, and what the messages must carry for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.doctor.bench import ONE_CALL, Bench, calls_message, details_of, made_up_call, result, tool, user
from graph.doctor.check import Check, Verdict

if TYPE_CHECKING:
    from graph.doctor.bench import Message
    from graph.doctor.wire import Seen

_CAP = 64
_FAULT = 500


def _first_turn(bench: Bench) -> tuple[Message, str]:
    """The assistant's message with its call, and the call's id; a made-up one where the model calls none."""
    if bench.call is not None and bench.call.reply is not None:
        return calls_message(bench.call), bench.call.reply.calls[0].id
    message = {**made_up_call(), "content": None}
    return message, message["tool_calls"][0]["id"]


def _ask(bench: Bench, message: Message, call_id: str, content: Any = None) -> Seen:
    answer = result(bench.code() if content is None else content, call_id)
    return bench.ask([user(ONE_CALL), message, answer], cap=_CAP, fields={"tools": [tool()]})


def _wants_reasoning(seen: Seen) -> bool:
    return seen.error is not None and "reasoning" in seen.words.lower()


def _loop(bench: Bench) -> Verdict:
    message, call_id = _first_turn(bench)
    seen = _ask(bench, message, call_id)
    if _wants_reasoning(seen):
        return Verdict("rejected", f"the reasoning of the call must come back: {seen.words}")
    facts: dict[str, Any] = {"assistant_content_with_calls": "null"}
    if seen.error is not None and seen.status < _FAULT:
        empty = _ask(bench, {**message, "content": ""}, call_id)
        if empty.error is not None:
            return Verdict("rejected", f"the tool's result is refused: {seen.words}")
        facts["assistant_content_with_calls"] = "empty"
        seen = empty
    if seen.error is not None:
        return Verdict("broken", f"the tool's result cannot be given back: {seen.words}")
    if bench.thinks and bench.call is not None and bench.call.reply and bench.call.reply.reasoning:
        facts["reasoning_echo"] = "never"
    if bench.code() in seen.text:
        return Verdict("honoured", "the result is read, as the answer has what only the tool knew", facts)
    said = "the answer lacks what the tool said; the model may not have read the result"
    return Verdict("inconclusive", f"{said}: {seen.text[:160]!r}", facts)


def _echo(bench: Bench) -> Verdict:
    """Which messages must carry their reasoning, and under which name; found by trying, whatever the refusal said."""
    if bench.outcomes.get("loop") != "rejected":
        return Verdict("skipped", "the loop works without reasoning in the history")
    message, call_id = _first_turn(bench)
    if details := details_of(bench.call.reply if bench.call else None):
        for content in (None, ""):
            if _ask(bench, {**message, "content": content, **details}, call_id).error is None:
                said = "messages with tool calls must carry their `reasoning_details`; Portolan sends them"
                held = "null" if content is None else "empty"
                return Verdict("rejected", said, {"reasoning_details": "always", "assistant_content_with_calls": held})
    reasoning = (bench.call and bench.call.reply and bench.call.reply.reasoning) or " "
    taken = next(
        (
            {**message, "content": content, name: reasoning}
            for content in (None, "")
            for name in ("reasoning_content", "reasoning")
            if _ask(bench, {**message, "content": content, name: reasoning}, call_id).error is None
        ),
        None,
    )
    if taken is None:
        return Verdict(
            "broken", "the loop is refused with its reasoning, too; switch thinking off (AGENT_THINKING=off)"
        )
    name = next(field for field in ("reasoning_content", "reasoning") if field in taken)
    second = bench.ask(
        [
            user(ONE_CALL),
            {**taken, name: " "},
            result(bench.code(), call_id),
            {"role": "assistant", "content": f"The code is {bench.code()}."},
            user("Repeat the code."),
        ],
        cap=_CAP,
        fields={"tools": [tool()]},
    )
    scope = "always" if second.error is not None and second.status < _FAULT else "tool_calls"
    facts = {
        "reasoning_echo": scope,
        "reasoning_echo_field": name,
        "reasoning_echo_placeholder": True,
        "assistant_content_with_calls": "null" if taken["content"] is None else "empty",
    }
    which = "every message of the assistant" if scope == "always" else "messages with tool calls"
    return Verdict("rejected", f"{which} must carry their reasoning, as `{name}`; Portolan sends it", facts)


def _parts(bench: Bench) -> Verdict:
    message, call_id = _first_turn(bench)
    in_tool = _ask(
        bench,
        bench.history(message, bench.call.reply if bench.call else None),
        call_id,
        [{"type": "text", "text": bench.code()}],
    )
    in_user = bench.ask([{"role": "user", "content": [{"type": "text", "text": _repeat(bench.code())}]}], cap=_CAP)
    facts: dict[str, Any] = {}
    said = []
    for flag, where, seen in (
        ("tool_content_parts", "a tool's result", in_tool),
        ("content_parts", "a user's message", in_user),
    ):
        if seen.error is not None:
            facts[flag] = False
            said.append(f"{where} may not be a list of parts: {seen.words}")
        elif bench.code() in seen.text:
            facts[flag] = True
        else:
            facts[flag] = False
            said.append(f"the text of a list of parts is not seen in {where}")
    if not said:
        return Verdict("honoured", "lists of text parts are read", facts)
    refused = any(seen.error is not None for seen in (in_tool, in_user))
    return Verdict("rejected" if refused else "ignored", "; ".join(said), facts)


def _repeat(code: str) -> str:
    return f"Repeat this code: {code}"


CHECKS = (
    Check(
        name="loop",
        title="Results go back",
        sends="the call as ChatOpenAI sends it back (content null, no reasoning), and a result that nobody can guess",
        expects="an answer with what the tool said",
        why="this is the agent's loop; templates and thinking models refuse what the plain stack sends",
        run=_loop,
        tokens=150,
        requests=2,
        decides=("assistant_content_with_calls", "reasoning_echo"),
        needs=("tools",),
    ),
    Check(
        name="reasoning-echo",
        title="Reasoning in the history",
        sends="only if the loop was refused: the same with the reasoning given back, then a second turn",
        expects="200",
        why="tells which remedy works: giving reasoning back, or thinking switched off",
        run=_echo,
        tokens=0,
        requests=7,
        decides=(
            "reasoning_echo",
            "reasoning_echo_field",
            "reasoning_echo_placeholder",
            "reasoning_details",
            "assistant_content_with_calls",
        ),
        needs=("tools",),
    ),
    Check(
        name="content-parts",
        title="Content as a list of parts",
        sends="a tool's result, and a user's message, as a list with one text",
        expects="an answer with that text",
        why="tools that come over MCP return lists",
        run=_parts,
        tokens=180,
        requests=2,
        full=True,
        decides=("tool_content_parts", "content_parts"),
        needs=("tools",),
    ),
)
