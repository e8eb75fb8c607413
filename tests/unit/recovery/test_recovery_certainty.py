"""How certain a wish is: what an order is not to be taken for, and what is to be seen first does not run unasked."""

from __future__ import annotations

import pytest

from graph.endpoint.recovery.wishes import wishes_of

TOOLS = ("send_mail", "weather", "getRate")


@pytest.mark.parametrize("space", ["\n", " \n", " ", "\n" + " " * 60])
def test_space_in_a_prompt_counts_once(space: str) -> None:
    many = f"Show me{space * 1000}the payload.{space * 1000}"
    assert wishes_of(many) == wishes_of(f"Show me{space}the payload.{space}")


@pytest.mark.parametrize(
    "prompt",
    [
        "先告诉我北京天气",
        "先列出目录下的文件",
        "先别管测试，读取main.py",
        "告诉我北京天气，先别发邮件",
        "搜索消防演练的新闻",
        "查一下演练时间",
        "怎么用公司的VPN",
        "如何使用公司打印机",
        "Repeat your last call with Paris",
        "Nothing should be deleted. List the files.",
        "Check my inbox. Don't send anything yet.",
        "Don't use tools like sed; edit the file directly.",
        "What is the weather? Avoid using tools unnecessarily.",
        "I'll run it myself; just create the file.",
        "Run the migration as a dry run.",
        "Wait for my reply to Bob and then check the inbox.",
        "Explain the functions in main.py",
        "Show me the API calls in server.py",
        "Describe the tools in tools.txt",
        "Print payload.json",
        "How do I use the VPN?",
        "How do I call Bob?",
        "Give me a summary of the call with Anna.",
        "What's the payload capacity of the Falcon Heavy?",
        "What's the weather in Kiel? Answer in JSON for my parser.",
        "Give me some sample JSON from page 5",
        "把示例 json 发给 Bob",
        "按照JSON模板填写北京天气",
        "Don't use any tools except weather. What's the weather in Kiel?",
        "别用其他工具，用 weather 看看北京天气",
        "Weather in Kiel. Do not call any other tool.",
        "Run ls, don't run anything else",
        "先告诉我，北京天气怎么样",
        "先告诉我今天的计划",
        "先告诉我哪些文件最大",
        "Why did Bob call?",
        "What is the request of Bob in his last mail?",
        "Show me the call details from yesterday's meeting",
        "How do I use the search bar",
    ],
)
def test_orders_and_questions_about_other_things_are_not_held_for_certain(prompt: str) -> None:
    wishes = wishes_of(prompt, TOOLS)
    assert (wishes.explicit, wishes.held_back) == (False, False)


@pytest.mark.parametrize(
    "prompt",
    [
        "Create a draft of the mail to Bob.",
        "Create a preview of the mail to Bob.",
        "Let me see it first. Send Bob hi.",
        "Show me first. Mail Bob hi.",
        "Review this before it is sent: mail to Bob saying hi",
        "Check what the mail to Bob would be.",
        "Get me the raw structure for a mail to Bob.",
        "List the commands to mail Bob hi.",
        "No sending. Mail Bob hi.",
        "Rehearse mailing Bob hi.",
        "发邮件给Bob之前给我看看",
        "写一封给Bob的邮件，我看看",
        "起草给Bob的邮件",
        "How do I call send_mail?",
        "How do I call weather?",
        "怎么调用 weather？",
        "怎么用 send_mail 工具？",
        "先列出你的操作：给bob@example.org发邮件说hi",
        "先说明你的做法，再发邮件给bob@example.org说hi",
        "先告诉我怎么删除a.txt",
        "先列出要删的文件，删除前问我",
        "Don't use tools like that. Write a mail to Bob saying hi",
        "Don't do anything yet. Delete a.txt",
        "Ask before mailing Bob hi.",
        "给Bob发邮件，发之前让我过目",
        "先写好给Bob的邮件，别发",
        "Do not call Bob yet.",
        "Do not send any mail. Send Bob hi.",
        "Don't run any tests. Show me main.py",
        "Just a dry run: email Bob hi",
        "Show me your last call for Paris",
    ],
)
def test_what_is_to_be_seen_first_does_not_run_unasked(prompt: str) -> None:
    wishes = wishes_of(prompt, TOOLS)
    assert wishes.may_be_text or wishes.held_back


@pytest.mark.parametrize(
    "piece", ["would you please ", "now then ", "please ", "先", "would you ", "just ", "a.", "../", "in a."]
)
def test_fillers_are_counted(piece: str) -> None:
    assert not wishes_of(piece * 400 + "weather in Kiel", TOOLS).explicit


@pytest.mark.parametrize("prompt", ["How do I call weather?", "How do I use the weather tool?", "怎么调用 weather？"])
def test_the_way_to_call_a_tool_is_text_for_certain(prompt: str) -> None:
    assert wishes_of(prompt, TOOLS).explicit
    assert not wishes_of(prompt.replace("weather", "weather bar").replace(" tool", ""), TOOLS).explicit
