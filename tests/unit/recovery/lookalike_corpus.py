# ruff: noqa: E501  # a reply stands on one line, so that the table can be read
"""Replies that end in a call in a form of no model, and ordinary answers that hold the same words."""

from __future__ import annotations

from typing import Any

from graph.endpoint.expectation import Expectation

NUMBER = {"type": "integer"}
TOOLS: dict[str, dict[str, Any]] = {
    "add": {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"]},
    "search": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    "write_file": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
    },
    "now": {"type": "object", "properties": {}},
}
ARGS = '{"a": 12, "b": 3}'
NAMED = f'"name": "add", "arguments": {ARGS}'

SILENT = {
    # steps of ReAct, on one line or in other words
    "action-call": "Action: add(a=12, b=3)",
    "action-list": "Action: add[12, 3]",
    "action-plain": "Action: search[the sum of 12 and 3]",
    "action-object": f"Action: add {ARGS}",
    "action-step": "Thought: I have to add.\n**Action:** add(12, 3)",
    "action-made-up": "Action: add(12, 3)\nObservation: 15\nFinal Answer: 15",
    "action-chinese": f"行动: add\n行动输入: {ARGS}",
    "action-chinese-wide": f"思考：需要相加。\n动作：add\n动作输入：{ARGS}",
    "action-chinese-plain": "行动：search\n行动输入：十二加三",
    "action-nothing": "Action: now\nAction Input: None",
    "tool-input": f"Tool: add\nInput: {ARGS}",
    "function-parameters": f"Function: add\nParameters: {ARGS}",
    # Harmony without its tokens
    "recipient": f"to=functions.add {ARGS}",
    "recipient-role": f"assistant to=functions.add<json>{ARGS}",
    "recipient-code": f"assistant to=functions.add code\n{ARGS}",
    # elements
    "tool-use": f'<tool_use>{{"name": "add", "input": {ARGS}}}</tool_use>',
    "tool-use-elements": "<tool_use>\n<tool_name>add</tool_name>\n<parameters>\n<a>12</a>\n<b>3</b>\n</parameters>\n</tool_use>",
    "tool-attribute": f'<tool name="add">{ARGS}</tool>',
    "tool-parameters": '<tool name="add"><parameter name="a">12</parameter><parameter name="b">3</parameter></tool>',
    "element-object": f"<add>{ARGS}</add>",
    "element-elements": "<add><a>12</a><b>3</b></add>",
    "element-lines": "<add>\n<a>12</a>\n<b>3</b>\n</add>",
    "element-attributes": '<add a="12" b="3"/>',
    "element-content": "<write_file>\n<path>a.py</path>\n<content>\ndef f():\n    return {}\n</content>\n</write_file>",
    "element-two": "<add><a>12</a><b>3</b></add>\n<add><a>1</a><b>2</b></add>",
    "action-elements": f"<action>add</action><action_input>{ARGS}</action_input>",
    # objects
    "keyed": f'{{"add": {ARGS}}}',
    "keyed-fenced": f'```json\n{{"add": {ARGS}}}\n```',
    "keyed-fenced-two": f'```json\n{{"add": {ARGS}}}\n{{"search": {{"query": "x"}}}}\n```',
    "other-arguments": '{"name": "add", "arguments": {"x": 12, "y": 3}}',
    "more-arguments": '{"name": "add", "arguments": {"a": 12, "b": 3, "c": 4}}',
    "schema-for-arguments": '```json\n{"name": "add", "arguments": {"properties": {"a": {"type": "integer"}}, "required": ["a"]}}\n```',
    "other-arguments-and-words": '```json\n{"name": "add", "arguments": {"x": 12}}\n```\nPlease give me the numbers.',
    "flat": '{"name": "add", "a": 12, "b": 3}',
    "flat-tool": '{"tool": "add", "a": 12, "b": 3}',
    "flat-function": '{"function": "add", "a": 12, "b": 3}',
    "listed": '{"tool": "add", "args": [12, 3]}',
    "with-thought": f'{{"thought": "I add.", "action": "add", "action_input": {ARGS}}}',
    "within-thought": f'{{"thought": "I add.", "tool": {{{NAMED}}}}}',
    "parallel": f'{{"tool_uses": [{{"recipient_name": "functions.add", "parameters": {ARGS}}}]}}',
    # code
    "assigned": "```python\nresult = add(12, 3)\n```",
    "assigned-named": "```python\nx = add(a=12, b=3)\nprint(x)\n```",
    "assigned-bare": "result = add(12, 3)\nprint(result)",
    "in-print": '```python\nprint("The sum is", add(12, 3))\n```',
    "awaited": "await add(a=12, b=3)",
    "in-main": "```python\nimport asyncio\n\nasync def main():\n    print(await add(a=12, b=3))\n\nasyncio.run(main())\n```",
    "javascript": "const result = await add({a: 12, b: 3});",
    "javascript-fenced": "```ts\nfunctions.add({ a: 12, b: 3 });\n```",
    "method": "```tool_code\nadd.run(a=12, b=3)\n```",
    "one-needs-the-other": "```python\nx = add(12, 3)\ny = add(x, 4)\n```",
    "inline": "`add(a=12, b=3)`",
    # lines
    "yaml": "tool: add\nargs:\n  a: 12\n  b: 3",
    "yaml-fenced": "```yaml\ntool: add\nargs:\n  a: 12\n  b: 3\n```",
    "yaml-keyed": "add:\n  a: 12\n  b: 3",
    "items": "Tool: add\n- a: 12\n- b: 3",
    # a name beside an object
    "name-colon": f"add: {ARGS}",
    "name-object": f"add {ARGS}",
    "name-bold": f"**add**\n```json\n{ARGS}\n```",
    "name-slash": f"/add {ARGS}",
    "name-brackets": f"[add]{ARGS}[/add]",
    # slips
    "typographic": "{“name”: “add”, “arguments”: {“a”: 12, “b”: 3}}",
    "typographic-unclosed": "{“name”: “add”, “arguments”: {“a”: 12, “b”: 3}",
    "no-quotes": '{name: "add", arguments: {a: 12, b: 3}}',
    "words": "```json\n{name: add, arguments: {a: 12, b: 3}}\n```",
}
"""All of these ended a run as its answer; none of them is read as a call."""

