"""Reasoning told apart from the answer, wherever the text is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.closing import CLOSING, OPENING
from graph.endpoint.thinking import ThinkSplitter, split_opened

WORDS = st.text(st.sampled_from("abc <>/\n你think"), max_size=20)
PLAIN = WORDS.filter(lambda text: not any(tag in text for tag in (*OPENING, *CLOSING)))


def split(pieces: list[str], *, opened: bool = False, enabled: bool = True) -> tuple[str, str, bool]:
    splitter = ThinkSplitter(opened=opened, enabled=enabled)
    found = [splitter.feed(piece) for piece in pieces]
    reasoning, answer, unfinished = splitter.close()
    return "".join(r for r, _ in found) + reasoning, "".join(a for _, a in found) + answer, unfinished


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


PLACES = st.lists(st.integers(0, 500), max_size=10)


@given(st.sampled_from(list(zip(OPENING, CLOSING, strict=True))), PLAIN, WORDS, PLACES)
def test_a_block_at_the_beginning(tags: tuple[str, str], thought: str, answer: str, places: list[int]) -> None:
    opening, closing = tags
    text = f"{opening}{thought}{closing}{answer}"
    reasoning, said, unfinished = split(cut(text, places))
    assert said == answer.lstrip("\n")
    assert reasoning.strip() == thought.strip()
    assert not unfinished


@given(WORDS, PLACES, st.booleans(), st.booleans())
def test_every_cut_says_the_same(text: str, places: list[int], opened: bool, enabled: bool) -> None:
    pieces = split(cut(text, places), opened=opened, enabled=enabled)
    whole = split([text], opened=opened, enabled=enabled)
    assert [part.strip("\n") for part in pieces[:2]] == [part.strip("\n") for part in whole[:2]]
    assert pieces[2] == whole[2]


@given(WORDS.filter(lambda text: not any(text.lstrip().startswith(tag) for tag in OPENING)), PLACES)
def test_text_without_a_block_goes_through(text: str, places: list[int]) -> None:
    assert split(cut(text, places)) == ("", text, False)


@given(WORDS, PLACES)
def test_off_means_off(text: str, places: list[int]) -> None:
    assert split(cut(text, places), enabled=False) == ("", text, False)


@given(PLAIN, PLACES)
def test_an_opened_block_that_never_closes_was_the_answer(text: str, places: list[int]) -> None:
    """Shown as reasoning while it came, since it may have been that; given as answer at the end."""
    _, said, unfinished = split(cut(text, places), opened=True)
    assert said == text
    assert not unfinished


def test_a_block_that_breaks_off_is_said() -> None:
    assert split(["<think>I wonder"]) == ("I wonder", "", True)


def test_an_opened_block_that_the_model_opens_once_more() -> None:
    assert split(["<thi", "nk>\nI wonder", "</think>Yes."], opened=True) == ("I wonder", "Yes.", False)


@pytest.mark.parametrize("text", ["Write `</think>` there.", "Ends with '</think>' or \"</think>\"."])
def test_a_tag_in_code_or_quotation_marks_does_not_end_an_opened_block(text: str) -> None:
    for pieces in ([text], list(text)):
        assert split(pieces, opened=True)[1:] == (text, False)


TAG_TELLS = {
    "on a line of its own": ("I wonder.\n</think>\n\nYes.", "I wonder.", "Yes."),
    "at the end of a line": ("I wonder</think>\n\nYes.", "I wonder", "Yes."),
    "attached, as vLLM's tests have it": (
        "This is a reasoning section</think>This is the rest",
        "This is a reasoning section",
        "This is the rest",
    ),
    "without a word before it": ("</think>\n\nYes.", "", "Yes."),
    "a number behind it": ("Provide the answer briefly.</think>391", "Provide the answer briefly.", "391"),
    "a blank before it": ("I need it. </think><|call|>", "I need it.", "<|call|>"),
    "a blank behind it": ("I need it.</think> Yes.", "I need it.", "Yes."),
    "without case or blanks": ("用户在打招呼</think>你好！", "用户在打招呼", "你好！"),
    "a quotation before it": ('I greet: "Hello!"</think>Hello!', 'I greet: "Hello!"', "Hello!"),
    "code on both sides": ("I show `a`.</think>`a` it is.", "I show `a`.", "`a` it is."),
    "spoken of in the thought": ("What is </think> here?</think>A tag.", "What is </think> here?", "A tag."),
    "spoken of in the answer": ("A tag.</think>It is `</think>`.", "A tag.", "It is `</think>`."),
    "a fence that closed": ("```\na\n```\nGood.</think>Yes.", "```\na\n```\nGood.", "Yes."),
    "markup spoken of": ("I send <tool_call>.</think><tool_call>{}</tool_call>", "I send <tool_call>.", None),
    "a blank before it, at the end of a line": ("I need it. </think>\nYes.", "I need it.", "Yes."),
    "a blank and a quotation before it": ('I say "Yes." </think>\nYes.', 'I say "Yes."', "Yes."),
    "a colon before it": ("So I say:</think>\nYes.", "So I say:", "Yes."),
    "indented": ("I wonder.\n  </think>\nYes.", "I wonder.", "Yes."),
    "indented code behind it": ("Good.\n</think>\n\n    a = 1", "Good.", "    a = 1"),
}
TAG_IS_TEXT = {
    "no tag": "Plain.",
    "in a sentence": "What does </thinking> mean?",
    "before a stop": "It ends with </think>.",
    "after a stop": "It ends. </think> ends it.",
    "at the end of an item": "Do this:\n1. Find the closing tag </think>\n2. Drop what stands before it.",
    "at the end of a line": "Look for the tag </think>\nand drop what stands before it.",
    "at the end": "The block ends with </think>",
    "at the end, behind a colon": "The tag is: </think>",
    "as an item": "The tags are:\n- </think>\n- </thinking>\n",
    "as an item with a number": "The tags are:\n1. </think>\n2. </thinking>\n",
    "in brackets": "The tag (</think>) ends it.",
    "behind its opening": "Write <think> and </think>\n",
    "a pair": "Write <think></think>There.",
    "in code": "Write `I wonder.</think>Yes.` there.",
    "alone in code": "Write `</think>`\nthere.",
    "in a fence": "So:\n```\nI wonder.\n</think>\nYes.\n```\n",
    "in a fence, attached": "So:\n~~~xml\nI wonder.</think>Yes.\n~~~\n",
    "in a quotation": 'It wrote "I wonder.</think>Yes." there.',
    "in Chinese quotation marks": "模型写“我想。</think>好。”就结束。",
    "in Python": "cut = text.index('</think>')",
    "in Python, at the beginning of a string": "text = '</think>Yes'",
    "in JSON": '{"said": "I wonder.</think>Yes."}',
    "in JSON over lines": '{\n"said":\n"I wonder.\n</think>\nYes."}',
    "in the arguments of a call": "<function=write><parameter=text>I wonder.</think>Yes.</parameter></function>",
    "emphasised": "Use this. **</think>** ends it.",
    "many": "I wonder: " + "the </think> tag, " * 1000,
}


@pytest.mark.parametrize(("text", "reasoning", "answer"), TAG_TELLS.values(), ids=TAG_TELLS)
def test_a_lone_tag_that_ends_a_block(text: str, reasoning: str, answer: str | None) -> None:
    assert split_opened(text) == (reasoning, text.partition("</think>")[2] if answer is None else answer)


@pytest.mark.parametrize("text", TAG_IS_TEXT.values(), ids=TAG_IS_TEXT)
def test_a_lone_tag_that_is_text(text: str) -> None:
    assert split_opened(text) is None


def test_where_the_user_spoke_of_the_tag_only_the_end_of_a_sentence_tells() -> None:
    assert split_opened("Models write thought</think>answer.", mentioned=True) is None
    assert split_opened("I wonder.</think>Yes.", mentioned=True) == ("I wonder.", "Yes.")
    assert split_opened("I wonder.</think>Yes.", attached=False) is None


@pytest.mark.parametrize("answer", ["Hi", "你好！", "**Hi**", "- a\n- b", "😀"])
def test_a_thought_may_be_empty(answer: str) -> None:
    assert split_opened(f"</think>{answer}") == ("", answer)
    assert split_opened(f"</think>{answer}", mentioned=True) is None


@pytest.mark.parametrize("rest", [" closes it.", ", then the answer.", "-Tags enden hier."])
def test_a_sentence_may_begin_with_the_tag(rest: str) -> None:
    assert split_opened(f"</think>{rest}") is None
