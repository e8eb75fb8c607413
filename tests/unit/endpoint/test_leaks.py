"""How much of a text is looked through for calls on the line of their lead-in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.endpoint import leaks
from graph.endpoint.expectation import Expectation
from graph.endpoint.leaks import beside_their_leads, shown_in
from graph.endpoint.recovery import Recovery, recover

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
TOOLS: dict[str, Any] = {
    "add": {"type": "object", "properties": {"a": INTEGER, "b": INTEGER}, "required": ["a", "b"]},
    "write": {"type": "object", "properties": {"text": STRING}, "required": ["text"]},
}
EXPECT = Expectation(tools=TOOLS, prompt="Add 1 and 2.")
CALL = '{"name": "add", "arguments": {"a": 1, "b": 2}}'


@pytest.mark.parametrize("line", ["[add(a=1) " * 20, "[add(a=1) " * 1000, f"{CALL}, " * 200], ids=len)
def test_more_lines_are_not_looked_through(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(text: str, *given: Any, **options: Any) -> Recovery:
        sizes.append(len(text))
        return recover(text, *given, **options)

    monkeypatch.setattr(leaks, "recover", counted)
    beside_their_leads(f"I do: {line}]\n" * 100, EXPECT)
    few = sum(sizes)
    beside_their_leads(f"I do: {line}]\n" * 1000, EXPECT)
    assert 0 < sum(sizes) == 2 * few


def test_lines_of_no_tool_do_not_count() -> None:
    code = "const add = {\n" + "  when: () => {\n  }\n  with: []\n" * 100 + "}\n"
    assert [call.name for call in beside_their_leads(f"{code}I do: {CALL}", EXPECT)] == ["add"]


def test_a_long_file_on_the_line_of_its_lead() -> None:
    call = json.dumps({"name": "write", "arguments": {"text": "if here:\n    go(on)\n" * 3000}})
    assert shown_in(f"I write it: {call}", EXPECT).names == ("write",)
    assert [one.name for one in beside_their_leads(f"I write it: {call}", EXPECT)] == ["write"]