LEADS = ("I'll add them:\n", "Let me use the tool.\n\n", "Sure! Here is the tool call:\n\n", "我来计算：\n")
ON_THE_LINE = (
    "action-call",
    "recipient",
    "tool-use",
    "element-elements",
    "keyed",
    "flat",
    "in-print",
    "awaited",
    "name-object",
    "typographic",
)
"""Those that are met on the line of their lead, too."""

ANNOUNCED = (
    "<thinking>For example, add.</thinking>\n\n<add><a>12</a><b>3</b></add>",
    f"I'll call add with {ARGS}.",
    "Calling `add(a=12, b=3)`...",
    "I need to run add(12, 3).",
    "Now calling add(12, 3)",
    f"{'The two numbers are given. ' * 20}I'll call the tool now.\n\n<add><a>12</a><b>3</b></add>",
    f"Thought: {'I think it over. ' * 30}\nAction: add(12, 3)",
    "<add><a>12</a><b>3</b></add>\n\nI'll tell you the sum.",
    f"I'll add them: functools[{{{NAMED}}}]",
    f'I\'ll add them: {{"name": "add", /* the sum */ "arguments": {ARGS}}}',
)
"""A call that is said before, in a sentence or far behind the beginning."""

ORDINARY = (
    "The sum is 15.",
    "I called add(a=12, b=3) and got 15.",
    "The result is 15, from add(12, 3).",
    "The call add(a=12, b=3) failed.",
    f"I could not run add({ARGS}).",
    "I would call add(12, 3) here.",
    "I'd call:\nadd(12, 3)",
    "Should I call add(12, 3)?",
    "Let me know if I should run add(12, 3).",
    "You can use `add(12, 3)` for that.",
    "You can use it so:\n```python\nadd(12, 3)\n```",
    "For example:\n`add(12, 3)`",
    f"An example of the form:\n{{“add”: {ARGS}}}",
    "Here is a function:\n```python\ndef add(a, b):\n    return a + b\n```",
    "```python\ndef add(a, b):\n    return a + b\n\nprint(add(12, 3))\n```",
    "To add two numbers in Python:\n```python\na = 12\nb = 3\nprint(a + b)\n```",
    "```python\nresult = add(12, 3)\n```\nThis calls add with 12 and 3, which gives 15.",
    "Two ways exist. One is\n\nadd(12, 3)\n\nand the other is to sum by hand.",
    f"| Tool | Arguments |\n|---|---|\n| add | {ARGS} |",
    f"add | {ARGS}",
    "I have these tools:\n- add: adds two numbers\n- search: searches the web",
    f'- add: {ARGS}\n- search: {{"query": "x"}}',
    "1. add(12, 3)\n2. add(15, 4)",
    "> add(12, 3)",
    "add: adds two numbers\nsearch: searches the web",
    "The tools are:\nnow()",
    '{"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}',
    "The form is:\nadd(a=<number>, b=<number>)",
    "result = add(a, b)",
    "`add(a: int, b: int)` adds two numbers.",
    "tool: add\nstatus: ok",
    "Tool: add\na: 12\nb: 3\nResult: 15",
    '{"tool": "add", "status": "ok"}',
    '{"name": "add", "a": 12}',
    '{"add": 15}',
    '{"add": {"a": "twelve", "b": "three"}}',
    '{"search": {"hits": 3}}',
    "add:\n  a: the first number\n  b: the second number",
    "<p>The tool <code>add</code> takes a and b.</p>",
    "<search>Try the search box.</search>",
    "<add><a>12</a><b>3</b><c>4</c></add>",
    'found = search(query="...")',
    "Search: the query must be a string.",
    "Action: add the two numbers by hand.",
    f"He said: “add {ARGS}” and left.",
    "git add .\ngit commit",
    f"{'A long answer. ' * 30}\n\nadd(12, 3)",
    "The form is this:\n```\nThought: I add.\nAction: add(12, 3)\nObservation: 15\n```\nThen it goes on.",
    "<multiply><a>12</a><b>3</b></multiply>\nadd is no part of it.",
)
"""Answers about tools, code and data: a question would cost a request, and its note might spoil the answer."""


def expectation(prompt: str = "Add 12 and 3 with the tool.", **more: Any) -> Expectation:
    """What is known before a reply to a plain request."""
    return Expectation(tools=TOOLS, prompt=prompt, given=(prompt, *more.pop("given", ())), **more)
