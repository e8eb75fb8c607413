"""Messages with a header: gpt-oss's Harmony channels, and Muse Glimmer and Beam, which write alike.

Harmony (vLLM 0.32.0 `parser/harmony.py` and `entrypoints/openai/parser/harmony_utils.py`, SGLang 0.5.23
`parser/harmony_parser.py`, llama.cpp `common/chat.cpp`): `analysis` is reasoning; a recipient makes a call of a message
in any channel, and stands before or after the channel; `final` (and commentary without recipient, the preamble to a
call) is content. The prompt ends with `<|start|>assistant`, so a reply may begin with ` to=functions.name<|channel|>…`.

Muse Glimmer (vLLM `tool_parsers/muse_glimmer_tool_parser.py`, SGLang `muse_glimmer_detector.py`) has no channels but
recipients for all: `self` is reasoning, `user` the answer; a call is in elements (see `rows_tags`). Beam (SGLang
`parser/beam.py`) writes a call's arguments as elements, too.

Servers that skip special tokens leave `analysis…assistantcommentary to=functions.name json{…}assistantfinal…` (seen of
gpt-oss behind OpenRouter and LangChain).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    ends_within,
    find,
    match_end,
    match_one,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.values import read_value
from graph.endpoint.recovery.xml_tags import XmlTags

if TYPE_CHECKING:
    from graph.endpoint.recovery.results import Call

MESSAGE = "<|message|>"
CLOSERS = ("<|end|>", "<|call|>", "<|return|>", "<|eom|>", "<|eot|>")
ENDS = (*CLOSERS, "<|start|>", "<|channel|>")
CHANNELS = ("analysis", "commentary", "final")
_MAX_HEADER = 300
_RECIPIENT = re.compile(r"\bto=([\w.\-]+)")
_NAME = re.compile(r"[\w.\-]*")
_REASONING = frozenset({"self"})
_PEOPLE = frozenset({"user", "all", "assistant", "commentary"})
_ELEMENTS = "<atem:"
_BEAM_ARGUMENT = "<rfl:parameter name="
_BEAM = XmlTags("<|call|>", _BEAM_ARGUMENT, "</rfl:parameter>", framed=True, more_closes=("<|end|>",))


def parse_header(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<|channel|>` or `<|start|>`: the rest of the header, and the message unless it is content."""
    source = site.source
    begin = yield from skip_space(source, at)
    words = CHANNELS if site.opener == "<|channel|>" else ("assistant",)
    if (yield from match_one(source, begin, words)) is None:
        rest = source.text[begin:]
        if not source.closed or not any(word.startswith(rest) for word in words):
            return None
        return (yield from _cut(site, begin)) if rest else nothing_follows(site)
    found = yield from _find_message(source, begin)
    if found is None:
        return (yield from _cut(site, begin)) if source.closed else None
    return (yield from _read_message(site, source.text[begin:found], found + len(MESSAGE)))


