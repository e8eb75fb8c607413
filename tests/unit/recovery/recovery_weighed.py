# ruff: noqa: E501  # a reply stands on one line, so that the table can be read
"""Replies with one call without a marker, labelled: what the model meant, and what has to be made of it.

`{F}` is the call, in a code block or bare. What was meant runs, or is asked about; what was not never runs. The replies
are our own, in the manner of open models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Q = "What is 1+2?"
CN = "1加2等于多少？"


@dataclass(frozen=True)
class Weighed:
    """`made`: the call was made since the user's last message."""

    prompt: str
    reply: str
    reading: Literal["run", "doubt", "text"]
    made: bool = False


MEANT = (
    Weighed(Q, "{F}", "run"),
    Weighed("What is 1+2? Answer in JSON.", "{F}", "run"),
    Weighed("用JSON格式回答：1加2等于多少？", "{F}", "run"),
    Weighed(Q, "{F}\n\nThis adds the numbers.", "run"),
    Weighed(Q, "{F}\n\nOne moment.", "run"),
    Weighed(Q, "I'll add.\n{F}", "run"),
    Weighed(Q, "I can add these numbers.\n{F}", "run"),
    Weighed(Q, "To add the numbers, I'll call the add tool:\n\n{F}\n\nThis will return the sum.", "run"),
    Weighed(Q, "Sure! Calling the tool:\n{F}", "run"),
    Weighed(Q, "Certainly! I can help with that.\n\n{F}\n\nPlease wait while I process.", "run"),
    Weighed(Q, "I'll use the `add` tool to compute 1+2.\n\n{F}\n\nNow I will report the result.\n", "run"),
    Weighed(Q, "Let me add:\n{F}\n\n**Note:** this calls the tool.", "run"),
    Weighed(Q, "I'll get the result:\n{F}", "run"),
    Weighed("What is 1+2? Reply in JSON.", "I'll call the tool first:\n{F}", "run"),
    Weighed(Q, "I need the result. Calling add with the JSON:\n{F}", "run"),
    Weighed(Q, "You might want the sum, so let me compute it.\n\nI'll add now:\n{F}", "run"),
    Weighed(Q, "I can do this with the add tool.\n\n{F}\n\nAfter running this, I'll tell you the sum.", "run"),
    Weighed(
        Q,
        "Here's the call.\n\n{F}\n\nThis function adds the two integers and returns their sum, which I will then present to you.",
        "run",
    ),
    Weighed(Q, "To find out, I will call the add tool:\n\n{F}\n\nThe result will be shown once it returns.", "run"),
    Weighed(Q, "I have read both numbers. Now I'll add them:\n{F}", "run"),
    Weighed(Q, "The file looks like a list of numbers. I'll add the first two:\n{F}", "run"),
    Weighed(Q, "The tool returned an error. Let me try again:\n{F}", "run", made=True),
    Weighed(Q, f"{'Adding is done digit by digit, from the right. ' * 9}Let me compute that:\n{{F}}", "run"),
    Weighed(CN, "好的，我来计算。\n{F}", "run"),
    Weighed(CN, "好的，我来计算。\n\n{F}\n\n请稍等，我马上给出结果。", "run"),
    Weighed(CN, "我将调用 add 工具来计算：\n\n{F}\n\n这将返回两个数字的和。", "run"),
    Weighed(CN, "让我查一下：\n{F}", "run"),
    Weighed(CN, "工具出错了，我再试一次：\n{F}", "run", made=True),
    # asked about
    Weighed(Q, "To find the sum, use the `add` function:\n\n{F}\n\nThis will return the sum.", "doubt"),
    Weighed(Q, "Sure! Here is the function call:\n\n{F}\n\nLet me know if you need anything else!", "doubt"),
    Weighed(Q, "To add these numbers, we can use the add function:\n\n{F}", "doubt"),
    Weighed(Q, "To calculate this, you can use the `add` tool. Here's how:\n\n{F}", "doubt"),
    Weighed(Q, "I would use the add tool:\n{F}", "doubt"),
    Weighed(Q, "I'll use the `add` tool.\n\n{F}\n\nThe result is 3.", "doubt"),
    Weighed(Q, "{F}\n\nThe answer is 3.", "doubt"),
    Weighed(Q, "Let me call the tool with this format:\n{F}", "doubt"),
    Weighed(Q, "The correct request would look like this:\n\n{F}", "doubt"),
    Weighed("What is 1+2? Answer in JSON.", "Here it is:\n{F}", "doubt"),
    Weighed(Q, f"I'll add.\n{{F}}\n{'And then there is more to say of it. ' * 8}", "doubt"),
    Weighed(Q, f"{'Adding is done digit by digit, from the right. ' * 9}\n\n{{F}}", "doubt"),
    Weighed(Q, "I'll add again:\n{F}\nand then\n```\nprint(3)\n```", "doubt"),
    Weighed(Q, "I will add them:\n{F}", "doubt", made=True),
    Weighed(CN, "可以这样调用：\n{F}\n\n返回两个数的和。", "doubt"),
    Weighed(CN, "这是调用：\n{F}\n\n如有需要请告诉我。", "doubt"),
)
"""Calls that the model meant."""

