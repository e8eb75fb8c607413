"""One request and what becomes of it: shaped, tried again where that helps, changed where a refusal teaches how.

It decides and sends nothing, so that the synchronous and the asynchronous adapter share it.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.causes import forget_keys
from graph.endpoint.client import HttpRefusal
from graph.endpoint.dispatch import Dispatch
from graph.endpoint.expectation import Doubts, Expectation, expect
from graph.endpoint.notices import say_once
from graph.endpoint.outgoing.call_ids import fit_call_ids
from graph.endpoint.outgoing.images import leave_out_images
from graph.endpoint.outgoing.messages import shape_messages
from graph.endpoint.outgoing.parameters import prompt_tokens, shape_parameters
from graph.endpoint.outgoing.reasoning import echo_reasoning
from graph.endpoint.policy import Policy, recovers
from graph.endpoint.profile import Profile
from graph.endpoint.reader import Rejected, ReplyReader
from graph.endpoint.refusals import (
    Lesson,
    Overflow,
    ProviderError,
    classify,
    classify_exception,
    find_overflow,
    left_without_cap,
    lesson_from,
    read_error,
    room_beside_prompt,
)
from graph.endpoint.refusals.proxies import UNAUTHENTICATED, refused_by_proxy
from graph.endpoint.refusals.request import CAPS, cap_of, chosen_name, is_forced
from graph.endpoint.retry import RetryPolicy, retry_delay
from graph.endpoint.stalls import seconds_between
from graph.endpoint.written import read_written
from graph.errors import ContextOverflowError, PortolanError
from graph.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.endpoint.knowledge import Knowledge, Learned
    from graph.endpoint.reply import Delta, Reply

MAX_LESSONS: Final = 6
"""How many refusals one request may learn from: each changes a flag, and no endpoint refused more at once."""

_UNCUT_TOKENS = 3000
"""A prompt up to this length fits into the smallest default window in use, Ollama's 4096 tokens."""

_PASSING: Final = re.compile(r"(?i)\b(?:request|trace|log)[ _-]?id\b\W{0,3}[\w.-]*|\b(?=[\w-]*\d)[\w-]{16,}|\d{6,}")
"""Ids and times in a refusal, which differ each time that it is said."""


