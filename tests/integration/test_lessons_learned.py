"""What a refusal teaches, end to end: one refusal, one change, one more request, and never again."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from lesson_asking import adapter, ask, refuse, taught
from lesson_cases import CASES, GONE, UNMET, Case

from graph import Endpoint, Settings
from graph.endpoint import store
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.knowledge import forget_learned
from graph.endpoint.refusals import Lesson
from graph.endpoint.refusals.teachings import TEACHINGS
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def test_what_one_graph_learned_later_holds_for_the_other_at_once() -> None:
    with EmulatedEndpoint("openai", []) as endpoint:
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        one, other = (ChatEndpoint.at(where, Settings()) for _ in "12")
        for tokens in (2048, 1024):
            one._knowledge.learn(Lesson((("context_tokens", tokens),), "its window is small", "says it"))
            assert other.endpoint_profile.facts["context_tokens"].value == tokens
