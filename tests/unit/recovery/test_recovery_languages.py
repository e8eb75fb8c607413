from __future__ import annotations

import pytest
from wishes_corpus import CALL, EXAMPLE, ORDER, WITHHELD

from graph.endpoint.recovery import recover
from graph.endpoint.recovery.languages import LANGUAGES
from graph.endpoint.recovery.wishes import wishes_of

TOOLS = {"add": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}}
BLOCK = '```json\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n```'
TAGGED = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'


def cases(corpus: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, prompt) for language, prompts in corpus.items() for prompt in prompts]


def test_every_language_has_prompts_of_every_kind() -> None:
    assert set(EXAMPLE) == set(CALL) == set(WITHHELD) == set(ORDER) == set(LANGUAGES)


@pytest.mark.parametrize(("language", "prompt"), cases(EXAMPLE))
def test_an_example(language: str, prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.held_back) == (True, False), language


@pytest.mark.parametrize(("language", "prompt"), cases(CALL))
def test_a_call_as_text(language: str, prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.explicit, wishes.held_back) == (True, True, False), language


@pytest.mark.parametrize(("language", "prompt"), cases(WITHHELD))
def test_nothing_is_to_run(language: str, prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.held_back, wishes.explicit) == (True, True), language
    for reply in (BLOCK, TAGGED, f"OK:\n{BLOCK}"):
        found = recover(reply, TOOLS, prompt=prompt)
        assert (found.calls, found.content) == ((), reply)


@pytest.mark.parametrize(("language", "prompt"), cases(ORDER))
def test_an_order(language: str, prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.explicit, wishes.held_back) == (False,) * 3, language
    for reply in (BLOCK, TAGGED):
        assert [call.name for call in recover(reply, TOOLS, prompt=prompt).calls] == ["add"]


LEADS = {
    "German": ["Ein Beispiel:", "Zum Beispiel so:", "Hier ist ein Beispielaufruf:"],
    "French": ["Voici un exemple :", "Par exemple :"],
    "Spanish": ["Aquí tienes un ejemplo:", "Por ejemplo:"],
    "Portuguese": ["Aqui está um exemplo:", "Por exemplo:"],
    "Italian": ["Ecco un esempio:", "Per esempio:"],
    "Russian": ["Вот пример:", "Пример:"],
    "Japanese": ["例えば次のようになります：", "以下はサンプルです："],
    "Korean": ["예를 들면:", "다음은 예시입니다:"],
    "Chinese, traditional": ["範例：", "舉例："],
}


@pytest.mark.parametrize(("language", "lead"), cases(LEADS))
@pytest.mark.parametrize("call", [BLOCK, TAGGED])
def test_a_lead_that_speaks_of_an_example_leaves_doubt(language: str, lead: str, call: str) -> None:
    found = recover(f"{lead}\n{call}", TOOLS, prompt="1 + 2?")
    assert (len(found.calls), len(found.doubt)) == (0, 1), language


@pytest.mark.parametrize(
    ("prompt", "held_back"),
    [
        ("What would you call to add 1 and 2? Do it.", False),
        ("Tell me which tool you would use, then use it.", False),
        ("Which tool would you use for 1 + 2? Go ahead and run it.", False),
        ("先告诉我用哪个工具，然后执行。", False),
        ("What would you call to add 1 and 2?", True),
        ("Tell me what you would call before you run it.", True),
        ("What would you call? Don't run it. Then tell me why.", True),
        ("Tell me your plan first and wait for my OK, then do it.", True),
        ("Do it later. What would you call?", True),
    ],
)
def test_a_plan_that_is_to_be_followed_at_once(prompt: str, held_back: bool) -> None:
    assert wishes_of(prompt).held_back is held_back


@pytest.mark.parametrize(
    "prompt", ["führe es " * 700, "no la " * 1000, "ne l'" * 1200, "sans " * 1200, "не " * 2000, "呼び出し" * 1500]
)
def test_words_without_end_are_read(prompt: str) -> None:
    assert wishes_of(prompt) == wishes_of(prompt.strip())
