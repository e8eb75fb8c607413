"""Calls in a form that no model was trained to write, such as `Action: f(a=1)`, `<f><a>1</a></f>` or `{"f": {"a": 1}}`.

They do not run: what was written was no request of a known kind. But a reply that ends in one is not an answer either,
so the model is asked what it meant. Since a question costs a request, one counts only where it is the whole reply, or
stands at its end with nothing before it but a lead, and where its arguments are whole and fit the tool. All of this is
read in time that grows with the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.recovery.intent import (
    MAX_FOLLOW_UP,
    MAX_LEAD,
    acts,
    doubts_block,
    doubts_what_stood,
    opens_quote,
    promises,
)
from graph.endpoint.recovery.lookalike_forms import LABELLED, read_form
from graph.endpoint.recovery.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_PLACES: Final = 24
_MAX_CALLS: Final = 16
_THOUGHT: Final = re.compile(r"\A\s*<(thinking|thought|reasoning|reflection|plan)>.*?</\1>\s*", re.DOTALL)
_THINKS: Final = re.compile(r"^\**(?:Thought|思考)\**[ \t]*[:：]", re.IGNORECASE | re.MULTILINE)
_PLACE: Final = re.compile(r"(?:\A|\n)\s*(?=\S)|[:：][ \t]*(?=[^\s:：])")
_WORD: Final = re.compile(r"(?<![\w.])[^\W\d][\w.\-]*\w|(?<![\w.])[^\W\d]")
_CONDITION: Final = re.compile(r"\b(?:if|whether|unless|let\s+me\s+know)\b|如果|是否|要不要", re.IGNORECASE)
_ITEM: Final = re.compile(r"[\-*+>|•][ \t]|\d+[.)][ \t]|\|")
_HOLDS_FORM: Final = re.compile(r"```|[{}]|^[ \t]*[<|]", re.MULTILINE)
_CLOSERS: Final = re.compile(r"(?:[\s)\]}>;,.`*'\"“”。]|</[\w:.\-]+>|\[/?[\w ]+\]|<\|\w+\|>)*+")
_OBSERVED: Final = re.compile(r"\**(?:Observation|观察)", re.IGNORECASE)
_CODE: Final = re.compile(r"[ \t]*(?:#.*|//.*|(?:[\w, ]+=[ ]*)?(?:await )?[\w.]+\(.*\);?[ \t]*)?")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """What looks like a call.

    Attributes:
        passage: the text from the call to the end of the reply.
        lead: the text before it.
        name: the tool.
        arguments: JSON text of its arguments; empty where they are written in a way not to be read.
        code: it is written as code.
    """

    passage: str
    lead: str
    name: str
    arguments: str
    code: bool


class _LooseToolbox(Toolbox):
    """The bound tools, also by names that differ in case, in `-` for `_`, or by what is put before them."""

    def resolve(self, name: str) -> str | None:
        """The bound name that a written name stands for; one without a `_` is too often a word."""
        bare = re.sub(r"\A(?:mcp__\w+?__|\w+\.)", "", name.strip()).replace("-", "_").lower()
        found = super().resolve(name)
        return found or next(
            (one for one in self._tools if "_" in bare and one.replace("-", "_").lower() == bare), None
        )


def read_lookalikes(text: str, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[Lookalike]:
    """Yield the calls that end a reply in an unusual form.

    Args:
        text: the whole text.
        tools: the bound tools: name to the JSON Schema of the parameters.
    """
    text = _THOUGHT.sub("", text).strip()
    box = _LooseToolbox(tools)
    for place in _places(text, box):
        lead = text[:place].strip()
        if _ITEM.match(text, place) or not (
            _leads(lead, apart=text.endswith("\n\n", 0, place) and text[place] in "<{`") or _is_step(text, place, lead)
        ):
            continue
        calls = _read_to_end(text, place, box)
        if lead and not acts(lead):  # a bare `f()` may be a mention
            calls = [call for call in calls if call[1] != "{}"]
        if calls:
            yield from (Lookalike(text[place:], lead, *one) for one in calls)
            return


def _places(text: str, tools: Toolbox) -> list[int]:
    """Where a call may begin: at a line, behind a colon, at a name that the model says it is about to call."""
    places = [found.end() for found in _PLACE.finditer(text[: MAX_LEAD + 1])][:_MAX_PLACES]
    for word in _WORD.finditer(text[: MAX_LEAD + 1]):
        if tools.resolve(word[0]):
            start = word.start() - text[: word.start()].endswith(("`", '"', "*"))
            lead = text[:start]
            announced = len(places) < 2 * _MAX_PLACES and acts(lead) and not _CONDITION.search(lead)
            places += [start] if announced else []
    if len(text) > MAX_LEAD:
        places += [text.rfind("\n\n") + 2, text.rfind("\n") + 1]
        opened = text.rfind("\n```", 0, max(text.rfind("\n```"), 0))
        places += [opened + 1] if opened > 0 else []
    return sorted(place for place in set(places) if place < len(text))


def _is_step(text: str, place: int, lead: str) -> bool:
    """Whether a call is the last line of a step of ReAct, whose thought may be long."""
    return bool(LABELLED.match(text, place) and _THINKS.search(lead)) and lead.count("```") % 2 == 0


def _leads(lead: str, *, apart: bool = False) -> bool:
    """Whether a text only leads to a call, so that what stands behind it, apart or not, may be meant."""
    if not lead:
        return True
    if len(lead) > MAX_LEAD:
        end = lead[-MAX_LEAD:]
        return (acts(lead) or apart) and not doubts_block(end) and lead.count("```") % 2 == 0
    return not (_HOLDS_FORM.search(lead) or doubts_block(lead) or opens_quote(lead))


def _read_to_end(text: str, at: int, tools: Toolbox) -> list[tuple[str, str, bool]]:
    """The calls from a place on, if nothing else follows them."""
    found: list[tuple[str, str, bool]] = []
    block = text[at] in "`{["
    while form := read_form(text, at, tools):
        found += [(*call, form.code) for call in form.calls]
        closers = _CLOSERS.match(text, form.end)
        at = closers.end() if closers else form.end
        if at == len(text) or len(found) > _MAX_CALLS or _ends(text, at, block=block and not form.code):
            return found
    code = bool(found) and found[-1][2] and all(_CODE.fullmatch(line) for line in text[at:].splitlines())
    return found if code else []


def _ends(text: str, at: int, *, block: bool) -> bool:
    """Whether what follows is made up, or says what comes next; behind an object, anything short that is no doubt."""
    if _OBSERVED.match(text, at):
        return True
    rest = text[at:]
    return len(rest) <= MAX_FOLLOW_UP and (block or promises(rest)) and not doubts_what_stood(rest)
