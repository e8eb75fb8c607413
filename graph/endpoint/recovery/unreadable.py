"""Markup that stands where a call would but holds nothing that any convention can read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.convention import SENTENCE_ENDS, Match, broken, name_in
from graph.endpoint.recovery.source import skip_space
from graph.endpoint.recovery.xml_tags import XmlTags

if TYPE_CHECKING:
    from graph.endpoint.recovery.convention import Convention, Site
    from graph.endpoint.recovery.source import Steps

_TAG = re.compile(r"<([A-Za-z_][\w:.]*)[^|]*")
_NAME = re.compile(r"""(?:name=|<name>)["']?([\w.\-]{1,128})""")
_PAIRS = (
    ("begin", "end"),
    ("start", "end"),
    ("START", "END"),
    ("prefix", "suffix"),
    ("<|tool", "<|/tool"),
    ("[T", "[/T"),
)
_PLACEHOLDER = re.compile(r"\.\.\.|…|<[A-Za-z]+-[A-Za-z-]+>")
"""What stands for something in a form that is being explained."""

_LIMIT = 2000


def _closers(opener: str, convention: Convention) -> re.Pattern[str] | None:
    closers = list(convention.ends)
    if (tag := _TAG.fullmatch(opener)) is not None:
        closers.append(f"</{tag.group(1)}>")
    for begin, end in _PAIRS:
        if begin in opener:
            closers.append(opener.replace(begin, end))
    if isinstance(convention.parse, XmlTags):
        closers += convention.parse.closes
    return re.compile("|".join(map(re.escape, closers))) if closers else None


_CLOSERS = {opener: _closers(opener, each) for opener, each in markers.BY_OPENER.items()}


def find_unreadable(site: Site) -> Steps[Match | None]:
    """The span up to the closing tag as a broken call; None where the marker is only mentioned.

    That is where it stands within a sentence, or has no closing tag before the next empty line.

    Args:
        site: where the marker stands.
    """
    closers = _CLOSERS[site.opener]
    if closers is None or (site.line and site.line[-1] not in SENTENCE_ENDS):
        return None
    source = site.source
    start = site.start + len(site.opener)
    begin = yield from skip_space(source, start)
    while True:
        found = closers.search(source.text, start, begin + _LIMIT)
        paragraph = source.text.find("\n\n", begin, begin + _LIMIT)
        if paragraph >= 0 and (found is None or paragraph < found.start()):
            return None
        if found is not None:
            break
        if source.closed or len(source.text) > begin + _LIMIT:
            return None
        yield
    raw = source.text[site.start : found.end()]
    if _PLACEHOLDER.search(raw):
        return None
    named = _NAME.search(raw)
    name = name_in(raw) or (named.group(1) if named else None)
    reason = "the call is malformed: nothing that can be read as one stands between its tags"
    return Match(found.end(), (broken(site, site.start, found.end(), reason, name),))
