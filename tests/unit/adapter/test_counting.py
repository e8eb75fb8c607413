"""Tokens are estimated offline: nothing is fetched for it."""

from __future__ import annotations

from typing import Any

import pytest
import tiktoken
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage, trim_messages
from pydantic import SecretStr

from graph.endpoint.adapter import ChatEndpoint

ENGLISH = "The quick brown fox jumps over the lazy dog, and nobody knows why it should do so. " * 20
CHINESE = "敏捷的棕色狐狸跳过了懒狗，谁也不知道它为什么要这样做。" * 20


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object) -> Any:
        pytest.fail("an encoding would be fetched")

    monkeypatch.setattr(tiktoken, "encoding_for_model", fetch)
    monkeypatch.setattr(tiktoken, "get_encoding", fetch)


def model(name: str = "qwen-plus", **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(model=name, base_url="http://localhost:9/v1", api_key=SecretStr("k"), **fields)


@pytest.mark.parametrize("name", ["qwen-plus", "gpt-4o", "some/model"])
@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("", 0, 0), ("Hi", 1, 1), (ENGLISH, 300, 460), (CHINESE, 300, 560), ("\ud800", 1, 1)],
    ids=["nothing", "a word", "english", "chinese", "half a character"],
)
def test_a_text(name: str, text: str, least: int, most: int) -> None:
    assert least <= model(name).get_num_tokens(text) <= most


def test_messages_count_with_calls_tools_and_images() -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    plain = [SystemMessage("Be brief."), HumanMessage(ENGLISH)]
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c1"}
    thread = [*plain, AIMessage("", tool_calls=[call]), ToolMessage(CHINESE, tool_call_id="c1")]
    image = HumanMessage([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}])
    count = model().get_num_tokens_from_messages
    assert 300 <= count(plain) <= 500
    assert count(thread) > count(plain) + 300
    assert count(plain, [add]) > count(plain) + 10
    assert count([*plain, image]) < count(plain) + 200


def test_a_thread_is_trimmed() -> None:
    thread = [SystemMessage("Be brief."), HumanMessage(ENGLISH), AIMessage(CHINESE), HumanMessage("And now?")]
    kept = trim_messages(
        thread, token_counter=model(), max_tokens=100, strategy="last", start_on="human", include_system=True
    )
    assert kept == [thread[0], thread[-1]]


def test_who_gives_a_tokenizer_is_counted_by_it() -> None:
    assert model(custom_get_token_ids=lambda text: list(range(len(text)))).get_num_tokens("four") == 4
