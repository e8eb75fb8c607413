"""What is known of a reply before it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known before a reply comes, and how to read it.

    Attributes:
        tools: JSON Schemas of the parameters of the tools offered, by name.
        taken_ids: ids of the thread's earlier calls.
        reasoning_fields: the fields in which reasoning may come.
        thinking_tags: look for `<think>` in the text.
        thinking_opened: the template opens the block itself.
        recover: recover calls from the text.
        needs_end: no call of a reply that broke off may run, since the wire tells how each reply ended (Responses).
        may_call: False if `tool_choice` is `none`: a call that comes all the same must not run.
        prompt: the user's last words, which recovery weighs (did the user ask for an example?).
        given: what users and tools said in the request: a call that stands in it word for word is a quotation.
        made: the calls since the user's last words: names and the text of their arguments.
        max_chars: past this many characters of text and arguments the reply has overrun every cap.
        max_reasoning_chars: the same for reasoning, which not every cap counts (DashScope: WIRE.md, A1.5).
        several: more than one reply was asked for (`n`); the first one counts.
    """

    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    taken_ids: frozenset[str] = frozenset()
    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    thinking_tags: bool = True
    thinking_opened: bool = False
    recover: bool = True
    needs_end: bool = False
    may_call: bool = True
    prompt: str = ""
    given: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    max_chars: int = 1_000_000
    max_reasoning_chars: int = 4_000_000
    several: bool = False
