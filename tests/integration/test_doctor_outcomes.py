"""What a check says where endpoint or model do not do as they should, and what the levels make of it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examine_emulated, play_along

from graph.doctor import CHECKS
from graph.endpoint import store
from graph.endpoint.settings import Settings
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


def test_an_endpoint_that_takes_neither_name_of_the_cap_is_asked_without() -> None:
    words = {"max_tokens": "Unsupported parameter: 'max_tokens'.", "max_completion_tokens": "Unknown parameter: '{}'."}

    def say(request: RecordedRequest) -> ScriptItem:
        sent = next((name for name in words if name in request.body), None)
        if sent is None:
            return play_along(request)
        return Fault(status=400, body={"error": {"message": words[sent].format(sent)}})

    report = examined("hostile", say, only=("chat", "token-cap"))
    assert outcomes(report)["chat"] == "honoured"
    assert outcomes(report)["token-cap"] == "rejected"
    assert report.facts["token_cap"].value == "none"


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


def test_a_stream_that_is_refused_with_tools_alone_shows() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        if request.tools and request.stream:
            return Fault(status=400, message="Streaming is not supported when tools are used.")
        return play_along(request)

    report = examined("openai", picky, only=("streaming", "streamed-tools", "agent"))
    assert outcomes(report)["streaming"] == "honoured"
    assert outcomes(report)["streamed-tools"] == "rejected"
    assert report.facts["serves"].value == "plain_only"
    assert outcomes(report)["agent"] == "honoured", "it asks plainly from then on"


def test_a_plain_request_that_is_refused_with_tools_alone_shows() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        if request.tools and not request.stream:
            return Fault(status=400, message="This model only support stream mode, please enable the stream parameter.")
        return play_along(request)

    report = examined("openai", picky, only=("streaming", "streamed-tools", "agent"))
    assert outcomes(report) == dict.fromkeys(outcomes(report), "honoured")
    assert report.facts["serves"].value == "stream_only"
    assert "doctor, tools" in report.facts["serves"].evidence


def test_the_time_to_the_first_byte_is_told() -> None:
    check = examined("openai", only=("streaming",)).check("streaming")
    assert check is not None
    assert any(
        re.fullmatch(r"the first byte came after \d+\.\d s, the longest silence .* \d+\.\d s", one)
        for one in check.details
    )


def test_a_wait_that_the_endpoint_asked_for_is_told() -> None:
    turns = itertools.count()

    def busy(request: RecordedRequest) -> ScriptItem:
        if request.tools and next(turns) == 0:
            return Fault(error="rate_limit", headers={"retry-after": "7"})
        return play_along(request)

    check = examined("openai", busy, only=("tools",)).check("tools")
    assert check is not None
    assert (check.outcome, check.details) == ("honoured", ("the endpoint was too busy 1 times; 7 s were waited",))


def test_a_prompt_that_is_counted_differently_when_streamed_shows() -> None:
    def counts(request: RecordedRequest) -> ScriptItem:
        prompt = 90 if request.stream else 9
        return replace(
            play_along(request), usage={"prompt_tokens": prompt, "completion_tokens": 1, "total_tokens": prompt + 1}
        )

    check = examined("openai", counts, only=("stream-usage",)).check("stream-usage")
    assert check is not None
    assert check.details == ("the same prompt counts 90 tokens streamed, and 9 plain",)


def test_responses_whose_streams_fail_are_not_taken_for_served() -> None:
    def breaks(request: RecordedRequest) -> ScriptItem:
        if request.path.endswith("/responses") and request.stream:
            return Fault(error="server")
        return play_along(request)

    report = examined("openai", breaks, only=("responses",))
    assert outcomes(report)["responses"] == "broken"
    assert report.facts["responses_api"].value == "no"


def test_responses_whose_streams_lack_the_calls_are_not_taken_for_served() -> None:
    def loses(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        lost = request.path.endswith("/responses") and request.stream
        return Fault("end-early", said, after=2) if lost else said

    check = examined("openai", loses, only=("responses",)).check("responses")
    assert check is not None
    assert check.outcome == "broken"
    assert "not in streams" in check.summary


def test_a_model_that_calls_in_responses_only_when_forced_is_served() -> None:
    def lazy(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        free = request.path.endswith("/responses") and request.body.get("tool_choice") != "required"
        return replace(said, calls=(), text="Hm.") if free and said.calls else said

    assert outcomes(examined("openai", lazy, only=("responses",)))["responses"] == "honoured"


@pytest.mark.parametrize(
    ("says", "outcome", "fact"),
    [
        (play_along, "honoured", True),
        (lambda request: Reply("I cannot see it.") if has_image(request) else play_along(request), "ignored", None),
        (
            lambda request: Fault(status=400, message="E7") if has_image(request) else play_along(request),
            "rejected",
            False,
        ),
        (
            lambda request: Fault(status=500, message="Oops.") if has_image(request) else play_along(request),
            "broken",
            None,
        ),
    ],
)
def test_images(says: Callable[[RecordedRequest], ScriptItem], outcome: str, fact: object) -> None:
    report = examined("openai", says, only=("images",))
    assert outcomes(report)["images"] == outcome
    assert (report.facts["images"].value if "images" in report.facts else None) is fact


def has_image(request: RecordedRequest) -> bool:
    return "image_url" in str(request.body.get("messages"))


def test_the_wire_is_the_chosen_one_whatever_the_model_is_called() -> None:
    provider = PROVIDERS["openai"].but(model="gpt-6-codex")
    with EmulatedEndpoint(provider, play_along) as endpoint:
        report = examine_emulated(endpoint, only=("client",))
        where = {"base_url": endpoint.base_url, "api_key": endpoint.api_key, "model": endpoint.model}
        chosen = examine_emulated(endpoint, only=("client",), settings=Settings(**where, api="responses"))
        assert endpoint.requests == []
    (check,), (other,) = report.checks, chosen.checks
    assert check.outcome == other.outcome == "honoured"
    assert check.summary.startswith("Chat Completions")
    assert "ChatOpenAI would call the Responses API" in check.details[0]
    assert other.summary.startswith("Responses")


def test_what_the_agents_run_teaches_is_measured() -> None:
    report = examined("vllm-alternating")
    assert report.facts["system_messages"].value == "none"
    assert "System role not supported" in report.facts["system_messages"].evidence


def test_questions_are_put_above_a_temperature_of_0_where_that_is_refused() -> None:
    def picky(request: RecordedRequest) -> ScriptItem:
        words = "Input validation error: `temperature` must be strictly positive"
        return Fault(status=422, message=words) if request.body.get("temperature") == 0 else play_along(request)

    report = examined("openai", picky, only=("chat", "tools"))
    assert outcomes(report)["tools"] == "honoured"
    assert report.facts["temperature_above_zero"].value is True


def test_the_agent_runs_by_what_was_measured_also_where_nothing_is_kept() -> None:
    with EmulatedEndpoint("kimi", play_along) as endpoint:
        report = examine_emulated(endpoint, full=False, keep=False)
        assert store.load(endpoint.base_url, endpoint.model) == {}
        loop = [request for request in endpoint.requests if "Answer briefly." in str(request.body.get("messages"))]
    assert outcomes(report)["agent"] == "honoured"
    assert [request.refused for request in loop] == [None] * len(loop)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", ["openai", "dashscope", "vllm-0.32", "ollama", "sglang"])
def test_the_cost_is_about_what_the_plan_says(name: str, *, full: bool) -> None:
    report = examined(name, full=full)
    planned = sum(check.tokens + (check.more if full else 0) for check in CHECKS if full or not check.full)
    assert 0.75 * planned < report.tokens < 1.25 * planned
    assert planned < (5000 if full else 1600)


def test_every_outcome_comes_about() -> None:
    found = {
        one.outcome for name in ("dashscope", "kimi", "ollama", "hostile") for one in examined(name, full=True).checks
    }
    assert found >= {"honoured", "ignored", "rejected", "broken", "skipped"}


def test_advice_fits_what_was_found() -> None:
    said = {name: " ".join(examined(name, full=True).recommendation) for name in ("hostile", "ollama", "deepseek-v4")}
    assert "cap replies with `max_tokens`" in said["ollama"]
    assert "cap replies" not in said["hostile"], "no cap holds there"
    assert "Do not force tools here" in said["deepseek-v4"]
    assert "Without thinking it is taken: AGENT_THINKING=off" in said["deepseek-v4"]


def test_an_agent_that_drops_a_result_is_flaky() -> None:
    def drops(request: RecordedRequest) -> ScriptItem:
        said = play_along(request)
        results = [message for message in request.messages if message.get("role") == "tool"]
        return Reply(f"Paris: {results[0]['content']}.") if len(results) == 2 else said

    report = examined("openai", drops, only=("agent",))
    check = report.check("agent")
    assert check is not None
    assert (check.outcome, check.summary[:19]) == ("flaky", "1 of 3 codes came; ")
    assert report.levels[2].state == "partly"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dashscope", "both kinds of compatibility"),
        ("zhipu", "one kind of compatibility, Chat Completions"),
        ("vllm-noflags", "neither kind of compatibility"),
    ],
)
def test_the_kind_of_compatibility_is_said_with_the_ways_that_fit(name: str, said: str) -> None:
    assert said in " ".join(examined(name).recommendation)
    assert "kind" not in " ".join(examined(name, only=("chat",)).recommendation)


@pytest.mark.parametrize(
    ("name", "server", "version"),
    [
        ("vllm-0.32", "vllm", "0.32.0"),
        ("vllm-0.9", "vllm", "0.9.2"),
        ("ollama", "ollama", "0.24.0"),
        ("openai", None, None),
    ],
)
def test_the_version_is_asked_for_where_replies_do_not_tell(name: str, server: str | None, version: str | None) -> None:
    with EmulatedEndpoint(name, play_along) as endpoint:
        report = examine_emulated(endpoint, only=("chat",))
        stored = store.read(endpoint.base_url, endpoint.model)
        asked = [request.path for request in endpoint.requests if request.path.endswith("/version")]
    assert (report.server, report.server_version) == (server, version)
    assert (stored.server.version if stored.server else None) == version
    assert len(asked) == (name in ("vllm-0.9", "ollama"))
    assert "chat" in outcomes(report)


@pytest.mark.parametrize(
    ("answer", "outcome", "advice"),
    [
        (Fault("refuse", status=500, message="CUDA out of memory"), "broken", "server's log"),
        (Fault("refuse", status=402, message="Insufficient Balance"), "rejected", "balance"),
        (Fault("refuse", status=404, message="The model x does not exist"), "rejected", "AGENT_MODEL"),
        (Raw(b"<html><title>login</title></html>", headers={"content-type": "text/html"}), "broken", "OPENAI_API_BASE"),
    ],
)
def test_what_to_do_where_nothing_is_answered(answer: Any, outcome: str, advice: str) -> None:
    report = examined("openai", lambda _: answer)
    assert report.check("chat").outcome == outcome
    assert advice in report.recommendation[0]


def test_what_to_avoid_on_an_endpoint_that_plain_langchain_misreads() -> None:
    said = " ".join(examined("hostile", full=True).recommendation)
    assert "No cap on tokens holds here" in said
    assert "Do not use plain ChatOpenAI here" in said
