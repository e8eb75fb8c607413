from __future__ import annotations

import pytest

from graph.endpoint.recovery import StreamRecovery
from graph.endpoint.recovery.wishes import wishes_of


@pytest.mark.parametrize(
    "prompt",
    [
        "Give me an example of a tool call.",
        "Give me the request body that I should POST.",
        "Return a JSON object with name and arguments",
        "How do I call the calculator?",
        "Show me an example tool call that reads main.py",
        "Show me the tool call payload for my Node.js server",
        "What does the tool call look like for deleting report.pdf?",
        "给我看看读取 main.py 的工具调用示例",
        "List example calls of send_mail",
        "What does a function call look like?",
        "Explain how the weather tool is called",
        "What does the LLM receive when it calls add?",
        "Write a test fixture with a tool call for my parser",
        "Write a README section for the add tool",
        "Document the add tool in Markdown.",
        "Why did the call fail?",
        "What's the payload?",
        "What is the raw form of your request?",
        "What does the add tool do?",
        "Give me a fixture for my tests: a send_mail call to bob@example.com.",
        "Draft the send_mail call to bob@example.com for my review first.",
        "给我一个测试用的 fixture：调用 send_mail 发给 bob@example.com。",
        "先起草 send_mail 调用给我审核。",
        "What JSON would my server log for a mail to bob@example.com saying Hi?",
        "Give me a JSON example for my docs: mail to bob@example.com.",
        "I need a mock payload with a mail to bob@example.com for my unit test.",
        "给我一个发邮件的 JSON 示例。",
        "请举例说明如何调用天气工具",
        "工具调用长什么样？",
        "x" * 20_000 + " Show me the payload.",
    ],
)
def test_prompts_that_want_a_call_shown(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.explicit) == (True, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "Write the config for the job runner.",
        "Write a curl snippet for it",
        "Give me an example of addition: use add on 1 and 2.",
        "Write a sample invoice: what is the total of 1 and 2?",
        "Show me the sum of 1 and 2 in a code block.",
        "Respond to the request of Bob.",
        "Fill in the template for Bob and show me its syntax.",
        "Fix the syntax of this JSON: {'name': 'send_mail'",
        "Convert to JSON: send_mail(to='bob@example.com', body='Hi')",
        "Extract name and arguments from: 'call send_mail with body Hi'. Answer in JSON.",
        "把下面的 YAML 转换成 JSON：\nname: send_mail",
        "Convert this YAML to JSON:\n\nname: send_mail",
        "Complete this YAML as JSON:\nname: send_mail",
        "举个例子：1加2等于几？",
        "按样例算一下1加2",
    ],
)
def test_prompts_that_want_something_shown_that_a_call_may_lead_to(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.explicit) == (True, False)


TOOLS = ("send_mail", "weather", "getRate")


@pytest.mark.parametrize(
    "prompt",
    [
        "Translate to JSON: weather called with city Kiel, keys name and arguments.",
        "Convert to JSON: send_mail(to='bob@example.com', body='Hi')",
        "Convert to JSON: weather(city='Kiel')",
        "Convert to JSON: a call to send_mail(to='bob@example.com')",
        "Please turn this into YAML: getRate of EUR",
        "Fix the syntax of this JSON: {'name': 'send_mail', 'arguments': {'to': 'bob@example.com', 'body': 'Hi'}",
        "Correct this JSON: {'name': 'weather' 'arguments': {'city': 'Kiel'}}",
        "Extract name and arguments from: 'call send_mail with to bob@example.com and body Hi'. Answer in JSON.",
        "Format this as JSON: name send_mail, arguments to=bob@example.com body=Hi",
        "把这句话转成 JSON：调用 send_mail 给 bob",
        "把 YAML 转换成 JSON：\nname: weather\narguments:\n  city: Kiel",
    ],
)
def test_data_that_name_a_tool_and_are_wanted_in_another_form_are_a_call_as_text(prompt: str) -> None:
    assert wishes_of(prompt, TOOLS).explicit
    assert not wishes_of(prompt, ("other_tool",)).held_back


