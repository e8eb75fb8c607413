"""Calls in the text of a reply: those recovered beside what the server parsed, and those that only stand there."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from graph.endpoint.arguments import is_whole
from graph.endpoint.recovery import RecoveredCall, recover, same_call
from graph.endpoint.recovery.intent import acts_again
from graph.endpoint.recovery.lookalikes import read_lookalikes
from graph.endpoint.recovery.markers import BY_OPENER
from graph.endpoint.recovery.react import read_actions
from graph.endpoint.recovery.situation import Situation, is_placeholder
from graph.endpoint.recovery.unmarked import UNMARKED
from graph.endpoint.reply import BrokenCall, Call, new_call_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.endpoint.expectation import Expectation
    from graph.endpoint.recovery import Recovery

_BESIDE = "it stands in the text beside another call, and may be an example: send it as a call, alone, if it is to run"

_BEGINS = re.compile(r"^[ \t\[,]*\{(?=\s*\")", re.MULTILINE)
"""An object at the beginning of a line, or of a list there."""

_ENDS = frozenset("}]")
_LINES = 64
_CHARS = 100_000
_TRIED = 8
"""How much is looked through for calls on a lead-in's line: lines that name a tool and end with a bracket, characters
of them together, brackets of each at which a call may begin."""

_NEXT = re.compile(r"[\s,;]*[{\[]")
_LOOSE = re.compile(r"'|,\s*[}\]]")
"""What JSON has not, and recovery reads: quotes of Python, and a comma too many."""

_OPENS = re.compile("|".join(re.escape(opener) for opener in BY_OPENER))
_FENCE = re.compile(r"\A`+\w*|`+\Z")
_LED_TO = re.compile(r"[:：](?:`+\w*)?\Z")
"""A colon before a call, which may be fenced; without space."""


def add_recovered(found: Recovery, calls: Sequence[Call], broken: Sequence[BrokenCall]) -> list[Call | BrokenCall]:
    """The calls that a reply has more than the server parsed, in order, the good ones first.

    What the server parsed as well counts once. Beside what it parsed, a call without a marker of its own may be part of
    what the text explains, and so may one in doubt beside any call, so it does not run: the model is told so as its
    result.

    Args:
        found: what was recovered.
        calls: what the server parsed.
        broken: what it parsed and cannot run.
    """
    parsed = {same_call(call.name, call.arguments) for call in calls}
    unsure = {call.name for call in broken}
    names = unsure | {call.name for call in calls}
    good: list[Call] = []
    bad: list[BrokenCall] = []
    for one in found.calls:
        if same_call(one.name, one.arguments) in parsed or one.name in unsure:
            continue
        if names and one.convention in UNMARKED:
            bad.append(BrokenCall(new_call_id(), one.name, one.arguments, _BESIDE))
        else:
            good.append(Call(new_call_id(), one.name, one.arguments))
    if good or names:  # else the whole reply is asked for again
        known = parsed | {same_call(call.name, call.arguments) for call in good}
        doubted = (one for one in found.doubt if same_call(one.name, one.arguments) not in known)
        bad += (BrokenCall(new_call_id(), one.name, one.arguments, _BESIDE) for one in doubted)
        lost = (one for one in found.broken if not names or (one.name is not None and one.name not in names))
        bad += (BrokenCall(new_call_id(), one.name or "unknown", one.raw, one.reason) for one in lost)
    return [*good, *bad]


def unrun(found: Recovery, calls: Sequence[Call], *, off: str) -> list[str]:
    """Why calls in the text did not run, in words.

    Args:
        found: what was recovered.
        calls: those of the reply that run.
        off: why none in the text may run; empty if they may.
    """
    reasons = [] if calls else [f"{one.name or 'a call'}: {one.reason}" for one in found.broken]
    reasons += [f"{one.name}: its arguments are not JSON" for one in found.calls if not is_whole(one.arguments)]
    return reasons + [f"{one.name}: {off}" for one in found.calls if off]


@dataclass(frozen=True, slots=True)
class Shown:
    """Calls that stand in the text of a reply in which none was made.

    Attributes:
        names: their tools.
        meant: they may be meant, so that the model is to be asked; else a notice is enough.
        calls: those of them that could run as they stand.
    """

    names: tuple[str, ...] = ()
    meant: bool = False
    calls: tuple[RecoveredCall, ...] = ()

    @property
    def why(self) -> str:
        """What the model is to be asked about, in words behind `it`; empty if a notice is enough."""
        if not (self.names and self.meant):
            return ""
        return f"it shows a call of {' and '.join(self.names)}, which may be meant or an example, and nothing ran"


def shown_in(text: str, expect: Expectation) -> Shown:
    """The calls in a text that recovery left there without a doubt, so that none is left unsaid.

    They stand on the line of their lead-in, at the end, where a line break more would have made them calls, in the form
    of ReAct or in one of no model (`lookalikes`), or with a bracket more or less; or the user's words asked for an
    example, a form or a plan. Where these words do not name a call, it may still be meant: `Give me an example of
    addition: use add on 1 and 2.` What repeats a call that was made is none; one with a marker that the reply quotes is
    told. Of the calls in a
    message only one that the user's last words end with may be meant (`Run this: …`), and only as the whole reply.

    Args:
        text: the whole text.
        expect: how the reply is read.
    """
    if not _names_tool(text, expect):
        return Shown()
    wishes, line = expect.wishes, text.rstrip().rpartition("\n")[2]
    led_to = _led_to(line, expect, expect.prompt)
    if led_to or (wishes.shown and not wishes.explicit and (led_to := _led_to(line, expect, ""))):
        return Shown(names_of(led_to), meant=True, calls=tuple(led_to))
    if names := _as_action(text, expect) or _unclean(text, expect):
        return Shown(names, meant=not wishes.explicit)
    if (alike := _lookalike(text, expect)).meant:
        return alike
    if (wishes.shown or wishes.explicit) and (calls := _calls_of(text, expect, expect.given)):
        return Shown(names_of(calls), meant=not wishes.explicit, calls=calls)
    held = _calls_of(text, expect, ()) if expect.given else ()
    if not held and not alike.names:
        alike = Shown(names_of(_quoted(text, expect)))
    given = bool(held) and not wishes.explicit and _is_given_by_user(text, expect)
    return Shown(names_of(held), meant=given, calls=held) if held else alike


def _is_given_by_user(text: str, expect: Expectation) -> bool:
    """Whether a text is nothing but calls that the user's last message leads to and ends with.

    One that stands in an earlier message, a tool's result above all, may have been planted there.
    """
    prompt, call = ("".join(one.split()) for one in (expect.prompt, _FENCE.sub("", text.strip())))
    before, given, behind = prompt.rpartition(call)
    if not call or not given or behind.strip("`") or not _LED_TO.search(before):
        return False
    others = [one for one in expect.given if one != expect.prompt]
    found = recover(text, expect.tools, made=expect.made)
    return bool(found.calls) and not found.content.strip() and not Situation("", others, ()).holds(text)


def _names_tool(text: str, expect: Expectation) -> bool:
    loose = _folded(text)
    return any(_folded(name) in loose for name in expect.tools)


def _folded(text: str) -> str:
    return text.lower().replace("-", "_")


def _calls_of(text: str, expect: Expectation, given: Sequence[str]) -> tuple[RecoveredCall, ...]:
    """The calls that a text would make whatever the user had asked for."""
    found = recover(text, expect.tools, given=given, made=expect.made)
    return (*found.calls, *found.doubt)


def _quoted(text: str, expect: Expectation) -> list[RecoveredCall]:
    """The calls with a marker that words around them make a quotation; none that was made, since that is told again."""
    made = {same_call(*one) for one in expect.made}
    for begin in islice(_OPENS.finditer(text), _TRIED):
        calls = recover(text[begin.start() :], expect.tools).calls
        fresh = (one for one in calls if same_call(one.name, one.arguments) not in made)
        if told := [one for one in fresh if not is_placeholder(one.value)]:
            return told
    return []


def names_of(calls: Sequence[RecoveredCall]) -> tuple[str, ...]:
    """The tools of calls, each once."""
    return tuple(dict.fromkeys(call.name for call in calls))


def _as_action(text: str, expect: Expectation) -> tuple[str, ...]:
    """The tools of calls in the form of ReAct that would be calls in another one."""
    names: dict[str, None] = {}
    for passage, name, arguments in read_actions(text, expect.tools):
        if any(passage in one for one in expect.given):
            continue
        call = json.dumps({"name": name, "arguments": arguments})
        if recover(call, expect.tools, given=expect.given, made=expect.made).calls:
            names[name] = None
    return tuple(names)


def _lookalike(text: str, expect: Expectation) -> Shown:
    """The calls in a form of no model that end a text.

    One that was asked for as text, or stands in a message, is not asked about, and neither is one that was made: alone
    in a reply it is told, and behind other words it is a recap.
    """
    situation = Situation(expect.prompt, expect.given, expect.made, tools=tuple(expect.tools))
    wishes = situation.wishes
    meant: dict[str, None] = {}
    told: dict[str, None] = {}
    for one in read_lookalikes(text, expect.tools):
        call = RecoveredCall(one.name, one.arguments, "lookalike")
        if one.arguments and is_placeholder(call.value):
            continue
        repeated = bool(one.arguments) and situation.repeats([call]) and not acts_again(one.lead)
        if repeated and one.lead:
            continue
        asked_for = wishes.explicit or (wishes.code and one.code)
        (told if repeated or asked_for or situation.holds(one.passage) else meant)[one.name] = None
    return Shown(tuple(meant or told), meant=bool(meant))


def _unclean(text: str, expect: Expectation) -> tuple[str, ...]:
    """The tools of whole calls at the beginning of a line that something unreadable is joined to, as a bracket more."""
    names: dict[str, None] = {}
    for begin in _BEGINS.finditer(text):
        with suppress(ValueError, RecursionError):
            call, _ = json.JSONDecoder().raw_decode(text, begin.end() - 1)
            example = f"For example:\n{json.dumps(call)}"
            found = recover(example, expect.tools, given=expect.given, made=expect.made)
            names |= dict.fromkeys(one.name for one in found.doubt)
    return tuple(names)


def beside_their_leads(text: str, expect: Expectation) -> tuple[RecoveredCall, ...]:
    """The calls that end a line on which their lead-in stands, in a text that had other calls: they are in doubt."""
    told: list[RecoveredCall] = []
    left = _CHARS
    for line in islice((one for one in text.split("\n") if _may_lead(one, expect)), _LINES):
        left -= len(line)
        if left < 0:
            break
        told += _led_to(line, expect, expect.prompt)
    return tuple(told)


def _may_lead(line: str, expect: Expectation) -> bool:
    return line.rstrip()[-1:] in _ENDS and ("{" in line or "[" in line) and _names_tool(line, expect)


def _led_to(line: str, expect: Expectation, prompt: str) -> list[RecoveredCall]:
    line = line.rstrip()
    if len(line) > _CHARS or not _may_lead(line, expect):
        return []
    for begin in islice(re.finditer(r"[{\[]", line), _TRIED):
        tail = line[begin.start() :]
        if not line[: begin.start()].strip() or not _ends_line(tail):
            continue
        found = recover(tail, expect.tools, prompt=prompt, given=expect.given, made=expect.made)
        if found.calls and not found.content.strip():
            whole = [call for call in found.calls if isinstance(call, RecoveredCall)]
            return [call for call in whole if not is_placeholder(call.value)]
    return []


def _ends_line(tail: str) -> bool:
    """Whether what begins with a bracket may be calls to the end of the line: values of JSON are, or `[add(a=1)]`."""
    if tail[0] == "[" and "(" in tail:
        return True
    with suppress(ValueError, RecursionError):
        end = json.JSONDecoder(strict=False).raw_decode(tail)[1]
        return end == len(tail) or _NEXT.match(tail, end) is not None
    return _LOOSE.search(tail) is not None
