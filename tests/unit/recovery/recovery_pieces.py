"""A reply read in pieces of random sizes, which has to give what the whole gives."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import Recovery, StreamRecovery, recover

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(text: str, tools: Mapping[str, Any], finish_reason: str | None = "stop", **options: Any) -> Recovery:
    """Read a whole reply, and hold that it gives the same in pieces."""
    whole = recover(text, tools, finish_reason=finish_reason, **options)
    for seed in range(5):
        found = in_pieces(text, tools, seed, finish_reason, **options)
        assert found == whole, seed
    return whole


def in_pieces(
    text: str, tools: Mapping[str, Any], seed: int, finish_reason: str | None = "stop", **options: Any
) -> Recovery:
    """Read a reply in pieces; seed 0: character by character."""
    sizes = random.Random(seed)
    reader = StreamRecovery(tools, **options)
    shown, at = "", 0
    while at < len(text):
        size = sizes.randint(1, 9) if seed else 1
        shown += reader.feed(text[at : at + size])
        at += size
    rest = reader.close(finish_reason)
    content = shown + rest.content
    if rest.calls or rest.broken or rest.reasoning:
        content = content.strip()
    return replace(rest, content=content)
