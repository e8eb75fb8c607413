"""A reply that ends within a call in its text: asked for again if the call is not whole, and never shown as answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage

from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "What will the weather be in Hamburg?"
HERMES = '<tool_call>\n{"name": "weather", "arguments": {"city": "Hamburg"}}\n</tool_call>'
KIMI = (
    "Let me check. <|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>"
    '{"city": "Hamburg"}<|tool_call_end|><|tool_calls_section_end|>'
)
GEMMA4 = '<|tool_call>call:weather{city:<|"|>Hamburg<|"|>}<tool_call|><|tool_response>'
CUT_WITHIN = {
    "hermes-or-qwen": "<tool_call>\n<func",
    "qwen3-coder": "<tool_call>\n<function=weather>\n<parameter",
    "qwen3-coder-bare": "<function=weather>\n<param",
    "minimax-m2": '<minimax:tool_call>\n<invoke name="weather">\n<parameter name',
    "deepseek-v3.2": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="weather">\n<｜DSML｜parameter name',
}
CUT_BEHIND = {"hermes": HERMES[:-3], "kimi-k2": KIMI[:-20], "kimi-k2-section": KIMI[:-3], "gemma4": GEMMA4[:-4]}

asked: list[str] = []


def weather(city: str) -> str:
    """Tell the weather."""
    asked.append(city)
    return "It rains."


@pytest.fixture(autouse=True)
def _none_asked() -> None:
    asked.clear()


def shown(run: Any) -> str:
    """What a reader of the stream sees as the model's words."""
    return "".join(token.text for token in run.tokens if isinstance(token, AIMessage))


@pytest.mark.parametrize("finish_reason", ["length", "stop"])
@pytest.mark.parametrize("text", CUT_WITHIN.values(), ids=CUT_WITHIN)
def test_a_call_cut_within_its_first_tag_is_asked_for_again(
    text: str, finish_reason: str, run: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(text, finish_reason=finish_reason), Reply(HERMES), Reply("Rain.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
        messages = run(build(endpoint, [weather]), QUESTION)
    assert (asked, messages[-1].text) == (["Hamburg"], "Rain.")
    if run.streamed:
        assert shown(run) == "Rain."


@pytest.mark.parametrize("finish_reason", ["length", "stop"])
@pytest.mark.parametrize("text", CUT_BEHIND.values(), ids=CUT_BEHIND)
def test_what_is_cut_behind_a_whole_call_is_not_shown(
    text: str, finish_reason: str, run: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(text, finish_reason=finish_reason), Reply("Rain.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
        messages = run(build(endpoint, [weather]), QUESTION)
    assert (asked, messages[-1].text) == (["Hamburg"], "Rain.")
    assert messages[1].text.strip() in {"", "Let me check."}
    if run.streamed:
        assert shown(run).replace(" ", "") in {"Rain.", "Letmecheck.Rain."}


def test_an_unfinished_second_call_is_told_beside_the_first(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(f"{HERMES}\n<too"), Reply("Rain.")]) as endpoint:
        messages = run(build(endpoint, [weather]), QUESTION)
    assert asked == ["Hamburg"]
    assert [message.status for message in messages if message.type == "tool"] == ["success", "error"]
    assert messages[1].text == ""
