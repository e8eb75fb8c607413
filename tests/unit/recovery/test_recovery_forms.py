from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recovery_corpus import TOOLS
from recovery_forms import FORMS, Form

from graph.endpoint.recovery import StreamRecovery, markers, recover, table

PIECES = (
    *markers.MARKERS, *markers.FRAME_ENDS, *markers.STARTS,
    "</function>", "</invoke>", "</parameter>", "</arg_value>", "```", "```json\n", "`", '"', "'", "\\", "\\n", "{",
    "}", "[", "]", "(", ")", ",", ";", ":", "=", "\n", " ", "null", "True", "3", "007", "é你好",
)  # fmt: skip
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
TEXTS = st.lists(st.sampled_from(PIECES) | WORDS, max_size=5).map("".join)
WEATHER = st.fixed_dictionaries(
    {"city": TEXTS}, optional={"days": st.integers(), "metric": st.booleans(), "tags": st.lists(TEXTS, max_size=2)}
)
CALLS = st.lists(
    st.tuples(st.just("weather"), WEATHER) | st.just(("ping", {})),
    min_size=1,
    max_size=2,
    unique_by=lambda call: call[0],
)


def holds(form: Form, value: Any) -> bool:
    """Whether a value has one of the texts that the convention cannot escape, or the beginning of one at its end."""
    if isinstance(value, str):
        starts = tuple(text[:size] for text in form.reserved for size in range(1, len(text)))
        return value.endswith(starts) or any(text in value for text in form.reserved)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(holds(form, each) for each in inner)


@pytest.mark.parametrize("name", FORMS)
class TestForms:
    @settings(max_examples=30, deadline=None)
    @given(
        calls=CALLS, cuts=st.sets(st.integers(1, 400), max_size=8), finish_reason=st.sampled_from(["stop", "length"])
    )
    def test_a_call_comes_home_as_it_was_written_or_is_broken(
        self, name: str, calls: list[tuple[str, dict[str, Any]]], cuts: set[int], finish_reason: str
    ) -> None:
        form = FORMS[name]
        if name == "gigachat3":
            calls = calls[:1]
        text = form.write(calls)
        reader = StreamRecovery(TOOLS)
        bounds = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
        shown = "".join(reader.feed(text[start:end]) for start, end in pairwise(bounds))
        rest = reader.close(finish_reason)
        found = [(call.name, json.loads(call.arguments)) for call in rest.calls]
        if any(holds(form, given_) for _, given_ in calls):
            return
        assert found == calls[: len(found)]
        if finish_reason == "stop":
            assert found == calls
            assert {call.convention for call in rest.calls} == {form.convention}
            assert (shown + rest.content).strip() == ""

    def test_cut_anywhere(self, name: str) -> None:
        calls = [("weather", {"city": "Rome", "days": 3, "tags": ["a"]}), ("ping", {})]
        text = FORMS[name].write(calls)
        for at in range(len(text)):
            found = recover(text[:at], TOOLS, finish_reason="length")
            assert [(call.name, json.loads(call.arguments)) for call in found.calls] == calls[: len(found.calls)], at

    def test_an_unknown_tool_is_none(self, name: str) -> None:
        assert recover(FORMS[name].write([("launch", {"x": 1})]), TOOLS).calls == ()

    def test_in_code_it_is_text(self, name: str) -> None:
        form = FORMS[name].write([("weather", {"city": "Rome"})])
        text = f"This is its form:\n\n````text\n{form}\n````\n\nand no more."
        found = recover(text, TOOLS)
        assert (found.content, found.calls, found.broken) == (text, (), ())

    def test_asked_for_it_is_text(self, name: str) -> None:
        form = FORMS[name].write([("weather", {"city": "Rome"})])
        text = f"For example:\n\n{form}"
        found = recover(text, TOOLS, prompt="Explain the tool call format of this model, with an example.")
        assert (found.calls, found.broken) == ((), ())


def test_every_convention_with_calls_has_a_form() -> None:
    without_calls = {"command_frame", "kimi_k3_frame", "harmony_end", "inkling_end"}
    frames = {"tool_call", "seed_oss", "minimax_m2"}  # the calls in them carry their own convention's name
    named = {convention.name for convention in (*table.CONVENTIONS, *table.REPLY_STARTS)}
    assert named - without_calls - frames <= {form.convention for form in FORMS.values()}