@pytest.mark.parametrize(
    "prompt",
    [
        "Convert to JSON: the current weather in Kiel.",
        "Translate the weather report of Madrid to JSON.",
        "Convert to JSON and mail it with send_mail: Hi",
        "Convert this to JSON: use send_mail to tell Bob hi.",
        "Read a.txt. Then convert to JSON: send_mail(to='bob@example.com')",
        "Convert to JSON: send_mail(to='bob@example.com'). Then run it.",
        "Convert to JSON: send_mail(to='bob@example.com'). Then search for Kiel.",
        "Parse this JSON and call send_mail for each entry: [{'to': 'bob@example.com'}]",
        "Parse the following JSON and pass it to send_mail: {'to': 'bob@example.com'}",
        "Format the following JSON, then call send_mail with it.",
        "Translate this JSON by the weather tool.",
        "Convert this CSV to JSON and give it to send_mail",
        "What JSON would the API return for user 5?",
        "Read page 5 and give me a JSON sample of it.",
        "Fix the following error in my JSON parser: send_mail returns None",
        "把这个 JSON 传给 send_mail：{'to': 'bob@example.com'}",
        "解析下面的 JSON，然后调用 send_mail：{'to': 'bob@example.com'}",
    ],
)
def test_other_data_leave_it_to_the_model(prompt: str) -> None:
    wishes = wishes_of(prompt, TOOLS)
    assert (wishes.explicit, wishes.may_be_text) == (False, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "Simulate a call of send_mail to bob.",
        "Dump the call for mailing bob.",
        "How would a mail to Bob look on the wire?",
        "Log entry for a mail to bob, please.",
        "Respond with an object of keys and values for a mail to bob.",
        "send_mail to bob as a line of text",
        "Convertis en JSON : un mail pour bob",
        "写一下给 bob 发邮件的请求体",
        "What would a mail to Bob be?",
        "A mail to Bob for my tests.",
        "As a thought experiment, mail Bob.",
        "给 bob 的邮件，写进文档",
        "把 send_mail(to=bob) 写成 JSON",
    ],
)
def test_words_that_go_with_anything_are_worth_a_question(prompt: str) -> None:
    wishes = wishes_of(prompt, TOOLS)
    assert (wishes.explicit, wishes.may_be_text) == (False, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "What is the weather in Kiel?",
        "Mail bob@example.com that I am late.",
        "Use send_mail to tell Bob hi.",
        "Please call `send_mail` for Bob.",
        "What is 23 * 19?",
        "Read config.json and tell me the port.",
        "How many days are there between 2026-01-01 and 2026-03-01?",
        "查一下基尔的天气",
        "用 send_mail 给 bob 发邮件",
        "Run the tests and tell me which fail.",
        "Copy a.txt to b.txt.",
        "Review main.py and fix it.",
        "Would you please check the weather in Kiel?",
        "Find the blog post about caching.",
        "Read the log of the server.",
        "打开文档 a.txt",
        "查看日志文件",
    ],
)
def test_plain_orders_cost_no_question(prompt: str) -> None:
    assert not wishes_of(prompt, TOOLS).may_be_text


@pytest.mark.parametrize(
    "prompt",
    [
        "Show the payload without calling the tool",
        "Don't run it, just tell me what you'd send",
        "Write the request for 23*19 but don't run it.",
        "First tell me what you would send, without running it.",
        "Before you do anything, tell me which tool and arguments you would use.",
        "Draft it first and wait for my OK before sending hi to Bob.",
        "Do not call the weather tool.",
        "Please don't send the email yet.",
        "Tell me your plan first and wait for my OK.",
        "Which tool would you use for 1+2?",
        "What did you just send to the tool?",
        "Which tools did you call?",
        "What arguments did you pass?",
        "Show me what you sent.",
        "Repeat your last tool call to me.",
        "Do a dry run of adding 1 and 2.",
        "Could you spell out the request you'd make?",
        "List the commands without running them",
        "不要调用工具，直接告诉我",
        "先告诉我你打算用什么工具，等我确认。",
        "你刚才调用了什么工具？",
        "把你刚才的调用给我看看",
        "给我看看调用，请勿执行",
        "只写出调用而不执行",
        "Wait for my ok to send. Mail bob@example.org hi.",
        "Wait for my answer to send it. Mail Bob hi.",
        "Do not use any tools which you have. Mail Bob hi.",
        "Don't use tools you have. Write a mail to Bob saying hi",
        "This is a dry run. Send Bob hi.",
        "演练：给Bob发邮件",
    ],
)
def test_prompts_by_which_nothing_runs(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.held_back, wishes.explicit) == (True, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "What would you call to add 1 and 2? Do it.",
        "Tell me what you would call, then do it.",
        "Tell me which tool you would use, then use it.",
        "Which tool would you use for 1 + 2? Go ahead and run it.",
        "Which tool would you use for 1+2? Go ahead.",
        "Which tool would you use? Please execute it now.",
        "Tell me your plan first, then run it.",
        "Tell me which tool you would use and do it.",
        "What would you send to Bob? Send it.",
        "先告诉我你会用什么工具，然后执行。",
        "先说明你的计划，去做吧",
        "先列出要做的，执行吧",
    ],
)
def test_a_plan_that_is_to_be_carried_out_holds_nothing_back(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.explicit, wishes.held_back) == (False,) * 3


