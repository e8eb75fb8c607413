"""What a refusal teaches, end to end: one refusal, one change, one more request, and never again."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from graph import Endpoint, Settings
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.connect import profile_overrides
from graph.endpoint.exchange import MAX_LESSONS
from graph.endpoint.knowledge import forget_learned
from graph.endpoint.refusals import Lesson
from graph.endpoint.refusals.teachings import TEACHINGS
from graph.errors import PortolanError, RefusedRequestError
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.testing import RecordedRequest

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
STRICT = {"type": "function", "function": {**TOOL["function"], "strict": True}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}}
CALLED = [
    HumanMessage("Add."),
    AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "c1"}], additional_kwargs={"reasoning_content": "R"}),
    ToolMessage("3", tool_call_id="c1"),
]
NAMED = {"type": "function", "function": {"name": "add"}}


@dataclass
class Case:
    """A refusal, the request that it meets, and what the next one must be like.

    Attributes:
        says: the endpoint's words; or a whole body.
        learns: the flags that change.
        options: what the user asked for.
        messages: the thread.
        changed: the fields of the body that differ in the second request.
        only: `plain` or `stream`, where the refusal is about that.
        status: the status that it came with.
    """

    says: Any
    learns: Mapping[str, Any]
    changed: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    messages: list[Any] = field(default_factory=lambda: [HumanMessage("Hi")])
    only: str = ""
    status: int = 400


GONE = object()
FREE_CHOICE = {"tool_choice": GONE, "tools": [TOOL]}
ECHOED = [
    {"role": "user", "content": "Add."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        "reasoning_content": "R",
    },
    {"role": "tool", "content": "3", "tool_call_id": "c1"},
]

CASES: dict[str, Case] = {
    "tools_need_effort_none": Case(
        "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions.",
        {"tools_need_reasoning_effort_none": True},
        {"reasoning_effort": "none"},
        {"tools": [TOOL]},
    ),
    "choice_not_in_thinking": Case(
        "The tool_choice parameter does not support being set to required or object in thinking mode",
        {"thinking": "on", "tool_choice": frozenset({"auto", "none"})},
        {"tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "required"},
    ),
    "choice_from_list": Case(
        "tool_choice is one of the strings that should be ['none', 'auto']",
        {"tool_choice": frozenset({"auto", "none"})},
        {"tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "required"},
    ),
    "choice_not_taken": Case(
        "tool_choice: named functions are not supported",
        {"tool_choice": frozenset({"auto", "none", "required"})},
        {"tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": NAMED},
    ),
    "strict": Case(
        "tools.0.function.strict: Extra inputs are not permitted",
        {"strict_tools": False},
        {"tools": [TOOL]},
        {"tools": [STRICT]},
    ),
    "thinking_streams": Case(
        "parameter.enable_thinking must be set to false for non-streaming calls",
        {"thinking_needs_stream": True, "thinking": "on"},
        {"stream": True, "stream_options": {"include_usage": True}},
        only="plain",
    ),
    "stream_only": Case(
        "This model only supports streaming mode",
        {"serves": "stream_only"},
        {"stream": True, "stream_options": {"include_usage": True}},
        only="plain",
    ),
    "no_stream_usage": Case(
        "stream_options: Extra inputs are not permitted",
        {"stream_usage": False},
        {"stream_options": GONE},
        only="stream",
    ),
    "plain_only": Case(
        "Unsupported value: 'stream' does not support true with this model.",
        {"serves": "plain_only"},
        {"stream": False, "stream_options": GONE},
        only="stream",
    ),
    "no_json_in_thinking": Case(
        "Json mode response is not supported when enable_thinking is true",
        {"thinking": "on"},
        {
            "response_format": GONE,
            "messages": [
                {"role": "system", "content": "Reply with one JSON object, and nothing else."},
                {"role": "user", "content": "Some json"},
            ],
        },
        {"response_format": {"type": "json_object"}},
        [HumanMessage("Some json")],
    ),
    "response_format": Case(
        "This response_format type is unavailable now",
        {"json_schema": False},
        {"response_format": {"type": "json_object"}, "messages": ...},
        {"response_format": SCHEMA},
    ),
    "newer_cap": Case(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {"token_cap": "max_completion_tokens"},
        {"max_tokens": GONE, "max_completion_tokens": 4096},
    ),
    "cap_range": Case("Range of max_tokens should be [1, 2048]", {"max_output_tokens": 2048}, {"max_tokens": 2048}),
    "cap_beyond_window": Case(
        "'max_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 20 "
        "input tokens (4096 > 4096 - 20).",
        {"context_tokens": 4096, "max_output_tokens": 2048},
        {"max_tokens": 2048},
    ),
    "fixed_temperature": Case(
        "Unsupported value: 'temperature' does not support 0.2. Only the default (1) value is supported.",
        {"temperature_fixed": 1.0},
        {"temperature": GONE},
        {"temperature": 0.2},
    ),
    "temperature_range": Case(
        "'temperature' must be in [0, 1]", {"temperature_max": 1.0}, {"temperature": 1.0}, {"temperature": 1.5}
    ),
    "temperature_above_zero": Case(
        "Input validation error: `temperature` must be strictly positive",
        {"temperature_above_zero": True},
        {"temperature": 0.01},
        {"temperature": 0},
        status=422,
    ),
    "temperature_or_top_p": Case(
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        {"temperature_with_top_p": False},
        {"temperature": 0.2, "top_p": GONE},
        {"temperature": 0.2, "top_p": 0.9},
    ),
    "no_top_p": Case(
        "<400> InternalError.Algo.InvalidParameter: Range of top_p should be (0.0, 1.0]",
        {"unsupported_parameters": frozenset({"top_p"})},
        {"top_p": GONE},
        {"top_p": 0},
    ),
    "echo_reasoning": Case(
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        {"reasoning_echo": "tool_calls", "reasoning_echo_placeholder": True, "thinking": "on"},
        {"messages": ECHOED},
        messages=CALLED,
    ),
    "no_thinking_budget": Case(
        "The thinking_budget parameter must be a positive integer",
        {"unsupported_parameters": frozenset({"thinking_budget"})},
        {"thinking_budget": GONE},
        {"extra_body": {"thinking_budget": 0}},
    ),
    "content_not_null": Case(
        "messages.1.content: none is not an allowed value",
        {"assistant_content_with_calls": "empty"},
        {"messages": ...},
        messages=CALLED,
    ),
    "no_system": Case(
        "System role not supported",
        {"system_messages": "none"},
        {"messages": [{"role": "user", "content": "Be brief.\n\nHi"}]},
        messages=[SystemMessage("Be brief."), HumanMessage("Hi")],
        status=500,
    ),
    "alternate": Case(
        "Conversation roles must alternate user/assistant/user/assistant/...",
        {"alternating_roles": True},
        {"messages": [{"role": "user", "content": "Hi\n\nThere"}]},
        messages=[HumanMessage("Hi"), HumanMessage("There")],
    ),
    "no_user_after_tool": Case(
        "Unexpected role 'user' after role 'tool'",
        {"user_after_tool": False},
        {"messages": ...},
        messages=[*CALLED, HumanMessage("And?")],
    ),
    "ids_of_nine": Case(
        "Tool call id was c1 but must be a-z, A-Z, 0-9, with a length of 9.",
        {"call_ids": "nine"},
        {"messages": ...},
        messages=CALLED,
    ),
    "plain_ids": Case(
        "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
        {"call_ids": "plain"},
        {"messages": ...},
        messages=[
            AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "functions.add:0"}]),
            ToolMessage("3", tool_call_id="functions.add:0"),
        ],
    ),
    "unsupported": Case(
        "Unrecognized request argument supplied: top_k",
        {"unsupported_parameters": frozenset({"top_k"})},
        {"top_k": GONE},
        {"extra_body": {"top_k": 5}},
    ),
    "parallel_tool_calls": Case(
        "parallel_tool_calls: Extra inputs are not permitted",
        {"parallel_tool_calls_parameter": False},
        {"parallel_tool_calls": GONE},
        {"tools": [TOOL], "parallel_tool_calls": True},
        status=422,
    ),
}
"""One refusal for each row, but those of `UNMET`."""

UNMET = {
    "forbidden_names": "the tool has to be renamed by the user: a sentence, and no second request",
    "max_tools": "the agent has too many tools: a sentence, and no second request",
    "always_thinks": "the switch is only sent where the profile knows one",
    "no_echo": "the cautious default gives no reasoning back",
    "system_first": "the cautious default sends one leading system message from the first",
    "no_developer": "the cautious default sends no developer message",
    "needs_user": "the cautious default sends a user message",
    "content_is_string": "the cautious default sends text as a string; a list with a picture has no other form",
    "no_images": "a new image is an error of its own, and an old one is left out: tests/integration/test_images.py",
    "details_wanted": "only what came from the endpoint goes back to it: tests/integration/test_reasoning_details.py",
    "signature_refused": "the cautious default gives no signature back; as above",
    "json_word": "the cautious default gives the word",
}
"""Rows that no request on the way of the cautious default can meet, or that nothing can be changed for."""


def adapter(endpoint: EmulatedEndpoint, **settings: Any) -> ChatEndpoint:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    given = Settings(**({"max_retries": 0} | settings))
    return ChatEndpoint.at(where, given, profile_overrides=profile_overrides(given))


def ask(model: ChatEndpoint, case: Case, *, stream: bool) -> str:
    if not stream:
        return model.invoke(case.messages, **case.options).text
    return "".join(chunk.text for chunk in model.stream(case.messages, **case.options))


def refuse(words: str, status: int = 400) -> Fault:
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    return Fault(status=status, body={"error": error})


def taught(case: Case, reply: str = "Understood.") -> Any:
    """An endpoint's script: it refuses the very first request, and then answers."""
    state = {"refused": False}

    def say(_: RecordedRequest) -> Any:
        if not state["refused"]:
            state["refused"] = True
            return refuse(case.says, case.status)
        return Reply(reply)

    return say


