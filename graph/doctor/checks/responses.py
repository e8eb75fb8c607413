"""OpenAI's Responses API, as the OpenAI Agents SDK uses it by default: tools must really be called there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from graph.doctor.bench import ONE_CALL, Bench
from graph.doctor.check import Check, Verdict

if TYPE_CHECKING:
    from graph.doctor.wire import Seen

_TOOL: Final = {
    "type": "function",
    "name": "get_code",
    "description": "A city's secret code.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
_COMPATIBLE: Final = "/compatible-mode/v1"
_DASHSCOPE_PATH: Final = "/api/v2/apps/protocols/compatible-mode/v1"
"""DashScope's first address of Responses (https://www.alibabacloud.com/help/en/model-studio/
compatibility-with-openai-responses-api, 2026-02-17)."""

_ABSENT: Final = frozenset({404, 405, 501})


def _body(bench: Bench, items: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    cap = 256 + bench.room
    return {"model": bench.wire.endpoint.model, "input": items, "tools": [_TOOL], "max_output_tokens": cap, **fields}


def _output(seen: Seen) -> list[dict[str, Any]]:
    """The items of a plain body; of a stream those of its last event, or else those that were said to be done."""
    bodies = [event.get("response", event) for event in seen.events]
    lists = [body["output"] for body in bodies if isinstance(body, dict) and isinstance(body.get("output"), list)]
    done = [event.get("item") for event in seen.events if event.get("type") == "response.output_item.done"]
    return [item for item in (lists[-1] if lists else []) or done if isinstance(item, dict)]


def _texts(seen: Seen) -> str:
    parts = [part for item in _output(seen) for part in item.get("content") or () if isinstance(part, dict)]
    return "".join(str(part.get("text") or "") for part in parts)


def _call(seen: Seen) -> dict[str, Any] | None:
    for item in _output(seen):
        if item.get("type") == "function_call" and item.get("name") == "get_code":
            try:
                given = json.loads(item.get("arguments") or "")
            except ValueError:
                continue
            if isinstance(given, dict) and item.get("call_id"):
                return item
    return None


def _responses(bench: Bench) -> Verdict:
    """The call as a stream, and once more plain where none came; the tool's result plain."""
    question = [{"role": "user", "content": ONE_CALL}]
    root = None
    seen = bench.wire.post("/responses", _body(bench, question, stream=True))
    if seen.status in _ABSENT and _COMPATIBLE in bench.wire.endpoint.base_url:
        root = bench.wire.endpoint.base_url.replace(_COMPATIBLE, _DASHSCOPE_PATH)
        seen = bench.wire.post("/responses", _body(bench, question, stream=True), root=root)
    if seen.error is not None and seen.status in _ABSENT:
        return Verdict("rejected", f"not served: {seen.words}", {"responses_api": "no"})
    call, streamed = _call(seen), seen
    if call is None:
        seen = bench.wire.post("/responses", _body(bench, question, tool_choice="required"), root=root)
        call = _call(seen)
    if seen.error is not None:
        return Verdict("broken", f"a request with a tool fails: {seen.words}")
    if call is None:
        said = f"answers 200 and calls no tool, also where one is required: the tools are dropped: {seen.raw[:160]}"
        return Verdict("ignored", said, {"responses_api": "no"})
    if streamed.error is not None:
        said = f"a stream with a tool fails, a plain request is served: {streamed.words}"
        return Verdict("broken", said, {"responses_api": "no"})
    if streamed is not seen:  # one that was not forced may have been the model's own choice
        streamed = bench.wire.post("/responses", _body(bench, question, tool_choice="required", stream=True), root=root)
        if _call(streamed) is None:
            said = f"calls come in plain replies alone, not in streams: {streamed.raw[:160]}"
            return Verdict("broken", said, {"responses_api": "no"})
    return _second(bench, root, [*question, *_output(seen)], call)


def _second(bench: Bench, root: str | None, items: list[dict[str, Any]], call: dict[str, Any]) -> Verdict:
    """Give the result back."""
    answer = {"type": "function_call_output", "call_id": call["call_id"], "output": bench.code()}
    seen = bench.wire.post("/responses", _body(bench, [*items, answer]), root=root)
    if seen.error is not None:
        return Verdict("broken", f"the tool's result is refused: {seen.words}", {"responses_api": "no"})
    facts: dict[str, Any] = {"responses_api": "yes", **({"responses_base_url": root} if root else {})}
    if bench.code() not in _texts(seen):
        said = f"the tool is called; the answer lacks what it said: {_texts(seen)[:120]!r}"
        return Verdict("inconclusive", said, facts)
    where = f"at {root}" if root else "here"
    return Verdict("honoured", f"served {where}: the tool is called and its result read", facts)


CHECKS = (
    Check(
        name="responses",
        title="Responses API",
        sends="POST /responses with a tool, streamed (and plain, where no call came), then the tool's result, plain",
        expects="a function call, and an answer with what the tool said; 404 is no fault",
        why="the OpenAI Agents SDK speaks it by default; some servers answer 200 and drop the tools",
        run=_responses,
        tokens=250,
        requests=4,
        decides=("responses_api", "responses_base_url"),
        needs=("chat",),
    ),
)
