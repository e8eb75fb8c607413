"""Arguments that broke off are sealed: nobody completes them to others that look whole."""

from __future__ import annotations

import json
from typing import Any

from assembled_calls import OBJECTS, assembled, merged
from hypothesis import assume, given
from hypothesis import strategies as st
from langchain_core.utils.json import parse_partial_json

from graph.endpoint.arguments import seal
from graph.endpoint.reply import BrokenCall


@given(OBJECTS, st.data())
def test_arguments_cut_anywhere_are_broken(arguments: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(arguments, ensure_ascii=False)
    kept = text[: data.draw(st.integers(1, len(text) - 1))]
    calls, deltas = assembled([{"index": 0, "id": "c", "function": {"name": "add", "arguments": kept}}])
    assert isinstance(calls[0], BrokenCall)
    assert calls[0].arguments == kept
    assert merged(deltas).tool_calls == []
    assert len(merged(deltas).invalid_tool_calls) == 1


SCRAPS = st.text(st.sampled_from('{}[]":,\\ antrue1.é\n'), max_size=30)


@given(st.one_of(SCRAPS, OBJECTS.map(json.dumps), st.tuples(OBJECTS.map(json.dumps), SCRAPS).map("".join)))
def test_nobody_completes_what_was_sealed(text: str) -> None:
    try:
        value = parse_partial_json(text + seal(text))
    except ValueError:
        return
    assert not isinstance(value, dict), value


@given(OBJECTS, st.integers(0, 40))
def test_nobody_completes_a_cut_object_that_was_sealed(arguments: dict[str, Any], at: int) -> None:
    text = json.dumps(arguments)
    kept = text[:at]
    assume(kept)
    try:
        value = parse_partial_json(kept + seal(kept))
    except ValueError:
        return
    assert not isinstance(value, dict), value
