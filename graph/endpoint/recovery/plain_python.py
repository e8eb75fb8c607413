"""Python calls that are a whole reply, with no brackets around them: `weather(city="Rome")`.

Llama 3.2 and 4 write a list (see `unmarked`), and so at times without its brackets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graph.endpoint.recovery.named_json import read_bound_name
from graph.endpoint.recovery.source import Steps, peek
from graph.endpoint.recovery.unmarked import read_python

if TYPE_CHECKING:
    from graph.endpoint.recovery.convention import Match, Site


def parse_python(site: Site, at: int) -> Steps[Match | None]:
    """Read calls at the start of a reply; they count where nothing else is in it."""
    found = yield from read_bound_name(site, at)
    if found is None or (yield from peek(site.source, found[1])) != "(":
        return None
    match = yield from read_python(replace(site, convention="pythonic"), at, None)
    return replace(match, alone=True) if match else None
