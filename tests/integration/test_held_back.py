"""What may be a call or an example is not shown as answer before the model was asked; all before it streams on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
LEAD = "Sure! Here is the function call:\n\n"
REST = f"```json\n{MAIL}\n```\n\nLet me know if you need anything else!"
EXAMPLE = f"For example: <tool_call>\n{MAIL}\n</tool_call>\nThat is its form."
CALL = Call("send_email", {"to": "bob@example.org", "text": "hi"})
QUESTION = "Send hi to bob@example.org."
STREAMED = pytest.mark.parametrize("mode", ["stream", "astream"])

sent: list[str] = []


def send_email(to: str, text: str) -> str:
    """Send an email."""
    sent.append(f"{to}: {text}")
    return "It is sent."


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


def shown(run: Any) -> str:
    """What a reader of the stream sees as the model's words."""
    return "".join(token.text for token in run.tokens if isinstance(token, AIMessage))


@STREAMED
@pytest.mark.parametrize("size", [1, 7, 4000])
def test_the_call_is_not_shown_before_it_is_asked_about(
    size: int, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    run, script = runner(mode), [Reply(LEAD + REST), Reply(calls=[CALL]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": size}) as endpoint:
        messages = run(build(endpoint, [send_email]), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[-1].text == "Done."
    assert shown(run) == LEAD + "Done."


@STREAMED
@pytest.mark.parametrize("call", [MAIL, f"```json\n{MAIL}\n```", f"I'll do it.\n\n```json\n{MAIL}\n```"])
def test_so_it_is_where_words_of_the_task_leave_it_in_doubt(
    call: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    run, script = runner(mode), [Reply(call), Reply(calls=[CALL]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
        run(build(endpoint, [send_email]), "Send bob@example.org hi, and explain the function call.")
    assert sent == ["bob@example.org: hi"]
    assert shown(run) == call.partition("{")[0].partition("```")[0] + "Done."


@STREAMED
def test_one_with_a_marker_is_held_in_the_same_way(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    run, script = runner(mode), [Reply(EXAMPLE), Reply("It takes an address and a text.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 3}) as endpoint:
        messages = run(build(endpoint, [send_email]), QUESTION)
    assert [message.text for message in messages] == [QUESTION, "It takes an address and a text."]
    assert shown(run) == "For example: It takes an address and a text."


@STREAMED
@pytest.mark.parametrize(("max_repairs", "first"), [(0, ""), (2, LEAD)])
def test_what_is_the_answer_is_shown_whole(
    max_repairs: int, first: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    run = runner(mode)
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(LEAD + REST), wire={"chunk_size": 5}) as endpoint:
        messages = run(build(endpoint, [send_email], max_repairs=max_repairs), QUESTION)
    assert messages[-1].text == LEAD + REST
    assert shown(run) == first + LEAD + REST
    assert sent == []


@STREAMED
def test_beside_a_call_of_the_same_reply_it_is_text(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    run, script = runner(mode), [Reply(LEAD + REST, calls=[CALL]), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": 5}) as endpoint:
        messages = run(build(endpoint, [send_email]), QUESTION)
    assert sent == ["bob@example.org: hi"]
    assert messages[1].text == LEAD + REST
    assert shown(run) == LEAD + REST + "Done."


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_the_adapter_holds_it_back_for_a_loop_that_asks(asks: bool, streamed: bool) -> None:
    options = {"asks_about_doubts": True} if asks else {}
    with EmulatedEndpoint("vllm-0.32", [Reply(LEAD + REST)]) as endpoint:
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        bound = model.bind_tools([send_email])
        if streamed:
            first, *rest = bound.stream(QUESTION, **options)
            reply = sum(rest, first)
        else:
            reply = bound.invoke(QUESTION, **options)
        assert "asks_about_doubts" not in endpoint.bodies[0]
    assert reply.text + reply.response_metadata.get("held_back", "") == LEAD + REST
    assert (reply.text == LEAD) is asks
    assert reply.response_metadata["shown_calls"] == ["send_email"]
    assert reply.response_metadata["fault"] == "leaked"
