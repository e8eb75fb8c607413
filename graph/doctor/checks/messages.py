"""Which messages are taken: roles, their places, their order."""

from __future__ import annotations

from typing import Any

from graph.doctor.bench import PLAIN, Bench, user
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
