"""What the user asked for: something done, or a call shown, so that a call in the reply is the answer itself.

The words of English and simplified Chinese stand in `wish_words`, those of other languages in `languages`. What they
decide is left to `situation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from graph.endpoint.recovery.languages import ends_of, fold, says
from graph.endpoint.recovery.wish_words import (
    ASKS_ABOUT_CALLS,
    ASKS_FOR_CALL,
    ASKS_FOR_CODE,
    ASKS_FOR_FORM,
    ASKS_FOR_JSON,
    ASKS_FOR_PLAN,
    ASKS_WHAT_WAS,
    FORBIDS,
    FORBIDS_IT,
    FORBIDS_THING,
    GOES_AHEAD,
    HINTS,
    IS_ASKED,
    QUOTED,
    RELAYS,
    TASKS,
)

if TYPE_CHECKING:
    import re

_MAX_PROMPT = 6000
_MIN_UNQUOTED = 12


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user asked for.

    Attributes:
        shown: something as text that a call may be, or be part of: an example, a sample, a form, a code block.
        explicit: a call as text, in words that leave no doubt; else a call that is shown may be meant all the same.
        held_back: that nothing runs: a plan, a dry run, what was called before.
        unsure: perhaps that: in words that go with other things, too, or in a message for somebody.
        about_calls: tool calls as such, so that even marked ones in an explanation are examples.
        json: an answer in JSON.
        code: code.
    """

    shown: bool
    explicit: bool
    held_back: bool
    unsure: bool
    about_calls: bool
    json: bool
    code: bool


@lru_cache(maxsize=16)  # the prompt is the same in every turn of a run, and a long one takes milliseconds
def wishes_of(prompt: str) -> Wishes:
    """What a prompt asks for."""
    text = prompt
    if len(prompt) > _MAX_PROMPT:  # people say what they want at the beginning and at the end
        text = prompt[: _MAX_PROMPT // 2] + "\n" + prompt[-_MAX_PROMPT // 2 :]
    text = fold(text)
    said = _unquoted(text)
    call = bool(ASKS_FOR_CALL.search(said)) or says("call", said)
    about_calls = bool(ASKS_ABOUT_CALLS.search(text))
    tasks = _ends(TASKS, said)
    plan = _asks_only_for_plan(said)
    firm = bool(FORBIDS.search(said)) or says("forbids", said) or (plan > 0 and plan >= max(tasks, default=0))
    loose = plan > 0 or any(pattern.search(said) for pattern in (FORBIDS_IT, ASKS_WHAT_WAS))
    unsure = bool(HINTS.search(text)) or says("hints", text) or (not tasks and bool(FORBIDS_THING.search(said)))
    held_back = firm or loose
    if tasks and not firm and not (call and loose):
        unsure = unsure or call or about_calls or loose
        call = about_calls = held_back = False
    if (held_back or call) and (RELAYS.search(text) or says("relays", text)):
        call, held_back, unsure = False, False, True
    form = bool(ASKS_FOR_FORM.search(text)) or says("example", text)
    json, code = bool(ASKS_FOR_JSON.search(text)), bool(ASKS_FOR_CODE.search(text))
    explicit = call or held_back or about_calls
    return Wishes(call or form or unsure, explicit, held_back, unsure and not explicit, about_calls, json, code)


def _unquoted(text: str) -> str:
    """A prompt without what it quotes, if there is more than that."""
    rest = QUOTED.sub(" ", text)
    return rest if len(rest.strip()) >= _MIN_UNQUOTED else text


def _asks_only_for_plan(text: str) -> int:
    """Where a prompt asks what the model would do, if it does not go on to say that it is to do it; else 0."""
    plans = [*_ends(ASKS_FOR_PLAN, text), *ends_of("plans", text)]
    if not plans:
        return 0
    acts = (end for end in (*_ends(GOES_AHEAD, text), *ends_of("goes_ahead", text)) if not IS_ASKED.match(text, end))
    return max(plans) if max(plans) >= max(acts, default=0) else 0


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [found.end() for found in pattern.finditer(text)]
