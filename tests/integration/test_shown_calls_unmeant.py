"""A call that a reply shows because it was to be shown, or tells of, stays text, and the user hears of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from shown_calls import FENCED, MAIL, MARKED, MODES, QUESTION, TOOLS, sent

from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


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
