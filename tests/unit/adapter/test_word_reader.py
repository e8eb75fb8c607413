from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.run_or_text import WordReader

LONG = "The user asked me to write one, and what is written is there to be read. " * 4


def word_of(text: str) -> tuple[str | None, str]:
    reader = WordReader()
    reader.feed(text)
    rest = reader.close()
    return reader.word, rest


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("RUN", "run", ""),
        (" run\n", "run", ""),
        ("Run it.", "run", ""),
        ("**RUN**", "run", ""),
        ('"RUN".', "run", ""),
        ("«RUN»", "run", ""),
        ("I would say RUN", "text", ""),
        ("```sql\nCREATE TABLE posts (body TEXT);\n```", None, "```sql\nCREATE TABLE posts (body TEXT);\n```"),
        ("<answer>RUN</answer>", "run", ""),
        ("RUN<|im_end|>", "run", ""),
        ("```\nRUN\n```", "run", ""),
        ("运行", "run", ""),
        ("RUN\n```json\n{}\n```", "run", "```json\n{}\n```"),
        ("RUN: {}", "run", "{}"),
        ("RUN. I will send it now.", "run", "I will send it now."),
        ("TEXT", "text", ""),
        ("Text.", "text", ""),
        ("`TEXT`", "text", ""),
        ("```text\nTEXT\n```", "text", ""),
        ("TEXT. The user wants a sample.", "text", ""),
        ("TEXT\n{}", "text", ""),
        ("RUN or TEXT", "text", ""),
        ("RUN/TEXT", "text", ""),
        ("RUN\n\nTEXT", "text", ""),
        ("TEXT, not RUN", "text", ""),
        ("It should not RUN.", "text", ""),
        ('{"answer": "RUN"}', "text", ""),
        ("Yes", "text", ""),
        ("Do not run it.", "text", ""),
        ("不要运行", "text", ""),
        ("It should RUN.", "text", ""),
        ("Oui.", "text", ""),
        ("The user wants to see it as text.", "text", ""),
        (f"{LONG}So: TEXT", "text", ""),
        (LONG, None, LONG),
        ("It has been sent.", None, "It has been sent."),
        ("Text messages are nice.", None, "Text messages are nice."),
        ("Run it yourself.", None, "Run it yourself."),
        ("RUNNERS", None, "RUNNERS"),
        ("TEXTS", None, "TEXTS"),
        ("The result is 437.", None, "The result is 437."),
        ("```json\n{}\n```", None, "```json\n{}\n```"),
        ("**", "text", ""),
        ("{", "text", ""),
        ("42", None, "42"),
        ("", None, ""),
    ],
)
def test_the_word_and_what_stands_behind_it(text: str, word: str | None, rest: str) -> None:
    assert word_of(text) == (word, rest)


@given(
    st.lists(
        st.sampled_from(["RUN", "TEXT", "run", "R", "UN", " ", "\n", "*", "`", "```", "{}", "or", "x" * 50, ".", "好"])
    )
)
def test_nothing_of_an_answer_is_lost_and_a_word_against_it_wins(pieces: list[str]) -> None:
    text = "".join(pieces)
    word, rest = word_of(text)
    assert text.endswith(rest)
    assert rest == text or word is not None
    assert word != "run" or not re.search(r"(?<![A-Za-z])TEXT(?![A-Za-z])", text)
