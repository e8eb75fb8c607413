"""A call that a reply shows: what was asked for or done already stays text; what may be meant is asked about once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import Call, EmulatedEndpoint, Reply
from graph.testing.leaks import write_as_text

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
CALL = Call("send_email", {"to": "bob@example.org", "text": "hi"})
FENCED = f"```json\n{MAIL}\n```"
MARKED = f"<tool_call>\n{MAIL}\n</tool_call>"
DOUBTFUL = f"Sure! Here is the function call:\n\n{FENCED}\n\nLet me know if you need anything else!"
QUESTION = "Send hi to bob@example.org."
MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])

sent: list[str] = []


def send_email(to: str, text: str) -> str:
    """Send an email."""
    sent.append(f"{to}: {text}")
    return "It is sent."


def read_page(url: str) -> str:
    """Read a page."""
    return f"A page at {url}."


TOOLS = [send_email, read_page]


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


def notes(endpoint: EmulatedEndpoint) -> list[str]:
    """The last message of each request behind the first."""
    return [body["messages"][-1]["content"] for body in endpoint.bodies[1:]]


@MODES
@pytest.mark.parametrize(
    "again", [Reply(FENCED), Reply(calls=[Call("send_email", {"to": "bob@example.org", "text": "hi"})])]
)
def test_what_may_be_meant_is_asked_about(again: Reply, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL), again, Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == "Done."
    assert "it shows a call of send_email, and nothing ran" in notes(endpoint)[0]


@MODES
def test_an_example_is_answered_without_it(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL), Reply("I can send it for you.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == []
    assert [message.text for message in messages] == [QUESTION, "I can send it for you."]


@MODES
@pytest.mark.parametrize("max_repairs", [0, 1, 2])
def test_in_doubt_again_it_is_the_answer(
    max_repairs: int, mode: str, runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING, "portolan"),
        EmulatedEndpoint("vllm-0.32", lambda _: Reply(DOUBTFUL)) as endpoint,
    ):
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512, max_repairs=max_repairs), QUESTION)
    assert sent == []
    assert [message.text for message in messages] == [QUESTION, DOUBTFUL]
    assert len(endpoint.bodies) == 1 + min(max_repairs, 1)
    assert "fault" not in messages[-1].response_metadata
    said = [record.message for record in caplog.records if "send_email" in record.message]
    assert len(said) == 1
    assert "did not run" in said[0]


@MODES
def test_after_another_repair_it_is_asked_about_or_the_answer(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    for limit, requests in ((1, 2), (2, 3)):
        with EmulatedEndpoint("vllm-0.32", [Reply(""), *[Reply(DOUBTFUL)] * (requests - 1)]) as endpoint:
            messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512, max_repairs=limit), QUESTION)
        assert messages[-1].text == DOUBTFUL
        assert len(endpoint.bodies) == requests
    assert sent == []


@MODES
def test_the_next_message_begins_anew(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [*[Reply(DOUBTFUL)] * 3, Reply(FENCED), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        graph = build(endpoint, TOOLS, max_tokens=512)
        first = runner(mode)(graph, QUESTION)
        assert len(endpoint.bodies) == 2
        messages = runner(mode)(graph, [*first, HumanMessage("Really do it.")])
    assert messages[-1].text == "Done."
    assert sent == ["bob@example.org: hi"]


@MODES
@pytest.mark.parametrize(
    "recap", ["The email has been sent:", "I have sent it. This is the call I made:", "邮件已发送："]
)
@pytest.mark.parametrize("how", ["parsed", "fenced"])
def test_a_recap_does_not_run_it_again(how: str, recap: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    call = Call("send_email", {"text": "hi", "to": "bob@example.org"})
    first = Reply(calls=[call]) if how == "parsed" else Reply(FENCED)
    with EmulatedEndpoint("vllm-0.32", [first, Reply(f"{recap}\n\n{FENCED}")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == f"{recap}\n\n{FENCED}"
    assert len(endpoint.bodies) == 2


@MODES
@pytest.mark.parametrize(
    "prompt",
    [
        "I want to greet Bob. First tell me what you would send, without running it.",
        "Draft it first and wait for my OK before sending hi to bob@example.org.",
        "Do a dry run of greeting Bob.",
        "先告诉我你会怎么做，等我确认。",
    ],
)
@pytest.mark.parametrize("plan", [FENCED, f"I will use send_email:\n\n{FENCED}", f"I will use send_email:\n\n{MARKED}"])
def test_a_plan_that_was_asked_for_does_not_run(
    plan: str, prompt: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(plan)]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), prompt)
    assert sent == []
    assert messages[-1].text == plan
    assert len(endpoint.bodies) == 1


@MODES
def test_what_the_user_asked_for_is_known_in_a_repair(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply(""), Reply(FENCED)]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), "Show me an example of a tool call.")
    assert sent == []
    assert messages[-1].text == FENCED


@MODES
def test_an_answer_in_json_may_be_a_call(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply('{"sent": true}')]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), f"{QUESTION} Answer in JSON.")
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == '{"sent": true}'


@MODES
@pytest.mark.parametrize("leak", [MARKED, f"And one more.\n{MARKED}"])
def test_a_leaked_call_beside_a_parsed_one_runs_too(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(leak, [Call("read_page", {"url": "https://example.org"})]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    calls = next(message for message in messages if isinstance(message, AIMessage)).tool_calls
    assert [call["name"] for call in calls] == ["read_page", "send_email"]
    results = [message.tool_call_id for message in messages if isinstance(message, ToolMessage)]
    assert results == [call["id"] for call in calls]
    assert sent == ["bob@example.org: hi"]


@MODES
@pytest.mark.parametrize("bad", [f"Then I would write:\n{FENCED}", FENCED, '<tool_call>{"name": "send_email", "arg'])
def test_what_stands_beside_a_parsed_call_and_may_not_run(
    bad: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    """It has a result that says so, or stays in the text; it never vanishes."""
    script = [Reply(bad, [Call("read_page", {"url": "https://example.org"})]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == []
    assert messages[-1].text == "Done."
    first = next(message for message in messages if isinstance(message, AIMessage))
    told = [message.text for message in messages if isinstance(message, ToolMessage) and message.name == "send_email"]
    assert told or FENCED in first.text


def test_the_adapter_alone_says_what_it_found() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(DOUBTFUL)]) as endpoint:
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        reply = model.bind_tools(TOOLS).invoke(QUESTION)
    assert (reply.text, reply.tool_calls) == (DOUBTFUL, [])
    assert reply.response_metadata["fault"] == "leaked"
    assert reply.response_metadata["shown_calls"] == ["send_email"]


@MODES
@pytest.mark.parametrize("leak", ["bare-json", "bare-json-list", "json-parameters", "phi-4"])
def test_a_call_on_the_line_of_its_lead_in_is_asked_about(
    leak: Any, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    shown = write_as_text([(CALL.name, CALL.arguments)], leak)
    script = [Reply(f"I will send it now: {shown}"), Reply(calls=[CALL]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."


@pytest.mark.parametrize(
    "text", ['The page holds {"a": 1}', "I count [1, 2]", 'It says {"name": "other", "arguments": {}}']
)
def test_other_json_at_the_end_of_a_line_is_an_answer(text: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(text)]) as endpoint:
        assert runner("invoke")(build(endpoint, TOOLS, max_tokens=512), QUESTION)[-1].text == text


@MODES
@pytest.mark.parametrize(
    "prompt",
    [
        "Give me an example of a greeting: mail hi to bob@example.org.",
        "Write a sample greeting to bob@example.org.",
        "Greet bob@example.org and show me the text in a code block.",
        "举个例子：向 bob@example.org 问好。",
    ],
)
@pytest.mark.parametrize("leak", [FENCED, MAIL, f"I will send it:\n\n{FENCED}"])
def test_words_that_want_an_example_of_something_leave_a_call_in_doubt(
    leak: str, prompt: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply(calls=[CALL]), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), prompt)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."
    assert "it shows a call of send_email, and nothing ran" in notes(endpoint)[0]


@MODES
@pytest.mark.parametrize(
    "case",
    [
        ("Show me an example of a tool call.", FENCED),
        ("Show me an example of a call of send_email, do not run it.", MARKED),
        ("Draft the mail but don't send it yet.", MARKED),
        ("Draft the mail but don't send it yet.", f"[TOOL_CALLS][{MAIL}]"),
        ("Draft the mail but don't send it yet.", f"functools[{MAIL}]"),
        ("先不要发送邮件，告诉我你会怎么做。", MARKED),
        ("How do I call send_email?", f"Like this:\n\n{FENCED}"),
        ("Don't send the mail, just tell me what you would do.", f"I would do this:\n{FENCED}"),
        (f"What is this?\n{FENCED}", f"It is this:\n{FENCED}"),
    ],
)
def test_a_call_that_was_to_be_shown_is_the_answer_and_said(
    case: tuple[str, str], mode: str, runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    prompt, leak = case
    with caplog.at_level(logging.WARNING, "portolan"), EmulatedEndpoint("vllm-0.32", [Reply(leak)]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], leak, 1)
    assert ["send_email" in record.message for record in caplog.records] == [True]
    assert messages[-1].response_metadata["shown_calls"] == ["send_email"]


@MODES
def test_a_reply_that_shows_no_call_is_not_said(
    mode: str, runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    text = 'send_email takes an address and a text:\n\n```json\n{"to": "...", "text": "..."}\n```'
    with caplog.at_level(logging.WARNING, "portolan"), EmulatedEndpoint("vllm-0.32", [Reply(text)]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), "Show me how to use send_email.")
    assert (messages[-1].text, caplog.records) == (text, [])


@MODES
@pytest.mark.parametrize(
    "leak",
    [
        f"```json\n{MAIL}}}\n```",
        f"```json\n{MAIL}]\n```",
        f"{MAIL}}}",
        f"[{MAIL}\n\nI wait for the result.",
        f"```json\n[{MAIL} {MAIL}]\n```",
    ],
)
def test_a_call_with_a_bracket_more_or_less_is_asked_about(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply(calls=[CALL]), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."
    assert "it shows a call of send_email, and nothing ran" in notes(endpoint)[0]


@MODES
def test_a_list_that_its_block_closes_is_whole(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(f"```json\n[{MAIL}\n```"), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."


@MODES
@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"name": "send_email", "arguments": {"to": "...", "text": "..."}}}\n```',
        '{"name": "send_email", "kind": "tool"}}',
        '{"send_email": 1}}',
    ],
)
def test_what_no_bracket_makes_a_call_is_an_answer(
    text: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(text)]) as endpoint:
        assert runner(mode)(build(endpoint, TOOLS, max_tokens=512), QUESTION)[-1].text == text


@MODES
@pytest.mark.parametrize("leak", [FENCED, MARKED])
def test_a_call_sent_alone_in_answer_to_the_question_is_meant(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    """An endpoint that leaks every call leaks this one, too."""
    prompt = "Give me an example of a greeting: mail hi to bob@example.org."
    script = [Reply(f"I will send it, for example:\n\n{FENCED}"), Reply(leak), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), prompt)
    assert (sent, messages[-1].text) == (["bob@example.org: hi"], "Done.")


@MODES
@pytest.mark.parametrize("leak", [MARKED, f"functools[{MAIL}]"])
def test_a_marked_call_alone_is_asked_about_where_one_was_to_be_shown(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply("Like this.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_tokens=512), "How do I call send_email?")
    assert (sent, messages[-1].text, len(notes(endpoint))) == ([], "Like this.", 1)


def test_each_call_that_did_not_run_is_said(
    runner: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING, "portolan"),
        EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply(FENCED)]) as endpoint,
    ):
        graph = build(endpoint, TOOLS, max_tokens=512)
        for _ in range(2):
            runner("invoke")(graph, "Show me an example of a tool call.")
    assert sum("did not run" in record.message for record in caplog.records) == 2
