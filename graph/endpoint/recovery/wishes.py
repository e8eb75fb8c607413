"""What the user asked for: something done, or a call shown, so that a call in the reply is the answer itself.

The words of English and simplified Chinese stand in `wish_words`, those of other languages in `languages`. What they
decide is left to `situation`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from graph.endpoint.recovery.hint_words import EVERYDAY, IS_AN_ORDER, SPEAKS_OF_TEXT
from graph.endpoint.recovery.languages import ends_of, fold, says
from graph.endpoint.recovery.wish_words import (
    ASKS_ABOUT_CALLS,
    ASKS_FOR_CALL,
    ASKS_FOR_CODE,
    ASKS_FOR_FORM,
    ASKS_FOR_JSON,
    ASKS_FOR_PLAN,
    ASKS_HOW,
    ASKS_WHAT_WAS,
    CONVERTS,
    FORBIDS,
    FORBIDS_IT,
    FORBIDS_THING,
    FORMATS,
    GOES_AHEAD,
    HINTS,
    IN_A_FILE,
    IS_ASKED,
    IS_THE_MEANS,
    MEANS_A_CALL,
    ORDERS,
    QUOTED,
    RELAYS,
    SPEAKS_OF_TOOLS,
    TASKS,
)

_MAX_PROMPT = 6000
_MIN_UNQUOTED = 12
_LAST_CHARS = 60
_TELLS = r"(?:return|rais|fail|throw|giv|do(?:es)?\b|is\b|was\b|ha[sd]|crash|break|can|take|stop)"
"""What follows the name of a tool that is spoken of."""

_USES = r"(?:\b(?:call|invoke|use)\s+(?:the\s+)?|(?:调用|使用|用)\s*)[\"'`]?"
_USED = r"[\"'`]?(?=\s*(?:[?.!,;:？。！，]|\Z)|\s+(?:tool|function|with|for|to|from|on|in)\b|\s*(?:工具|函数))"

_IDENTIFIER = re.compile(r"[_\-.\d]|[a-z][A-Z]")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user asked for.

    Attributes:
        shown: something as text that a call may be, or be part of: an example, a sample, a form, a code block.
        explicit: a call as text, in words that leave no doubt; else a call that is shown may be meant all the same.
        held_back: that nothing runs: a plan, a dry run, what was called before.
        unsure: perhaps that: in words that go with other things, too, or in a message for somebody.
        about_calls: tool calls as such, so that even marked ones in an explanation are examples.
        hinted: perhaps a call as text, in words that go with anything: a call without a marker may be that.
        json: an answer in JSON.
        code: code.
    """

    shown: bool
    explicit: bool
    held_back: bool
    unsure: bool
    about_calls: bool
    hinted: bool
    json: bool
    code: bool

    @property
    def may_be_text(self) -> bool:
        """Whether it may be the text of a call, so that only the model knows what a call in its reply is."""
        return not self.held_back and (self.shown or self.explicit or self.hinted or self.json or self.code)


_SPACES = re.compile(r"\s{2,}")
"""Many in a row would be looked through from each one of them on."""


def _one_space(spaces: re.Match[str]) -> str:
    return "\n" if "\n" in spaces[0] else " "


