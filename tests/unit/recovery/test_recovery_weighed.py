"""A call that is meant runs or is asked about; one that is only shown never runs."""

from __future__ import annotations

from typing import Literal

import pytest
from recovery_pieces import read
from recovery_weighed import MEANT, SHOWN, Weighed

from graph.endpoint.recovery import Recovery, StreamRecovery, same_call

NUMBER = {"type": "integer"}
TOOLS = {"add": {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"]}}
CALL = '{"name": "add", "arguments": {"a": 1, "b": 2}}'
FORMS = {
    "fenced": f"```json\n{CALL}\n```",
    "bare": CALL,
    "fenced-marked": f"```xml\n<tool_call>\n{CALL}\n</tool_call>\n```",
    "wrapped": f"<json>{CALL}</json>",
    "pythonic": "[add(a=1, b=2)]",
    "functools": f"functools[{CALL}]",
}
MADE = {same_call("add", '{"b":2,"a":1}')}


def reading(found: Recovery) -> Literal["run", "doubt", "text"]:
    assert found.broken == ()
    return "run" if found.calls else "doubt" if found.doubt else "text"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", [*MEANT, *SHOWN], ids=lambda case: f"{case.prompt[:20]}-{case.reply[:40]}-{case.made}")
def test_it_is_weighed(case: Weighed, form: str) -> None:
    text = case.reply.replace("{F}", FORMS[form])
    found = read(text, TOOLS, prompt=case.prompt, made=MADE if case.made else ())
    if form == "functools" and text.startswith("functools"):  # at the start it is a marker
        return
    assert reading(found) == case.reading
    for call in (*found.calls, *found.doubt):
        assert (call.name, call.arguments) == ("add", '{"a": 1, "b": 2}')
    if not found.calls:
        assert found.content == text


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: f"{case.prompt[:20]}-{case.reply[:40]}-{case.made}")
def test_what_is_shown_does_not_run(case: Weighed) -> None:
    assert case.reading != "run"


def test_there_are_enough_of_them() -> None:
    assert len(MEANT) >= 30
    assert len(SHOWN) >= 25


@pytest.mark.parametrize(
    "arguments",
    [
        {"a": 1},
        {"a": 1, "b": 2, "c": 3},
        {"a": 1, "b": [2]},
        {"a": 1, "b": "..."},
        {"a": "<number>", "b": "<number>"},
        {"a": "{a}", "b": 2},
    ],
    ids=str,
)
def test_what_cannot_run_is_not_asked_about(arguments: dict[str, object]) -> None:
    text = "For example:\n```json\n" + f'{{"name": "add", "arguments": {arguments}}}'.replace("'", '"') + "\n```"
    assert read(text, TOOLS) == Recovery(text, "", (), ())


def test_several_blocks_are_one() -> None:
    fence = FORMS["fenced"]
    assert len(read(f"I'll add twice:\n{fence}\n\n{fence}", TOOLS).calls) == 2
    apart = read(f"1. First:\n{fence}\n2. Then:\n{fence}", TOOLS)
    assert (len(apart.calls), len(apart.doubt)) == (0, 1)


def test_a_call_that_runs_leaves_no_doubt_about_another() -> None:
    marked = f"<tool_call>{CALL}</tool_call>"
    found = read(f"For example:\n{FORMS['fenced']}\n\nNow I'll do it.\n{marked}", TOOLS)
    assert len(found.calls) == 1


@pytest.mark.parametrize(
    ("before", "behind"),
    [("For example:\n", "x"), ("Here it is:\n", "x"), ("Sure:\n", "x" * 201), ("", f"That would add.{'.' * 186}")],
)
def test_a_block_in_doubt_streams_on(before: str, behind: str) -> None:
    """Once the words before a block, or those behind it, leave doubt, nothing waits."""
    text = f"{before}{FORMS['fenced']}\n{behind}"
    reader = StreamRecovery(TOOLS)
    assert reader.feed(text[:-1]) == before
    assert reader.feed(text[-1]) == text[len(before) :]
    assert reader.feed("\n{\n") == "\n{\n"


def test_text_behind_a_block_waits_no_longer_than_it_must() -> None:
    reader = StreamRecovery(TOOLS)
    assert reader.feed(f"{FORMS['fenced']}\n") == ""
    assert reader.feed("x" * 200) == ""
    assert reader.feed("x") == "x" * 201
    assert reader.feed("y") == "y"
    assert len(reader.close("stop").calls) == 1


@pytest.mark.parametrize(
    "first",
    [
        'The form is:\n```json\n{"name": "add", "arguments": {"a": "<a>", "b": "<b>"}}\n```',
        'I have added:\n```json\n{"name": "add", "arguments": {"a": 7, "b": 7}}\n```',
    ],
)
def test_a_call_behind_a_block_that_is_text_is_asked_about(first: str) -> None:
    text = f"{first}\n\nNow I will add:\n{FORMS['fenced']}"
    found = read(text, TOOLS, made=[("add", '{"a": 7, "b": 7}')])
    assert (found.calls, [call.value for call in found.doubt]) == ((), [{"a": 1, "b": 2}])
    assert found.content == text
