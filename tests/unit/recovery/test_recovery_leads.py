"""A marked call behind a sentence in which the model says what it is about to do is that call, in whatever words."""

from __future__ import annotations

import pytest
from recovery_pieces import read

TOOLS = {"weather": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call>'
ACTING = (
    "Okay, let me check what the weather looks like in Paris:",
    "Now let me see what the file contains:",
    "Let me see what the file contains",
    "First, let me look at what the directory contains:",
    "Next, I'll check what the log says:",
    "Sure, let me see what the page says:",
    "I'll look up what the forecast says",
    "The previous search returned nothing useful, so I'll try again:",
    "The search returned an error. Let me try once more:",
    "The tool returned no result for Lyon, so let me try Paris:",
    "The first call returned an empty list. Trying Paris:",
    "The first call returned an empty list, trying Paris:",
    "The file contains a list of cities, let me get the weather for the first:",
    "You said Paris, so I'll check that:",
    "As you said, I'll check Paris:",
    "I'd like to use the weather tool for this:",
    "I'd better call the weather tool now:",
    "I will use the following text:",
    "Let me try something like:",
    "I'll check a few cities, such as Paris, London:",
    "I'll check a city like Paris:",
    "Let me verify the text of this:",
    "Let me find out what that looks like",
    "Checking what the API returned:",
    "Let's check what the weather API says about Paris first,",
    "We need to see what the page contains:",
    "The user said they are in Paris, so I should call weather for Paris:",
    "好的，让我看看这个文件包含什么内容：",
    "好的，我来查看一下文件包含的内容：",
    "首先，我需要了解这个目录包含哪些文件：",
    "接下来看看文件里写着什么：",
    "文件内容为空，我再查一次：",
)
SHOWING = (
    "Let me show you a call such as",
    "I'll give an example, e.g.",
    "I will now quote what the file contains:",
    "Let me be clear. The file contains:",
    "Calling it looks like this:",
    "我来举个例子，比如",
)


@pytest.mark.parametrize("between", ["\n", "\n\n", " "])
@pytest.mark.parametrize("lead", ACTING)
def test_what_is_announced_is_done(lead: str, between: str) -> None:
    text = f"{lead}{between}{CALL}"
    found = read(text, TOOLS)
    assert [(call.name, call.arguments) for call in found.calls] == [("weather", '{"city": "Paris"}')]
    assert found.content == lead


@pytest.mark.parametrize("lead", SHOWING)
def test_what_is_shown_is_not_done(lead: str) -> None:
    assert read(f"{lead}\n{CALL}", TOOLS).calls == ()
