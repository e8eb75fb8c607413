"""A sentence about a marker is an answer, also where the marker ends it or the reply; a call that broke off is none."""

from __future__ import annotations

import pytest
from recovery_corpus import TOOLS
from recovery_pieces import read

from graph.endpoint.recovery import Recovery, markers

SENTENCES = (
    "Llama 3 writes {} first.",
    "The marker is {}.",
    "The marker is {}",
    "The marker is {}\n",
    "The model emits {} before a call.",
    "A call starts with {}name> there.",
    "Use {} (opening) and the matching end.",
    "I removed the stray {} from template.jinja and now it works.",
    "| {} | opens |",
    "“{}”",
    "模型用 {} 开始一次调用。",
)
FRAMES = {opener for each in markers.CONVENTIONS if each.parse is markers.left_out for opener in each.openers}
OPENERS = [opener for opener in markers.BY_OPENER if opener not in FRAMES | {"<|message_sep|>", "<|content_thinking|>"}]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("opener", OPENERS)
def test_a_sentence_about_a_marker_is_an_answer(opener: str, sentence: str) -> None:
    text = sentence.format(opener)
    assert read(text, TOOLS, prompt="How is the log parsed?") == Recovery(text, "", (), ())


@pytest.mark.parametrize(
    "text",
    [
        "I will look <function=wea",
        "Well <function=weather>\n<parameter=ci",
        "Well <|python_tag|>weather(ci",
        "Well <|python_start|>[wea",
        "Well <|tool_call_begin|>functions.weather:0<|tool_call_arg",
        "Well <|tool_call>call:wea",
        'Well <tool_call>{"name": "wea',
        "Well.\n<tool_call>\n<function=launch",
        "Let me see <function=launch",
    ],
)
def test_a_call_that_breaks_off_is_broken(text: str) -> None:
    found = read(text, TOOLS, None)
    assert found.calls == ()
    assert len(found.broken) == 1


@pytest.mark.parametrize("text", ["The marker is <function=la", "The token is <|tool_call_begin|>fir"])
def test_at_the_length_limit_it_is_broken(text: str) -> None:
    assert len(read(text, TOOLS, "length").broken) == 1
