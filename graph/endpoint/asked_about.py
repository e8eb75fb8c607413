"""What a loop needs to ask the model in a word whether calls that a reply shows are to run, and to heed the answer."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import recover, same_call
from graph.endpoint.recovery.situation import is_placeholder
from graph.endpoint.run_or_text import BESIDE, DOUBTED

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.endpoint.expectation import Expectation
    from graph.endpoint.leaks import Shown

_GAPS = re.compile(r"\n{3,}")
_LINE = re.compile(r"^.*[{\[].*[}\]][ \t]*$", re.MULTILINE)
_LINES = 64
_TRIED = 8
"""Lines with a bracket at their end that are looked at, and brackets of each at which a call may begin."""

_BLOCK = re.compile(r"^[ \t]*```\w*\n.*?^[ \t]*```$", re.DOTALL | re.MULTILINE)
_BEGINS = re.compile(r"^[ \t]*[{\[]", re.MULTILINE)


def asked_about(shown: Shown, text: str, expect: Expectation) -> dict[str, Any]:
    """The calls in question, each once and none with a placeholder, and the text beside them, as metadata of the reply.

    Args:
        shown: the calls that its text shows.
        text: the text, with what is held back of it.
        expect: how it is read.

    Returns:
        Nothing, where it is not to be asked in a word: the loop does not ask, or the user's words leave no doubt that
        a call is to run.
    """
    if not (shown.why and shown.calls and expect.doubts.asks and expect.may_be_text):
        return {}
    calls = {
        same_call(call.name, call.arguments): {"name": call.name, "arguments": call.arguments}
        for call in shown.calls
        if not is_placeholder(call.value)
    }
    if not calls:
        return {}
    return {DOUBTED: list(calls.values()), BESIDE: _without(calls.keys(), text, expect)}


def _without(calls: Collection[tuple[str, str]], text: str, expect: Expectation) -> str:
    """What a text says beside calls; which, `same_call` names them."""

    def holds_only_these(passage: str) -> bool:
        found = recover(passage, expect.tools, asked=True).calls
        return bool(found) and {same_call(one.name, one.arguments) for one in found} <= set(calls)

    def without_objects(text: str) -> str:
        for begin in reversed([*islice(_BEGINS.finditer(text), _LINES)]):
            with suppress(ValueError, RecursionError):
                end = json.JSONDecoder(strict=False).raw_decode(text, begin.end() - 1)[1]
                if holds_only_these(text[begin.end() - 1 : end]):
                    text = text[: begin.start()] + text[end:]
        return text

    def without_end(line: re.Match[str]) -> str:
        for begin in islice(re.finditer(r"[{\[]", line[0]), _TRIED):
            if holds_only_these(line[0][begin.start() :]):
                return line[0][: begin.start()].rstrip()
        return line[0]

    text = _BLOCK.sub(lambda block: "" if holds_only_these(block[0]) else block[0], text)
    if holds_only_these(text):
        text = recover(text, expect.tools, asked=True).content
    else:
        text = _LINE.sub(without_end, without_objects(text), count=_LINES)
    return _GAPS.sub("\n\n", text).strip()