def modes(cases: Mapping[str, Case]) -> Any:
    return pytest.mark.parametrize(
        ("case", "stream"),
        [
            pytest.param(case, stream, id=f"{name}-{'stream' if stream else 'plain'}")
            for name, case in cases.items()
            for stream in (False, True)
            if case.only in {"", "stream" if stream else "plain"}
        ],
    )


def test_every_row_is_met_or_named() -> None:
    learners = {teaching.learn.__name__ for teaching in TEACHINGS}
    assert learners == ({*CASES} - {"parallel_tool_calls"}) | {*UNMET}


@modes(CASES)
def test_one_refusal_teaches(case: Case, stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    with EmulatedEndpoint("hostile", taught(case), behaviour={"obeys": ()}) as endpoint:
        model = adapter(endpoint)
        assert ask(model, case, stream=stream) == "Understood."
        refused, accepted = (request.body for request in endpoint.requests)
        missing = object()
        for name in {*refused, *accepted}:
            before, after = refused.get(name, missing), accepted.get(name, missing)
            wanted = case.changed.get(name, before)
            if wanted is ...:
                assert before != after
            else:
                assert after == (missing if wanted is GONE else wanted), name
        assert {*case.changed} <= {*refused, *accepted}

        # Known for the process, said once.
        assert ask(adapter(endpoint), case, stream=stream) == "Understood."
        assert endpoint.requests[2].body == accepted
        assert len(endpoint.requests) == 3
        said = [record.getMessage() for record in caplog.records if "Learned of" in record.getMessage()]
        assert len(said) == 1
        assert endpoint.base_url in said[0]

        # Stored as measured, and read by the next process.
        stored = store.load(endpoint.base_url, endpoint.model)
        profile = model.endpoint_profile.profile
        for flag, value in case.learns.items():
            assert getattr(profile, flag) == value
            if flag in stored:
                assert stored[flag].source == "measured"
                assert stored[flag].date is not None
        assert stored
        forget_learned()
        assert ask(adapter(endpoint), case, stream=stream) == "Understood."
        assert endpoint.requests[3].body == accepted


@pytest.mark.parametrize("stream", [False, True])
def test_the_users_word_wins(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    case = CASES["newer_cap"]
    with EmulatedEndpoint("hostile", taught(case)) as endpoint:
        model = adapter(endpoint, profile_overrides={"token_cap": "max_tokens"})
        with pytest.raises(RefusedRequestError, match="max_completion_tokens"):
            ask(model, case, stream=stream)
        assert len(endpoint.requests) == 1
        assert "Learned" not in caplog.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("words", ["Computer says no.", "", "max_tokens and I do not get along"])
def test_a_refusal_that_is_not_understood_is_one_request(words: str, status: int, stream: bool) -> None:
    with EmulatedEndpoint("openai", lambda _: refuse(words, status)) as endpoint:
        model = adapter(endpoint, max_retries=5)
        with pytest.raises(PortolanError):
            ask(model, Case(words, {}, {}), stream=stream)
        assert len(endpoint.requests) == 1
        assert store.load(endpoint.base_url, endpoint.model) == {}


@pytest.mark.parametrize("stream", [False, True])
def test_words_about_what_was_not_sent_teach_nothing(stream: bool) -> None:
    case = Case("Unrecognized request argument supplied: top_k", {}, {})
    with EmulatedEndpoint("openai", taught(case)) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_one_who_refuses_for_ever_is_left(stream: bool) -> None:
    """Each refusal names another field that was sent, so that each teaches; still there is an end."""

    def never(request: RecordedRequest) -> Fault:
        field_names = sorted(name for name in request.body if name.startswith("knob_"))
        return refuse(f"Unrecognized request argument supplied: {field_names[0]}")

    knobs = {f"knob_{letter}": 1 for letter in "abcdefghijklmnop"}
    case = Case("", {}, {}, {"extra_body": knobs})
    with EmulatedEndpoint("hostile", never) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == MAX_LESSONS + 1


@pytest.mark.parametrize("stream", [False, True])
def test_the_same_refusal_again_ends_the_run(stream: bool) -> None:
    case = CASES["newer_cap"]
    with EmulatedEndpoint("openai", lambda _: refuse(case.says)) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_user_has_to_change_is_a_sentence(stream: bool) -> None:
    words = "Tool names are not allowed to be [search, add]"
    case = Case(words, {}, {}, {"tools": [TOOL]})
    with EmulatedEndpoint("hostile", taught(case)) as endpoint:
        for _ in range(2):
            with pytest.raises(RefusedRequestError, match="Rename the tool"):
                ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_as_an_event_of_a_stream_teaches_too(stream: bool) -> None:
    case = CASES["newer_cap"]
    event = {"error": {"message": case.says, "type": "invalid_request_error", "param": "max_tokens", "code": None}}
    body: Any = f"data: {json.dumps(event)}\n\n" if stream else event
    script = [Fault("error-event", body=body, after=0), Reply("Understood.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        assert ask(adapter(endpoint), case, stream=stream) == "Understood."
        assert "max_completion_tokens" in endpoint.bodies[1]


@pytest.mark.parametrize("stream", [False, True])
def test_several_lessons_of_one_request(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    cases = [CASES["newer_cap"], CASES["fixed_temperature"], CASES["unsupported"]]
    script = [*(refuse(case.says) for case in cases), Reply("Understood.")]
    both = Case("", {}, {}, {"temperature": 0.2, "extra_body": {"top_k": 5}})
    with EmulatedEndpoint("hostile", script) as endpoint:
        assert ask(adapter(endpoint), both, stream=stream) == "Understood."
        last = endpoint.requests[-1].body
    assert not {"max_tokens", "temperature", "top_k"} & last.keys()
    assert caplog.text.count("Learned of") == 3


@pytest.mark.parametrize(
    ("says", "flag"),
    [
        ("Your prompt was rejected by policy: 'What about Unsupported parameter: max_tokens?'", "token_cap"),
        ("Streaming is not supported while the maintenance window lasts", "serves"),
    ],
)
def test_what_was_refused_all_the_same_is_taken_back(says: str, flag: str, caplog: pytest.LogCaptureFixture) -> None:
    script = [Fault("refuse", status=400, message=says)] * 2
    with EmulatedEndpoint("openai", script) as endpoint:
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        model, other = (ChatEndpoint.at(where, Settings(max_retries=0)) for _ in "12")
        default = other.endpoint_profile.facts[flag]
        with pytest.raises(PortolanError):
            list(model.stream("Hi", max_tokens=9))
        assert len(endpoint.bodies) == 2
        assert model.endpoint_profile.facts[flag] == other.endpoint_profile.facts[flag] == default
        assert flag not in store.load(endpoint.base_url, endpoint.model)
    assert [record.message.split()[0] for record in caplog.records] == ["Learned", "Taken"]


def test_what_one_graph_learned_later_holds_for_the_other_at_once() -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        one, other = (ChatEndpoint.at(where, Settings()) for _ in "12")
        for tokens in (2048, 1024):
            one._knowledge.learn(Lesson((("context_tokens", tokens),), "its window is small", "says it"))
            assert other.endpoint_profile.facts["context_tokens"].value == tokens
