"""Reasoning told apart from the answer, wherever the text is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.thinking import CLOSING, OPENING, ThinkSplitter, split_thinking

WORDS = st.text(st.sampled_from("abc <>/\n你think"), max_size=20)
PLAIN = WORDS.filter(lambda text: not any(tag in text for tag in CLOSING))


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


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("I wonder</think>\n\nYes.", "I wonder", "Yes."),
        ("<think>a</think>b", "a", "b"),
        ("What does </thinking> mean?", "", "What does </thinking> mean?"),
        ("Plain.", "", "Plain."),
        ("Write <think> and </think>.", "", "Write <think> and </think>."),
    ],
)
def test_a_whole_text(text: str, reasoning: str, answer: str) -> None:
    assert split_thinking(text) == (reasoning, answer)
