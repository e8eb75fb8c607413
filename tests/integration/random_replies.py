"""Replies drawn at random, with every quirk of a call and every fault of an endpoint, and the model that says them."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from graph.testing import Call, Fault, Reply

if TYPE_CHECKING:
    from graph.testing import RecordedRequest, ScriptItem

CALL_KINDS = st.sampled_from(
    ["good", "good", "good", "cut", "cut early", "tail", "list", "prose", "null", "unknown", "fails", "misfit"]
)
WIRES = st.sampled_from(
    [
        {},
        {},
        {"call_id": "shared"},
        {"call_id": "empty"},
        {"call_id": "absent", "index": "shared"},
        {"index": "absent", "next_name": "repeated"},
        {"next_id": "new", "next_name": "repeated"},
        {"arguments": "double-encoded"},
        {"first_arguments": "begun", "finish": "missing"},
        {"calls_together": True, "whole_calls": True, "index": "shared"},
        {"finish": "missing", "done": False},
    ]
)
REPLIES = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("calls"),
            "calls": st.lists(CALL_KINDS, min_size=1, max_size=3),
            "text": st.sampled_from(["", "Let me see."]),
            "finish": st.sampled_from([None, None, "stop", "length"]),
            "leak": st.sampled_from([None, None, None, None, "hermes", "qwen3-coder", "fenced-json", "mistral"]),
            "same_id": st.booleans(),
            "wire": WIRES,
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("text"), "text": st.sampled_from(["Yes.", "", "  \n", '<tool_call>{"name": "note", "argum'])}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("fault"),
            "fault": st.sampled_from(
                [
                    "refuse",
                    "rate_limit",
                    "disconnect-before-headers",
                    "disconnect",
                    "disconnect-mid-chunk",
                    "disconnect-mid-character",
                    "end-early",
                    "error-event",
                    "not-json",
                    "empty-body",
                    "choices-empty",
                    "no-finish",
                    "null-delta",
                    "json-for-stream",
                    "sse-for-plain",
                ]
            ),
            "calls": st.lists(CALL_KINDS, max_size=2),
            "after": st.integers(0, 9),
        }
    ),
)
SCRIPTS = st.lists(REPLIES, max_size=4)


class Teller:
    """A model that says what was drawn, in calls of `note` by whose numbers one knows which of them may run."""

    def __init__(self) -> None:
        self.queue: list[ScriptItem] = []
        self.numbers = itertools.count(1)
        self.whole: set[tuple[int, str]] = set()

    def say(self, _: RecordedRequest) -> ScriptItem:
        return self.queue.pop(0) if self.queue else Reply("Done.")

    def call(self, kind: str, *, whole: bool, call_id: str | None, leaked: bool = False) -> Call:
        number = next(self.numbers)
        text = f"note number {number}, which is long enough to be cut"
        full = json.dumps({"n": number, "text": text})
        # In the text, the brace too many stands behind a call that is whole.
        if whole and (kind == "good" or (kind == "tail" and leaked)):
            self.whole.add((number, text))
        arguments: Any = {
            "cut": full[:-9],
            "cut early": full[: full.index(",")],
            "tail": full + " }",
            "list": [number, text],
            "prose": f"n={number}",
            "null": None,
            "fails": {"text": text},
            "misfit": {"n": "many"},
        }.get(kind, {"n": number, "text": text})
        return Call({"unknown": "nothing", "fails": "fail"}.get(kind, "note"), arguments, id=call_id)

    def good(self) -> Call:
        return self.call("good", whole=True, call_id=None)

    def item(self, told: dict[str, Any]) -> ScriptItem:
        if told["kind"] == "text":
            return Reply(told["text"])
        if told["kind"] == "calls":
            last = len(told["calls"]) - 1
            same = f"same_{next(self.numbers)}" if told["same_id"] else None
            # At the token cap a server may close what the model had not; markup in the text is the model's own.
            capped = told["finish"] == "length" and not told["leak"]
            calls = [
                self.call(kind, whole=not capped or place < last, call_id=same, leaked=bool(told["leak"]))
                for place, kind in enumerate(told["calls"])
            ]
            return Reply(told["text"], calls, finish_reason=told["finish"], leak=told["leak"], wire=told["wire"])
        calls = [self.call(kind, whole=True, call_id=None) for kind in told["calls"]]
        bare = calls and told["fault"] != "disconnect-mid-character"
        reply = Reply("" if bare else "Half of an answer, 你好.", calls)
        if told["fault"] in {"refuse", "rate_limit"}:
            return Fault(error="rate_limit" if told["fault"] == "rate_limit" else "server")
        return Fault(told["fault"], reply, after=told["after"])


class ReasoningTeller(Teller):
    """The same, which often thinks first."""

    def item(self, told: dict[str, Any]) -> ScriptItem:
        item = super().item(told)
        thought = "I think." if next(self.numbers) % 3 else ""
        if isinstance(item, Fault):
            return replace(item, reply=replace(item.reply, reasoning=thought))
        return replace(item, reasoning=thought) if isinstance(item, Reply) else item
