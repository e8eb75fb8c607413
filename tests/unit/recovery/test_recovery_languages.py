"""What users and models say around a call in other languages than English and simplified Chinese."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import get_args

import pytest
from recovery_pieces import read

from graph.endpoint.recovery import languages
from graph.endpoint.recovery.languages.patterns import Kind
from graph.endpoint.recovery.wishes import Wishes, wishes_of

TABLES = sorted(Path(languages.__file__).parent.glob("*.toml"))
NUMBER = {"type": "integer"}
TOOLS = {"add": {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"]}}
CALL = '{"name": "add", "arguments": {"a": 2, "b": 3}}'
FENCED = f"```json\n{CALL}\n```"
MARKED = f"<tool_call>\n{CALL}\n</tool_call>"
SAID: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
CASES = [
    (kind, prompt) for said in SAID.values() for kind in ("call", "example", "held", "run") for prompt in said[kind]
]


def kind_of(wishes: Wishes) -> str:
    if wishes.held_back:
        return "held"
    return ("call" if wishes.explicit else "example") if wishes.shown else "run"


@pytest.mark.parametrize(("kind", "prompt"), CASES)
def test_what_is_asked_for(kind: str, prompt: str) -> None:
    assert kind_of(wishes_of(prompt)) == kind


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_table_is_well_formed(path: Path) -> None:
    """A list is of a known kind, a piece is used, and small letters stand for themselves when they are folded."""
    table = tomllib.loads(path.read_text("utf-8"))
    lists = {key: words for key, words in table.items() if isinstance(words, list)}
    pieces = {key: words for key, words in table.items() if isinstance(words, str)}
    assert {"example", "call", "forbids", "plans", "doubts"} <= lists.keys() <= {*get_args(Kind)}
    patterns = [*pieces.values(), *(pattern for words in lists.values() for pattern in words)]
    assert [pattern for pattern in patterns if pattern != pattern.lower()] == []
    named = set(re.findall(r"\{([a-z_]+)\}", "".join(patterns)))
    assert named - {"start", "end"} == pieces.keys()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("kind", "prompt"), CASES)
def test_however_its_letters_are_encoded_and_written(kind: str, prompt: str, form: str) -> None:
    assert kind_of(wishes_of(unicodedata.normalize(form, prompt.upper()))) == kind


def test_each_language_has_a_table() -> None:
    assert sorted(SAID) == [path.stem for path in TABLES]


@pytest.mark.parametrize("form", [FENCED, CALL, f"Hier:\n{FENCED}"])
@pytest.mark.parametrize(("kind", "prompt"), CASES)
def test_only_a_call_that_was_asked_for_runs(kind: str, prompt: str, form: str) -> None:
    found = read(form, TOOLS, prompt=prompt)
    assert bool(found.calls) == (kind == "run")
    assert [call.name for call in found.doubt] == (["add"] if kind == "example" else [])


@pytest.mark.parametrize("form", [FENCED, CALL, MARKED])
@pytest.mark.parametrize("lead", [lead for said in SAID.values() for lead in said["showing"]])
def test_a_call_that_is_shown_is_in_doubt(lead: str, form: str) -> None:
    found = read(f"{lead}\n{form}", TOOLS)
    assert (found.calls, [call.name for call in found.doubt]) == ((), ["add"])


@pytest.mark.parametrize("form", [FENCED, CALL])
@pytest.mark.parametrize("words", ["Zum Beispiel 5.", "Esto sería un ejemplo.", "Например, так.", "これは例です。"])
def test_words_behind_a_call_may_leave_doubt_too(words: str, form: str) -> None:
    found = read(f"{form}\n\n{words}", TOOLS)
    assert (found.calls, [call.name for call in found.doubt]) == ((), ["add"])


@pytest.mark.parametrize("form", [FENCED, CALL, MARKED])
@pytest.mark.parametrize("lead", [lead for said in SAID.values() for lead in said["making"]])
def test_a_call_that_is_made_runs(lead: str, form: str) -> None:
    assert len(read(f"{lead}\n{form}", TOOLS).calls) == 1


@pytest.mark.parametrize(
    "lead",
    [
        "Let me look at the serial number of the misaligned Sahel import np.array:",
        "I'll read the exemplary list:",
        "Ich werde dir ein Beispiel zeigen:",
        "Voy a mostrarte un ejemplo:",
    ],
)
def test_words_that_begin_like_others(lead: str) -> None:
    shows = "Beispiel" in lead or "ejemplo" in lead
    assert bool(read(f"{lead}\n{FENCED}", TOOLS).calls) != shows


@pytest.mark.parametrize("language", SAID)
def test_a_long_prompt_is_weighed(language: str) -> None:
    """No pattern looks further than a few words, however often one is said."""
    prompt = SAID[language]["held"][0]
    words = prompt.rstrip(".?!。？！।؟")
    assert wishes_of(f"{'x ' * 10_000}\n{prompt}").held_back
    assert wishes_of(f"{words} " * (20_000 // len(words))).held_back
    for word in words.split():
        assert not wishes_of(word * 20_000).code
