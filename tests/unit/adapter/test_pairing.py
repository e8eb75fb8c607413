"""Any thread, however unpaired, becomes one in which each call has exactly one result."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from graph.endpoint.pairing import INTERRUPTED, call_ids, is_paired, pair

IDS = st.sampled_from(["a", "b", "c", "d"])
CALL_IDS = IDS | st.sampled_from(["", None])
NAMES = st.sampled_from(["add", "now"])


def call(name: str, one: str | None) -> dict[str, Any]:
    return {"name": name, "args": {}, "id": one, "type": "tool_call"}


def invalid(name: str, one: str | None) -> dict[str, Any]:
    return {"name": name, "args": "{", "id": one, "error": None, "type": "invalid_tool_call"}


MESSAGES = st.one_of(
    st.builds(HumanMessage, st.just("Hi")),
    st.builds(AIMessage, st.just("Hello")),
    st.builds(
        AIMessage,
        st.just(""),
        tool_calls=st.lists(st.builds(call, NAMES, CALL_IDS), max_size=3),
        invalid_tool_calls=st.lists(st.builds(invalid, NAMES, CALL_IDS), max_size=2),
    ),
    st.builds(lambda text, one: ToolMessage(text, tool_call_id=one), st.sampled_from("123456"), IDS),
)
THREADS = st.lists(MESSAGES, max_size=9)


@given(THREADS)
def test_what_comes_out_is_paired(thread: list[BaseMessage]) -> None:
    before = [message.model_dump() for message in thread]
    paired = pair(thread)
    assert is_paired(paired)
    assert pair(paired) == paired
    assert [message.model_dump() for message in thread] == before, "the messages given were changed"


@given(THREADS)
def test_nothing_is_lost_but_results_without_a_call(thread: list[BaseMessage]) -> None:
    paired = pair(thread)
    others = [message for message in thread if not isinstance(message, ToolMessage)]
    kept = [message for message in paired if not isinstance(message, ToolMessage)]
    assert [type(message) for message in kept] == [type(message) for message in others]
    assert [message.content for message in kept] == [message.content for message in others]
    assert [len(call_ids(message)) for message in kept] == [len(call_ids(message)) for message in others]
    results = [message for message in paired if isinstance(message, ToolMessage) and message.text != INTERRUPTED]
    texts = [message.text for message in thread if isinstance(message, ToolMessage)]
    for result in results:
        texts.remove(result.text)  # raises if a result was made up or doubled


@given(THREADS)
def test_a_result_behind_its_call_stays_its_result(thread: list[BaseMessage]) -> None:
    """The first result that names a call, before any other call has that id, is the call's own."""
    wanted: dict[int, str] = {}
    seen: list[str | None] = []
    for at, message in enumerate(thread):
        for one in call_ids(message):
            if one and one not in seen and sum(one in call_ids(other) for other in thread) == 1:
                later = (m for m in thread[at:] if isinstance(m, ToolMessage) and m.tool_call_id == one)
                if call_ids(message).count(one) == 1 and (first := next(later, None)) is not None:
                    wanted[id(first)] = one
            seen.append(one)
    firsts = {one: message.text for message in thread for one in [wanted.get(id(message))] if one}
    paired = pair(thread)
    for one, text in firsts.items():
        assert [m.text for m in paired if isinstance(m, ToolMessage) and m.tool_call_id == one] == [text]


@given(THREADS)
def test_ids_are_distinct(thread: list[BaseMessage]) -> None:
    ids = [one for message in pair(thread) for one in call_ids(message)]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_an_interrupted_call_says_so() -> None:
    (_, _, result) = pair([HumanMessage("Hi"), AIMessage("", tool_calls=[call("add", "a")])])
    assert isinstance(result, ToolMessage)
    assert (result.text, result.status, result.tool_call_id, result.name) == (INTERRUPTED, "error", "a", "add")


def test_a_paired_thread_is_given_back() -> None:
    thread = [HumanMessage("Hi"), AIMessage("", tool_calls=[call("add", "a")]), ToolMessage("3", tool_call_id="a")]
    assert all(one is other for one, other in zip(pair(thread), thread, strict=True))


def test_results_out_of_order_are_put_in_order() -> None:
    calls = AIMessage("", tool_calls=[call("add", "a"), call("now", "b")])
    thread = [calls, ToolMessage("2", tool_call_id="b"), HumanMessage("?"), ToolMessage("1", tool_call_id="a")]
    assert [message.text for message in pair(thread)] == ["", "1", "2", "?"]
