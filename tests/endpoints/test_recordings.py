"""The emulated vLLM 0.32 and llama.cpp answer recorded requests in the form of the recorded answers."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from wire_client import Seen, send

from graph.testing import Call, EmulatedEndpoint, Reply

RECORDINGS = Path(__file__).parent / "recordings"
PROVIDERS = {
    "vllm": "vllm-0.32",
    "vllm-xlam": "vllm-0.32",
    "vllm-noflags": "vllm-noflags",
    "llamacpp": "llamacpp",
    "llamacpp-xlam": "llamacpp",
}
CASES = sorted(path for folder in PROVIDERS for path in (RECORDINGS / folder).glob("*.resp.txt"))
OPAQUE = {"timings", "usage", "models", "permission", "meta", "parameters", "tools", "text", "reasoning"}
NUMBERS_DIFFER = {"19-context-exceeded"}


def load(path: Path) -> tuple[str, str, bytes, Seen]:
    """Method, path and body of a recorded request, and its answer."""
    head, _, body = path.read_text().partition("\n\n")
    first, status, *headers = head.splitlines()
    method, route = first.removeprefix("# ").split()[:2]
    names = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    request = path.with_name(path.name.replace(".resp.txt", ".req.json")).read_bytes()
    return method, route, request, Seen(int(status.split()[1]), names, body.strip().encode())


def merged(chunks: list[Any]) -> Reply:
    """The reply that recorded chunks make up."""
    text, calls, finish = "", dict[int, tuple[str, str]](), None
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        text += choice["delta"].get("content") or ""
        finish = choice["finish_reason"] or finish
        for piece in choice["delta"].get("tool_calls", ()):
            name, arguments = calls.get(piece["index"], ("", ""))
            function = piece["function"]
            calls[piece["index"]] = (name + function.get("name", ""), arguments + function.get("arguments", ""))
    return Reply(text, [Call(*call) for call in calls.values()], finish_reason="length" if finish == "length" else None)


def said(seen: Seen) -> Reply:
    """What the model said in a recorded answer."""
    if seen.body.startswith(b"event:"):
        return said(Seen(200, {}, json.dumps(seen.chunks[-1]["response"]).encode()))
    if seen.body.startswith(b"data:"):
        return merged(seen.chunks)
    body = seen.json
    if "output" in body:
        items = {item["type"]: item for item in body["output"]}
        text = items["message"]["content"][0]["text"] if "message" in items else ""
        calls = [Call(item["name"], item["arguments"]) for kind, item in items.items() if kind == "function_call"]
        return Reply(text, calls)
    choice = body["choices"][0]
    calls = [
        Call(call["function"]["name"], call["function"]["arguments"])
        for call in choice["message"].get("tool_calls", ())
    ]
    finish = "length" if choice["finish_reason"] == "length" else None
    return Reply(choice["message"]["content"] or "", calls, finish_reason=finish)


def shape(value: Any) -> Any:
    """Keys and kinds of a JSON value; lists as the set of their elements' shapes."""
    if isinstance(value, dict):
        return {key: "…" if key in OPAQUE else shape(part) for key, part in sorted(value.items())}
    if isinstance(value, list):
        found = [shape(part) for part in value]
        return [one for place, one in enumerate(found) if one not in found[:place]]
    if isinstance(value, bool | None):
        return value
    return "number" if isinstance(value, int | float) else "text" if value else ""


def run_length(values: list[Any]) -> list[Any]:
    return [value for value, _ in itertools.groupby(values)]


def finishes(body: dict[str, Any]) -> list[Any]:
    return [choice["finish_reason"] for choice in body.get("choices", ())]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_same_form(path: Path) -> None:
    method, route, request, recorded = load(path)
    accepted = recorded.status == 200 and method == "POST"
    script = [said(recorded)] if accepted else []
    with EmulatedEndpoint(PROVIDERS[path.parent.name], script) as endpoint:
        seen = send(
            endpoint.root_url, route, request if method == "POST" else None, key=endpoint.api_key, method=method
        )
    assert seen.status == recorded.status
    assert seen.headers.get("content-type") == recorded.headers.get("content-type")
    name = path.name.split(".")[0]
    if "responses" in name and accepted:
        same_responses(seen, recorded)
    elif recorded.body.startswith(b"data:"):
        assert run_length([shape(chunk) for chunk in seen.chunks]) == run_length(
            [shape(chunk) for chunk in recorded.chunks]
        )
        assert [finishes(chunk) for chunk in seen.chunks][-2:] == [finishes(chunk) for chunk in recorded.chunks][-2:]
        assert seen.events[-1] == recorded.events[-1] == "[DONE]"
        assert merged(seen.chunks) == merged(recorded.chunks)
    elif not recorded.body:
        assert not seen.body
    elif accepted or name == "01-models":
        assert shape(seen.json) == shape(recorded.json)
        assert finishes(seen.json) == finishes(recorded.json)
        assert name == "01-models" or said(seen) == said(recorded)
    else:
        same_refusal(seen.json, recorded.json, numbers=name not in NUMBERS_DIFFER)


def same_refusal(seen: Any, recorded: Any, *, numbers: bool) -> None:
    """A refusal is the same to the letter; but the emulated tokenizer counts otherwise."""
    if not numbers:
        seen, recorded = (json.loads(re.sub(r"\d{4,}", "9999", json.dumps(body))) for body in (seen, recorded))
    assert seen == recorded


def same_responses(seen: Seen, recorded: Seen) -> None:
    """Responses are emulated in a simple form: same events, same items, the recorded keys that clients read."""
    if recorded.body.startswith(b"event:"):
        kinds = [run_length([chunk["type"] for chunk in one.chunks]) for one in (seen, recorded)]
        assert kinds[0] == kinds[1]
        seen_body, recorded_body = (one.chunks[-1]["response"] for one in (seen, recorded))
    else:
        seen_body, recorded_body = seen.json, recorded.json
    for key in ("object", "status", "model"):
        assert seen_body[key] == recorded_body[key]
    assert set(seen_body["usage"]) == set(recorded_body["usage"])
    for one, other in zip(seen_body["output"], recorded_body["output"], strict=True):
        wanted = {"id", "type", "status", "role", "content", "name", "arguments", "call_id"} & set(other)
        assert wanted <= set(one)
        assert one["type"] == other["type"]
        assert one.get("arguments") == other.get("arguments")
