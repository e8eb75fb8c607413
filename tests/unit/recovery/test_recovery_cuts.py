"""A reply that ends within a call: broken, or whole with only its closing tag cut; its markup is never the answer."""

from __future__ import annotations

import pytest
import recovery_corpus
import recovery_corpus_newer
from recovery_corpus import TOOLS, Sample

from graph.endpoint.recovery import markers, recover
from graph.testing.leaks import LEAKS, write_as_text

CALLS = [("weather", {"city": "Rome", "days": 2}), ("calculator", {"expression": "23*19"})]
LEADS = {"none": "", "line": "I will look.\n\n", "same-line": "Let me check. "}
FINISH = pytest.mark.parametrize("finish_reason", ["length", "stop"])
UNMARKED = {"fenced-json", "fenced-json-list", "bare-json", "bare-json-list", "json-parameters", "gemma3", "phi-4"}
MARKED_LEAKS = [leak for leak in LEAKS if leak not in UNMARKED]
_OTHERWISE = ("harmony", "inkling", "muse", "beam", "functionary", "lfm2-echo", "hermes-echo", "kimi-k3-json")
"""Their markers stand around answers, or a call is repeated, or a word stands right before it: half tells nothing."""

SAMPLES = [
    sample
    for sample in recovery_corpus.SAMPLES + recovery_corpus_newer.SAMPLES
    if sample.calls
    and not sample.id.startswith(_OTHERWISE)
    and any(
        sample.text.removeprefix(sample.content).lstrip().startswith(opener) and not each.weak
        for opener, each in markers.BY_OPENER.items()
    )
]


def leftover(text: str, lead: str, finish_reason: str) -> tuple[str, bool]:
    """What of a cut reply's markup is left in its text, and whether a call was found in it."""
    found = recover(text, TOOLS, finish_reason=finish_reason)
    assert not found.doubt, text
    content = found.content.strip()
    assert content.startswith(lead.strip()) or lead.strip().startswith(content), text
    return content[len(lead.strip()) :].strip(), bool(found.calls or found.broken)


@FINISH
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("leak", MARKED_LEAKS)
def test_no_part_of_a_call_is_left_as_answer(leak: str, lead: str, finish_reason: str) -> None:
    whole = write_as_text(CALLS, leak)  # type: ignore[arg-type]  # one of `LEAKS`
    first = next(opener for opener in sorted(markers.BY_OPENER, key=len, reverse=True) if whole.startswith(opener))
    for end in range(1, len(whole) + 1):
        left, called = leftover(LEADS[lead] + whole[:end], LEADS[lead], finish_reason)
        if end < len(first) and not called:
            assert left == whole[:end].strip(), end  # half a marker, that may be anything
        else:
            assert (left, called) == ("", True), whole[:end]


@FINISH
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_nor_of_any_other_convention(sample: Sample, finish_reason: str) -> None:
    begin = len(sample.content)
    for end in range(begin + 1, len(sample.text) + 1):
        left, _ = leftover(sample.text[:end], sample.content, finish_reason)
        half = left in markers.PREFIXES and sample.text[begin:end].strip() == left
        assert not left or half, sample.text[:end]


@pytest.mark.parametrize("finish_reason", ["length", "stop", None])
@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>\n<",
        "<tool_call>\n<func",
        "<tool_call>\n<function=weather>\n<",
        "<tool_call>\n<function=weather>\n<parameter",
        "<function=weather>\n<param",
        '<minimax:tool_call>\n<invoke name="weather">\n<parameter name',
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="weather">\n<｜DSML｜parameter name',
        '<｜DSML｜tool_calls>\n<｜DSML｜invoke name="weather">\n<｜DSM',
        "<｜tool▁calls▁begin｜><｜tool▁c",
        "<use_mcp_tool>\n<server_name>wea",
        "<tool_call:opens",
        "[weather(city='Rome'),",
        " to=functions.weather<|chan",
    ],
)
def test_a_call_cut_within_its_first_tag_is_broken(text: str, finish_reason: str | None) -> None:
    found = recover(text, TOOLS, finish_reason=finish_reason)
    assert "cut off" in found.broken[0].reason
    assert found.content == ""


@pytest.mark.parametrize("token", ["<|tool_response>", "<start_function_response>", "[e~[", "<|im_end|>"])
def test_a_stop_token_behind_a_call_goes_with_it(token: str) -> None:
    for leak in LEAKS:
        text = write_as_text(CALLS[:1], leak)
        for end in range(len(token) + 1):
            found = recover(text + token[:end], TOOLS)
            assert (len(found.calls), found.content) == (1, ""), (leak, end)


def test_one_in_an_answer_stays() -> None:
    text = "Gemma 4 stops at <|tool_response>, MiniMax M2 at [e~["
    assert recover(text, TOOLS).content == text


@pytest.mark.parametrize("text", ["Use 3 <", "A list [", "The tag is <tool", "<tool_call>\n< 5", "It is `<function="])
def test_text_that_ends_like_a_marker_is_an_answer(text: str) -> None:
    found = recover(text, TOOLS)
    assert (found.content, found.calls, found.broken) == (text, (), ())
