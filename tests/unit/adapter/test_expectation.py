from __future__ import annotations

import pytest

from graph.endpoint.expectation import Doubts, Expectation


def hinted(*, hints: bool = True, instructions: str = "", before: tuple[str, ...] = (), prompt: str = "") -> bool:
    doubts = Doubts(asks=True, hints=hints)
    expect = Expectation(
        tools={"send_mail": {}}, doubts=doubts, instructions=instructions, before=before, prompt=prompt
    )
    return expect.hinted


@pytest.mark.parametrize(
    ("instructions", "before", "prompt", "expected"),
    [
        ("", (), "Mail Bob hi.", False),
        ("Never call any tools.", (), "Mail Bob hi.", True),
        ("You are a helpful assistant.", (), "Mail Bob hi.", False),
        ("", ("Show me an example of a send_mail call.",), "And one for Bob.", True),
        ("", ("Write a sample invoice.",), "Mail Bob hi.", True),
        ("", ("Read the mail of Bob.",), "Mail Bob hi.", False),
        ("", ("Read main.py and explain its function calls.",), "Mail Bob hi.", False),
        ("", (), "As a thought experiment, mail Bob hi.", True),
    ],
)
def test_what_vague_words_or_earlier_ones_put_in_doubt(
    instructions: str, before: tuple[str, ...], prompt: str, expected: bool
) -> None:
    assert hinted(instructions=instructions, before=before, prompt=prompt) is expected
    assert not hinted(hints=False, instructions=instructions, before=before, prompt=prompt)
