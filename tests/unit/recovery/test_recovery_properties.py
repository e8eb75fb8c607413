from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
import recovery_corpus_newer
from hypothesis import given, settings
from hypothesis import strategies as st
from recovery_corpus import BROKEN, PLAIN, SAMPLES, TOOLS

from graph.endpoint.recovery import StreamRecovery, markers, recover

NEWER = (*recovery_corpus_newer.SAMPLES, *recovery_corpus_newer.PLAIN, *recovery_corpus_newer.BROKEN)
TEXTS = [each.text for each in (*SAMPLES, *PLAIN, *BROKEN, *NEWER)]
PIECES = st.sampled_from(
    [
        *markers.MARKERS,
        *markers.FRAME_ENDS,
        *markers.STARTS,
        *TEXTS,
        "weather", "calculator", "launch", '{"name": "', '"arguments": {', "}", "]", "[", "{", '"', "'", "\\", "`",
        "```",
        "```json\n", "\n```", "\n", "\n\n", " ", ",", ";", ":", "=", "(", ")", "<parameter=city>", "</parameter>",
        "</function>", "<city>", "</city>", "]<]minimax[>[", ":x>", "<|constrain|>",
        "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", "[ARGS]", "[CALL_ID]", "<|message|>",
        " to=functions.weather", "call:", "city", "1", "true", "é", "你好", "word ", "\ud800",
    ]
)  # fmt: skip
REPLIES = st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join)
FRAMING = ("<|", *(each.opener for each in markers.THINKING if not each.shown))
PROSE = st.text(st.characters(exclude_characters="<>[]{}`", exclude_categories=["Cs"]), min_size=1)


@st.composite
def cut_replies(draw: st.DrawFn) -> tuple[str, list[str]]:
    text = draw(REPLIES)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=20)) | {0, len(text)})
    return text, [text[start:end] for start, end in pairwise(cuts)]


@settings(max_examples=400, deadline=None)
@given(cut_replies(), st.sampled_from(["stop", "length", "tool_calls", None]))
def test_pieces_give_what_the_whole_gives(cut: tuple[str, list[str]], finish_reason: str | None) -> None:
    text, pieces = cut
    whole = recover(text, TOOLS, finish_reason=finish_reason)
    reader = StreamRecovery(TOOLS)
    shown = "".join(map(reader.feed, pieces))
    rest = reader.close(finish_reason)
    assert (rest.calls, rest.broken, rest.reasoning) == (whole.calls, whole.broken, whole.reasoning)
    if rest.calls or rest.broken or rest.reasoning:
        assert (shown + rest.content).strip() == whole.content
    else:
        assert shown + rest.content == whole.content
        framed = any(token in text for token in FRAMING) or text.lstrip().startswith(tuple(markers.STARTS))
        if not framed:  # framing is left out, too
            assert whole.content == text


@settings(max_examples=300, deadline=None)
@given(REPLIES)
def test_calls_are_to_bound_tools_with_objects(text: str) -> None:
    found = recover(text, TOOLS)
    for call in found.calls:
        assert call.name in TOOLS
        assert isinstance(json.loads(call.arguments), dict)
    for broken in found.broken:
        assert broken.raw in text
        assert broken.reason


@settings(max_examples=300, deadline=None)
@given(PROSE, st.data())
def test_prose_is_shown_at_once(text: str, data: st.DataObject) -> None:
    """Only where the reply begins, a space or the first letters of a marker wait for what follows."""
    text = "So " + re.sub(r"^\s*f", "g", text, flags=re.MULTILINE)  # `functools[` is a marker where a line begins
    cut = data.draw(st.integers(2, len(text)))
    reader = StreamRecovery(TOOLS)
    assert reader.feed(text[:cut]) == text[:cut]
    assert reader.feed(text[cut:]) == text[cut:]
    assert reader.close("stop").content == ""


@pytest.mark.parametrize("marker", markers.MARKERS)
def test_only_what_may_be_a_marker_waits(marker: str) -> None:
    for size in range(1, len(marker)):
        reader = StreamRecovery(TOOLS)
        assert reader.feed("So what\n" + marker[:size]) == "So what\n"
        assert reader.feed("\x00") == marker[:size] + "\x00"


def test_fence_that_is_no_call_streams_on() -> None:
    reader = StreamRecovery(TOOLS)
    assert reader.feed("```json\n") == ""
    assert reader.feed('{"name": "Ali') == ""
    assert reader.feed('ce"') == '```json\n{"name": "Alice"'
    assert reader.feed(", 1") == ", 1"


@pytest.mark.parametrize(
    "item", [{"id": 1, "type": "x"}, {"id": 1, "action": "weather"}, {"input": "x"}, {"parameters": {"a": 1}}]
)
def test_objects_that_only_look_like_calls_stream_on(item: dict[str, object]) -> None:
    """A list is let go behind its first object, and so are objects one after the other."""
    one = json.dumps(item)
    for start in (f"[{one}", one):
        reader = StreamRecovery(TOOLS)
        assert reader.feed(start) == start
        assert reader.feed(f", {one}") == f", {one}"


