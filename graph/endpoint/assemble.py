"""One reply out of events, plain or streamed: text, reasoning, calls, usage, and whether it counts.

This is done before LangChain merges chunks, since its merge sums usage that is cumulative, doubles names that are
repeated, and loses arguments of calls that share an index (WIRE.md, B4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.endpoint.arguments import Joined, is_whole, seal
from graph.endpoint.asked_about import asked_about
from graph.endpoint.calls import CallAssembler
from graph.endpoint.calls_in_text import CallsInText
from graph.endpoint.closing import is_mentioned
from graph.endpoint.finish import CALLED, CUT, ENDED, how_cut, later
from graph.endpoint.leaks import Shown, add_recovered, beside_their_leads, names_of, shown_in, unrun
from graph.endpoint.raw_message import calls_of, reasoning_of, text_of
from graph.endpoint.reply import BrokenCall, Call, Delta, Fault, Reply
from graph.endpoint.reply_metadata import ReplyMetadata
from graph.endpoint.run_or_text import MEANT
from graph.endpoint.thinking import ThinkSplitter, split_opened
from graph.endpoint.usage import read_usage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from graph.endpoint.expectation import Expectation
    from graph.endpoint.recovery import Recovery

_OFF = "tools are switched off for this request"


class ReplyAssembler:
    """Feed it the events of one reply; it yields what may be shown, and `finish` gives the whole."""

    def __init__(self, expectation: Expectation) -> None:
        self._expect = expectation
        self._calls = CallAssembler(expectation.tools, expectation.taken_ids)
        self._thinking = ThinkSplitter(opened=expectation.thinking_opened, enabled=expectation.thinking_tags)
        self._within = CallsInText(expectation)
        self._heard: list[str] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._size = 0
        self._thought = 0
        self._signs = 0
        self._block: list[str] = []
        self._opened = False
        self._teaches = False
        self._retold = False
        self._joined = Joined()
        self._finish: str | None = None
        self._told = ReplyMetadata()
        self._choices = 0
        self._pieces = 0
        self.overrun = False
        self.reply: Reply | None = None

    @property
    def progress(self) -> tuple[int, str | None, bool]:
        """What changes whenever something came that is more than an empty event."""
        return self._signs, self._finish, self._told.usage is not None

    @property
    def finish_reason(self) -> str | None:
        """How the reply ended, so far as was said."""
        return self._finish

    @property
    def ended(self) -> bool:
        """Whether the finish reason has come, after which nothing but usage follows."""
        return self._finish is not None

    @property
    def begun(self) -> bool:
        """Whether anything of a reply has come yet."""
        return self._choices > 0

    def feed(self, event: Mapping[str, Any]) -> Iterator[Delta]:
        """Take in one event; yield what it adds."""
        self._told.of_event(event)
        choices = event.get("choices")
        for place, choice in enumerate(choices if isinstance(choices, list) else ()):
            # Some gateways give the text and the calls of one reply as two choices (GitHub Copilot's, of Claude).
            if isinstance(choice, dict) and not (self._expect.several and (place or choice.get("index"))):
                yield from self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[Delta]:
        self._choices += 1
        self._finish = later(self._finish, choice.get("finish_reason"))
        self._told.of_choice(choice)
        message, whole = choice.get("delta"), False
        if not isinstance(message, dict) or (not message and isinstance(choice.get("message"), dict)):
            message, whole = choice.get("message"), True
        if not isinstance(message, dict):
            return
        self._told.details.feed(message, whole=whole)
        self._signs += any(value for key, value in message.items() if key != "role")
        if whole and self._pieces:
            yield from self._recap(message)
            return
        self._pieces += bool(message) and not whole
        yield from self._message(message, whole=whole)

    def _recap(self, message: Mapping[str, Any]) -> Iterator[Delta]:
        """Take what did not come yet from a whole message at the end of a stream of pieces."""
        if not (self._reasoning or self._block):
            yield from self._think(self._reasoning_of(message))
        content, heard = text_of(message.get("content")), "".join(self._heard)
        if content.startswith(heard):
            yield from self._content(content[len(heard) :], whole=False)
        yield from self._calls.recap(calls_of(message))

    def _message(self, message: Mapping[str, Any], *, whole: bool) -> Iterator[Delta]:
        self._told.of_message(message)
        yield from self._think(self._reasoning_of(message))
        yield from self._content(self._joined.feed(text_of(message.get("content"))), whole=whole)
        calls = calls_of(message)
        deltas = [delta for raw in calls for delta in self._calls.whole(raw)] if whole else self._calls.deltas(calls)
        for delta in deltas:
            self._grow(len(delta.arguments))
            yield delta
        function = message.get("function_call")  # the older form, for one call; in a stream its name comes once
        if not calls and isinstance(function, dict) and (function.get("name") or function.get("arguments")):
            yield from self._calls.delta({"index": 0, "function": function})

    def _reasoning_of(self, message: Mapping[str, Any]) -> str:
        for name in self._expect.reasoning_fields:
            if isinstance(reasoning := message.get(name), str) and reasoning:
                self._told.known.setdefault("reasoning_field", name)
                return reasoning
        return reasoning_of(message.get("reasoning_details")) or reasoning_of(message.get("content"))

    def _think(self, reasoning: str, *, block: bool = False) -> Iterator[Delta]:
        """Give reasoning; `block`: it was told apart from the content."""
        if reasoning:
            self._thought += len(reasoning)
            self.overrun = self.overrun or self._thought > self._expect.max_reasoning_chars
            (self._block if block else self._reasoning).append(reasoning)
            yield Delta(reasoning=reasoning)

    def _content(self, content: str, *, whole: bool) -> Iterator[Delta]:
        if not content:
            return
        self._grow(len(content))
        if self._reasoning and not self._heard:
            self._thinking.opened = False  # the server has parted the two itself
        self._heard.append(content)
        began = bool(self._text)
        reasoning, text = self._thinking.feed(content)
        if whole and not began and (apart := self._part(text)):
            reasoning, text = apart
        yield from self._think(reasoning, block=True)
        yield from self._say(self._within.feed(text))

    def _say(self, text: str) -> Iterator[Delta]:
        if text:
            self._text.append(text)
            yield Delta(text=text)

    def _grow(self, size: int) -> None:
        self._size += size
        self.overrun = self.overrun or self._size > self._expect.max_chars

    def finish(
        self, *, ended: bool, streamed: bool, torn: bool = False, mangled: bool = False, broken_by: str = ""
    ) -> Iterator[Delta]:
        """Yield the last deltas and set `reply`.

        Args:
            ended: the stream said that it is over (`[DONE]`); of no account where a finish reason came.
            streamed: the reply came as events, so that it may have broken off between two of them.
            torn: an event did not come whole, so that something is missing, and nobody knows what.
            mangled: some bytes were no text.
            broken_by: what the reply broke off by, in words; then none of its calls runs, as in a plain one.
        """
        cut = "came with an event that cannot be read" if torn else ""
        cut = cut or how_cut(self._finish, overrun=self.overrun, open_end=streamed and not ended)
        cut = f"broke off ({broken_by})" if broken_by else cut
        part = bool(broken_by or (cut and self._finish not in CUT))
        found, unfinished = yield from self._end_text(cut, part=part)
        calls: list[Call] = []
        broken: list[BrokenCall] = []
        lost = bool(broken_by) or (part and self._expect.needs_end)
        off = _OFF if not self._expect.may_call else f"the reply {cut}" if torn or lost else ""
        for call, delta in self._calls.finish(cut=cut, off=off, unproved=self._unproved(), mangled=mangled):
            if isinstance(call, Call):
                calls.append(call)
            else:
                broken.append(call)
            if delta.arguments or delta.call_id:
                yield delta
        if self._text and (found.calls or calls) and not part:
            led_to = beside_their_leads("".join(self._text), self._expect)
            found = replace(found, doubt=(*found.doubt, *led_to))
        unfit = [one for one in found.calls if not is_whole(one.arguments)]
        leaks = bool(found.calls or found.broken or found.doubt)
        added = () if off or unfit or not leaks else add_recovered(found, calls, broken)
        for position, one in enumerate(added, len(self._calls)):
            arguments = one.arguments if isinstance(one, Call) else one.arguments + seal(one.arguments)
            yield Delta(call_index=position, call_id=one.id, call_name=one.name, arguments=arguments)
        recovered = [one for one in added if isinstance(one, Call)]
        parsed = len(calls) + len(broken)
        calls += recovered
        broken += [one for one in added if isinstance(one, BrokenCall)]
        reasons = unrun(found, calls, off=off) if leaks else []
        if not found.calls and not parsed and self._expect.tools and self._finish in CALLED:
            reasons.append(f"it ended with `{self._finish}`, and no call came")
        doubtful = not (part or off or reasons or parsed or found.calls)
        if calls or broken or not (doubtful or reasons):
            yield from self._say("" if part else found.held)
        elif found.held:  # the model is asked what it meant, so this is no answer
            self._told.known["held_back"] = found.held
        self._told.known |= self._within.told
        shown = self._shown(found) if doubtful else Shown()
        leaked = f"a tool call in it cannot be run ({'; '.join(reasons)})" if reasons else shown.why
        if self._text:
            self._tell_apart()
        fault, why = self._judge(calls, broken, leaked, cut, part=part, unfinished=unfinished)
        self.reply = Reply(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            calls=tuple(calls),
            broken=tuple(broken),
            finish_reason=self._finish,
            usage=read_usage(self._told.usage),
            model=self._told.known.get("model"),
            metadata=self._told.beside(self._calls.renamed),
            fault=fault,
            why=why,
            recovered=len(recovered),
            shown=shown.names if fault in {None, "leaked"} else (),
            began_thinking=self._opened and self._teaches,
            retold=self._retold,
        )

    def _end_text(self, cut: str, *, part: bool) -> Generator[Delta, None, tuple[Recovery, bool]]:
        """Yield what is left of the text; return what was recovered from it, and whether it ended within a thought."""
        reasoning, text, unfinished = self._thinking.close(cut=part or self._finish in CUT)
        yield from self._think(reasoning, block=True)
        if text and self._block:  # no closing tag came: what had looked like the block was the answer
            self._block, self._retold = [], True
        self._reasoning += self._block
        rest = self._within.feed(text)
        found = self._within.close(self._finish if self._finish or not cut else "length")
        yield from self._think(found.reasoning)
        if not part:  # of a reply that broke off, what was held back may be the beginning of a call
            rest += found.content
            yield from self._say(rest or ("" if self._text else self._told.refusal))  # a refusal is an answer
        return found, unfinished

    def _shown(self, found: Recovery) -> Shown:
        """The calls that stand in the text of a reply that has no other."""
        if not self._within.recovers:
            return Shown()
        if found.doubt:
            shown = Shown(names_of(found.doubt), meant=True, calls=found.doubt)
        else:
            shown = shown_in("".join(self._text), self._expect)
        self._told.known |= asked_about(shown, "".join(self._text) + found.held, self._expect)
        return shown

    def _part(self, text: str) -> tuple[str, str] | None:
        """Reasoning and answer of a text that began within a block; None if it did not, or was parted already."""
        if "</think" not in text or not self._expect.thinking_tags or self._opened or self._thinking.closed:
            return None
        mentioned = is_mentioned(self._expect.given)
        spoken_of = mentioned and not self._expect.thinking_opened
        apart = split_opened(text, mentioned=spoken_of, attached=not self._reasoning)
        self._opened, self._teaches = apart is not None, not mentioned
        return apart

    def _tell_apart(self) -> None:
        """Part reasoning from answer where the template had opened the block, which a stream shows too late."""
        if apart := self._part("".join(self._text)):
            self._reasoning, self._text, self._retold = [*self._reasoning, apart[0]], [apart[1]], True

    def _unproved(self) -> frozenset[str]:
        """Tools that a call without arguments may not run: they take some, and nothing says that none were to come."""
        if self._finish in ENDED:
            return frozenset()
        return frozenset(name for name, schema in self._expect.tools.items() if schema.get("properties"))

    def _judge(
        self, calls: list[Call], broken: list[BrokenCall], leaked: str, cut: str, *, part: bool, unfinished: bool
    ) -> tuple[Fault | None, str]:
        if self.overrun:
            thinking = self._thought > self._expect.max_reasoning_chars
            most = self._expect.max_reasoning_chars if thinking else self._expect.max_chars
            return "overrun", f"{'its reasoning' if thinking else 'it'} ran past {most} characters"
        if part and self.begun:
            return "cut_off", f"it {cut}"
        if broken:
            return "calls", "; ".join(f"{call.name or 'a call'}: {call.reason}" for call in broken)
        if leaked:
            return "leaked", leaked
        text = "".join(self._text).strip()
        if not calls and not text and MEANT not in self._told.known:
            return "empty", self._empty(cut, thinking=unfinished or bool(self._reasoning))
        return None, ""

    def _empty(self, cut: str, *, thinking: bool) -> str:
        if not self.begun:
            return "the response was empty: nothing of a reply came in it"
        inside = " while still thinking" if thinking else ""
        return f"it has neither text nor a tool call{f'; it {cut}{inside}' if cut else inside}"
