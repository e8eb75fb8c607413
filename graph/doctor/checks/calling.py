"""Tool calls: whether they come, in which form, several at once, without arguments, and with difficult ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from graph.doctor.bench import ONE_CALL, TWO_CALLS, Bench, calls_message, result, tool, user
from graph.doctor.check import Check, Verdict
from graph.doctor.shapes import call_oddities, plain_stack_calls

if TYPE_CHECKING:
    from graph.doctor.wire import Seen

CALL_CAP: Final = 160
_TRIES: Final = 3
_SERVER_FLAGS: Final = ("--enable-auto-tool-choice", "--tool-call-parser", "--jinja")
DIFFICULT: Final = {"note": '城市 🧭 "quoted"\nsecond line', "tags": ["a", "b"], "place": {"lat": 48.85, "ok": True}}


def _calls(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, call.args) for call in seen.reply.calls] if seen.reply else []


def _is_right(seen: Seen) -> bool:
    return ("get_code", {"city": "Paris"}) in _calls(seen)


def refused_for_server(words: str) -> str | None:
    """The flag that the server lacks, where the refusal names one."""
    return next((flag for flag in _SERVER_FLAGS if flag in words), None)


def _tools(bench: Bench) -> Verdict:
    """One call, tried up to three times: a model may not feel like it."""
    fields = {"tools": [tool()]}
    right = leaked = tries = 0
    for tries in range(1, _TRIES + 1):
        seen = bench.ask(ONE_CALL, cap=CALL_CAP, fields=fields)
        if seen.error is not None:
            return _refused(seen)
        if _is_right(seen):
            bench.call = seen
            leaked += bool(seen.reply and seen.reply.recovered)
            right += 1
        if right == tries == 1:
            break
    facts: dict[str, Any] = {
        "tools": True,
        "tools_need_reasoning_effort_none": bench.effective.profile.tools_need_reasoning_effort_none,
    }
    if leaked:
        said = "calls come as text in the answer; Portolan recovers them, other clients show them to the user"
        return Verdict("broken", said, {**facts, "leaks_tool_calls": True}, (f"it came as: {seen.content[:200]}",))
    if not right:
        reply = seen.reply
        why = reply.why if reply and reply.fault else f"the model answered {seen.text[:120]!r}"
        return Verdict("inconclusive", f"no tool call in {tries} tries: {why}", {"tools": True})
    facts["leaks_tool_calls"] = False
    if right < tries:
        return Verdict("flaky", f"{right} of {tries} tries gave the call", facts)
    return Verdict("honoured", "the tool is called, with an id and arguments that are whole", facts, _odd(seen))


def _odd(seen: Seen) -> tuple[str, ...]:
    finish = seen.finish_reasons[-1:] or ["none"]
    return () if finish[0] == "tool_calls" else (f"the finish reason beside the call is {finish[0]}",)


def _refused(seen: Seen) -> Verdict:
    if flag := refused_for_server(seen.words):
        said = f"tools are refused until the server is started with {flag}: {seen.words}"
        return Verdict("rejected", said)
    if "tool" in seen.words.lower():
        return Verdict("rejected", f"tools are refused: {seen.words}", {"tools": False})
    return Verdict("broken", f"a request with a tool fails: {seen.words}")


def _streamed(bench: Bench) -> Verdict:
    if bench.effective.profile.serves == "plain_only":
        return Verdict("skipped", "only plain requests are served")
    seen = bench.call if bench.call and bench.call.streamed else None
    seen = seen or bench.ask(ONE_CALL, cap=CALL_CAP, stream=True, fields={"tools": [tool()]})
    if seen.error is not None:
        return Verdict("broken", f"a stream with a tool fails: {seen.words}")
    if not seen.streamed:
        return Verdict("rejected", "a stream with a tool is refused, a plain request with it is served")
    return _merged(bench, seen)


def _merged(bench: Bench, seen: Seen) -> Verdict:
    """Put together by index, and as LangChain merges the chunks."""
    if not _is_right(seen):
        return Verdict("inconclusive", f"no whole call came: {(seen.reply and seen.reply.why) or seen.text[:120]!r}")
    bench.call = seen
    oddities = tuple(call_oddities(seen))
    if seen.reply and seen.reply.recovered:
        return Verdict("broken", "the call comes as text in the stream", {"leaks_tool_calls": True}, oddities)
    plain = plain_stack_calls(seen)
    if plain != [("get_code", {"city": "Paris"})]:
        said = f"LangChain's merge of the chunks makes {plain or 'an error'} of the call; Portolan reads it right"
        return Verdict("broken", said, details=oddities)
    return Verdict("honoured", "put together by index, the call is whole", details=oddities)


def _cities(seen: Seen) -> set[str]:
    return {str(given.get("city")) for _, given in _calls(seen)}


def _parallel(bench: Bench) -> Verdict:
    """Both calls, and both results; the field `parallel_tool_calls` rides on whichever request comes second."""
    fields: dict[str, Any] = {"tools": [tool()]}
    wanted = {"Paris", "Rome"}
    seen = bench.ask(TWO_CALLS, cap=2 * CALL_CAP, fields=fields)
    if seen.error is not None:
        return Verdict("broken", f"fails: {seen.words}")
    if _cities(seen) == wanted:
        return _answered(bench, seen, {"parallel_tool_calls_default": True})
    asked = bench.ask(TWO_CALLS, cap=2 * CALL_CAP, fields={**fields, "parallel_tool_calls": True})
    if asked.error is not None:
        said = f"`parallel_tool_calls` is refused: {asked.words}"
        return Verdict("rejected", said, {"parallel_tool_calls_parameter": False})
    facts: dict[str, Any] = {"parallel_tool_calls_parameter": True}
    if _cities(asked) != wanted:
        return Verdict("inconclusive", "one call at a time came; the model may not be able to", facts)
    return _answered(bench, asked, {**facts, "parallel_tool_calls_default": False})


def _answered(bench: Bench, both: Seen, facts: dict[str, Any]) -> Verdict:
    """Give both results back."""
    calls = both.reply.calls if both.reply else ()
    if len({call.id for call in calls}) < len(calls):
        return Verdict("broken", "two calls of one reply share an id", facts)
    results = [result(bench.code(call.args["city"]), call.id) for call in calls]
    history = [
        user(TWO_CALLS),
        bench.history(calls_message(both), both.reply),
        *results,
    ]
    fields: dict[str, Any] = {"tools": [tool()]}
    answered = bench.ask(history, cap=64, fields={**fields, "parallel_tool_calls": True})
    refused = answered.words
    if answered.error is not None:
        answered = bench.ask(history, cap=64, fields=fields)
        if answered.error is not None:
            return Verdict("broken", f"two results are refused: {answered.words}", facts)
        facts["parallel_tool_calls_parameter"] = False
        return Verdict("rejected", f"several calls come; `parallel_tool_calls` is refused: {refused}", facts)
    facts["parallel_tool_calls_parameter"] = True
    plain = plain_stack_calls(both) if both.streamed and not (both.reply and both.reply.recovered) else None
    lost = plain is not None and len(plain) != len(calls)
    odd = ("LangChain's merge of the chunks does not find both of them",) if lost else ()
    if not facts["parallel_tool_calls_default"]:
        said = "several calls come in one reply only with `parallel_tool_calls: true`"
        return Verdict("ignored", said, facts, odd)
    return Verdict("honoured", "several calls come in one reply, and their results are accepted", facts, odd)


def _fields(bench: Bench) -> Verdict:
    """What a tool may be called, and whether it may be strict."""
    facts: dict[str, Any] = {}
    strict = tool()
    strict["function"] |= {
        "strict": True,
        "parameters": strict["function"]["parameters"] | {"additionalProperties": False},
    }
    found = []
    seen = bench.ask(ONE_CALL, cap=CALL_CAP, fields={"tools": [strict]})
    facts["strict_tools"] = seen.error is None
    if seen.error is not None:
        found.append(f"`strict` is refused: {seen.words}")
    named = bench.ask(PLAIN_SEARCH, cap=8, fields={"tools": [tool("search", query={"type": "string"})]})
    if named.error is not None:
        facts["forbidden_tool_names"] = frozenset({"search"})
        found.append(f"a tool may not be called `search`: {named.words}")
    if found:
        return Verdict("rejected", "; ".join(found), facts)
    return Verdict("honoured", "`strict` is accepted, and a tool may be called `search`", facts)


PLAIN_SEARCH: Final = "Reply with the one word OK. Do not use the tool."


def _no_arguments(bench: Bench) -> Verdict:
    clock = tool("get_time", x={})
    clock["function"]["parameters"] = {"type": "object", "properties": {}}
    seen = bench.ask("What time is it? Use the tool get_time.", cap=CALL_CAP, fields={"tools": [clock]})
    if seen.error is not None:
        return Verdict("broken", f"a tool without parameters is refused: {seen.words}")
    if _calls(seen) == [("get_time", {})]:
        return Verdict("honoured", "a call without arguments is whole")
    if seen.reply and seen.reply.broken:
        return Verdict("broken", f"the call without arguments is {seen.reply.broken[0].arguments!r}")
    return Verdict("inconclusive", f"the model did not call it: {seen.text[:120]!r}")


def _difficult(bench: Bench) -> Verdict:
    types = {"note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}
    place = {"type": "object", "properties": {"lat": {"type": "number"}, "ok": {"type": "boolean"}}}
    fields = {"tools": [tool("save_note", **types, place=place)]}
    prompt = f"Call save_note with exactly these arguments: {json.dumps(DIFFICULT, ensure_ascii=False)}"
    seen = bench.ask(prompt, cap=2 * CALL_CAP, stream=True, fields=fields)
    if seen.error is not None:
        return Verdict("broken", f"fails: {seen.words}")
    calls = _calls(seen)
    if calls == [("save_note", DIFFICULT)]:
        return Verdict("honoured", "Chinese, an emoji, quotes, a line break, a list and an object come through")
    if seen.reply and seen.reply.broken:
        return Verdict("broken", f"the arguments are no JSON: {seen.reply.broken[0].arguments[:200]!r}")
    if not calls:
        return Verdict("inconclusive", f"the model did not call it: {seen.text[:120]!r}")
    wrong = [name for name, value in DIFFICULT.items() if type(calls[0][1].get(name)) is not type(value)]
    if wrong:
        return Verdict("broken", f"{', '.join(wrong)} came as another type: {calls[0][1]!r}")
    return Verdict("inconclusive", f"the model wrote something else: {calls[0][1]!r}")


CHECKS = (
    Check(
        name="tools",
        title="Function calling",
        sends="one tool and a question that needs it",
        expects="a call with an id, the exact name and arguments that are JSON text; no markup in the answer",
        why="without this there is no agent; servers without the fitting parser leave the call in the answer's text",
        run=_tools,
        tokens=80,
        requests=3,
        decides=("tools", "leaks_tool_calls", "tools_need_reasoning_effort_none", "serves", "thinking_needs_stream"),
        needs=("chat",),
    ),
    Check(
        name="streamed-tools",
        title="Streamed calls",
        sends="the same as a stream",
        expects="put together by index and by LangChain's merge, the same call",
        why="repeated names, missing indexes and changing ids make LangChain lose or double what the model said",
        run=_streamed,
        tokens=80,
        decides=("leaks_tool_calls", "serves"),
        needs=("tools",),
    ),
    Check(
        name="parallel",
        title="Parallel calls",
        sends="a question that needs two calls, and both results, once of it with `parallel_tool_calls`",
        expects="two calls with ids of their own, and an answer",
        why="half of what an agent does in one turn is lost where calls are merged, or needs twice the turns",
        run=_parallel,
        tokens=300,
        requests=3,
        decides=("parallel_tool_calls_parameter", "parallel_tool_calls_default"),
        needs=("tools",),
    ),
    Check(
        name="tool-fields",
        title="Fields of a tool",
        sends="a tool that says `strict`, and one that is called `search`",
        expects="both are accepted",
        why="one tool that is refused makes every request of the agent fail",
        run=_fields,
        tokens=170,
        requests=2,
        full=True,
        decides=("strict_tools", "forbidden_tool_names"),
        needs=("tools",),
    ),
    Check(
        name="no-arguments",
        title="A tool without parameters",
        sends="a tool that takes nothing",
        expects='arguments of "{}" or nothing',
        why='"null" or no arguments at all stop careless clients',
        run=_no_arguments,
        tokens=60,
        full=True,
        needs=("tools",),
    ),
    Check(
        name="difficult-arguments",
        title="Unicode and nested arguments",
        sends="a call with Chinese, an emoji, quotes, a line break, a list and an object, streamed",
        expects="the same values",
        why="split characters and double encoding change what a tool is told",
        run=_difficult,
        tokens=170,
        full=True,
        needs=("tools",),
    ),
)