def test_call_waits_and_the_text_after_it_streams_on() -> None:
    reader = StreamRecovery(TOOLS)
    assert reader.feed("Well. <tool_") == "Well. "
    assert reader.feed('call>{"name": "ping", "arguments": {}}') == ""
    assert reader.feed("</tool_call>\n") == ""
    assert reader.feed("And") == "And"
    assert reader.close("stop").calls[0].name == "ping"


LONG = 200_000
OPEN_CALL = '<tool_call>{"name": "calculator", "arguments": {"expression": '
HARD = {
    "prose": "word " * (LONG // 5),
    "openers": "<tool_call>" * (LONG // 11),
    "half-openers": "<tool_" * (LONG // 6),
    "json-openers": '<tool_call>{"name": "x", ' * (LONG // 25),
    "functions": "<function=weather><parameter=city>" * (LONG // 34),
    "closers": "<function=weather><parameter=city>" + "</parameter> " * (LONG // 13),
    "one-call": f'{OPEN_CALL}"{"a</tool_call>" * (LONG // 13)}"}}}}</tool_call>',
    "escapes": '<tool_call>{"name": "calculator", "arguments": {"expression": "' + "\\\\" * (LONG // 2) + '"}}',
    "braces": "{" * LONG,
    "brackets": "[" * LONG,
    "brace-lines": "{\n" * (LONG // 2),
    "bare-lines": '{"name": "calculator", "arguments": \n' * (LONG // 37),
    "ticks": "` " * (LONG // 2),
    "tick-run": "`" * LONG,
    "fences": "```\n" * (LONG // 4),
    "fence-lines": "```python\n" + "\n" * LONG,
    "fenced-value": '```json\n{"name": "calculator", "arguments": {"expression": "' + "`\n" * (LONG // 2),
    "spaces": "a" + " " * LONG,
    "spaces-after-call": '<tool_call>{"name": "ping"}</tool_call>' + " " * LONG,
    "digits": '<tool_call>{"name": "calculator", "arguments": {"expression": ' + "1" * LONG,
    "think": "<think>" * (LONG // 7),
    "thought": "<think>" + "</thin" * (LONG // 6),
    "harmony": "<|channel|>analysis<|message|>" * (LONG // 30),
    "channels": "<|channel|>analysis " * (LONG // 20),
    "pairs": "<tool_call>weather<arg_key>city</arg_key><arg_value>" + "</arg_value> " * (LONG // 13),
    "python": '[weather(city="' + "\\'" * (LONG // 2),
    "gemma": "<|tool_call>call:weather{city:" + '<|"|>' * (LONG // 5),
    "stripped": "analysisA" + "assistant" * (LONG // 9),
    "mistral": "[TOOL_CALLS]weather[ARGS]" * (LONG // 25),
    "kimi": "<|tool_call_begin|>functions." * (LONG // 29),
    "nested": ']<]minimax[>[<invoke name="weather">]<]minimax[>[<city>' * (LONG // 54),
    "nested-value": ']<]minimax[>[<invoke name="weather">]<]minimax[>[<city>' + "]<]minimax" * (LONG // 10),
    "suffixed": "<tool_calls:x><tool_call:x>" * (LONG // 27),
    "suffixed-pairs": "<tool_call:x>weather<arg_key:x>city</arg_key:x><arg_value:x>" + "</arg_value:x> " * (LONG // 15),
    "prompts": ">>>weather\n" * (LONG // 11),
    "named": "ping{}" * (LONG // 6),
    "echo": '<tool_call>{"name": "ping"}</tool_call>' + "[ping()]" * (LONG // 8),
    "swallowed": "<function=weather><parameter=city>" + "<parameter=days>" * (LONG // 16) + "</parameter></function>",
    "blocks": "<|message_model|><|content_text|>" * (LONG // 33),
    "separators": "<|message_sep|>" * (LONG // 15),
    "wrapped": '<json>{"name": "weather", ' * (LONG // 26),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HARD)
def test_long_replies_are_read_in_one_pass(name: str) -> None:
    """Two hundred thousand characters take seconds; work that grew with the square of the text would take minutes."""
    text = HARD[name]
    reader = StreamRecovery(TOOLS)
    shown = "".join(reader.feed(text[at : at + 3]) for at in range(0, len(text), 3))
    rest = reader.close("stop")
    whole = recover(text, TOOLS)
    assert ((shown + rest.content).strip(), rest.reasoning) == (whole.content.strip(), whole.reasoning)
    assert (rest.calls, rest.broken) == (whole.calls, whole.broken)
