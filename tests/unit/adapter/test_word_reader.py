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
        ("RUN or rather not", None, "RUN or rather not"),
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
    st.lists(st.sampled_from(["RUN", "TEXT", "run", "R", "UN", " ", "\n", "*", "`", "```", "{}", "or", "x", ".", "好"]))
)
def test_however_it_is_cut_the_same_is_read(pieces: list[str]) -> None:
    whole = read("".join(pieces))
    assert read(*pieces) == whole
    assert read(*"".join(pieces)) == whole
    assert "".join(pieces).endswith(whole[1])


def test_what_is_no_word_is_not_held_back() -> None:
    assert WordReader().feed("The ") == "The "
    assert WordReader().feed("{") == "{"
    assert WordReader().feed("Te") == ""