SHOWN = (
    Weighed("Give me an example of a tool call.", "Sure:\n{F}\nThat adds 1 and 2.", "text"),
    Weighed("Give me an example of a tool call.", "{F}", "text"),
    Weighed("How do I call add?", "You can call it with:\n{F}\nIt returns 3.", "text"),
    Weighed("Which tool would you use for 1+2?", "I would use add:\n\n{F}", "text"),
    Weighed(
        "Before you do anything, tell me which tool and arguments you will use.",
        "I will use add with these arguments:\n\n{F}",
        "text",
    ),
    Weighed("First tell me what you would send, without running it.", "{F}", "text"),
    Weighed("Draft it first and wait for my OK before sending.", "I'll send this:\n\n{F}", "text"),
    Weighed("List the calls without running them.", "The calls:\n\n{F}", "text"),
    Weighed("What did you just send to the tool?", "I sent this:\n\n{F}", "text"),
    Weighed("Which tools did you call?", "I called this:\n\n{F}", "text"),
    Weighed("What does the add tool do?", "It adds two integers. For example:\n\n{F}\n\nreturns 3.", "text"),
    Weighed(
        "Why did the call fail?", "Because `b` was missing. It should look like this:\n\n{F}\n\nwith both keys.", "text"
    ),
    Weighed("Document the add tool in Markdown.", "# add\n\nAdds two integers.\n\n{F}\n\nReturns the sum.", "text"),
    Weighed("Do a dry run of adding 1 and 2.", "This is the call:\n\n{F}", "text"),
    Weighed("Write the request for 1+2 but don't run it.", "{F}", "text"),
    Weighed("把你刚才的调用给我看看", "我刚才的调用是：\n\n{F}", "text"),
    Weighed("先告诉我你打算怎么做，等我确认。", "我会这样调用：\n\n{F}", "text"),
    Weighed("请给出一个调用的例子", "{F}", "text"),
    Weighed(Q, "The sum is 3. I got it with this call:\n\n{F}", "text", made=True),
    Weighed(Q, "1+2 is 3.\n\nTool call used:\n{F}", "text", made=True),
    Weighed(Q, "I called\n{F}\nand it returned 3, so the sum is 3.", "text", made=True),
    Weighed(Q, "The numbers have been added:\n\n{F}", "text", made=True),
    Weighed(Q, "{F}\n\nThat is what I ran.", "text", made=True),
    Weighed(CN, "结果是3，用的是：\n{F}", "text", made=True),
    Weighed(Q, "The sum is 3. I got it with this call:\n\n{F}", "doubt"),
    Weighed(Q, "I called\n{F}\nand it returned 3, so the sum is 3.", "doubt"),
    Weighed(Q, "1+2 is 3.\n\nTool call used:\n{F}", "doubt"),
    Weighed(Q, "The answer is 3.\n\n{F}", "doubt"),
    Weighed(Q, "It is 3. For instance, the tool takes:\n{F}", "doubt"),
    Weighed("What formats do models use?", "Qwen's format:\n\n{F}\n\n- It needs JSON.", "doubt"),
    Weighed(CN, "等于3。例如：\n{F}", "doubt"),
    Weighed(CN, "我调用了工具：\n{F}\n结果是3。", "doubt"),
)
"""Calls that the model only showed: examples, plans, what had been done."""