@pytest.mark.parametrize(
    "prompt",
    [
        "What would you call to add 1 and 2? Do not do it.",
        "What would you call to add 1 and 2? Don't run it. Do it tomorrow.",
        "Do not run it, tell me what you would call. Do it like a pro.",
        "Tell me what you would call, then wait for my OK, then run it.",
        "Tell me what you would call. Do it only if I agree.",
        "Tell me what you would call, do it when I say so.",
        "Tell me what you would call before you do it.",
        "Do it later. What would you call?",
        "What would you call? Don't run it. Then tell me why.",
        "Do it like this: tell me what you would call.",
        "Which tool would you use to write a script, then run it?",
        "What would you call, and how would you do it?",
        "Tell me what you would call. Should I go ahead?",
        "Do a dry run of adding 1 and 2. Do it.",
        "先告诉我你会用什么工具，等我确认，然后执行。",
        "先告诉我你会怎么做，然后执行前等我。",
        "先别执行，告诉我你的计划，然后执行。",
    ],
)
def test_other_words_leave_a_plan_a_plan(prompt: str) -> None:
    assert wishes_of(prompt).held_back


@pytest.mark.parametrize(
    "prompt",
    ["Reply in JSON.", "Output the result as valid JSON", "Answer in JSON.", "用JSON格式回答", "输出一个 JSON 对象"],
)
def test_a_form_of_the_answer_is_no_wish_for_a_call(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert wishes.json
    assert (wishes.shown, wishes.explicit, wishes.held_back) == (False,) * 3


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "What is 23*19? Use the calculator tool.",
        "What's the weather in Paris and the time in Tokyo?",
        "Read config.json and tell me the port.",
        "Read config.json and tell me the name of the server.",
        "Find the file data.json please",
        "Write the config file of the job runner.",
        "Write a poem about the sea and save it.",
        "Open example.com and summarise it",
        "Convert 3 miles to km",
        "Create a file hello.py that prints hello",
        "How many words are in this sentence?",
        "The server is not running; find out why.",
        "My script doesn't run, fix it.",
        "Run the tests, do not run the linter twice.",
        "Do not send the report to Bob, but delete it.",
        "List the files without running the tests, please",
        "Which city is the largest?",
        "Tell me which of the files is the largest.",
        "Wait for the build and then tell me.",
        "Why did the build fail?",
        "Write a README for this project.",
        "Write a Python script that lists files.",
        "Simulate a coin flip.",
        "巴黎的天气怎么样？",
        "23乘以19等于多少？请用计算器。",
        "打开 config.json 看看端口",
        "别忘了带伞，明天天气如何？",
    ],
)
def test_prompts_that_want_something_done(prompt: str) -> None:
    wishes = wishes_of(prompt)
    assert (wishes.shown, wishes.held_back, wishes.about_calls, wishes.json) == (False,) * 4


def test_a_prompt_is_weighed_once_and_only_for_a_text() -> None:
    prompt = "Add one and two, whatever a test that weighs this prompt alone may say."
    before = wishes_of.cache_info()
    readers = [StreamRecovery({"add": {}}, prompt=prompt) for _ in range(3)]
    assert wishes_of.cache_info() == before
    for reader in readers:
        reader.feed("It is three.")
    after = wishes_of.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
