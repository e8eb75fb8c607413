"""Where and how a call may be shown: on its lead's line, a bracket short, or beside a call that was parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from shown_calls import CALL, FENCED, MAIL, MARKED, MODES, QUESTION, TOOLS, notes, sent

from graph.testing import Call, EmulatedEndpoint, Reply
from graph.testing.leaks import write_as_text

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


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
