"""Threads that another endpoint would take: ids of other forms, and a user's message right behind a tool's result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from graph.endpoint import store
from graph.endpoint.outgoing.call_ids import ids_in
from graph.endpoint.outgoing.messages import BRIDGE
from graph.errors import TurnLimitError
from graph.testing import Call, EmulatedEndpoint, Fault, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

    from graph.testing import RecordedRequest

ADD = Call("add", {"a": 1, "b": 2})
TWICE = [ADD, Call("add", {"a": 3, "b": 4})]
NINE = re.compile(r"[A-Za-z0-9]{9}")
VLLM_ID = f"chatcmpl-tool-{'0f' * 16}"
THREAD = {"configurable": {"thread_id": "t"}}

OPENAI_LENGTH = Refusal(
    400,
    "Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a "
    "string with length 46 instead.",
    code="string_above_max_length",
)
CLAUDE_PATTERN = Refusal(400, "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
TEMPLATE_IDS = Refusal(500, "Tool call IDs should be alphanumeric strings with length 9!")
TEMPLATE_TURNS = Refusal(
    400, "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."
)


def sent_ids(endpoint: EmulatedEndpoint) -> tuple[list[str], list[str]]:
    """The ids of calls and of results in the last request."""
    messages = endpoint.bodies[-1]["messages"]
    return ids_in(messages), [message["tool_call_id"] for message in messages if message["role"] == "tool"]


def called(*ids: str) -> list[Any]:
    """A thread with a call under each id."""
    calls = [{"name": "add", "args": {"a": 1, "b": 2}, "id": one} for one in ids]
    return [("user", "1 + 2?"), AIMessage("", tool_calls=calls), *(ToolMessage("3", tool_call_id=one) for one in ids)]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(calls=TWICE),
        Reply(calls=TWICE, wire={"call_id": "absent"}),
        Reply(calls=TWICE, wire={"call_id": "shared"}),
        Reply(calls=[ADD], leak="mistral"),
    ],
    ids=["own", "none", "shared", "recovered"],
)
def test_ids_that_are_made_are_taken_everywhere(reply: Reply, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("mistral", [reply, Reply("Done.")]) as endpoint:
        messages = run(build(endpoint), "1 + 2?")
        calls, results = sent_ids(endpoint)
    assert messages[-1].text == "Done."
    assert calls == results == list(dict.fromkeys(calls))
    assert all(map(NINE.fullmatch, calls))
    assert [request.refused for request in endpoint.requests] == [None, None]


FORMS = {
    "mistral": ("nine", "[A-Za-z0-9]{9}", None),
    "a template of Mistral": ("nine", "[A-Za-z0-9]{9}", TEMPLATE_IDS),
    "openai": ("plain", ".{1,40}", OPENAI_LENGTH),
    "claude": ("plain", "[A-Za-z0-9_-]+", CLAUDE_PATTERN),
}


@pytest.mark.parametrize("form", FORMS)
def test_ids_of_elsewhere_are_told_in_the_form_that_is_taken(form: str, run: Run, build: Callable[..., Any]) -> None:
    flag, taken, words = FORMS[form]
    rules = {"call_id_form": words} if words else {}
    given = ["functions.add:0", VLLM_ID, "call_abc", "abcdef123"]
    kept = [one for one in given if re.fullmatch("[A-Za-z0-9_-]{1,40}" if flag == "plain" else "[A-Za-z0-9]{9}", one)]
    with EmulatedEndpoint(
        "mistral" if words is None else "openai",
        [Reply(calls=[ADD]), Reply("3."), Reply("3.")],
        rules=rules,
        limits={"call_ids": taken},
        wire={"id_format": "{n:09d}"},
    ) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver())
        messages = run(graph, [*called(*given), ("user", "And now?")], config=THREAD)
        calls, results = sent_ids(endpoint)
        stored = store.load(endpoint.base_url, endpoint.model)
        run(graph, "Once more?", config=THREAD)
        again, _ = sent_ids(endpoint)
    assert stored["call_ids"].value == flag
    assert messages[-1].text == "3."
    assert calls == results
    assert len(set(calls)) == len(given) + 1
    assert [one for one in calls if one in given] == kept
    assert again == calls
    assert ids_in([{"tool_calls": message.tool_calls} for message in messages if isinstance(message, AIMessage)]) == [
        *given,
        calls[-1],
    ]


def test_ids_are_sent_as_they_are_where_nobody_objects(run: Run, build: Callable[..., Any]) -> None:
    given = ["functions.add:0", VLLM_ID]
    with EmulatedEndpoint("kimi", [Reply("3.")], behaviour={"thinking": "off"}) as endpoint:
        run(build(endpoint), [*called(*given), ("user", "And now?")])
        assert sent_ids(endpoint) == (given, given)


def test_an_id_that_is_too_long_for_responses(run: Run, build: Callable[..., Any]) -> None:
    words = "Invalid 'input[2].call_id': string too long. Expected a string with maximum length 64, but got 70 instead."

    def say(request: RecordedRequest) -> Any:
        long = any(len(item.get("call_id", "")) > 64 for item in request.messages)
        return Fault(status=400, message=words, code="string_above_max_length") if long else Reply("3.")

    with EmulatedEndpoint("openai", say) as endpoint:
        assert run(build(endpoint, api="responses"), [*called("x" * 70), ("user", "And?")])[-1].text == "3."
        items = endpoint.requests[-1].messages
    ids = [item["call_id"] for item in items if "call_id" in item]
    assert len(ids) == 2
    assert len(set(ids)) == 1


ORDERS = {
    "mistral": {},
    "a template of Mistral": {"user_after_tool": None, "alternation": TEMPLATE_TURNS},
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_thread_goes_on_behind_a_tools_result(order: str, run: Run, build: Callable[..., Any]) -> None:
    script = [Reply(calls=[ADD]), Reply(calls=[ADD]), Reply("3."), Reply("Yes.")]
    with EmulatedEndpoint("mistral", script, rules=ORDERS[order]) as endpoint:
        graph = build(endpoint, max_turns=2, checkpointer=InMemorySaver())
        with pytest.raises(TurnLimitError):
            run(graph, "1 + 2?", config=THREAD)
        assert run(graph, "Go on.", config=THREAD)[-1].text == "3."
        assert run(graph, "Sure?", config=THREAD)[-1].text == "Yes."
        flags = store.load(endpoint.base_url, endpoint.model)
        refused = [request for request in endpoint.requests if request.refused]
        roles = [message["role"] for message in endpoint.bodies[-1]["messages"]]
    assert len(refused) == 1
    assert {flag: fact.value for flag, fact in flags.items()} == {"user_after_tool": False}
    assert roles == ["system", "user", *["assistant", "tool"] * 2, "assistant", "user", "assistant", "user"]
    bridges = [message for message in endpoint.bodies[-1]["messages"] if message["content"] == BRIDGE]
    assert len(bridges) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_a_note_stands_behind_a_tools_result(order: str, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("mistral", [Reply(calls=[ADD]), Reply(""), Reply("3.")], rules=ORDERS[order]) as endpoint:
        messages = run(build(endpoint), "1 + 2?")
        roles = [message["role"] for message in endpoint.bodies[-1]["messages"]]
    assert messages[-1].text == "3."
    assert all(message.text != BRIDGE for message in messages)
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_what_upsets_a_template_is_not_mistaken_for_the_system_message(run: Run, build: Callable[..., Any]) -> None:
    rules = ORDERS["a template of Mistral"]
    with EmulatedEndpoint("mistral", [Reply("3.")], rules=rules) as endpoint:
        thread = [*called("abcdef123"), ("user", "And now?"), ("user", "Well?")]
        assert run(build(endpoint), thread)[-1].text == "3."
        flags = store.load(endpoint.base_url, endpoint.model)
    assert {flag: fact.value for flag, fact in flags.items()} == {"alternating_roles": True, "user_after_tool": False}
