"""What a loop needs to ask the model in a word whether calls that a reply shows are to run, and to heed the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import recover, same_call
from graph.endpoint.recovery.situation import is_placeholder
from graph.endpoint.run_or_text import BESIDE, DOUBTED

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.endpoint.expectation import Expectation
    from graph.endpoint.leaks import Shown

_BLOCK = re.compile(r"^```\w*\n.*?^```$", re.DOTALL | re.MULTILINE)


def asked_about(shown: Shown, held: str, expect: Expectation) -> dict[str, Any]:
    """The calls in question, each once and none with a placeholder, and the text beside them, as metadata of the reply.

    Args:
        shown: the calls that its text shows.
        held: what is held back of the text: that from the first of them on.
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
    beside = _without(calls.keys(), held, expect)
    return {DOUBTED: list(calls.values())} | ({BESIDE: beside} if beside else {})


def _without(calls: Collection[tuple[str, str]], text: str, expect: Expectation) -> str:
    """What a text says beside calls; which, `same_call` names them."""

    def holds_only_these(passage: str) -> bool:
        found = recover(passage, expect.tools, asked=True).calls
        return bool(found) and {same_call(one.name, one.arguments) for one in found} <= set(calls)

    rest = _BLOCK.sub(lambda block: "" if holds_only_these(block[0]) else block[0], text)
    return (recover(rest, expect.tools, asked=True).content if holds_only_these(rest) else rest).strip()
