from __future__ import annotations

import pytest

from graph.endpoint.recovery.intent import asks_about_calls, asks_for_text, leads_to_example


@pytest.mark.parametrize(
    "prompt",
    [
        "Give me an example of a tool call.",
        "Reply in JSON.",
        "Give me the request body that I should POST.",
        "Write the config for the job runner.",
        "Output the result as valid JSON",
        "Return a JSON object with name and arguments",
        "How do I call the calculator?",
        "What does a function call look like?",
        "Write a curl snippet for it",
        "Show the payload without calling the tool",
        "Don't run it, just tell me what you'd send",
        "Explain how the weather tool is called",
        "请举例说明如何调用天气工具",
        "用JSON格式回答",
        "输出一个 JSON 对象",
        "不要调用工具，直接告诉我",
        "工具调用长什么样？",
        "x" * 20_000 + " Answer in JSON.",
    ],
)
def test_prompts_that_want_text(prompt: str) -> None:
    assert asks_for_text(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "What is 23*19? Use the calculator tool.",
        "What's the weather in Paris and the time in Tokyo?",
        "Read config.json and tell me the port.",
        "Find the file data.json please",
        "Write the config file of the job runner.",
        "Write a poem about the sea and save it.",
        "Open example.com and summarise it",
        "Convert 3 miles to km",
        "Create a file hello.py that prints hello",
        "How many words are in this sentence?",
        "巴黎的天气怎么样？",
        "23乘以19等于多少？请用计算器。",
        "打开 config.json 看看端口",
    ],
)
def test_prompts_that_want_something_done(prompt: str) -> None:
    assert not asks_for_text(prompt)
    assert not asks_about_calls(prompt)


@pytest.mark.parametrize(
    "lead",
    [
        "For example:",
        "It would look like this:",
        "You can call it with:",
        "To use the calculator:",
        "例如：",
        "The output:",
    ],
)
def test_leads_to_an_example(lead: str) -> None:
    assert leads_to_example(lead)


@pytest.mark.parametrize(
    "lead",
    [
        "",
        "Let me check.",
        "I'll use the calculator.",
        "Sure! Calling the tool:",
        "Here is the tool call:",
        "好的，我来查。",
        "I need to call weather:",
    ],
)
def test_leads_to_a_call(lead: str) -> None:
    assert not leads_to_example(lead)