@dataclass(slots=True)
class Exchange:
    """The course of one model call.

    Args:
        payload: the request as ChatOpenAI makes it, in the standard's form.
        knowledge: the endpoint's profile.
        policy: how the request is made.
        dispatch: knows the requests as they went out, and what of them must not show in any error.
        doubts: what the caller does about calls in doubt.
    """

    payload: dict[str, Any]
    knowledge: Knowledge
    policy: Policy
    dispatch: Dispatch = field(default_factory=Dispatch)
    doubts: Doubts = field(default_factory=Doubts)
    _started: float = field(default_factory=time.monotonic)
    _attempt: int = 0
    _lessons: int = 0
    _cap: int | None = None
    _sent: dict[str, Any] = field(default_factory=dict)
    _known: Profile | None = None
    _made_by: Profile = field(default_factory=Profile)
    _learned: list[tuple[str, Learned]] = field(default_factory=list)
    _refused_caps: set[str] = field(default_factory=set)

    @property
    def endpoint(self) -> str:
        """The endpoint in words."""
        return f"{self.knowledge.model} at {self.knowledge.base_url}"

    def secrets(self) -> Collection[str]:
        """What must not show in any error."""
        return self.dispatch.secrets()

    @property
    def _profile(self) -> Profile:
        """What is known of the endpoint now."""
        return self.knowledge.effective.profile

    def _standard(self) -> dict[str, Any]:
        """The request in the standard's form."""
        payload = {**self.payload, **(self.payload.get("extra_body") or {})}
        payload.pop("extra_body", None)  # its fields are fields of the body: profile and lessons speak of them, too
        return payload

    def request(self) -> dict[str, Any]:
        """The request as the endpoint accepts it, by what is known of it now."""
        self._known, self._made_by = self.knowledge.effective.profile, self._profile
        if (count := self.payload.get("n")) not in {None, 1}:
            say_once(f"n is {count}, but of several replies to one request only the first is read.")
        self._sent = self._shaped(self._made_by)
        return dict(self._sent)

    def _shaped(self, profile: Profile) -> dict[str, Any]:
        payload = self._standard()
        messages = echo_reasoning(payload.pop("messages"), profile, self.endpoint)
        messages = shape_messages(leave_out_images(messages, profile, self.endpoint), profile)
        payload["messages"] = fit_call_ids(messages, profile)
        stream = bool(payload.get("stream"))
        thinking_streams = profile.thinking_needs_stream and (
            self.policy.thinking == "on" or (self.policy.thinking == "auto" and profile.thinking in {"on", "always"})
        )
        if profile.serves == "plain_only":
            stream = False
        elif profile.serves == "stream_only" or thinking_streams:
            stream = True
        if profile.truncates_prompt and prompt_tokens(payload) > _UNCUT_TOKENS:
            say_once(
                f"{self.endpoint} cuts a prompt that is longer than its window without a word, and this one is long. "
                "Give the server a larger window (OLLAMA_CONTEXT_LENGTH at Ollama)."
            )
        payload["stream"] = stream
        for name in CAPS:
            if self._cap is not None and payload.get(name) is not None:
                payload[name] = min(payload[name], self._cap)
        if stream:
            payload.setdefault("stream_options", {"include_usage": True})
        return shape_parameters(payload, profile, thinking=self.policy.thinking, endpoint=self.endpoint)

    def timeout(self) -> Any:
        """The time-out of the request made last: that of the call, else the seconds that it may stand still."""
        if (own := self._sent.get("timeout")) is not None:
            return own
        return self.policy.stream_timeout_s if self._sent.get("stream") else self.policy.read_timeout_s

    def reader(self) -> ReplyReader:
        """A reader for the response to the request made last."""
        knowledge = self.knowledge
        return ReplyReader(
            self._expectation(),
            self.endpoint,
            seconds_between(self.timeout()),
            identify=knowledge.identify,
            witness=self._witness,
            shows=bool(self.payload.get("stream")),
        )

    def _witness(self, reply: Reply) -> None:
        """See what a reply shows of the endpoint; a call that was forced and did not come is said."""
        self.knowledge.witness(reply)
        name, choice = chosen_name(self.payload), self.payload.get("tool_choice")
        if is_forced(self.payload) and not reply.fault and not any(name in {None, call.name} for call in reply.calls):
            say_once(
                f"{self.endpoint} does not hold the model to tool_choice {name or choice}: a reply came without such a "
                "call. Ask in words as well, or check the reply and ask again."
            )

    def _expectation(self) -> Expectation:
        recover = recovers(self.policy, self.knowledge)
        messages, choice = self.payload["messages"], self.payload.get("tool_choice")
        cap = cap_of(self._sent) or cap_of(self._standard())
        return expect(
            messages,
            self._sent,
            self._made_by,
            tool_choice=choice,
            cap=cap,
            recover=recover,
            doubts=self.doubts,
        )

    def caught(self, error: Exception, reader: ReplyReader | None) -> list[Delta | Reply] | float:
        """What is to be done after an error.

        Args:
            error: what the client or the reader raised.
            reader: what has read the reply so far; None: none was begun.

        Returns:
            What there is of a reply, its last deltas and the whole: it is partly shown, so that it cannot be begun
            again, or the server says what the model wrote. Or else the seconds to wait before the next try.

        Raises:
            PortolanError: no further try helps.
        """
        if reader is not None and reader.broke_off(typed := self._typed(error)):
            try:
                return [*reader.close(typed), reader.reply]
            except Rejected as said:  # by what came last before the connection was lost
                return self.caught(said, reader)
        shown, refusal = reader is not None and reader.shown, self._refusal(error)
        if refusal is not None and not shown:
            expectation = replace(self._expectation(), recover=self.policy.recover != "off")
            if written := read_written(refusal, expectation, self.endpoint):
                return written
        return self.failed(error, shown=shown)

    def _typed(self, error: Exception) -> PortolanError | None:
        """The typed error; None for a fault of this program or of a callback, not of the endpoint."""
        refusal = self._refusal(error)
        if refusal is None:
            streamed, own = bool(self._sent.get("stream")), self._sent.get("timeout")
            set_by = partial(self.policy.set_by, streamed=streamed, own=own)
            way, secrets = self.dispatch.way(), self.secrets()
            return classify_exception(error, endpoint=self.endpoint, way=way, secrets=secrets, set_by=set_by)
        if refusal.status == UNAUTHENTICATED:
            way = self.dispatch.way()
            return refused_by_proxy(refusal, way, endpoint=self.endpoint, secrets=self.secrets())
        return classify(refusal, profile=self._profile, endpoint=self.endpoint, secrets=self.secrets())

    def failed(self, error: Exception, *, shown: bool) -> float:
        """Decide on a failure: return the seconds to wait before the next try, or raise the typed error.

        Args:
            error: what the client or the reader raised.
            shown: part of the reply went to the user already, so that it cannot be begun again.

        Raises:
            PortolanError: no further try helps.
        """
        if isinstance(error, PortolanError):
            raise error
        refusal = self._refusal(error)
        if refusal is not None and not shown and self._learns(refusal):
            return 0.0
        typed = self._typed(error)
        if typed is None:
            raise error
        overflow = find_overflow(refusal) if refusal and not shown and isinstance(typed, ContextOverflowError) else None
        if overflow is not None and self._fits_with_lower_cap(overflow, typed.detail):
            return 0.0
        self._attempt += 1
        delay = None
        if not shown and not (refusal and refusal.final):
            bounds = RetryPolicy(max_retries=self.policy.max_retries, max_time_s=self.policy.retry_time_s)
            delay = retry_delay(typed, attempt=self._attempt, elapsed_s=time.monotonic() - self._started, policy=bounds)
        if delay is None:
            forget_keys(error, self.secrets())
            raise typed from error
        return delay

    def _learns(self, refusal: ProviderError) -> bool:
        """Whether the next request will differ from the one that was refused.

        The lesson is about the profile that the request was made by. A request beside this one may have learned the
        same meanwhile: then this one is only put into the form that is known by now, or a further flag would go.
        """
        words = f"{refusal.status} {_PASSING.sub('', refusal.message)}"
        while self._lessons < MAX_LESSONS:
            lesson = self._lesson(refusal)
            if lesson is None:
                break
            lesson = replace(lesson, why=redact(lesson.why, self.secrets()))
            if learned := self.knowledge.learn(lesson, self._known):
                self._lessons += 1
                self._learned.append((words, learned))
                return True
            now = self.knowledge.effective.profile
            if now == self._known:  # the user has set the flag
                return False
            self._lessons += 1
            self._known, self._made_by = now, self._profile
            if self._shaped(self._made_by) != self._sent:
                return True
        self._take_back(words)
        return False

    def _take_back(self, words: str) -> None:
        """Refused in the same words all the same: what they seemed to teach was not it.

        Lessons of the cap's name lead from one name to the other and then to none, so they fall together.
        """
        wrong = [learned for met, learned in self._learned if met == words]
        if any(learned.changes("token_cap") for learned in wrong):
            wrong = [learned for _, learned in self._learned if learned in wrong or learned.changes("token_cap")]
        for learned in reversed(wrong):
            self.knowledge.unlearn(learned)
        self._learned = [one for one in self._learned if one[1] not in wrong]

    def _lesson(self, refusal: ProviderError) -> Lesson | None:
        """What a refusal of the request made last teaches."""
        return left_without_cap(lesson_from(refusal, self._sent, self._made_by), self._refused_caps)

    def _fits_with_lower_cap(self, overflow: Overflow, words: str) -> bool:
        """Whether the prompt may fit, and only the cap on the reply was too large for what is left of the window."""
        limit, room = overflow.limit_tokens, room_beside_prompt(overflow, cap_of(self._sent))
        if room is None or self._lessons >= MAX_LESSONS:
            return False
        self._lessons += 1
        self._cap = room
        self.knowledge.learn(Lesson((("context_tokens", limit),), f"its context window is {limit} tokens", words))
        return True

    def _refusal(self, error: Exception) -> ProviderError | None:
        if isinstance(error, Rejected):
            return error.error
        if isinstance(error, HttpRefusal):
            return read_error(error.status, error.headers, error.content)
        return None
