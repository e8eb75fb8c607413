"""The bounds and lessons of Chat Completions hold on the Responses wire: time, size, forbidden calls, fields."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from responses_replies import Added, Item, events_of, message, response, script, sum_of, written

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.knowledge import Knowledge
from graph.errors import BrokenReplyError, EndpointTimeoutError, ModelNotFoundError, RefusedRequestError
from graph.testing import EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.testing import RecordedRequest

LEAKED = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'


@pytest.mark.parametrize("said", [Reply(LEAKED), None])
def test_no_tool_runs_that_the_run_forbids(said: Reply | None, run: Any, build: Callable[..., Any]) -> None:
    """Neither a call in the text, nor one that comes as a call all the same."""
    tool, called = Added(), script(response(sum_of(1, 2)))
    left = [said or called, Reply("No")]

    def answer(request: RecordedRequest) -> Any:
        one = left.pop(0) if len(left) > 1 else left[0]
        return one(request) if callable(one) else one

    with EmulatedEndpoint("vllm-0.32", answer) as endpoint:
        messages = run(
            build(endpoint, [tool.tool()], api="responses"), "What is 1 + 2?", context={"tool_choice": "none"}
        )
        assert endpoint.requests[0].body["tool_choice"] == "none"
    assert tool.seen == []
    assert messages[-1].text == "No"


@pytest.mark.parametrize("kind", ["stall", "stall-before-headers", "keep-alive-forever"])
def test_a_stalled_reply_is_cut(kind: Any, run: Any, build: Callable[..., Any]) -> None:
    """By the time-out of its own form: the other one is longer than a test may take."""
    limits = {"read_timeout_s": 0.3, "stream_timeout_s": 600}
    if run.streamed:
        limits = {"read_timeout_s": 600, "stream_timeout_s": 0.3}
    with EmulatedEndpoint("openai-reasoning", lambda _: Fault(kind)) as endpoint, pytest.raises(EndpointTimeoutError):
        run(build(endpoint, api="responses", max_retries=1, **limits), "?")


def test_a_reply_past_every_cap_is_broken(run: Any, build: Callable[..., Any]) -> None:
    body = response(message("word " * 40_000))
    with EmulatedEndpoint("ollama", script(body)) as endpoint, pytest.raises(BrokenReplyError, match="ran past"):
        run(build(endpoint, api="responses", max_tokens=100, max_repairs=0), "?")


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_stream_without_end_is_left(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    begun = events_of(response(message("x")))[:3]
    endless = written([*begun, *[{**begun[-1], "delta": "word " * 1000}] * 1000])
    with EmulatedEndpoint("ollama", script(endless)) as endpoint, pytest.raises(BrokenReplyError) as caught:
        runner(mode)(build(endpoint, api="responses", max_tokens=100, max_repairs=0), "?")
    assert "ran past" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said", "seen"),
    [
        ("<think>\nI wonder.\n</think>\n\nIt is 3.", "It is 3.", []),
        (f"<think>\nI could:\n{LEAKED}\nNo.\n</think>\n\nIt is 3.", "It is 3.", []),
        (f"<think>\nI call.\n</think>\n\n{LEAKED}", "Done", [(1, 2)]),
    ],
)
def test_tags_of_thinking_are_no_answer(
    text: str, said: str, seen: list[Any], run: Any, build: Callable[..., Any]
) -> None:
    tool = Added()
    with EmulatedEndpoint("vllm-0.32", script(response(message(text)), response(message("Done")))) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses"), "What is 1 + 2?")
    assert messages[-1].text == said
    assert tool.seen == seen
    assert "I " in messages[1].additional_kwargs["reasoning_content"]
    assert all("think>" not in token.text for token in run.tokens)


def test_the_cap_is_seen_where_the_server_does_not_say_so(run: Any, build: Callable[..., Any]) -> None:
    tool = Added()
    cut = response(message("Half of"), usage={"input_tokens": 5, "output_tokens": 40, "total_tokens": 45})
    call = response(sum_of(1, 2), usage={"input_tokens": 5, "output_tokens": 40, "total_tokens": 45})
    with EmulatedEndpoint("llamacpp", script(call, cut)) as endpoint:
        messages = run(build(endpoint, [tool.tool()], api="responses", max_tokens=40), "?")
    assert messages[-1].response_metadata["finish_reason"] == "length"
    assert tool.seen == []


def refusing(field: str, error: Item, status: int = 400) -> Callable[[RecordedRequest], Raw]:
    """Refuse requests that have a field, `a.b` within `a`."""
    replies, path = script(response(message("Yes"))), field.split(".")

    def answer(request: RecordedRequest) -> Raw:
        found: Any = request.body
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return replies(request) if found is None else Raw(json.dumps({"error": error}).encode(), status=status)

    return answer


def unsupported(field: str) -> Item:
    """OpenAI's words."""
    words = f"Unsupported parameter: '{field}' is not supported with this model."
    return {"message": words, "type": "invalid_request_error", "param": field, "code": "unsupported_parameter"}


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("temperature", {"temperature": 0.5}),
        ("max_output_tokens", {}),
        ("store", {}),
        ("include", {}),
        ("reasoning.effort", {"thinking": "off"}),
        ("reasoning.effort", {"thinking": "on"}),
    ],
)
def test_a_refused_field_is_left_out_and_said_once(
    field: str, settings: Item, run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("ollama", refusing(field, unsupported(field))) as endpoint:
        graph = build(endpoint, api="responses", **settings)
        for _ in range(2):
            assert run(graph, "?")[-1].text == "Yes"
        assert len(endpoint.requests) == 3
    assert Knowledge(endpoint.base_url, endpoint.model).effective.profile.unsupported_parameters == {
        f"responses.{field.replace('.', '_')}"
    }
    assert f"'{field}' is not supported" in caplog.text


def test_an_effort_that_the_model_does_not_have_is_left_out(run: Any, build: Callable[..., Any]) -> None:
    words = "Unsupported value: 'none' is not supported with the 'gpt-5' model. Supported values are: 'low' and 'high'."
    error = {"message": words, "type": "invalid_request_error", "param": "reasoning.effort"}
    with EmulatedEndpoint("ollama", refusing("reasoning.effort", error)) as endpoint:
        assert run(build(endpoint, api="responses", thinking="off"), "?")[-1].text == "Yes"


@pytest.mark.parametrize(("thinking", "effort"), [("off", "none"), ("on", "medium"), ("auto", None)])
def test_thinking_is_switched(thinking: str, effort: str | None, run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai-reasoning", [Reply("Yes", reasoning="Hm")], exact=thinking != "off") as endpoint:
        run(build(endpoint, api="responses", thinking=thinking), "?")
        body = endpoint.requests[-1].body
    assert (body.get("reasoning") or {}).get("effort") == effort


def test_the_switch_of_the_profile_goes_before(run: Any, build: Callable[..., Any]) -> None:
    flags = {"THINKING": "on", "THINKING_OFF": '{"enable_thinking": false}'}
    with EmulatedEndpoint("dashscope-thinking", [Reply("Yes", reasoning="Hm")], exact=False) as endpoint:
        last = run(build(endpoint, api="responses", thinking="off", profile_overrides=flags), "?")[-1]
        body = endpoint.requests[-1].body
    assert body["enable_thinking"] is False
    assert "reasoning" not in body
    assert "reasoning_content" not in last.additional_kwargs


def test_a_cap_that_the_window_does_not_hold_is_lowered(run: Any, build: Callable[..., Any]) -> None:
    replies = script(response(message("Yes")))

    def answer(request: RecordedRequest) -> Raw:
        cap = request.body["max_output_tokens"]
        words = (
            f"This model's maximum context length is 4096 tokens. However, you requested {cap} output tokens and your "
            f"prompt contains at least 100 input tokens, for a total of at least {cap + 100} tokens. Please reduce the "
            "length of the input prompt or the number of requested output tokens."
        )
        error = {"error": {"message": words, "type": "BadRequestError", "param": "input_tokens", "code": 400}}
        return Raw(json.dumps(error).encode(), status=400) if cap > 3996 else replies(request)

    with EmulatedEndpoint("vllm-0.32", answer) as endpoint:
        assert run(build(endpoint, api="responses", max_tokens=4096), "?")[-1].text == "Yes"


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_forced_choice_that_is_refused_is_lowered(how: str) -> None:
    words = "tool_choice 'required' is not supported by this model"
    replies = script(response(message("Yes")))

    def answer(request: RecordedRequest) -> Raw:
        forced = request.body.get("tool_choice") == "required"
        return Raw(json.dumps({"error": {"message": words}}).encode(), status=400) if forced else replies(request)

    with EmulatedEndpoint("ollama", answer) as endpoint:
        where = {"model": endpoint.model, "base_url": endpoint.base_url, "api_key": endpoint.api_key}
        model = ChatEndpoint(**where, use_responses_api=True, profile_overrides={"thinking": "none"})
        bound = model.bind_tools([Added().tool()], tool_choice="any")
        said = bound.invoke("?").text if how == "invoke" else "".join(chunk.text for chunk in bound.stream("?"))
        assert [request.body.get("tool_choice") for request in endpoint.requests] == ["required", "auto"]
    assert said == "Yes"


IMAGE, DOCUMENT = "https://x.test/y.png", "https://x.test/y.pdf"
SEEN = {"type": "input_image", "image_url": IMAGE}
PARTS = [
    ({"type": "image_url", "image_url": IMAGE}, SEEN),
    ({"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}}, SEEN | {"detail": "low"}),
    ({"type": "image", "url": IMAGE}, SEEN),
    ({"type": "file", "url": DOCUMENT}, {"type": "input_file", "file_url": DOCUMENT}),
    ("and this", {"type": "input_text", "text": "and this"}),
]


@pytest.mark.parametrize(("part", "sent"), PARTS)
def test_parts_of_every_form(part: Any, sent: Item, run: Any, build: Callable[..., Any]) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x.test/z.png"}}
    with EmulatedEndpoint("ollama", [Reply("Yes")]) as endpoint:
        run(build(endpoint, api="responses"), [HumanMessage([{"type": "text", "text": "See"}, part, image])])
        parts = endpoint.requests[-1].body["input"][-1]["content"]
    assert parts[0] == {"type": "input_text", "text": "See"}
    assert {key: parts[1][key] for key in sent} == sent


def test_audio_is_not_dropped_without_a_word(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}
    with EmulatedEndpoint("ollama", [Reply("Yes")]) as endpoint:
        run(build(endpoint, api="responses"), [HumanMessage([{"type": "text", "text": "Hear"}, audio])])
        parts = endpoint.requests[-1].body["input"][-1]["content"]
    assert "audio left out" in parts[1]["text"]
    assert "takes no audio" in caplog.text


def test_an_error_names_the_model_that_was_asked(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai-reasoning") as endpoint, pytest.raises(ModelNotFoundError, match="another-model at"):
        run(build(endpoint, api="responses"), "?", context={"model": "another-model"})


def test_a_refusal_that_teaches_nothing_is_told(run: Any, build: Callable[..., Any]) -> None:
    answer = refusing("input", {"message": "I do not like it", "type": "invalid_request_error"})
    with EmulatedEndpoint("ollama", answer) as endpoint, pytest.raises(RefusedRequestError, match="I do not like it"):
        run(build(endpoint, api="responses"), "?")


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_stop_sequences_are_sent_and_left_out_where_they_are_refused(how: str) -> None:
    with EmulatedEndpoint("ollama", refusing("stop", {"message": "Unknown parameter: 'stop'."})) as endpoint:
        where = {"model": endpoint.model, "base_url": endpoint.base_url, "api_key": endpoint.api_key}
        model = ChatEndpoint(**where, use_responses_api=True)
        asked = [model.invoke("?", stop=["x"])] if how == "invoke" else model.stream("?", stop=["x"])
        assert "".join(one.text for one in asked) == "Yes"
        assert [request.body.get("stop") for request in endpoint.requests] == [["x"], None]


def test_requests_side_by_side_learn_from_one_another() -> None:
    """Two are refused for the same reason: the second finds the lesson learned already, and is sent again, too."""
    both, replies = threading.Barrier(2), script(response(message("Yes")))

    def answer(request: RecordedRequest) -> Raw:
        if "temperature" not in request.body:
            return replies(request)
        both.wait(timeout=10)
        return Raw(json.dumps({"error": unsupported("temperature")}).encode(), status=400)

    with EmulatedEndpoint("ollama", answer) as endpoint:
        where = {"model": endpoint.model, "base_url": endpoint.base_url, "api_key": endpoint.api_key}
        model = ChatEndpoint(**where, use_responses_api=True, temperature=0.5)
        assert [one.text for one in model.batch(["one", "two"])] == ["Yes", "Yes"]
