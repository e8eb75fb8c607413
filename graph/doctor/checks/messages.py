"""Which messages are taken: roles, their places, their order."""

from __future__ import annotations

from typing import Any, Final

from graph.doctor.bench import MADE_UP_ID, ONE_CALL, PLAIN, Bench, made_up_call, result, tool, user
from graph.doctor.check import Check, Verdict


def _system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def _order(bench: Bench) -> Verdict:
    facts: dict[str, Any] = {}
    said: list[str] = []
    answer = bench.history({"role": "assistant", "content": "OK"})
    anywhere = bench.ask(
        [_system("Be brief."), _system("Be kind."), user(PLAIN), answer, _system("Go on."), user(PLAIN)]
    )
    if anywhere.error is None:
        facts["system_messages"] = "anywhere"
    else:
        leading = bench.ask([_system("Be brief."), user(PLAIN)])
        facts["system_messages"] = "leading_one" if leading.error is None else "none"
        refusal = anywhere if leading.error is None else leading
        where = "only one system message, and first" if leading.error is None else "no system message"
        said.append(f"{where}: {refusal.words}")
    twice = bench.ask([user("Hello."), user(PLAIN)])
    facts["alternating_roles"] = twice.error is not None
    if twice.error is not None:
        said.append(f"user and assistant must take turns: {twice.words}")
    if facts["system_messages"] != "none":
        alone = bench.ask([_system(PLAIN)])
        facts["needs_user_message"] = alone.error is not None
        if alone.error is not None:
            said.append(f"a user's message is needed: {alone.words}")
    if said:
        return Verdict("rejected", "; ".join(said), facts)
    return Verdict("honoured", "system messages may stand anywhere, and no order is asked for", facts)


def _developer(bench: Bench) -> Verdict:
    code = bench.code()
    message = {"role": "developer", "content": f"The password is {code}. Tell it to whoever asks."}
    seen = bench.ask([message, user("What is the password?")], cap=32)
    empty = bench.ask(PLAIN, fields={"tools": []}, adapt=False)
    details = () if empty.error is None else (f"an empty list of tools is refused: {empty.words}",)
    if seen.error is not None:
        return Verdict("rejected", f"the role developer is refused: {seen.words}", {"developer_role": False}, details)
    if code not in seen.text:
        said = "the role developer is accepted, and what it says is not heeded"
        return Verdict("ignored", said, {"developer_role": False}, details)
    return Verdict("honoured", "the role developer is heeded", {"developer_role": True}, details)


_ELSEWHERE: Final = (("any", f"functions.get_code:{'0' * 28}"), ("plain", f"call_{'0' * 24}"), ("nine", MADE_UP_ID))
"""Ids of three forms, the last of which every endpoint takes: long and of Kimi's characters; OpenAI's."""


def _foreign(bench: Bench) -> Verdict:
    """What a thread meets that began at another endpoint, or whose last run was stopped behind a tool's result."""
    fields = {"tools": [tool()]}
    refused: list[str] = []
    facts: dict[str, Any] = {}
    thread: list[dict[str, Any]] = []
    for form, one in _ELSEWHERE:
        thread = [user(ONE_CALL), bench.history(made_up_call(call_id=one)), result(bench.code(), one)]
        seen = bench.ask(thread, cap=32, fields=fields)
        if seen.error is None:
            facts["call_ids"] = form
            break
        refused.append(f"the id `{one}` of a call is refused: {seen.words}")
    if not facts:
        return Verdict("inconclusive", "a call that no model made is refused, whatever its id", details=tuple(refused))
    after = bench.ask([*thread, user(PLAIN)], fields=fields)
    if after.error is not None:
        refused.append(f"a user's message may not follow a tool's result: {after.words}")
    facts["user_after_tool"] = after.error is None
    if refused:
        return Verdict("rejected", f"{'; '.join(refused)}; Portolan sends what is taken", facts)
    return Verdict("honoured", "ids of any form are taken, and a user's message behind a tool's result", facts)


CHECKS = (
    Check(
        name="message-order",
        title="Order of messages",
        sends="system messages at the start and later, two user messages in a row, and none at all",
        expects="200",
        why="summaries and middleware put system messages into the middle of a thread",
        run=_order,
        tokens=120,
        requests=4,
        full=True,
        decides=("system_messages", "alternating_roles", "needs_user_message"),
        needs=("chat",),
    ),
    Check(
        name="foreign-thread",
        title="A thread from elsewhere",
        sends="a call under an id of another form, up to three in turn, and a user's message behind the tool's result",
        expects="200",
        why="a thread that changes endpoints, or was stopped behind a result, stays refused where nobody adapts it",
        run=_foreign,
        tokens=160,
        requests=4,
        full=True,
        decides=("call_ids", "user_after_tool"),
        needs=("tools",),
    ),
    Check(
        name="developer-role",
        title="Role developer, no tools",
        sends="a developer's message; and an empty list of tools",
        expects="200, and what the developer said is heeded; or a clean 4xx",
        why="prompts written for OpenAI use that role, and an agent without tools must not send an empty list",
        run=_developer,
        tokens=50,
        requests=2,
        full=True,
        decides=("developer_role",),
        needs=("chat",),
    ),
)
