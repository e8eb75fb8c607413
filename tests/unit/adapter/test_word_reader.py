from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.run_or_text import WordReader


def read(*pieces: str) -> tuple[str | None, str]:
    reader = WordReader()
    text = "".join([*map(reader.feed, pieces), reader.close()])
    return reader.word, text


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("RUN", "run", ""),
        ("TEXT", "text", ""),
        (" run\n", "run", ""),
        ("Text.", "text", ""),
        ("**RUN**", "run", ""),
        ("`TEXT`", "text", ""),
        ('"RUN".', "run", ""),
        ("RUN\n```json\n{}\n```", "run", "```json\n{}\n```"),
        ("RUN: {}", "run", "{}"),
        ("TEXT\nHere it is.", "text", "Here it is."),
        ("RUN or TEXT", "text", ""),
        ("RUN/TEXT", "text", ""),
        ("RUN\n\nTEXT", "text", ""),
        ("TEXT, not RUN", "text", ""),
        ("It should not RUN.", "text", ""),
        ("RUN?", "text", ""),
        ("I would say RUN", "run", ""),
        ("Run it.", "run", ""),
        ("<answer>RUN</answer>", "run", ""),
        ("RUN<|im_end|>", "run", ""),
        ("```text\nTEXT\n```", "text", ""),
        ("«RUN»", "run", ""),
        ('{"answer": "RUN"}', "text", ""),
        ("Yes", "text", ""),
        ("The user wants to see it as text.", "text", ""),
        ("RUN. I will send it now.", "run", "I will send it now."),
        ("It has been sent.", None, "It has been sent."),
        ("Text messages are nice.", None, "Text messages are nice."),
        ("Run it yourself.", None, "Run it yourself."),
        ("RUNNING", None, "RUNNING"),
        ("TEXTS", None, "TEXTS"),
        ("```json\n{}\n```", None, "```json\n{}\n```"),
        ("**", None, "**"),
        ("", None, ""),
    ],
)
def test_the_word_and_what_stands_behind_it(text: str, word: str | None, rest: str) -> None:
    assert read(text) == (word, rest)
    assert read(*text) == (word, rest)


@given(
    st.lists(
        st.sampled_from(["RUN", "TEXT", "run", "R", "UN", " ", "\n", "*", "`", "```", "{}", "or", "x" * 50, ".", "好"])
    )
)
def test_however_it_is_cut_the_same_is_read(pieces: list[str]) -> None:
    whole = read("".join(pieces))
    assert read(*pieces) == whole
    assert read(*"".join(pieces)) == whole
    assert "".join(pieces).endswith(whole[1])


def test_only_what_is_short_enough_to_be_about_the_question_is_held_back() -> None:
    reader = WordReader()
    answer = "The mail that the user asked to see would be: " * 5
    shown = "".join(reader.feed(char) for char in answer)
    assert (reader.word, shown + reader.close()) == (None, answer)
    assert len(shown) == len(answer)


def test_a_long_answer_behind_the_word_is_kept() -> None:
    reader = WordReader()
    assert reader.feed("TEXT\n" + "x" * 200) == "x" * 200
    assert reader.word == "text"
