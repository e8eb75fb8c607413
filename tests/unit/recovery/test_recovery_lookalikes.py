"""A call in a form of no model is never the answer in silence, and an ordinary answer is never asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lookalike_corpus import ANNOUNCED, ARGS, LEADS, ON_THE_LINE, ORDINARY, SILENT, TOOLS, expectation

from graph.endpoint.assemble import ReplyAssembler
from graph.endpoint.recovery.lookalikes import read_lookalikes

if TYPE_CHECKING:
    from graph.endpoint.expectation import Expectation
    from graph.endpoint.reply import Reply

MADE = (("add", ARGS),)
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
FORMS = pytest.mark.parametrize("form", SILENT.values(), ids=SILENT.keys())


def reply_of(text: str, expect: Expectation, *, streamed: bool = False) -> Reply:
    """What is made of a reply that holds a text."""
    assembler = ReplyAssembler(expect)
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)] if streamed else [text]
    for piece in pieces:
        message = {"role": "assistant", "content": piece}
        list(assembler.feed({"choices": [{"index": 0, "delta" if streamed else "message": message}]}))
    list(assembler.feed({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    list(assembler.finish(ended=True, streamed=streamed))
    assert assembler.reply is not None
    return assembler.reply


def is_asked(reply: Reply) -> bool:
    """Whether the model is asked what it meant."""
    return reply.fault == "leaked" and bool(reply.shown) and not reply.calls


@STREAMED
@FORMS
def test_alone_it_is_asked_about(form: str, *, streamed: bool) -> None:
    assert is_asked(reply_of(form, expectation(), streamed=streamed))


@pytest.mark.parametrize("lead", LEADS)
@FORMS
def test_behind_a_lead_it_is_asked_about(form: str, lead: str) -> None:
    assert is_asked(reply_of(lead + form, expectation()))


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_on_the_line_of_its_lead_it_is_asked_about(name: str) -> None:
    assert is_asked(reply_of(f"I'll add them: {SILENT[name]}", expectation()))


@STREAMED
@pytest.mark.parametrize("text", ANNOUNCED)
def test_where_it_is_said_before_it_is_asked_about(text: str, *, streamed: bool) -> None:
    assert is_asked(reply_of(text, expectation(), streamed=streamed))


@STREAMED
@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_answer_is_one(text: str, *, streamed: bool) -> None:
    reply = reply_of(text, expectation(), streamed=streamed)
    assert (reply.text, reply.fault, reply.shown, reply.calls) == (text, None, (), ())


@pytest.mark.parametrize("lead", ["I called the tool:\n", "I used this:\n\n", "The sum is 15.\n\n"])
@pytest.mark.parametrize(
    "form", [text for name, text in SILENT.items() if name.startswith(("keyed", "assigned", "yaml"))]
)
def test_a_recap_is_an_answer(form: str, lead: str) -> None:
    reply = reply_of(lead + form, expectation(made=(*MADE, ("search", '{"query": "x"}'))))
    assert (reply.fault, reply.shown) == (None, ())


def test_a_call_that_was_made_is_told_where_it_is_the_whole_reply() -> None:
    reply = reply_of("result = add(12, 3)", expectation(made=MADE))
    assert (reply.fault, reply.shown) == (None, ("add",))


def test_a_call_is_asked_about_that_is_to_be_made_again() -> None:
    assert is_asked(reply_of("I'll try again:\nresult = add(12, 3)", expectation(made=MADE)))


@pytest.mark.parametrize(
    ("prompt", "form"),
    [
        ("Show me an example call of add.", SILENT["element-elements"]),
        ("Don't call anything yet: which call would you send?", SILENT["keyed"]),
        ("Write a Python script that uses add.", SILENT["assigned"]),
        ("Repeat after me: Action: add(a=12, b=3)", SILENT["action-call"]),
    ],
)
def test_what_was_asked_for_or_quoted_is_told(prompt: str, form: str) -> None:
    reply = reply_of(form, expectation(prompt))
    assert (reply.fault, reply.shown) == (None, ("add",))


def test_what_a_tool_returned_is_told() -> None:
    reply = reply_of(SILENT["yaml"], expectation(given=("a file:\n\ntool: add\nargs:\n  a: 12\n  b: 3\n",)))
    assert (reply.fault, reply.shown) == (None, ("add",))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("add(12, b=3)", ARGS),
        ('add(a="12", b="3")', ARGS),
        ("<add><a>12</a><b>3</b></add>", ARGS),
        ("{name: 'add', arguments: {a: 12, b: 3, /* both */ }}", ARGS),
        ("｛“name”：“add”，“arguments”：｛“a”：12，“b”：3｝｝", ARGS),
        ('search: {"query": "it\'s // no comment"}', '{"query": "it\'s // no comment"}'),
        ("search(`a template`)", '{"query": "a template"}'),
    ],
)
def test_its_arguments_are_named_and_typed(text: str, arguments: str) -> None:
    assert [found.arguments for found in read_lookalikes(text, TOOLS)] == [arguments]


@pytest.mark.parametrize(
    "text",
    ["add(1, 2, 3)", "add(1, a=2)", "add(12)", "add({a: 1})", "<add><a>12</a></add>", "add[[[[", 'add("' + '\\"' * 99],
)
def test_arguments_that_do_not_fit_make_no_call(text: str) -> None:
    assert not list(read_lookalikes(text, TOOLS))


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "[",
        "add(",
        "add[",
        "add {",
        '"\\"',
        "/*",
        "“",
        "`",
        ": {",
        "<a>",
        '<parameter name="a">',
        "add:\na: 1\n",
        "\n",
    ],
)
@pytest.mark.parametrize("head", ["<add>", "add(", "```python\n", '{"name": "add", "arguments": {', "I'll call add "])
def test_a_long_text_is_read_once(head: str, piece: str) -> None:
    long = head + piece * (500_000 // len(piece))  # the square of it would not end within a test's time
    assert not list(read_lookalikes(long, TOOLS))
