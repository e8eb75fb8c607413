"""Weighs a call against what is known around it: whether it is run, stays text, or is in doubt.

Precision comes first: a call that is shown can be asked for again, one that ran unasked cannot be taken back. What is
in doubt does not run; it is for the loop to ask what was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from graph.endpoint.recovery.intent import (
    MAX_FOLLOW_UP,
    MAX_LEAD,
    acts,
    acts_again,
    announces,
    doubts_block,
    doubts_what_stood,
    introduces_text,
    promises,
)
from graph.endpoint.recovery.results import RecoveredCall, same_call
from graph.endpoint.recovery.wishes import wishes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from graph.endpoint.recovery.results import Call
    from graph.endpoint.recovery.toolbox import Toolbox

Reading: TypeAlias = Literal["run", "doubt", "text"]

_SPACE = re.compile(r"\s+")
_FENCE = re.compile(r"\A`+\w*|`+\Z")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .\-]*>|\.\.\.|…|\{\{?\w+\}\}?|\[[A-Za-z_ ]+\]|your[_ -]\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block without a marker of its own.

    Attributes:
        calls: what stands in it.
        lead: the text before it, from the beginning of the reply.
        tail: the end of that text.
        alone: it looks so little like a call that it is one only where the reply holds nothing else.
        fenced: it stands in a code block.
    """

    calls: tuple[Call, ...]
    lead: str
    tail: str
    alone: bool
    fenced: bool


class Situation:
    """What is known before a reply.

    Args:
        prompt: the user's last message.
        given: the messages of the user and of tools; a call that stands in one of them word for word is a quotation.
        made: the calls since the user's last message: names and the text of their arguments.
        asked: the model was asked what it meant.
        tools: the names of the bound tools.
        hinted: vague words may ask for the text of a call, and the model can be asked.
        doubts: no call runs; a whole one is in doubt.
    """

    def __init__(
        self,
        prompt: str,
        given: Sequence[str],
        made: Collection[tuple[str, str]],
        *,
        asked: bool = False,
        tools: tuple[str, ...] = (),
        hinted: bool = False,
        doubts: bool = False,
    ) -> None:
        self.wishes = wishes_of(prompt, tools)
        self.hinted = hinted
        self.doubts = doubts
        self._asked = asked and not self.wishes.held_back
        self._prompt = prompt
        self._texts = given
        self._packed: list[str] | None = None
        self._made = made
        self._told_apart: frozenset[tuple[str, str]] | None = None

    def holds(self, raw: str) -> bool:
        """Whether a call stands in one of the messages (space and a fence around it do not count)."""
        if not self._texts:
            return False
        if self._packed is None:
            self._packed = [_SPACE.sub("", text) for text in self._texts]
        call = _SPACE.sub("", _FENCE.sub("", raw.strip()))
        return bool(call) and any(call in text for text in self._packed)

    def repeats(self, calls: Sequence[Call]) -> bool:
        """Whether one of the calls was made since the user's last message."""
        if self._told_apart is None:  # most replies have no call in their text
            self._told_apart = frozenset(same_call(*one) for one in self._made)
        return any(
            isinstance(call, RecoveredCall) and same_call(call.name, call.arguments) in self._told_apart
            for call in calls
        )

    def weigh_alone(self, calls: Sequence[Call]) -> Reading:
        """Weigh a call that carries a marker and begins the reply: by the user's words alone.

        A model that was asked and sends the call alone means it, unless it is a call of this tool by name that the user
        wanted to see.
        """
        whole = all(isinstance(call, RecoveredCall) for call in calls)
        unsure = self.wishes.explicit or self.wishes.shown or self.hinted or self.doubts
        named = self.wishes.explicit and any(call.name in self._prompt for call in calls if call.name)
        return "doubt" if unsure and whole and not (self._asked and not named) else "run"

    def weigh_marked(self, calls: Sequence[Call], tail: str, *, doubtful: bool) -> Reading:
        """Weigh a call that carries a marker, by the end of the text before it.

        Args:
            calls: the calls.
            tail: the end of the text before them.
            doubtful: what stands behind them leaves doubt.
        """
        words, wishes = introduces_text(tail), self.wishes
        repeated = bool(tail.strip()) and self.repeats(calls)
        vague = wishes.shown or self.hinted
        surely = wishes.unsure or wishes.explicit
        unasked = self.doubts or (bool(tail.strip()) and (surely or (not acts(tail) and (repeated or vague))))
        whole = all(isinstance(call, RecoveredCall) for call in calls)
        if not (words or doubtful or (unasked and whole)):
            return "run"
        shown = words and (wishes.shown or wishes.held_back or repeated)
        return "doubt" if whole and not shown else "text"

    def weigh_lead(self, block: Block, tools: Toolbox) -> Reading | None:
        """Weigh a block by what stands before it; None if that speaks for a call."""
        if not block.lead:
            return "text" if block.alone and self.wishes.code else None
        if any(map(_has_placeholder, block.calls)):
            return "text"
        if self.repeats(block.calls) and not acts_again(block.tail):
            return self.weigh_doubt(block, tools) if acts(block.tail) else "text"
        long = len(block.lead) > MAX_LEAD
        doubtful = doubts_block(block.tail if long else block.lead) or (long and not acts(block.tail))
        if doubtful or block.alone or (self.wishes.json and not announces(block.lead)):
            return self.weigh_doubt(block, tools)
        return None

    def weigh_doubt(self, block: Block, tools: Toolbox) -> Reading:
        """In doubt only a call that could run is worth a question."""
        fits = all(isinstance(call, RecoveredCall) and tools.fits(call.name, call.arguments) for call in block.calls)
        return "doubt" if fits and not any(map(_has_placeholder, block.calls)) else "text"

    def weigh_rest(self, block: Block, rest: str, tools: Toolbox) -> Reading:
        """Weigh a block that `weigh_lead` left open by what stands behind it.

        Args:
            block: the block.
            rest: the text behind it, or a little more of it than may follow a call.
            tools: the bound tools.
        """
        if not rest.strip():
            return "run"
        if any(map(_has_placeholder, block.calls)) or (block.alone and not block.fenced) or self.repeats(block.calls):
            return "text"
        short = len(rest) <= MAX_FOLLOW_UP and (announces(block.lead) or promises(rest))
        if block.alone or self.wishes.json or doubts_what_stood(rest) or not (short or not block.lead):
            return self.weigh_doubt(block, tools)
        return "run"


def _has_placeholder(call: Call) -> bool:
    return isinstance(call, RecoveredCall) and is_placeholder(call.value)


def is_placeholder(value: Any) -> bool:
    """Whether something stands for a value, as where the form of a call is explained."""
    if isinstance(value, dict):
        return any(map(is_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(is_placeholder, value))
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value.strip()) is not None
