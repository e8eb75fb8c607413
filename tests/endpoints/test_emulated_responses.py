"""Responses, as strict as the originals: what they refuse of items that come back, and how they send reasoning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wire_client import send

from graph.testing import Call, EmulatedEndpoint, Reply

Item = dict[str, Any]
TOOL: Item = {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {}}}
ASKED: Item = {"role": "user", "content": "x"}
ENCRYPTED = ["reasoning.encrypted_content"]


def post(endpoint: EmulatedEndpoint, **body: Any) -> Any:
    """One request."""
    body = {"model": endpoint.model, "input": [ASKED], "tools": [TOOL], **body}
    return send(endpoint.root_url, "/v1/responses", body, key=endpoint.api_key)


def refused(endpoint: EmulatedEndpoint, items: list[Item], **body: Any) -> str:
    """The words of a refusal."""
    seen = post(endpoint, input=[ASKED, *items], **body)
    assert seen.status >= 400
    return json.loads(seen.body)["error"]["message"]


def test_openai_wants_reasoning_and_what_follows_it_as_they_were_stored() -> None:
    thought = Reply(reasoning="Hm", calls=[Call("add", {})])
    with EmulatedEndpoint("openai-reasoning", [thought, Reply("Done")]) as endpoint:
        reasoning, call = json.loads(post(endpoint).body)["output"]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "3"}
        assert reasoning["summary"] == []
        assert "encrypted_content" not in reasoning
        assert "without its required following item" in refused(endpoint, [reasoning])
        assert "without its required following item" in refused(endpoint, [reasoning, ASKED])
        assert "without its required 'reasoning' item" in refused(endpoint, [call, result])
        assert "Duplicate item found" in refused(endpoint, [reasoning, reasoning, call, result])
        assert "'rs_other' not found" in refused(endpoint, [{**reasoning, "id": "rs_other"}, call, result])
        assert post(endpoint, input=[ASKED, reasoning, call, result]).status == 200


def test_openai_reads_only_what_it_encrypted_itself() -> None:
    thought = Reply(reasoning="Hm", calls=[Call("add", {})])
    with EmulatedEndpoint("openai-reasoning", [thought, Reply("Done")]) as endpoint:
        reasoning, call = json.loads(post(endpoint, store=False, include=ENCRYPTED).body)["output"]
        rest = [
            {key: value for key, value in call.items() if key != "id"},
            {"type": "function_call_output", "call_id": call["call_id"], "output": "3"},
        ]
        bare = {key: value for key, value in reasoning.items() if key != "encrypted_content"}
        assert "Items are not persisted" in refused(endpoint, [bare, *rest])
        assert "could not be verified" in refused(endpoint, [{**reasoning, "encrypted_content": "other"}, *rest])
        assert post(endpoint, input=[ASKED, reasoning, *rest]).status == 200


@pytest.mark.parametrize(
    ("provider", "body", "words"),
    [
        ("openai", {"include": ENCRYPTED}, "Encrypted content is not supported with this model"),
        ("openai", {"reasoning": {"effort": "none"}}, "'reasoning.effort' is not supported"),
        ("openai-reasoning", {"temperature": 0}, "'temperature' is not supported"),
    ],
)
def test_openai_refuses_what_a_model_does_not_take(provider: str, body: Item, words: str) -> None:
    with EmulatedEndpoint(provider) as endpoint:
        assert words in refused(endpoint, [], **body)


REASONING: Item = {"type": "reasoning", "id": "rs_1", "summary": []}


@pytest.mark.parametrize(
    ("provider", "item", "words"),
    [
        ("llamacpp", REASONING, "item['content'] is not an array"),
        ("llamacpp", {**REASONING, "content": []}, "item['content'] is empty"),
        ("llamacpp", {"role": "assistant", "content": "Yes"}, "Cannot determine type of 'item'"),
        ("vllm-0.32", {**REASONING, "encrypted_content": "gAAA"}, "Encrypted content is not supported."),
    ],
)
def test_servers_of_ones_own_refuse_items(provider: str, item: Item, words: str) -> None:
    with EmulatedEndpoint(provider) as endpoint:
        assert words in refused(endpoint, [item])


@pytest.mark.parametrize(("provider", "placed"), [("vllm-0.32", True), ("llamacpp", False)])
def test_reasoning_comes_as_it_is(provider: str, *, placed: bool) -> None:
    with EmulatedEndpoint(provider, [Reply("Yes", reasoning="Hm")] * 2) as endpoint:
        plain = json.loads(post(endpoint).body)["output"]
        events = post(endpoint, stream=True).chunks
    assert plain[0]["content"] == [{"type": "reasoning_text", "text": "Hm"}]
    deltas = [event["delta"] for event in events if event["type"] == "response.reasoning_text.delta"]
    assert "".join(deltas) == "Hm"
    placeable = [event for event in events if "response" not in event]
    assert all(("output_index" in event) == placed for event in placeable)


def test_llamacpp_says_completed_at_the_cap() -> None:
    with EmulatedEndpoint("llamacpp", [Reply("It goes on and on and on")], exact=False) as endpoint:
        body = json.loads(post(endpoint, max_output_tokens=2, tools=[]).body)
    assert body["status"] == "completed"
    assert body["usage"]["output_tokens"] == 2
