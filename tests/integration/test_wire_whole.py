"""Whether a reply came whole: torn events, odd ends, what is said twice. A tool runs on what was sent, or not at all.

The replies are streams of bytes, which plain requests get too, as from endpoints that serve nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from wire_events import called, event, plain, stream

from graph.errors import BrokenReplyError, EndpointTimeoutError, PortolanError, ServerError
from graph.testing import Call, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

RAN: list[tuple[Any, ...]] = []


@tool
def remove(path: str = "/", *, recursive: bool = True) -> str:
    """Remove files."""
    RAN.append(("remove", path, recursive))
    return f"removed {path}"


@tool
def now() -> str:
    """Tell the time."""
    RAN.append(("now",))
    return "noon"


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


TORN = {
    "within the arguments": [
        event(called("remove", '{"path": "/data')),
        'data: {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"fun\n\n',
        event(called(None, '"}')),
        event({}, "tool_calls"),
    ],
    "over two lines": [
        event(called("remove", "")),
        'data: {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"ch\n',
        event({}, "tool_calls"),
    ],
    "within the text": [
        event({"content": "Do "}),
        'data: {"id":"c","choi\n\n',
        event({"content": "delete it."}),
        event({}, "stop"),
    ],
    "a byte that is no text": [event(called("remove", '{"path": "/caf\udcc3"}')), event({}, "tool_calls")],
}
UNPROVED = {
    "no finish reason": [event(called("remove", ""))],
    "a word for none, then the cap": [event(called("remove", ""), "null"), event({}, "length")],
    "the cap in Mistral's word": [event(called("remove", "")), event({}, "model_length")],
    "the cap in Gemini's word": [event(called("remove", '{"path": "/a"}')), event({}, "MAX_TOKENS")],
    "a word that nobody knows": [event(called("remove", None)), event({}, "surprise")],
}


def raw_line(one: Any) -> Any:
    """An event with a byte that is no UTF-8 in it."""
    if isinstance(one, dict) and "\udcc3" in json.dumps(one, ensure_ascii=False):
        return f"data: {json.dumps(one, ensure_ascii=False)}\n\n"
    return one


@pytest.mark.parametrize("case", [*TORN, *UNPROVED])
def test_what_did_not_come_whole_is_asked_for_again(run: Any, build: Callable[..., Any], case: str) -> None:
    events = [raw_line(one) for one in {**TORN, **UNPROVED}[case]]
    with EmulatedEndpoint("openai", [stream(*events), Reply("Well.")]) as endpoint:
        messages = run(build(endpoint, [remove]), "Remove")
    assert RAN == []
    assert messages[-1].text == "Well."
    assert "Do delete it." not in [message.text for message in messages]


def test_a_body_of_lines_that_breaks_off(run: Any, build: Callable[..., Any]) -> None:
    lines = [event({"content": "half an "}), event({"content": "answer"}), event(called("remove", ""))]
    body = Raw("\n".join(map(json.dumps, lines)).encode())
    with EmulatedEndpoint("openai", [body, Reply("Well.")]) as endpoint:
        assert run(build(endpoint, [remove]), "Remove")[-1].text == "Well."
    assert RAN == []


def test_a_tool_without_parameters_needs_no_proof(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [stream(event(called("now", ""))), Reply("Noon.")]) as endpoint:
        assert run(build(endpoint, [now]), "Time?")[-1].text == "Noon."
    assert RAN == [("now",)]


def test_a_later_reason_that_is_worse_counts(run: Any, build: Callable[..., Any]) -> None:
    half = stream(event({"content": "half an ans"}, "null"), done=False)
    with EmulatedEndpoint("openai", [half, Reply("The whole.")]) as endpoint:
        assert run(build(endpoint, [remove]), "Tell me")[-1].text == "The whole."


TWICE = {
    "a call once more": [called("remove", '{"path": "/a"}'), called("remove", '{"path": "/a"}')],
    "text and a message that says it all": [{"content": "Removing. "}, called("remove", '{"path": "/a"}')],
}


@pytest.mark.parametrize("case", TWICE)
def test_what_is_said_twice_is_done_once(run: Any, build: Callable[..., Any], case: str) -> None:
    deltas = TWICE[case]
    function = {"name": "remove", "arguments": '{"path": "/a"}'}
    text = "".join(delta.get("content", "") for delta in deltas)
    message = {
        "role": "assistant",
        "content": text,
        "tool_calls": [{"id": "a", "type": "function", "function": function}],
    }
    end = event(None, "tool_calls")
    end["choices"][0] |= {"message": message, "delta": None if case.startswith("text") else {}}
    with EmulatedEndpoint("openai", [stream(*map(event, deltas), end), Reply("Gone.")]) as endpoint:
        messages = run(build(endpoint, [remove]), "Remove /a")
    assert RAN == [("remove", "/a", True)]
    assert [message.text for message in messages] == ["Remove /a", text, "removed /a", "Gone."]


def test_a_last_message_at_odds_with_the_stream_runs_nothing(run: Any, build: Callable[..., Any]) -> None:
    other = {"tool_calls": [{"id": "a", "function": {"name": "remove", "arguments": '{"path": "/b"}'}}]}
    end = event(None, "tool_calls")
    end["choices"][0]["message"] = other
    with EmulatedEndpoint(
        "openai", [stream(event(called("remove", '{"path": "/a"}')), end), Reply("Well.")]
    ) as endpoint:
        assert run(build(endpoint, [remove]), "Remove")[-1].text == "Well."
    assert RAN == []


def test_a_call_in_a_choice_of_its_own(run: Any, build: Callable[..., Any]) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "remove", "arguments": '{"path": "/a"}'}}
    said = {"index": 0, "message": {"role": "assistant", "content": "Removing."}, "finish_reason": "tool_calls"}
    calling = {"index": 1, "message": {"role": "assistant", "tool_calls": call}, "finish_reason": "tool_calls"}
    whole = Raw(json.dumps({"id": "c", "object": "chat.completion", "model": "m", "choices": [said, calling]}).encode())
    with EmulatedEndpoint("openai", [whole, Reply("Gone.")]) as endpoint:
        messages = run(build(endpoint, [remove]), "Remove /a")
    assert RAN == [("remove", "/a", True)]
    assert messages[1].text == "Removing."


FAILED = {
    "a finish reason that says so": stream(event({"content": "I wi"}), event({}, "error")),
    "an event by its kind": stream(event({"content": "I wi"}), "event: error\ndata: upstream fell over\n\n"),
    "an event by its kind, with an object": stream(
        event(), 'event: error\nid: 7\ndata: {"id":"x","model":"m","message":"fell over"}\n\n'
    ),
}


@pytest.mark.parametrize("case", FAILED)
def test_a_failure_within_a_reply_is_tried_again_while_nobody_saw_it(
    build: Callable[..., Any], runner: Any, case: str
) -> None:
    for mode in ("invoke", "ainvoke"):
        with EmulatedEndpoint("dashscope-thinking", [FAILED[case], Reply("Whole.")]) as endpoint:
            assert runner(mode)(build(endpoint, [remove], max_retries=1), "Hi")[-1].text == "Whole."
    with EmulatedEndpoint("openai", [stream(event({}, "error")), Reply("Whole.")]) as endpoint:
        assert runner("stream")(build(endpoint, [remove], max_retries=1), "Hi")[-1].text == "Whole."


@pytest.mark.parametrize("case", FAILED)
def test_a_failure_within_what_was_shown_is_asked_for_again(build: Callable[..., Any], runner: Any, case: str) -> None:
    for mode in ("stream", "astream"):
        with EmulatedEndpoint("openai", [FAILED[case], Reply("Whole.")]) as endpoint:
            assert runner(mode)(build(endpoint, [remove], max_retries=1), "Hi")[-1].text == "Whole."
        with (
            EmulatedEndpoint("openai", [FAILED[case]]) as endpoint,
            pytest.raises(ServerError, match=r"fell over|failed within the reply"),
        ):
            runner(mode)(build(endpoint, [remove], max_retries=0, max_repairs=0), "Hi")


def test_an_event_without_end_is_a_typed_error(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", lambda _: Raw(b"[" * 6000)) as endpoint, pytest.raises(PortolanError):
        run(build(endpoint, [remove], max_retries=0), "Hi")


def test_arguments_that_no_store_takes_are_broken(run: Any, build: Callable[..., Any]) -> None:
    deep = '{"path": ' + "[" * 700 + "]" * 700 + "}"
    with EmulatedEndpoint("openai", [Reply(calls=[Call("remove", deep)]), Reply("Well.")]) as endpoint:
        graph = build(endpoint, [remove], checkpointer=InMemorySaver())
        assert run(graph, "Remove", config={"configurable": {"thread_id": "t"}})[-1].text == "Well."
    assert RAN == []


def test_long_thinking_is_not_counted_against_the_cap_on_the_answer(run: Any, build: Callable[..., Any]) -> None:
    thought = "I wonder. " * 18_000
    with EmulatedEndpoint("dashscope-thinking", [Reply("Yes.", reasoning=thought)]) as endpoint:
        assert run(build(endpoint, [remove]), "Well?")[-1].text == "Yes."


def test_a_refusal_is_the_answer_and_is_shown(run: Any, build: Callable[..., Any]) -> None:
    refused = stream(event({"content": None, "refusal": "I can"}), event({"refusal": "not."}), event({}, "stop"))
    with EmulatedEndpoint("openai", [refused]) as endpoint:
        message = run(build(endpoint, [remove]), "Do harm")[-1]
    assert message.text == "I cannot."
    assert message.additional_kwargs["refusal"] == "I cannot."


REASONED = {
    "OpenRouter's details": {"reasoning_details": [{"type": "reasoning.text", "text": "I wonder."}]},
    "OpenRouter's summary": {"reasoning_details": [{"type": "reasoning.summary", "summary": "I wonder."}]},
    "Mistral's parts": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "I wonder."}]}]},
}


@pytest.mark.parametrize("case", REASONED)
def test_reasoning_in_parts_is_kept_apart(run: Any, build: Callable[..., Any], case: str) -> None:
    answer = [event(REASONED[case]), event({"content": [{"type": "text", "text": "Yes."}]}), event({}, "stop")]
    with EmulatedEndpoint("openai", [stream(*answer)]) as endpoint:
        message = run(build(endpoint, [remove]), "Well?")[-1]
    assert (message.text, message.additional_kwargs["reasoning_content"]) == ("Yes.", "I wonder.")


def test_a_character_cut_in_two_and_usage_in_two(run: Any, build: Callable[..., Any]) -> None:
    halves = [
        event({"content": "Hi \ud83d"}),
        event({"content": "\ude00!"}),
        event({}, "stop", usage={"prompt_tokens": 7}),
    ]
    last = event(usage={"completion_tokens": 2, "total_tokens": 9})
    with EmulatedEndpoint("openai", [stream(*halves, last)]) as endpoint:
        message = run(build(endpoint, [remove]), "Hi")[-1]
    assert message.text == "Hi 😀!"
    assert message.usage_metadata == {
        "input_tokens": 7,
        "output_tokens": 2,
        "total_tokens": 9,
        "input_token_details": {},
        "output_token_details": {},
    }


def test_a_connection_that_stays_open_after_the_end_ends_the_reply(run: Any, build: Callable[..., Any]) -> None:
    held = Fault("stall", Reply("Hi."), after=3)
    with EmulatedEndpoint("dashscope-thinking", [held]) as endpoint:  # which streams for plain requests, too
        graph = build(endpoint, [remove], stream_timeout_s=1, read_timeout_s=1, max_retries=0)
        assert run(graph, "Hi")[-1].text == "Hi."


def test_what_comes_beside_a_call_goes_back_with_it_to_the_same_endpoint(run: Any, build: Callable[..., Any]) -> None:
    signed = {"google": {"thought_signature": "c2lnbmVk"}}
    call = event(called("remove", '{"path": "/a"}', extra_content=signed))
    config = {"configurable": {"thread_id": "t"}}
    saver = InMemorySaver()
    with EmulatedEndpoint("vllm-0.32", [stream(call, event({}, "tool_calls")), Reply("Gone.")]) as endpoint:
        run(build(endpoint, [remove], checkpointer=saver), "Remove /a", config=config)
        assert endpoint.bodies[-1]["messages"][2]["tool_calls"][0]["extra_content"] == signed
    with EmulatedEndpoint("vllm-0.32", [Reply("Indeed.")]) as other:
        run(build(other, [remove], checkpointer=saver), "Sure?", config=config)
        assert "extra_content" not in json.dumps(other.bodies[-1]["messages"])


@pytest.mark.parametrize("pieces", [[" \n "], [" ", "\n"], ["", "\t", ""]])
def test_blanks_for_arguments_are_none(pieces: list[str], run: Any, build: Callable[..., Any]) -> None:
    whole = {"function": {"name": "remove", "arguments": "".join(pieces)}, "id": "a", "type": "function"}
    first, *rest = pieces
    events = [event(called("remove", first)), *(event(called(None, piece)) for piece in rest), event({}, "tool_calls")]
    reply = stream(*events) if run.streamed else plain({"content": None, "tool_calls": [whole]}, "tool_calls")
    with EmulatedEndpoint("openai", [reply, Reply("Gone.")]) as endpoint:
        messages = run(build(endpoint, [remove]), "Remove it")
    assert RAN == [("remove", "/", True)]
    assert [call["args"] for call in messages[1].tool_calls] == [{}]
    assert not messages[1].invalid_tool_calls


def test_reasoning_within_a_block_that_the_template_opened(runner: Any, build: Callable[..., Any]) -> None:
    """The first stream shows it, and teaches that it comes so; from then on it is kept apart while it streams."""
    wire = {"reasoning": "open-think"}
    told = [Reply(f"Answer {number}.", reasoning="I wonder.", wire=wire) for number in range(4)]
    with EmulatedEndpoint("vllm-0.32", told) as endpoint:
        graph = build(endpoint, [remove])
        plain = runner("invoke")(graph, "Well?")[-1]
        assert (plain.text, plain.additional_kwargs["reasoning_content"].strip()) == ("Answer 0.", "I wonder.")
        for mode, number in (("stream", 1), ("astream", 2), ("ainvoke", 3)):
            ran = runner(mode)
            message = ran(graph, "Well?")[-1]
            assert message.text == f"Answer {number}."
            assert message.additional_kwargs["reasoning_content"].strip() == "I wonder."
            assert "".join(token.text for token in ran.tokens if isinstance(token, AIMessage)) == (
                f"Answer {number}." if ran.streamed else ""
            )


def test_thinking_that_is_cut_within_such_a_block_is_no_answer(run: Any, build: Callable[..., Any]) -> None:
    thought = [event({"content": "I wonder whether"}), event({}, "length")]
    with EmulatedEndpoint("openai", [stream(*thought), Reply("I know.")]) as endpoint:
        graph = build(endpoint, [remove], profile_overrides={"thinking_opened": "true"})
        messages = run(graph, "Well?")
    assert [message.text for message in messages] == ["Well?", "I know."]


def test_an_overrun_of_thinking_says_so(build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.endpoint.expectation.MAX_REASONING_CHARS", 1000)
    endless = Reply("Yes.", reasoning="I wonder. " * 500)
    with EmulatedEndpoint("dashscope-thinking", [endless] * 3) as endpoint, pytest.raises(BrokenReplyError) as caught:
        build(endpoint, [remove]).invoke({"messages": "Well?"})
    assert "its reasoning ran past 1000 characters" in str(caught.value)
    assert "AGENT_THINKING=off" in str(caught.value)


def test_a_time_out_says_nothing_of_how_it_is_kept(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [Fault("stall-before-headers")]) as endpoint:
        graph = build(endpoint, [remove], stream_timeout_s=1, read_timeout_s=1, max_retries=0)
        with pytest.raises(EndpointTimeoutError) as caught:
            run(graph, "Hi")
    assert "cancel" not in str(caught.value).lower()
