"""Words about calls, tools and examples in a task are about the matter in hand; a prohibition of tools holds."""

from __future__ import annotations

import pytest
from recovery_pieces import read

from graph.endpoint.expectation import Expectation
from graph.endpoint.leaks import shown_in

TEXT = {"type": "string"}
TOOLS = {"read_file": {"type": "object", "properties": {"path": TEXT}, "required": ["path"]}}
CALL = '{"name": "read_file", "arguments": {"path": "main.py"}}'
FENCED = f"```json\n{CALL}\n```"
MARKED = f"<tool_call>\n{CALL}\n</tool_call>"
FORMS = [FENCED, MARKED, f"I'll read it first.\n\n{FENCED}", f"I'll look at it.\n{MARKED}"]

TASKS = [
    "Read main.py and explain the function call in line 3.",
    "Read main.py and show me where the function call happens.",
    "Read main.py and describe its functions.",
    "Read main.py and explain what the function load does.",
    "Read main.py and document the tool calls in it.",
    "Read main.py and write a docs section about its functions.",
    "Read main.py and list the API calls in it.",
    "Read main.py and tell me which calls you would remove.",
    "Read main.py and list what you would change.",
    "Review main.py and describe what you want to change.",
    "What would you change in main.py? Read it first.",
    "How do I use the search function in main.py? Read it.",
    "Why does main.py call load() twice? Read it.",
    "Read main.py. Do not run it.",
    "Fix the typo in main.py. Do not run the tests.",
    "Refactor main.py without calling load().",
    "Search the web and explain how function calling works in vLLM.",
    "Search the web for usage examples of the requests library.",
    "Find code examples of how to use httpx.",
    "Look up the format of a Qwen tool call.",
    "Send bob@example.org an example of a JSON request body.",
    'Find the cause of "error: do not run this command as root" in main.py.',
    "Here is the log:\nWARN dry-run disabled\nERROR line 3 of main.py\n\nFind the bug in main.py.",
    "The button fires before I confirm. Read main.py and find the bug.",
    "In main.py the handler must not send anything when offline. Check it.",
    "What does the weather look like in Hamburg?",
    "Tell me what you would pay for room 12: add 3 and 4.",
    "不要调用 weather，请用 add 计算 2+3。",
    "读取 main.py 并解释其中的函数调用。",
    "读取 main.py，说明函数用法和示例。",
    "查一下 main.py 调用了哪些函数。",
    "不用发送邮件，查一下天气就行。",
    "怎么用支付宝付款？搜一下。",
    "Your previous call timed out. Please retry.",
    "Your last request failed. Try again: weather in Oslo.",
    "What did you call the file you saved? Find it.",
    "Did you send the mail yesterday? Check the outbox.",
    "Which tools would you use to fix a bike? Search for it.",
    "Write a summary of README.md, no tools section.",
    "Set an alarm and wait for me at gate 5.",
    "Why did your call fail? Try it again with Bonn.",
    "Show me the contents of example_tool_call.json",
    "Lies main.py und erkläre die Funktionsaufrufe darin.",
    "Lis main.py et explique ses appels de fonction.",
    "Lee main.py y explica las llamadas a funciones.",
]
LEFT_OUT = [
    "Do NOT run rm -rf build. Tell me what it would delete.",
    "Don't read main.py, just guess what it does.",
    "Don't search the web.",
    "Without looking it up: who won?",
    "Please don't email Bob.",
    "不要搜索，直接回答。",
]
EXPLAINED = [
    "Describe what the function calls in main.py do.",
    "How do I use the subway in Tokyo?",
    "What is the payload of the Falcon 9?",
    "Explain how a tool call of Qwen is written.",
    "What is the syntax of a function call?",
]
FORBIDDEN = [
    "Do not use any tools. What is the weather usually like?",
    "Please don't use tools for this.",
    "Without using any tools: what is the weather usually like?",
    "Answer without tools.",
    "No tools, please. What is the weather usually like?",
    "No tool calls.",
    "Don't use the weather tool.",
    "Leave the tools alone and tell me what the weather is usually like.",
    "Do not make any tool calls.",
    "Avoid calling tools.",
    "Please refrain from using tools.",
    "You are not allowed to use tools in this turn.",
    "Read main.py and show me the call for it, but don't run it.",
    "Just give me the command to delete build/, I'll run it myself.",
    "I only want the command; nothing should be executed.",
    "Tools are off limits for this question.",
    "Stop calling tools! Just tell me.",
    "不要使用任何工具，天气通常怎么样？",
    "别用工具，直接回答。",
    "不使用工具，直接告诉我。",
    "禁止调用工具。",
    "不需要调用工具，天气通常怎么样？",
]


def becomes(prompt: str, reply: str, *, asked: bool = False) -> str:
    found = read(reply, TOOLS, prompt=prompt, asked=asked)
    if found.calls or found.doubt:
        return "run" if found.calls else "asked"
    shown = shown_in(reply, Expectation(tools=TOOLS, prompt=prompt))
    return ("asked" if shown.meant else "said") if shown.names else "silent"


@pytest.mark.parametrize("reply", FORMS)
@pytest.mark.parametrize("prompt", TASKS)
def test_a_task_is_done(prompt: str, reply: str) -> None:
    assert becomes(prompt, reply) in {"run", "asked"}


@pytest.mark.parametrize("prompt", [*TASKS, *EXPLAINED])
def test_a_marked_call_alone_may_be_meant_and_runs_when_it_was_asked_about(prompt: str) -> None:
    assert becomes(prompt, MARKED) in {"run", "asked"}
    assert becomes(prompt, MARKED, asked=True) == "run"
    assert becomes(prompt, f"{MARKED}\n{MARKED.replace('main', 'other')}", asked=True) == "run"


@pytest.mark.parametrize("reply", FORMS)
@pytest.mark.parametrize("prompt", LEFT_OUT)
def test_what_leaves_out_a_thing_is_asked_about(prompt: str, reply: str) -> None:
    assert becomes(prompt, reply) == "asked"


@pytest.mark.parametrize("prompt", EXPLAINED)
def test_in_an_explanation_it_stays_text(prompt: str) -> None:
    assert becomes(prompt, f"Its syntax is this:\n{MARKED}\nThe name comes first.", asked=True) != "run"
    assert becomes(prompt, f"Its syntax is this:\n{MARKED}\nThe name comes first.") != "run"
    assert becomes(prompt, f"{MARKED}\nThis is its form: the name comes first.") != "run"


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("reply", FORMS)
@pytest.mark.parametrize("prompt", FORBIDDEN)
def test_what_the_user_forbids_does_not_run(prompt: str, reply: str, asked: bool) -> None:
    assert becomes(prompt, reply, asked=asked) == "said"
