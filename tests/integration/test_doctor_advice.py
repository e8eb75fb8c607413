"""What the levels and the recommendation make of what was found."""

from __future__ import annotations

from typing import Any

import pytest
from doctor_model import examine_emulated, examined, play_along

from graph.testing import PROVIDERS, EmulatedEndpoint, Fault, Raw

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


def test_advice_fits_what_was_found() -> None:
    said = {name: " ".join(examined(name, full=True).recommendation) for name in ("hostile", "ollama", "deepseek-v4")}
    assert "cap replies with `max_tokens`" in said["ollama"]
    assert "cap replies" not in said["hostile"], "no cap holds there"
    assert "Do not force tools here" in said["deepseek-v4"]
    assert "Without thinking it is taken: AGENT_THINKING=off" in said["deepseek-v4"]


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
