"""Calls that a reply quotes stay text; calls that it makes do not become text for the sentences around them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.endpoint.recovery import Recovery, StreamRecovery, recover, same_call

TOOLS = {
    "delete_files": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    "get": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
}
BARE = '{"name":"delete_files","arguments":{"path":"/"}}'
CALL = f"<tool_call>{BARE}</tool_call>"
XML = "<tool_call>\n<function=delete_files>\n<parameter=path>\n/\n</parameter>\n</function>\n</tool_call>"

QUOTED = (
    f"I would send {CALL} once you confirm. Shall I?",
    f"I would send {XML} once you confirm. Shall I?",
    f"Yes: a call such as {CALL} removes everything",
    f"Because a call like\n\n{CALL}\n\nwould remove everything, I ask first.",
    f"Because of\n{CALL}\nthe files are gone.",
    f"I ran\n\n{CALL}\n\nand got 3.",
    f"Translated: « {CALL} »",
    f"It says “{CALL}”",
    f'"{CALL}"',
    f"In the log:\n> {CALL}\n",
    f"- {CALL} deletes everything",
    f"The call <b>{CALL}</b> deletes everything",
    f"I would send {CALL}{CALL} to it.",
    f"First {CALL}, then {CALL}.",
    "Because a call like\n<tool_call>nope</tool_call>\nis not one.",
    "Write like this:\n<tool_call>...</tool_call>\nand no more.",
    "An ending looks like\n</tool_call>\nalone.",
    "Use <tool_call> and\n</tool_call>\naround it.",
)
DOUBTFUL = (
    f"The file contains this text:\n\n{CALL}",
    f"The file contains this text:\n\n{CALL}\n",
    f"The tool said:\n{XML}",
    f"Let me be clear. The result reads:\n\n{CALL}",
    f"I would call:\n\n{CALL}",
    f"An example:\n\n{CALL}",
    f"例如：{CALL}",
    f"文件内容如下：\n{CALL}",
    f"The file contains this text:\n\n{BARE}",
    f"A tool call has this shape:\n\n{CALL}\n\nThe name goes first.",
    f"The model emits this:\n\n{CALL}\n\nand the server parses it.",
    f"The parser in vLLM expects\n\n{CALL}\n\nThe closing tag is optional.",
    f"## Format\n\n{CALL}\n\n## Notes\nClosing tags are needed.",
    f"1. Qwen writes\n{CALL}\n2. Llama writes JSON.",
    f"Qwen 2.5 uses Hermes style.\n\n{CALL}\n\nLlama 3 has its own.",
    f"I already ran this call:\n{CALL}\nIt returned 3.",
    f"The call was:\n{CALL}",
    f"I'll delete them. {CALL} Then I will tell you.",
    f"我刚才调用了：\n{CALL}",
)
MADE = (
    (f"I'll check the weather.\n{CALL}", 1, "I'll check the weather."),
    (f"I'll check the weather.\n{XML}", 1, "I'll check the weather."),
    (f"I'll check.\n{CALL}\n\nThen I will tell you.", 1, "I'll check.\nThen I will tell you."),
    (f"I will check. {CALL}", 1, "I will check."),
    (f"Now for it\n{CALL}\nDone so far.", 1, "Now for it\nDone so far."),
    (f"Sure.{CALL}{CALL}", 2, "Sure."),
    (f"Sure.{CALL}</tool_call><|im_end|>", 1, "Sure."),
    (f"Let me see what it contains:\n{CALL}", 1, "Let me see what it contains:"),
    (f"I need to delete it:\n\n{CALL}", 1, "I need to delete it:"),
    (f"{CALL}Looking.", 1, "Looking."),
    (f"<|tool_section|>{CALL}<|tool_section_end|>", 1, "<|tool_section|><|tool_section_end|>"),
    (f"Sure. {CALL}<|section_end|>[SECTION_END]\nMore.", 1, "Sure. <|section_end|>[SECTION_END]\nMore."),
    (f"<|tool_section|>{CALL} [END] \n", 1, "<|tool_section|> [END]"),
    (f"I'll do it.\n```json\n{BARE}\n```\nThen I will tell you.", 1, "I'll do it.\nThen I will tell you."),
)
BROKEN = (
    ("<tool_call>{name: get, arguments: {a: 1}}</tool_call>", None),
    ("<tool_call>nope</tool_call>", None),
    ("Well. <tool_call>nope</tool_call>", None),
    ("<tool_call></tool_call>", None),
    ("</tool_call>", None),
    ("Well.\n</tool_call>\n", None),
    ("<|tool_call_end|>", None),
    ('<invoke name="get"><a>1</a></invoke>', "get"),
    ("<tool_code>\nfoo bar\n</tool_code>", None),
    ("<|tool_call|>nope<|/tool_call|>", None),
    ("<function=get>a</function>", None),
)
RECOVERED = (
    "<tool_call>get(a=1)</tool_call>",
    '<tool_call><name>get</name><arguments>{"a": 1}</arguments></tool_call>',
    '<|tool_call_begin|>get{"a":1}<|tool_call_end|>',
    '<｜tool▁call▁begin｜>get{"a":1}',
    '<|tool_call|>get{"a":1}',
    "<tool_code>get(a=1)</tool_code>",
    "<tool_code>\nprint(get(a=1))\n</tool_code>",
)
BESIDE = (
    f"{CALL}\n<tool_call>nope</tool_call>",
    f"{CALL}<tool_call>{{name: get}}</tool_call>",
    f"<tool_call>nope</tool_call>\n{CALL}",
    f'{CALL}\n<tool_call>{{"name": "get", "argu',
    f'{CALL}\n<tool_call>{{"name": "launch", "arguments": {{}}}}</tool_call>',
    f'I do both.\n{CALL}\n\n<invoke name="get"><a>1</a></invoke>',
)
ALL = (*QUOTED, *DOUBTFUL, *(text for text, _, _ in MADE), *(text for text, _ in BROKEN), *RECOVERED, *BESIDE)


def read(pieces: list[str], messages: tuple[str, ...] = ()) -> Recovery:
    reader = StreamRecovery(TOOLS, given=messages)
    shown = "".join(map(reader.feed, pieces))
    rest = reader.close("stop")
    content = shown + rest.content
    if rest.calls or rest.broken or rest.reasoning:
        content = content.strip()
    return replace(rest, content=content)


@pytest.mark.parametrize("text", QUOTED)
def test_a_quoted_call_is_text(text: str) -> None:
    assert recover(text, TOOLS) == Recovery(text, "", (), ())


@pytest.mark.parametrize("text", DOUBTFUL)
def test_words_alone_leave_a_call_in_doubt(text: str) -> None:
    found = recover(text, TOOLS)
    assert replace(found, doubt=()) == Recovery(text, "", (), ())
    assert [call.name for call in found.doubt] == ["delete_files"]
    asked = recover(text, TOOLS, prompt="Give me an example of such a call.")
    assert (asked.content, asked.calls, asked.broken) == (text, (), ())


@pytest.mark.parametrize(
    "lead",
    [
        "Example:",
        "Usage:",
        "**Example**:",
        "用法：",
        "A call is written like this:",
        "Here is how:",
        "To do it, I output:",
    ],
)
def test_a_heading_that_announces_an_example_leaves_it_in_doubt(lead: str) -> None:
    found = recover(f"{lead}\n\n{CALL}", TOOLS)
    assert (len(found.calls), len(found.doubt)) == (0, 1)


@pytest.mark.parametrize("prompt", ["What's the payload?", "Give me an example.", "请举例"])
def test_where_a_call_was_to_be_shown_one_behind_a_sentence_is_in_doubt(prompt: str) -> None:
    found = recover(f"This is it.\n{CALL}", TOOLS, prompt=prompt)
    assert (len(found.calls), len(found.doubt)) == (0, 1)
    announced = recover(f"I'll look for one.\n{CALL}", TOOLS, prompt=prompt)
    assert (len(announced.calls), len(announced.doubt)) == ((0, 1) if "payload" in prompt else (1, 0))
    assert len(recover('This is it.\n<tool_call>{"name": "get"}</tool_call>', TOOLS, prompt=prompt).broken) == 1


@pytest.mark.parametrize(
    ("prompt", "calls", "doubt"),
    [("Give me an example.", 0, 1), ("What's the payload?", 0, 1), ("Don't delete anything, don't call it.", 0, 0)],
)
def test_a_marked_call_alone_is_weighed_by_plain_words_of_the_user(prompt: str, calls: int, doubt: int) -> None:
    found = recover(CALL, TOOLS, prompt=prompt)
    assert (len(found.calls), len(found.doubt), found.broken) == (calls, doubt, ())


def test_a_call_made_before_is_in_doubt_behind_a_sentence() -> None:
    made = {same_call("delete_files", '{"path": "/"}')}
    for text in (f"That is all.\n{CALL}", f"All is deleted.\n\n{CALL}"):
        found = recover(text, TOOLS, made=made)
        assert (len(found.calls), len(found.doubt)) == (0, 1)
    assert recover(f"I called this:\n{CALL}", TOOLS, made=made).doubt == ()
    for text in (CALL, f"Let me try that once more.\n{CALL}"):
        assert len(recover(text, TOOLS, made=made).calls) == 1


@pytest.mark.parametrize(("text", "count", "content"), MADE)
def test_a_call_beside_sentences_is_a_call(text: str, count: int, content: str) -> None:
    found = recover(text, TOOLS)
    assert [call.name for call in found.calls] == ["delete_files"] * count
    assert (found.content, found.broken) == (content, ())


@pytest.mark.parametrize(("text", "name"), BROKEN)
def test_markup_that_nothing_reads_is_broken(text: str, name: str | None) -> None:
    found = recover(text, TOOLS)
    assert found.calls == ()
    assert [call.name for call in found.broken] == [name]
    assert found.broken[0].reason
    assert found.content in {"", "Well."}


@pytest.mark.parametrize("text", RECOVERED)
def test_a_call_off_the_template_is_one(text: str) -> None:
    found = recover(text, TOOLS)
    assert [(call.name, call.arguments) for call in found.calls] == [("get", '{"a": 1}')]
    assert (found.content, found.broken) == ("", ())


@pytest.mark.parametrize("text", BESIDE)
def test_a_bad_call_beside_a_good_one_is_reported(text: str) -> None:
    found = recover(text, TOOLS)
    assert [call.name for call in found.calls] == ["delete_files"]
    assert len(found.broken) == 1
    assert "<" not in found.content


@pytest.mark.parametrize("text", [CALL, XML, BARE, f"```json\n{BARE}\n```", f"Look.\n{CALL}", CALL.replace(":", ": ")])
def test_a_call_that_stands_in_a_message_is_a_quotation(text: str) -> None:
    messages = ("Hello", f"A page. {CALL} It ends.\n{XML}")
    assert recover(text, TOOLS, given=messages) == Recovery(text, "", (), ())
    assert read(list(text), messages) == Recovery(text, "", (), ())
    assert len(recover(text, TOOLS, given=("Hello", "delete /")).calls) == 1


@pytest.mark.parametrize("text", ALL)
def test_char_by_char(text: str) -> None:
    assert read(list(text)) == recover(text, TOOLS)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*ALL, "\n", "\n\n", " ", "so", "Well. ", "“", "```"]), max_size=4), st.data())
def test_pieces_give_what_the_whole_gives(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)) | {0, len(text)})
    whole = recover(text, TOOLS)
    assert read([text[start:end] for start, end in pairwise(cuts)]) == whole


def test_after_a_call_only_space_waits() -> None:
    reader = StreamRecovery(TOOLS)
    assert reader.feed(f"I would send {CALL}") == "I would send "
    assert reader.feed(" ") == ""
    assert reader.feed("o") == f"{CALL} o"
    assert reader.feed("n") == "n"


def test_a_mention_streams_on_after_an_empty_line() -> None:
    reader = StreamRecovery(TOOLS)
    assert reader.feed("<tool_call> begins a call.\n") == ""
    assert reader.feed("\n") == "<tool_call> begins a call.\n\n"
    assert reader.feed("More") == "More"
