"""gpt-oss's Harmony channels, with their special tokens and with the tokens stripped.

The format: https://cookbook.openai.com/articles/openai-harmony, and vLLM 0.32.0 `vllm/parser/harmony.py`, read on
2026-11-22. `analysis` is reasoning, `commentary` with a recipient is a call, `final` (and commentary without recipient,
the preamble to a call) is content. Servers that skip special tokens leave `analysis…assistantcommentary
to=functions.name json{…}assistantfinal…` (seen of gpt-oss behind OpenRouter and LangChain).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    find,
    match_one,
    peek,
    skip_space,
    take_while,
)
from graph.endpoint.recovery.values import read_value

if TYPE_CHECKING:
    from graph.endpoint.recovery.results import Call

MESSAGE = "<|message|>"
ENDS = ("<|end|>", "<|call|>", "<|return|>", "<|start|>", "<|channel|>")
CHANNELS = ("analysis", "commentary", "final")
_MAX_HEADER = 300
_RECIPIENT = re.compile(r"\bto=([\w.\-]+)")
_NAME = re.compile(r"[\w.\-]*")


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


def _cut(site: Site, at: int) -> Steps[Match | None]:
    return (yield from give_up(site, site.start, cut_off(at), None, ()))


def _read_message(site: Site, header: str, at: int) -> Steps[Match | None]:
    source = site.source
    if recipient := _RECIPIENT.search(header):
        return (yield from _read_call(site, at, recipient.group(1)))
    if "analysis" not in header:
        return Match(at)
    end = yield from find(source, at, ENDS)
    stop = end[0] if end else len(source.text)
    after = stop + (len("<|end|>") if end and end[1] == "<|end|>" else 0)
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
    if not name.startswith("functions.") and site.tools.resolve(name) is None:
        end = yield from find(source, at, ENDS)  # a built-in tool of the model's own: browser, python
        stop = end[0] if end else len(source.text)
        call: Call = site.tools.call(name, {}, source.text[site.start : stop], site.convention)
        return Match(stop, (call,))
    try:
        arguments, end_at = yield from read_value(source, at)
    except MalformedError as error:
        return (yield from give_up(site, site.start, error, name, ("<|call|>", "<|end|>")))
    after = yield from skip_space(source, end_at)
    closer = yield from match_one(source, after, ("<|call|>", "<|end|>"))
    end_at = after + len(closer) if closer else end_at
    call = site.tools.call(name, arguments, source.text[site.start : end_at], site.convention)
    return Match(end_at, (call,))


def parse_token(_site: Site, at: int) -> Steps[Match | None]:
    """A token that ends a message is left out, wherever it stands."""
    yield from ()
    return Match(at)


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
        if source.closed and opening.startswith(source.text[at:]):
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
