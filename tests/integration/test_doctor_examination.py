"""An examination as a whole: what it is run by, what it costs, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from doctor_model import examine_emulated, examined, outcomes, play_along

from graph.doctor import CHECKS
from graph.endpoint import store
from graph.endpoint.settings import Settings
from graph.testing import PROVIDERS, EmulatedEndpoint

if TYPE_CHECKING:
    from graph.testing import RecordedRequest, ScriptItem


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


def test_the_server_and_its_version_are_part_of_the_evidence() -> None:
    with EmulatedEndpoint("vllm-0.32", play_along) as endpoint:
        report = examine_emulated(endpoint, full=False)
        stored = store.load(endpoint.base_url, endpoint.model)
    assert (report.server, report.server_version) == ("vllm", "0.32.0")
    assert all(fact.evidence.endswith("(vllm 0.32.0)") for flag, fact in stored.items() if flag != "context_tokens")


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
