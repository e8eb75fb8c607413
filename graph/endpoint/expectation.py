"""What is known of a reply before it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.notes import asks_what_is_meant, is_note
from graph.endpoint.outgoing.call_ids import ids_in
from graph.endpoint.outgoing.messages import flatten
from graph.endpoint.recovery.wishes import Wishes, wishes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.endpoint.profile import Profile

MAX_REASONING_CHARS = 4_000_000
"""About a million tokens: more than any model thinks, or says where no cap is set, and what an endless loop reaches."""

_CHARS_PER_TOKEN: Final = 16
_EARLIER: Final = 3
_SLACK_CHARS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Doubts:
    """What a loop does about a call in doubt, one that may be meant or an example.

    Attributes:
        asks: it asks the model, so that what stands from there on is held back.
        hints: vague words of the user put a call in doubt, too.
        awaits_word: it has asked, and for a word: RUN or TEXT.
    """

    asks: bool = False
    hints: bool = False
    awaits_word: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known before a reply comes, and how to read it.

    Attributes:
        tools: JSON Schemas of the parameters of the tools offered, by name.
        taken_ids: ids of the thread's earlier calls, and what they were told by in the request.
        reasoning_fields: the fields in which reasoning may come.
        thinking_tags: look for `<think>` in the text.
        thinking_opened: the template opens the block itself.
        recover: recover calls from the text.
        needs_end: no call of a reply that broke off may run, since the wire tells how each reply ended (Responses).
        may_call: False if `tool_choice` is `none`: a call that comes all the same must not run.
        prompt: the user's last words, which recovery weighs (did the user ask for an example?).
        given: what users and tools said in the request: a call that stands in it word for word is a quotation.
        made: the calls since the user's last words: names and the text of their arguments.
        asked: the model was asked what it meant by its last reply.
        max_chars: past this many characters of text and arguments the reply has overrun every cap.
        max_reasoning_chars: the same for reasoning, which not every cap counts (DashScope: WIRE.md, A1.5).
        several: more than one reply was asked for (`n`); the first one counts.
        doubts: what is done about calls in doubt.
        instructions: what the thread begins with, if it is no message of the user.
        before: the last messages of the user before the latest one.
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
    asked: bool = False
    max_chars: int = 1_000_000
    max_reasoning_chars: int = MAX_REASONING_CHARS
    several: bool = False
    doubts: Doubts = field(default_factory=Doubts)
    instructions: str = ""
    before: tuple[str, ...] = ()

    @property
    def wishes(self) -> Wishes:
        """What the user asked for."""
        return wishes_of(self.prompt, tuple(self.tools))

    @property
    def hinted(self) -> bool:
        """Whether vague words may ask for the text of a call: the user's last ones, or what was said before them."""
        if not self.doubts.hints:
            return False
        names = tuple(self.tools)
        earlier = (wishes_of(text, names) for text in self.before)
        return (
            self.wishes.hinted
            or wishes_of(self.instructions, names).held_back
            or any(one.explicit or (one.shown and not one.unsure) for one in earlier)
        )

    @property
    def may_be_text(self) -> bool:
        """Whether the user may want the text of a call, so that only the model knows what a call in its reply is."""
        return not self.wishes.held_back and (self.wishes.may_be_text or self.hinted)


def expect(
    messages: Sequence[Mapping[str, Any]],
    sent: Mapping[str, Any],
    profile: Profile,
    *,
    tool_choice: object,
    cap: int,
    recover: bool,
    doubts: Doubts,
) -> Expectation:
    """What is known of the reply to a request.

    Args:
        messages: the thread in the standard's form.
        sent: the request as it went to the endpoint.
        profile: what the request was made by.
        tool_choice: what was asked for, before it was lowered.
        cap: the cap on the reply, in tokens, also where the endpoint takes none; 0: none was asked for.
        recover: recover calls from the text.
        doubts: what is done about calls in doubt.
    """
    tools = {
        tool["function"]["name"]: tool["function"].get("parameters") or {}
        for tool in sent.get("tools", ())
        if isinstance(tool.get("function"), dict) and tool["function"].get("name")
    }
    said = [one for one in messages if one["role"] != "user" or not is_note(flatten(one.get("content")))]
    last = next((at for at in reversed(range(len(said))) if said[at]["role"] == "user"), None)
    prompt = "" if last is None else flatten(said[last].get("content"))
    last_words = flatten(messages[-1].get("content")) if messages else ""
    asked = asks_what_is_meant(last_words)  # a call that the model sends alone is meant then, by all but plain words
    return Expectation(
        tools=tools,
        taken_ids=frozenset(ids_in([*messages, *sent["messages"]])),
        reasoning_fields=profile.reasoning_fields,
        thinking_tags=profile.thinking_tags_in_content is not False,
        thinking_opened=profile.thinking_opened,
        recover=recover,
        may_call=tool_choice != "none",
        prompt="" if asked and not wishes_of(prompt, tuple(tools)).explicit else prompt,
        asked=asked,
        given=tuple(flatten(one.get("content")) for one in said if one["role"] in {"user", "tool"}),
        made=tuple(
            (str(call["function"]["name"]), str(call["function"].get("arguments") or ""))
            for one in said[0 if last is None else last :]
            for call in one.get("tool_calls") or ()
            if isinstance(call.get("function"), dict)
        ),
        max_reasoning_chars=MAX_REASONING_CHARS,
        several=sent.get("n") not in {None, 1},
        doubts=doubts,
        instructions=flatten(said[0].get("content")) if doubts.hints and said and said[0]["role"] != "user" else "",
        before=_before(said[: last or 0]) if doubts.hints else (),
        max_chars=_SLACK_CHARS + _CHARS_PER_TOKEN * cap if cap else MAX_REASONING_CHARS,
    )


def _before(said: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    users = islice((one for one in reversed(said) if one["role"] == "user"), _EARLIER)
    return tuple(flatten(one.get("content")) for one in users)