def parse_recipient(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `to=` at the start of a reply."""
    source = site.source
    end = yield from take_while(source, at, _NAME, _MAX_HEADER)
    if end == at:
        return None
    after = yield from skip_space(source, end)
    follows = ("<|channel|>", "<|constrain|>", MESSAGE)
    if (yield from match_one(source, after, follows)) is None:
        named = after == len(source.text) and site.tools.resolve(source.text[at:end])
        return (yield from _cut(site, after)) if named or ends_within(source, after, follows) else None
    found = yield from _find_message(source, after)
    if found is None:
        return (yield from _cut(site, after)) if source.closed else None
    return (yield from _read_message(site, site.opener + source.text[at:found], found + len(MESSAGE)))


def _cut(site: Site, at: int) -> Steps[Match | None]:
    return (yield from give_up(site, site.start, cut_off(at), None, ()))


def _read_message(site: Site, header: str, at: int) -> Steps[Match | None]:
    source = site.source
    found = _RECIPIENT.search(header)
    recipient = found.group(1) if found else None
    if recipient and recipient not in _REASONING | _PEOPLE:
        return (yield from _read_call(site, at, recipient))
    if "analysis" not in header and recipient not in _REASONING:
        return Match(at)
    end = yield from find(source, at, ENDS)
    stop = end[0] if end else len(source.text)
    after = stop + (len(end[1]) if end and end[1] in {"<|end|>", "<|eom|>"} else 0)
    return Match(after, reasoning=source.text[at:stop])


def _find_message(source: Source, at: int) -> Steps[int | None]:
    while True:
        found = source.text.find(MESSAGE, at, at + _MAX_HEADER)
        if found >= 0:
            return found
        if source.closed or len(source.text) - at > _MAX_HEADER:
            return None
        yield


def _read_call(site: Site, at: int, name: str) -> Steps[Match | None]:
    source = site.source
    begin = yield from skip_space(source, at)
    first = yield from match_one(source, begin, (_ELEMENTS, _BEAM_ARGUMENT, "{", *CLOSERS))
    if first == _ELEMENTS:
        return Match(begin)
    if first in CLOSERS:  # no arguments
        end_at = begin + len(first)
        return Match(end_at, (site.tools.call(name, None, source.text[site.start : end_at], site.convention),))
    if not name.startswith("functions.") and site.tools.resolve(name) is None:
        end = yield from find(source, at, ENDS)  # a built-in tool of the model's own: browser, python
        stop = end[0] if end else len(source.text)
        call: Call = site.tools.call(name, {}, source.text[site.start : stop], site.convention)
        return Match(stop, (call,))
    arguments: Any
    try:
        if first == _BEAM_ARGUMENT:
            arguments, end_at = yield from _BEAM.read_arguments(site, name, begin)
            return Match(end_at, (site.tools.call(name, arguments, source.text[site.start : end_at], site.convention),))
        arguments, end_at = yield from read_value(source, at)
    except MalformedError as error:
        return (yield from give_up(site, site.start, error, name, ("<|call|>", "<|end|>")))
    after = yield from skip_space(source, end_at)
    closer = yield from match_end(source, after, ("<|call|>", "<|end|>"))
    end_at = after + len(closer) if closer else end_at
    call = site.tools.call(name, arguments, source.text[site.start : end_at], site.convention)
    return Match(end_at, (call,))


STRIPPED_STARTS = ("analysis", "commentary to=", "assistantcommentary", "assistantanalysis", "assistantfinal")
_STRIPPED = ("assistantcommentary", "assistantfinal", "assistantanalysis")


def parse_stripped(site: Site, at: int) -> Steps[Match | None]:
    """Read a whole reply whose special tokens were stripped, up to its final channel."""
    source = site.source
    reasoning = ""
    calls: list[Call] = []
    word = site.opener
    while True:
        if word.endswith("analysis"):
            if word == "analysis" and not _glued((yield from peek(source, at))):
                return None
            found = yield from find(source, at, _STRIPPED)
            if found is None and word == "analysis" and not calls:
                return None
            stop = found[0] if found else len(source.text)
            reasoning += source.text[at:stop]
            at = stop
        elif word.endswith("final"):
            return Match(at, tuple(calls), reasoning)
        else:
            try:
                call, at = yield from _read_stripped_call(site, at, glued=word.endswith("to="))
            except MalformedError as error:
                match = yield from give_up(site, at, error, None, _STRIPPED)
                return Match(match.end, (*calls, *match.calls), reasoning) if match else None
            if call is None:
                return Match(at, tuple(calls), reasoning) if reasoning or calls else None
            calls.append(call)
        next_word = yield from match_one(source, at, _STRIPPED)
        if next_word is None:
            return Match(at, tuple(calls), reasoning)
        word = next_word
        at += len(word)


def _glued(char: str) -> bool:
    return char.isupper() or (char.isalpha() and not char.isascii())


def _read_stripped_call(site: Site, at: int, *, glued: bool) -> Steps[tuple[Call | None, int]]:
    source = site.source
    start = at
    at = yield from skip_space(source, at)
    opening = "functions." if glued else "to=functions."
    if (yield from match_one(source, at, (opening,))) is None:
        if (yield from peek(source, at)) == "" or ends_within(source, at, (opening,)):
            raise cut_off(at)
        return None, start
    begin = at + len(opening)
    end = yield from take_while(source, begin, _NAME, _MAX_HEADER)
    name = source.text[begin:end]
    if site.tools.resolve(name) is None and site.tools.resolve(name.removesuffix("json")):
        name = name.removesuffix("json")
    at = yield from skip_space(source, end)
    for words in (("<|constrain|>", "code", "json"), ("json", MESSAGE, "<|message|>"), (MESSAGE,)):
        if hit := (yield from match_one(source, at, words)):
            at = yield from skip_space(source, at + len(hit))
    arguments, at = yield from read_value(source, at)
    return site.tools.call(name, arguments, source.text[start:at], site.convention), at
