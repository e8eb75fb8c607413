"""The merge of messages: the same as `add_messages` one write after the other, however the writes are batched."""

from __future__ import annotations

from typing import Any

import pytest
from checkpoint_threads import LatestOnly
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages

from graph.channel import as_messages, fold_messages, messages_channel

ids = st.sampled_from("abcdefgh")
words = st.text(max_size=3)
said = (
    st.builds(lambda one, text: HumanMessage(text, id=one), ids, words)
    | st.builds(lambda one, text: AIMessage(text, id=one), ids, words)
    | st.builds(lambda one, text: ToolMessage(text, tool_call_id="call", id=one), ids, words)
)
like = (
    said
    | st.builds(lambda one, text: AIMessageChunk(text, id=one), ids, words)
    | st.builds(lambda one, text: {"role": "user", "content": text, "id": one}, ids, words)
)
removal = ids.map(RemoveMessage)
rewrite = st.lists(like, max_size=4, unique_by=lambda m: m["id"] if isinstance(m, dict) else m.id).map(
    lambda kept: [RemoveMessage(REMOVE_ALL_MESSAGES), *kept]
)
write = st.lists(like | removal, max_size=4) | st.builds(lambda lost, kept: lost + kept, st.lists(like), rewrite) | like
threads = st.lists(said, max_size=6, unique_by=lambda message: message.id)


def one_by_one(state: list[AnyMessage], writes: list[Any]) -> Any:
    for one in writes:
        state = add_messages(state, one)  # type: ignore[assignment,arg-type]
    return state


@given(threads, st.lists(write, max_size=6))
def test_folding_is_add_messages_for_one_write_after_the_other(state: list[AnyMessage], writes: list[Any]) -> None:
    before = list(state)
    try:
        expected = one_by_one(state, writes)
    except ValueError:
        with pytest.raises(ValueError, match="no message with the id"):
            fold_messages(state, writes)
    else:
        assert fold_messages(state, writes) == expected
    assert state == before


loose = st.tuples(st.sampled_from(["user", "assistant"]), words) | st.text(min_size=1, max_size=3)
unnamed = st.lists(loose | said | words.map(HumanMessage), max_size=4)


@given(threads.filter(bool), st.lists(unnamed, max_size=3), st.lists(unnamed, max_size=3))
def test_batches_do_not_matter_and_ids_given_are_the_same_again(
    state: list[AnyMessage], first: list[Any], then: list[Any]
) -> None:
    # An object keeps the id that it was given, so a replay is told the text alone.
    def stored(writes: list[Any]) -> list[Any]:
        return [
            [m if isinstance(m, str | tuple) or m.id in set("abcdefgh") else (m.type, m.content) for m in one]
            for one in writes
        ]

    parted = fold_messages(fold_messages(state, stored(first)), stored(then))
    assert parted == fold_messages(state, stored(first) + stored(then))
    assert all(message.id for message in parted)
    assert len({message.id for message in parted}) == len(parted)


def test_the_same_words_in_two_threads_have_two_ids() -> None:
    first, second = fold_messages([], [[("user", "Hello")]]), fold_messages([], [[("user", "Hello")]])
    assert first[0].id != second[0].id


def test_what_is_whole_already_is_not_copied() -> None:
    state = [HumanMessage("Hello", id="a"), AIMessage("Good day", id="b")]
    assert as_messages(state) is state


def test_a_removal_is_over_with_its_write() -> None:
    state = [HumanMessage("one", id="a"), HumanMessage("two", id="b")]
    again = [RemoveMessage("a"), HumanMessage("three", id="a")]
    assert [m.id for m in fold_messages(state, [again])] == ["a", "b"]
    assert [m.id for m in fold_messages(state, [again[:1], again[1:]])] == ["b", "a"]


@pytest.mark.parametrize("saver", [LatestOnly(), InMemorySaver()], ids=["latest", "all"])
@pytest.mark.parametrize("other", [{"role": "user", "content": "three", "id": "c"}, ("user", "three")], ids=str)
def test_the_writes_of_a_step_are_merged_together_on_every_saver(saver: Any, other: Any) -> None:
    channel = messages_channel(saver).from_checkpoint([HumanMessage("one", id="a"), HumanMessage("two", id="b")])
    channel.update([[RemoveMessage(REMOVE_ALL_MESSAGES)], [RemoveMessage("a")], other])
    assert [message.text for message in channel.get()] == ["three"]
    channel.update([{"__overwrite__": [HumanMessage("four")]}])
    assert [message.text for message in channel.get()] == ["four"]