@lru_cache(maxsize=64)  # the prompt is the same in every turn of a run, and a long one takes milliseconds
def wishes_of(prompt: str, tools: tuple[str, ...] = ()) -> Wishes:
    """What a prompt asks for.

    Args:
        prompt: the user's last message.
        tools: the names of the bound tools, since data in which one is named may be a call in another form.
    """
    text = prompt = _SPACES.sub(_one_space, prompt)
    if len(prompt) > _MAX_PROMPT:  # people say what they want at the beginning and at the end
        text = prompt[: _MAX_PROMPT // 2] + "\n" + prompt[-_MAX_PROMPT // 2 :]
    text = fold(text)
    said = _unquoted(text)
    call, how = bool(ASKS_FOR_CALL.search(said)) or says("call", said), bool(ASKS_HOW.search(said))
    of_tools = SPEAKS_OF_TOOLS.search(said) is not None or not tools or _names(tools, said) or _is_used(tools, said)
    call = call or (how and of_tools)
    about_calls = bool(ASKS_ABOUT_CALLS.search(text))
    in_a_file = bool(IN_A_FILE.search(said)) and not (MEANS_A_CALL.search(said) or _names(tools, said))
    apart, converted = _conversion(text, tools)
    call = call or converted
    tasks = _ends(TASKS, QUOTED.sub(" ", apart) if converted else said)
    plan = _asks_only_for_plan(said)
    firm = bool(FORBIDS.search(said)) or says("forbids", said) or (plan > 0 and plan >= max(tasks, default=0))
    loose = plan > 0 or any(pattern.search(said) for pattern in (FORBIDS_IT, ASKS_WHAT_WAS))
    unsure = bool(HINTS.search(text)) or says("hints", text) or (not tasks and bool(FORBIDS_THING.search(said)))
    held_back = firm or loose
    if (tasks or (in_a_file and not loose)) and not firm and not (call and loose):
        unsure = unsure or call or about_calls or loose
        call = about_calls = held_back = False
    if (held_back or call) and (RELAYS.search(text) or says("relays", text)):
        call, held_back, unsure = False, False, True
    form = how or bool(ASKS_FOR_FORM.search(text)) or says("example", text)
    json, code = bool(ASKS_FOR_JSON.search(text)), bool(ASKS_FOR_CODE.search(text))
    hinted = bool(SPEAKS_OF_TEXT.search(text) or (not json and FORMATS.search(text))) or _names_a_tool(text, tools)
    hinted = hinted or bool(EVERYDAY.search(text) and not IS_AN_ORDER.search(text))
    explicit = call or held_back or about_calls
    shown = call or form or unsure
    return Wishes(shown, explicit, held_back, unsure and not explicit, about_calls, hinted, json, code)


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


def _conversion(text: str, tools: tuple[str, ...]) -> tuple[str, bool]:
    """Whether a prompt wants a call that it holds in another form: the text without that wish, and whether it does.

    `Convert to JSON: send_mail(to='bob@example.com')`. Data that names no tool may be a matter to look up, and a tool
    that is named otherwise may be there for the data: `Parse this JSON and pass it to save_record: …`.
    """
    found = CONVERTS.search(text)
    if found is None or not FORMATS.search(text):
        return text, False
    data = text[found.end() :]
    if GOES_AHEAD.search(data) or not any(_is_called(tool, data) for tool in tools):
        return text, False
    return f"{text[: found.start()]} ~ {data}", True


def _is_called(tool: str, data: str) -> bool:
    """Whether data are a call of a tool: they look like one, or begin with its name, if that is no everyday word."""
    name = re.escape(fold(tool))
    begins = r"(?:call\s+|调用\s*)" + ("?" if _IDENTIFIER.search(tool) else "")
    alike = rf"""(?:\A|[:：\n])[\s"'`“]*{begins}{name}(?!\w)(?!\s+{_TELLS})
        | (?<!\w){name}(?:\s*\(|["'`]|\s+(?:called|invoked|tool|function|call)\b)
        | \bname["']?\s*[:=]?\s*["']?{name}(?!\w) | \b(?:tool|function)\s*["'`]?{name}(?!\w)"""
    return any(not _is_means(found[0], tool, data[: found.end()]) for found in re.finditer(alike, data, re.VERBOSE))


def _is_means(passage: str, tool: str, text: str) -> bool:
    """Whether a tool's name at the end of a text is there for what is to be done with data."""
    before = text[: len(text) - len(passage) + passage.find(fold(tool))]
    return IS_THE_MEANS.search(before[-_LAST_CHARS:]) is not None


def _names(tools: tuple[str, ...], text: str) -> bool:
    """Whether a text names a tool as programs do; one with the name of an everyday word may be anything."""
    return any(re.search(rf"(?<!\w){re.escape(fold(tool))}(?!\w)", text) for tool in filter(_IDENTIFIER.search, tools))


def _is_used(tools: tuple[str, ...], text: str) -> bool:
    """Whether a text speaks of the use of a tool, whatever its name: `call add?`, but not `use the search bar`."""
    return any(re.search(rf"{_USES}{re.escape(fold(tool))}{_USED}", text) for tool in tools)


def _names_a_tool(text: str, tools: tuple[str, ...]) -> bool:
    """Whether a prompt names a tool as programs do, and does not say that it is to be used."""
    for tool in filter(_IDENTIFIER.search, tools):
        for found in re.finditer(rf"(?<!\w){re.escape(fold(tool))}(?!\w)", text):
            if not ORDERS.search(text[max(0, found.start() - _LAST_CHARS) : found.start()]):
                return True
    return False


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [found.end() for found in pattern.finditer(text)]
