"""Inkling: a reply in blocks, each with its kind in front.

`<|message_model|>`, for a call the tool's name, the kind, the block, `<|end_message|>` (vLLM 0.32.0
`parser/inkling.py`, SGLang 0.5.23 `inkling_detector.py`).
"""

from __future__ import annotations

import re

from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import Steps, cut_off, ends_within, find, match_one, peek, take_while
from graph.endpoint.recovery.tagged_json import TaggedJson

JSON_CALL = "<|content_invoke_tool_json|>"
TEXT, THINKING = "<|content_text|>", "<|content_thinking|>"
ENDS = ("<|end_message|>", "<|content_model_end_sampling|>")
_NAME = re.compile(r"[\w.\-]*")
_MAX_NAME = 128

parse_call = TaggedJson(ENDS)


def parse_thinking(site: Site, at: int) -> Steps[Match | None]:
    """Read reasoning up to the end of its block."""
    found = yield from find(site.source, at, ENDS)
    stop = found[0] if found else len(site.source.text)
    return Match(stop + (len(found[1]) if found else 0), reasoning=site.source.text[at:stop])


def parse_message(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<|message_model|>`."""
    end = yield from take_while(site.source, at, _NAME, _MAX_NAME)
    if (yield from peek(site.source, end)) == "":
        return nothing_follows(site)
    kind = yield from match_one(site.source, end, (JSON_CALL, THINKING, TEXT))
    if kind is None and ends_within(site.source, end, (JSON_CALL, THINKING, TEXT)):
        name = site.source.text[at:end]
        if not name:
            return Match(len(site.source.text))
        return (yield from give_up(site, site.start, cut_off(end), name, ()))
    if kind == JSON_CALL:
        return (yield from parse_call(site, end + len(kind)))
    if kind == THINKING:
        return (yield from parse_thinking(site, end + len(kind)))
    return Match(end + len(kind)) if kind else None
