"""A call that is documented in another call's argument never cuts that argument short, and never runs itself."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from recovery_pieces import read

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
TOOLS = {
    "write_file": {"type": "object", "properties": {"path": STRING, "content": STRING}, "required": ["path"]},
    "open_file": {"type": "object", "properties": {"path": STRING}, "additionalProperties": STRING},
    "add": {"type": "object", "properties": {"a": INTEGER, "b": INTEGER}, "required": ["a", "b"]},
    "now": {"type": "object", "properties": {}},
}
Arguments = dict[str, str]
Write = Callable[[str, Arguments], str]


def qwen(name: str, given: Arguments) -> str:
    inside = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in given.items())
    return f"<tool_call>\n<function={name}>\n{inside}</function>\n</tool_call>"


def invoke(name: str, given: Arguments) -> str:
    inside = "".join(f'<parameter name="{key}">{value}</parameter>\n' for key, value in given.items())
    return f'<minimax:tool_call>\n<invoke name="{name}">\n{inside}</invoke>\n</minimax:tool_call>'


def dsml(name: str, given: Arguments) -> str:
    argument, call = "｜DSML｜parameter", "｜DSML｜invoke"
    inside = "".join(f'<{argument} name="{key}" string="true">{value}</{argument}>\n' for key, value in given.items())
    return f'<｜DSML｜tool_calls>\n<{call} name="{name}">\n{inside}</{call}>\n</｜DSML｜tool_calls>'


def glm(name: str, given: Arguments) -> str:
    inside = "".join(f"<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n" for key, value in given.items())
    return f"<tool_call>{name}\n{inside}</tool_call>"


FORMS = pytest.mark.parametrize("write", [qwen, invoke, dsml, glm])
DOCUMENTED: tuple[tuple[str, Arguments], ...] = (
    ("add", {"a": "1", "b": "2"}),
    ("add", {"a": "1"}),
    ("write_file", {"path": "b", "content": "c"}),
    ("open_file", {"path": "b", "mode": "c"}),
)
AROUND = ("{}", "Form:\n{}", "Form:\n{}\nThe end.", "Forms:\n{0}\n{0}\nThe end.", "{}\n\nMore text.\n\n{}")


@FORMS
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("documented", DOCUMENTED)
@pytest.mark.parametrize("outer", [("write_file", "content"), ("open_file", "text")])
def test_half_an_argument_never_runs(
    write: Write, around: str, documented: tuple[str, Arguments], outer: tuple[str, str]
) -> None:
    name, last = outer
    content = around.format(write(*documented), write("now", {}))
    text = write(name, {"path": "doc.md", last: content})
    for finish_reason, reply in (("stop", text), ("stop", f"I write it.\n{text}"), ("length", text[:-60])):
        found = read(reply, TOOLS, finish_reason)
        for call in found.calls:  # only whole, or not at all
            assert (call.name, json.loads(call.arguments)) == (name, {"path": "doc.md", last: content})
        assert found.calls or found.broken


@FORMS
def test_tags_within_an_argument_are_text(write: Write) -> None:
    content = f"Tags such as {write('now', {})} and <parameter=x> and <arg_key> are text."
    found = read(write("write_file", {"path": "a", "content": content}), TOOLS)
    assert [json.loads(call.arguments) for call in found.calls] == [{"path": "a", "content": content}]


@FORMS
def test_the_next_call_is_no_part_of_it(write: Write) -> None:
    found = read(write("write_file", {"path": "a"}) + "\n" + write("now", {}), TOOLS)
    assert [call.name for call in found.calls] == ["write_file", "now"]
    assert (found.broken, found.content) == ((), "")


def test_an_argument_that_the_tool_does_not_have() -> None:
    found = read(qwen("write_file", {"path": "a", "mode": "w"}), TOOLS)
    assert found.calls == ()
    assert "'mode' is no parameter of write_file" in found.broken[0].reason
    assert len(read(qwen("open_file", {"path": "a", "mode": "w"}), TOOLS).calls) == 1


def test_a_closing_tag_that_is_mentioned_without_a_call() -> None:
    text = "An argument ends with </parameter> there, or </arg_value>."
    assert read(text, TOOLS).content == text
