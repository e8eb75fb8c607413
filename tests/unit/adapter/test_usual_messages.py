"""The adapter converts usual messages itself and leaves the others to ChatOpenAI: what is made is the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI

from graph.endpoint.outgoing.usual import part_usual, put_together

words = st.text(max_size=5)
values = st.none() | st.booleans() | st.integers() | words | st.lists(words, max_size=2)
blocks = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": words}) | words, max_size=2)
contents = words | blocks
names = st.none() | st.just("somebody")
beside = st.dictionaries(
    st.sampled_from(["name", "refusal", "reasoning_content", "audio", "function_call", "__openai_role__"]),
    st.just("x"),
    max_size=2,
).filter(lambda kept: not isinstance(kept.get("audio"), str) or kept.update(audio={"id": "a"}) is None)
calls = st.lists(
    st.builds(
        lambda name, args, id_: {"name": name, "args": args, "id": id_, "type": "tool_call"},
        words,
        st.dictionaries(words, values, max_size=2),
        words,
    ),
    max_size=2,
)
invalid = st.lists(
    st.just({"name": "f", "args": "{", "id": "i", "error": "cut", "type": "invalid_tool_call"}), max_size=1
)

messages = (
    st.builds(HumanMessage, content=contents, name=names, additional_kwargs=beside)
    | st.builds(SystemMessage, content=contents, name=names, additional_kwargs=beside)
    | st.builds(ToolMessage, content=contents, name=names, additional_kwargs=beside, tool_call_id=words)
    | st.builds(
        AIMessage, content=contents, name=names, additional_kwargs=beside, tool_calls=calls, invalid_tool_calls=invalid
    )
    | st.builds(AIMessageChunk, content=words, name=names)
)


class Stock(ChatOpenAI):
    """ChatOpenAI, whose request is looked at."""

    def sent(self, thread: list[BaseMessage]) -> list[dict[str, Any]]:
        return list(self._get_request_payload(thread)["messages"])


@given(st.lists(messages, max_size=6), st.sampled_from(["m", "o3"]))
def test_what_is_made_of_a_thread_is_the_same(thread: list[BaseMessage], model: str) -> None:
    stock = Stock(model=model, base_url="http://127.0.0.1:1/v1", api_key="k", use_responses_api=False)
    forms, unusual = part_usual(thread)
    made = put_together(forms, stock.sent(unusual))
    assert made == stock.sent(thread)
    assert [list(one) for one in made] == [list(one) for one in stock.sent(thread)]


def test_nothing_usual_is_left_to_chatopenai() -> None:
    call = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
    usual = [
        HumanMessage("Add"),
        AIMessage("", tool_calls=[call], additional_kwargs={"reasoning_content": "Hm."}),
        ToolMessage("1", tool_call_id="c1", name="add"),
        AIMessage("One."),
    ]
    assert part_usual(usual)[1] == []
    system = SystemMessage("Be brief.")  # its role depends on the model
    assert part_usual([system, *usual])[1] == [system]
