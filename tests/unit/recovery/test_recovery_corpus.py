from __future__ import annotations

import json
from dataclasses import replace

import pytest
import recovery_corpus
import recovery_corpus_newer
from recovery_corpus import TOOLS, Broken, Calls, Plain, Sample

from graph.endpoint.recovery import Recovery, StreamRecovery, markers, recover, table

SAMPLES = recovery_corpus.SAMPLES + recovery_corpus_newer.SAMPLES
PLAIN = recovery_corpus.PLAIN + recovery_corpus_newer.PLAIN
BROKEN = recovery_corpus.BROKEN + recovery_corpus_newer.BROKEN


def called(found: Recovery) -> Calls:
    return tuple((call.name, json.loads(call.arguments)) for call in found.calls)


def stream(pieces: list[str], finish_reason: str = "stop", prompt: str = "") -> tuple[Recovery, list[str]]:
    """Read pieces; returns what `recover` would, and what each piece let through."""
    reader = StreamRecovery(TOOLS, prompt=prompt)
    shown = [reader.feed(piece) for piece in pieces]
    rest = reader.close(finish_reason)
    content = "".join(shown) + rest.content
    if rest.calls or rest.broken or rest.reasoning:
        content = content.strip()
    return replace(rest, content=content), shown


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
class TestSamples:
    def test_whole(self, sample: Sample) -> None:
        found = recover(sample.text, TOOLS)
        assert called(found) == sample.calls
        assert found.broken == ()
        assert (found.content, found.reasoning) == (sample.content, sample.reasoning)

    def test_char_by_char(self, sample: Sample) -> None:
        assert stream(list(sample.text))[0] == recover(sample.text, TOOLS)

    def test_every_split(self, sample: Sample) -> None:
        whole = recover(sample.text, TOOLS)
        for at in range(1, len(sample.text)):
            assert stream([sample.text[:at], sample.text[at:]])[0] == whole, at

    def test_nothing_of_the_markup_is_shown(self, sample: Sample) -> None:
        _, shown = stream(list(sample.text))
        assert "".join(shown).split() == sample.content.split()[: len("".join(shown).split())]

    @pytest.mark.parametrize("finish_reason", ["stop", "length"])
    def test_cut_anywhere(self, sample: Sample, finish_reason: str) -> None:
        """A part of a reply gives the first of its calls, never another."""
        for at in range(len(sample.text)):
            found = recover(sample.text[:at], TOOLS, finish_reason=finish_reason)
            assert called(found) == sample.calls[: len(found.calls)], at
            if at % 7 == 0:
                assert stream(list(sample.text[:at]), finish_reason)[0] == found, at


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.id)
class TestPlain:
    def test_whole(self, plain: Plain) -> None:
        found = recover(plain.text, TOOLS, prompt=plain.prompt)
        assert replace(found, doubt=()) == Recovery(plain.text, "", (), ())
        assert tuple((call.name, call.value) for call in found.doubt) == plain.doubt

    def test_char_by_char(self, plain: Plain) -> None:
        whole = recover(plain.text, TOOLS, prompt=plain.prompt)
        assert stream(list(plain.text), prompt=plain.prompt)[0] == whole


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.id)
class TestBroken:
    def test_whole(self, case: Broken) -> None:
        found = recover(case.text, TOOLS, finish_reason=case.finish_reason)
        assert called(found) == case.calls
        assert [call.name for call in found.broken] == [case.name]
        assert case.reason in found.broken[0].reason
        assert found.broken[0].raw in case.text
        assert found.content == case.content

    def test_char_by_char(self, case: Broken) -> None:
        whole = recover(case.text, TOOLS, finish_reason=case.finish_reason)
        assert stream(list(case.text), case.finish_reason)[0] == whole


def test_without_tools_text_is_untouched() -> None:
    for sample in SAMPLES:
        assert recover(sample.text, {}).content == sample.text


def test_every_marker_belongs_to_one_convention() -> None:
    openers = [opener for convention in table.CONVENTIONS for opener in convention.openers]
    assert len(openers) == len(set(openers)) == len(markers.BY_OPENER)
    assert all(convention.evidence for convention in table.CONVENTIONS)
