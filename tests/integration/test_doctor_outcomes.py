"""What a check says where endpoint or model do not do as they should, and what the levels make of it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examine_emulated, play_along

from graph.endpoint import store
from graph.testing import PROVIDERS, EmulatedEndpoint, Fault, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.doctor.report import Report
    from graph.testing import RecordedRequest, ScriptItem


def outcomes(report: Report) -> dict[str, str]:
    return {check.name: check.outcome for check in report.checks}


def examined(provider: str, says: Callable[[RecordedRequest], ScriptItem] = play_along, **options: Any) -> Report:
    changes = {name: options.pop(name) for name in ("wire", "rules", "behaviour", "limits") if name in options}
    with EmulatedEndpoint(provider, says, **changes) as endpoint:
        return examine_emulated(endpoint, **{"full": False, **options})


def wants_one_call(request: RecordedRequest) -> bool:
    last = request.messages[-1]
    return bool(request.tools) and last.get("role") == "user" and "code of Paris" in str(last["content"])


def test_a_model_that_calls_now_and_then_is_flaky() -> None:
    turns = itertools.count()

    def moody(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        return replace(said, calls=(), text="No.") if wants_one_call(request) and next(turns) == 0 else said

    report = examined("openai", moody)
    tools = report.check("tools")
    assert tools is not None
    assert (tools.outcome, tools.summary) == ("flaky", "2 of 3 tries gave the call")
    assert [level.state for level in report.levels][1:3] == ["partly", "yes"]
    assert report.exit_code == 0


def test_a_model_that_never_calls_proves_nothing_of_the_endpoint() -> None:
    report = examined("openai", lambda request: replace(play_along(request), calls=(), text="I would rather not."))
    assert outcomes(report)["tools"] == "inconclusive"
    assert outcomes(report)["agent"] == "skipped"
    assert "leaks_tool_calls" not in report.facts
    assert [level.state for level in report.levels][:3] == ["yes", "unknown", "unknown"]
    assert report.exit_code == 1


def test_a_result_that_is_not_read_is_not_taken_for_a_loop() -> None:
    def deaf(request: RecordedRequest) -> ScriptItem:
        return Reply("It is 42.") if request.messages[-1].get("role") == "tool" else play_along(request)

    report = examined("openai", deaf)
    assert outcomes(report)["loop"] == "inconclusive"
    assert outcomes(report)["agent"] == "inconclusive"
    assert report.exit_code == 1


def test_a_busy_endpoint_leaves_the_rest_unknown_and_is_asked_four_times() -> None:
    waits: list[float] = []

    def busy(request: RecordedRequest) -> ScriptItem:
        return Fault(error="rate_limit", headers={"retry-after": "7"}) if request.tools else play_along(request)

    report = examined("openai", busy, only=("tools",), sleep=waits.append)
    assert outcomes(report)["tools"] == "inconclusive"
    assert waits == [7.0, 7.0, 7.0]


def test_requests_are_paced() -> None:
    waits: list[float] = []
    report = examined("openai", only=("streaming",), pause_s=0.5, sleep=waits.append)
    assert waits == [0.5] * (report.requests - 1)


@pytest.mark.parametrize("kind", ["disconnect", "not-json", "empty-body", "error-200", "choices-null", "error-event"])
def test_a_broken_reply_is_told_and_stops_nothing(kind: Any) -> None:
    def breaks(request: RecordedRequest) -> ScriptItem:
        return Fault(kind, play_along(request)) if wants_one_call(request) else play_along(request)

    report = examined("openai", breaks)
    assert outcomes(report)["chat"] == "honoured"
    assert outcomes(report)["tools"] in ("broken", "inconclusive")
    assert report.facts.keys() & {"tools", "leaks_tool_calls"} <= {"tools"}
    assert "tools" not in report.facts or report.facts["tools"].value is True
    assert report.failure == ""
    assert report.exit_code == 1


def test_a_fault_that_passes_is_no_refusal() -> None:
    turns = itertools.count()

    def stumbles(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        return Fault(error="server") if request.messages and next(turns) % 2 == 0 else said

    steady, shaken = (
        examined("openai", only=("loop", "tool-choice")),
        examined("openai", stumbles, only=("loop", "tool-choice")),
    )
    assert {flag: fact.value for flag, fact in shaken.facts.items()} == {
        flag: fact.value for flag, fact in steady.facts.items()
    }


def test_an_ignored_parameter_is_a_finding() -> None:
    report = examined("ollama", full=True)
    assert outcomes(report)["tool-choice"] == "ignored"
    assert outcomes(report)["token-cap"] == "ignored"


def test_a_cut_call_that_looks_whole_is_a_finding() -> None:
    liar = examined("openai", only=("cut-call",), behaviour={"cut_finish": "tool_calls"})
    assert outcomes(liar)["cut-call"] == "broken"
    assert outcomes(examined("openai", only=("cut-call",)))["cut-call"] == "honoured"


def test_a_name_that_is_repeated_is_seen_as_langchain_would_merge_it() -> None:
    report = examined("openai", only=("streamed-tools",), wire={"next_name": "repeated"})
    check = report.check("streamed-tools")
    assert check is not None
    assert check.outcome == "broken"
    assert "the function's name is repeated in later pieces" in check.details


SDK = {
    "openai": "yes",
    "vllm-0.32": "yes",
    "vllm-0.9": "partly",
    "vllm-noflags": "no",
    "deepseek-v4": "partly",
    "kimi": "no",
    "zhipu": "partly",
}


@pytest.mark.parametrize("name", sorted(SDK))
def test_level_4_tells_whether_the_agents_sdk_works(name: str) -> None:
    report = examined(name)
    assert report.levels[3].state == SDK[name], report.levels[3].summary


def test_responses_at_the_older_address_of_dashscope() -> None:
    provider = PROVIDERS["dashscope"].but(responses="none")
    with EmulatedEndpoint(provider, play_along) as endpoint:
        report = examine_emulated(endpoint, only=("responses",))
        root = f"{endpoint.root_url}/api/v2/apps/protocols/compatible-mode/v1"
    assert report.facts["responses_api"].value == "yes"
    assert report.facts["responses_base_url"].value == root
    assert root in report.levels[3].summary


def test_the_server_and_its_version_are_part_of_the_evidence() -> None:
    with EmulatedEndpoint("vllm-0.32", play_along) as endpoint:
        report = examine_emulated(endpoint, full=False)
        stored = store.load(endpoint.base_url, endpoint.model)
    assert (report.server, report.server_version) == ("vllm", "0.32.0")
    assert all(fact.evidence.endswith("(vllm 0.32.0)") for flag, fact in stored.items() if flag != "context_tokens")


def test_text_that_no_encoding_has_can_be_kept() -> None:
    def odd(request: RecordedRequest) -> ScriptItem:
        text = '{"choices":[{"index":0,"message":{"role":"assistant","content":"\\ud800"},"finish_reason":"stop"}]}'
        return Raw(text.encode()) if request.tools else play_along(request)

    report = examined("openai", odd, only=("tools",))
    assert outcomes(report)["tools"] == "inconclusive"
    assert "tools" in report.model_dump_json()


def test_no_key_is_in_what_is_kept_or_said() -> None:
    key = "sk-emulated-key-0123456789"
    provider = replace(PROVIDERS["openai"], api_key=key)

    def tells(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        return replace(said, text=f"{said.text} your key is {request.headers['authorization']}")

    with EmulatedEndpoint(provider, tells) as endpoint:
        report = examine_emulated(endpoint)
        kept = store.path_of(endpoint.base_url, endpoint.model).read_text("utf-8")
    assert key not in report.model_dump_json()
    assert key not in kept
