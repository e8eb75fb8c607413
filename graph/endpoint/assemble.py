"""One reply out of events, plain or streamed: text, reasoning, calls, usage, and whether it counts.

This is done before LangChain merges chunks, since its merge sums usage that is cumulative, doubles names that are
repeated, and loses arguments of calls that share an index (WIRE.md, B4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.endpoint.calls import CallAssembler, is_whole, seal
from graph.endpoint.recovery import Recovery, StreamRecovery
from graph.endpoint.reply import BrokenCall, Call, Delta, Fault, Reply, Usage, new_call_id
from graph.endpoint.thinking import ThinkSplitter, split_thinking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CUT = {"length": "ended at the token cap", "max_tokens": "ended at the token cap"}
"""Finish reasons that mean the cap on tokens, and what they say of a call."""

_GIVEN_UP = frozenset({"abort", "aborted", "cancelled", "canceled", "insufficient_system_resource", "timeout"})
"""Finish reasons of a server that gave a reply up: DeepSeek's (api-docs.deepseek.com, 2026-11) and vLLM's (WIRE.md)."""

_CALLED = frozenset({"tool_calls", "function_call"})
"""Finish reasons that promise a call."""

_OFF = "tools are switched off for this request"


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
        max_chars: past this many characters the reply has overrun every cap.
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
    max_chars: int = 1_000_000


class ReplyAssembler:
    """Feed it the events of one reply; it yields what may be shown, and `finish` gives the whole."""

    def __init__(self, expectation: Expectation) -> None:
        self._expect = expectation
        self._calls = CallAssembler(expectation.tools, expectation.taken_ids)
        self._taken = set(expectation.taken_ids)
        self._thinking = ThinkSplitter(opened=expectation.thinking_opened, enabled=expectation.thinking_tags)
        wanted = expectation.recover and expectation.tools
        self._recovery = (
            StreamRecovery(expectation.tools, prompt=expectation.prompt, given=expectation.given) if wanted else None
        )
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._size = 0
        self._finish: str | None = None
        self._usage: dict[str, Any] | None = None
        self._metadata: dict[str, Any] = {}
        self._logprobs: list[Any] = []
        self._refusal: list[str] = []
        self._choices = 0
        self.overrun = False
        self.reply: Reply | None = None

    @property
    def progress(self) -> tuple[int, str | None, bool]:
        """What changes whenever something came that is more than an empty event."""
        return self._size, self._finish, self._usage is not None

    @property
    def begun(self) -> bool:
        """Whether anything of a reply has come yet."""
        return self._choices > 0

    def feed(self, event: Mapping[str, Any]) -> Iterator[Delta]:
        """Take in one event; yield what it adds."""
        for key in ("id", "model", "system_fingerprint", "service_tier", "created", "provider"):
            if event.get(key) not in (None, ""):
                self._metadata.setdefault(key, event[key])
        if isinstance(usage := event.get("usage"), dict):
            self._usage = _latest(self._usage, usage)
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return
        choice = choices[0]
        self._choices += 1
        if isinstance(reason := choice.get("finish_reason"), str) and reason and self._finish is None:
            self._finish = reason
        if isinstance(logprobs := choice.get("logprobs"), dict) and isinstance(logprobs.get("content"), list):
            self._logprobs += logprobs["content"]
        if isinstance(usage := choice.get("usage"), dict):  # Moonshot
            self._usage = _latest(self._usage, usage)
        message, whole = choice.get("delta"), False
        if not isinstance(message, dict) or (not message and isinstance(choice.get("message"), dict)):
            message, whole = choice.get("message"), True
        if isinstance(message, dict):
            yield from self._message(message, whole=whole)

    def _message(self, message: Mapping[str, Any], *, whole: bool) -> Iterator[Delta]:
        if isinstance(refusal := message.get("refusal"), str) and refusal:
            self._refusal.append(refusal)
        for name in self._expect.reasoning_fields:
            if isinstance(reasoning := message.get(name), str) and reasoning:
                self._metadata.setdefault("reasoning_field", name)
                yield from self._think(reasoning)
                break
        yield from self._content(_plain_text(message.get("content")), whole=whole)
        calls = message.get("tool_calls")
        for raw in calls if isinstance(calls, list) else ():
            if isinstance(raw, dict):
                deltas = list(self._calls.whole(raw) if whole else self._calls.delta(raw))
                self._grow(sum(len(delta.arguments) for delta in deltas))
                yield from deltas
        function = message.get("function_call")  # the older form, for one call; in a stream its name comes once
        if not calls and isinstance(function, dict) and (function.get("name") or function.get("arguments")):
            yield from self._calls.delta({"index": 0, "function": function})

    def _think(self, reasoning: str) -> Iterator[Delta]:
        if reasoning:
            self._grow(len(reasoning))
            self._reasoning.append(reasoning)
            yield Delta(reasoning=reasoning)

    def _content(self, content: str, *, whole: bool) -> Iterator[Delta]:
        if not content:
            return
        self._grow(len(content))
        if whole and self._expect.thinking_tags and not self._text:
            reasoning, text = split_thinking(content)  # the template may have opened the block
        else:
            reasoning, text = self._thinking.feed(content)
        yield from self._think(reasoning)
        yield from self._say(self._recovery.feed(text) if self._recovery and text else text)

    def _say(self, text: str) -> Iterator[Delta]:
        if text:
            self._text.append(text)
            yield Delta(text=text)

    def _grow(self, size: int) -> None:
        self._size += size
        self.overrun = self.overrun or self._size > self._expect.max_chars

    def finish(self, *, ended: bool, streamed: bool) -> Iterator[Delta]:
        """Yield the last deltas and set `reply`.

        Args:
            ended: the stream said that it is over (`[DONE]`); of no account where a finish reason came.
            streamed: the reply came as events, so that it may have broken off between two of them.
        """
        cut = self._cut(ended=ended, streamed=streamed)
        reasoning, text, unfinished = self._thinking.close()
        yield from self._think(reasoning)
        if self._recovery is not None:
            if text:
                yield from self._say(self._recovery.feed(text))
            found = self._recovery.close(self._finish if self._finish or not cut else "length")
        else:
            found = Recovery(content=text, reasoning="", calls=(), broken=())
        yield from self._think(found.reasoning)
        yield from self._say(found.content)
        calls: list[Call] = []
        broken: list[BrokenCall] = []
        lost = cut and self._finish not in _CUT and self._expect.needs_end
        off = f"the reply {cut} before it was complete" if lost else "" if self._expect.may_call else _OFF
        for call, delta in self._calls.finish(cut=cut, off=off):
            if isinstance(call, Call):
                calls.append(call)
            else:
                broken.append(call)
            if delta.arguments or delta.call_id:
                yield delta
        unfit = [one for one in found.calls if not is_whole(one.arguments)]
        may_run = not off and not unfit
        # Calls that the server parsed as well are not run twice.
        recovered = len(found.calls) if may_run and not calls and not broken else 0
        if recovered:
            for position, one in enumerate(found.calls):
                call = Call(new_call_id(), one.name, one.arguments)
                calls.append(call)
                yield Delta(call_index=position, call_id=call.id, call_name=call.name, arguments=call.arguments)
            for position, bad in enumerate(found.broken, recovered):  # beside good calls each bad one has its result
                one_broken = BrokenCall(new_call_id(), bad.name or "unknown", bad.raw, bad.reason)
                broken.append(one_broken)
                yield Delta(
                    call_index=position,
                    call_id=one_broken.id,
                    call_name=one_broken.name,
                    arguments=bad.raw + seal(bad.raw),
                )
        unread = () if recovered else found.broken
        reasons = [f"{one.name or 'a call'}: {one.reason}" for one in unread]
        reasons += [f"{one.name}: its arguments are not JSON" for one in unfit]
        reasons += [f"{one.name}: {off}" for one in found.calls if off]
        if not found.calls and not calls and not broken and self._expect.tools and self._finish in _CALLED:
            reasons.append(f"it ended with `{self._finish}`, and no call came")
        leaked = "; ".join(reasons)
        fault, why = self._judge(calls, broken, leaked, cut, unfinished=unfinished)
        self.reply = Reply(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            calls=tuple(calls),
            broken=tuple(broken),
            finish_reason=self._finish,
            usage=_usage(self._usage),
            model=self._metadata.get("model"),
            metadata=self._extras(),
            fault=fault,
            why=why,
            recovered=recovered,
        )

    def _cut(self, *, ended: bool, streamed: bool) -> str:
        if self.overrun:
            return "ran past every cap"
        if self._finish in _CUT:
            return _CUT[self._finish]
        if self._finish in _GIVEN_UP:
            return f"was given up by the server (`{self._finish}`)"
        if self._finish is None and streamed and not ended:
            return "broke off (no finish reason, [DONE] or response.completed came)"
        return ""

    def _judge(
        self, calls: list[Call], broken: list[BrokenCall], leaked: str, cut: str, *, unfinished: bool
    ) -> tuple[Fault | None, str]:
        if self.overrun:
            return "overrun", f"it ran past {self._expect.max_chars} characters"
        if broken:
            return "calls", "; ".join(f"{call.name or 'a call'}: {call.reason}" for call in broken)
        if leaked:
            return "leaked", f"a tool call in it cannot be run ({leaked})"
        text = "".join(self._text).strip()
        if not calls and not text and not self._refusal:
            return "empty", self._empty(cut, thinking=unfinished or bool(self._reasoning))
        if cut and self._finish not in _CUT:
            return "cut_off", f"it {cut}"
        return None, ""

    def _empty(self, cut: str, *, thinking: bool) -> str:
        if not self.begun:
            return "the response was empty: nothing of a reply came in it"
        inside = " while still thinking" if thinking else ""
        return f"it has neither text nor a tool call{f'; it {cut}{inside}' if cut else inside}"

    def _extras(self) -> dict[str, Any]:
        extras = {key: value for key, value in self._metadata.items() if key != "model"}
        if self._logprobs:
            extras["logprobs"] = {"content": self._logprobs}
        if self._refusal:
            extras["refusal"] = "".join(self._refusal)
        return extras


def _plain_text(content: object) -> str:
    """The text of a content that is a string, or a list of parts as a few gateways send it."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            _plain_text(part.get("text")) if isinstance(part, dict) else _plain_text(part) for part in content
        )
    return ""


def _latest(known: dict[str, Any] | None, usage: dict[str, Any]) -> dict[str, Any]:
    """Usage is a running total wherever it comes more than once, so the largest counts, never the sum."""
    if known is None or _count(usage.get("total_tokens")) >= _count(known.get("total_tokens")):
        return usage
    return known


def _count(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0


def _usage(raw: dict[str, Any] | None) -> Usage | None:
    if not raw:
        return None
    prompt = _count(raw.get("prompt_tokens", raw.get("input_tokens")))
    completion = _count(raw.get("completion_tokens", raw.get("output_tokens")))
    return Usage(prompt, completion, _count(raw.get("total_tokens")) or prompt + completion, raw)
