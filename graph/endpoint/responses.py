"""The Responses wire, by the user's explicit choice: the same exchange, told in that wire's words.

A request is shaped as one of Chat Completions, by the same profile, and translated at the end; a reply is translated
back, event by event, and assembled like any other. So bounds, lessons, recovery and verdict are those of the other
wire. Nothing is stored at the endpoint, since the checkpointer keeps the thread: reasoning goes back encrypted, or as
it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.client import HttpRefusal
from graph.endpoint.exchange import Exchange
from graph.endpoint.notices import say_once
from graph.endpoint.reader import ReplyReader
from graph.endpoint.refusals import Lesson, ProviderError
from graph.endpoint.refusals.request import CAPS
from graph.endpoint.responses_events import ResponseEvents
from graph.endpoint.responses_items import KEPT, Replay
from graph.endpoint.responses_request import ENCRYPTED, to_responses
from graph.endpoint.stalls import seconds_between
from graph.errors import BrokenReplyError, ModelNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.endpoint.profile import Profile

NOT_SERVED: Final = "This endpoint or model may not serve the Responses API: AGENT_API=chat uses Chat Completions."

_ITEMS: Final = re.compile(
    r"(?i)Item with id .{0,200}not found|invalid_encrypted_content|encrypted content .{0,200}(?:supported|verified)"
    r"|provided without its required|Duplicate item found|item\['content'\]"
)
"""What is said of items that another endpoint made, or that are not kept any more: OpenAI, vLLM, llama.cpp."""

_IN_CHAT: Final = (
    ("max_output_tokens", "max_tokens"),
    ("reasoning.effort", "reasoning_effort"),
    ("text.format", "response_format"),
)
"""Fields of Responses, and what they are called where lessons are drawn."""

_HERE: Final = "responses."
"""What stands before a parameter among the unsupported ones that was refused on this wire alone."""

_EFFORT: Final[dict[str, dict[str, Any]]] = {
    "thinking_on": {"reasoning_effort": "medium"},
    "thinking_off": {"reasoning_effort": "none"},
}
"""The standard's own switch on this wire, for endpoints of which no other is known."""


@dataclass(slots=True)
class ResponsesExchange(Exchange):
    """The course of one model call on the Responses wire."""

    _replayed: set[bytes] = field(default_factory=set)

    @property
    def _profile(self) -> Profile:
        """The endpoint's profile, without what is true of Chat Completions alone."""
        profile = self.knowledge.effective.profile
        refused = {name.removeprefix(_HERE) for name in profile.unsupported_parameters}
        changes: dict[str, Any] = {
            "unsupported_parameters": frozenset(refused),
            "token_cap": "max_tokens",
            "tools_need_reasoning_effort_none": False,
            "reasoning_echo": "never",
            "reasoning_fields": ("reasoning_content",),
        }
        if profile.thinking in {"unknown", "on", "off"}:
            changes |= {flag: switch for flag, switch in _EFFORT.items() if not getattr(profile, flag)}
        if self.payload.get("previous_response_id"):
            changes["needs_user_message"] = False
        return profile.model_copy(update=changes)

    def _standard(self) -> dict[str, Any]:
        """Ask for nothing to be stored, and for reasoning in a form that can be given back all the same."""
        payload = Exchange._standard(self)  # noqa: SLF001 - slots=True makes a new class, which super() does not know
        profile = self._profile
        refused = profile.unsupported_parameters
        if "store" not in refused and not payload.get("previous_response_id"):
            payload.setdefault("store", False)
        if payload.get("store") is False and "include" not in refused and profile.thinking != "none":
            payload["include"] = list({*(payload.get("include") or ()), ENCRYPTED})
        return payload

    def request(self) -> dict[str, Any]:
        """The request as the endpoint accepts it, by what is known of it now."""
        shaped = Exchange.request(self)
        replay = Replay(self.endpoint, stored=shaped.get("store") is not False, refused=self.knowledge.refused_items)
        body = to_responses(shaped, replay, self.endpoint)
        self._replayed = replay.used
        if "max_output_tokens" in self._made_by.unsupported_parameters:
            body.pop("max_output_tokens", None)
        return body

    def reader(self) -> ReplyReader:
        """A reader for the response to the request made last."""
        expectation = replace(self._expectation(), needs_end=True)
        caps = [self._sent[name] for name in CAPS if self._sent.get(name)]
        reader = ResponsesReader(
            expectation,
            self.endpoint,
            seconds_between(self.timeout()),
            identify=self.knowledge.identify,
            witness=self._witness,
            shows=bool(self.payload.get("stream")),
        )
        reader.events = ResponseEvents(expectation.taken_ids, min(caps, default=None))
        return reader

    def failed(self, error: Exception, *, shown: bool) -> float:
        """As on Chat Completions; items that are not known there any more are left out, in later requests too."""
        refusal = self._refusal(error)
        if refusal is not None and not shown and self._replayed and _ITEMS.search(refusal.text):
            self.knowledge.refuse_items(self._replayed)
            say_once(f"{self.endpoint} does not take earlier reasoning back; the thread goes on without it.")
            return 0.0
        try:
            return Exchange.failed(self, error, shown=shown)
        except ModelNotFoundError as typed:
            if isinstance(error, HttpRefusal):
                typed.remedy = f"{typed.remedy} {NOT_SERVED}".strip()
            raise

    def _lesson(self, refusal: ProviderError) -> Lesson | None:
        words, refused = refusal.message, self._made_by.unsupported_parameters
        for name, chat in _IN_CHAT:
            words = words.replace(name, chat)
        lesson = Exchange._lesson(self, replace(refusal, message=words))  # noqa: SLF001 - as above
        changes = dict(lesson.changes) if lesson else {}
        if "token_cap" in changes:
            found = {"max_output_tokens"}
        elif "unsupported_parameters" in changes:
            found = changes["unsupported_parameters"] - refused
        elif lesson is None and "include" in self._sent and re.search(r"(?i)encrypted content", refusal.text):
            found = {"include"}
        elif lesson is None and refusal.param == "reasoning.effort" and "reasoning_effort" in self._sent:
            found = {"reasoning_effort"}
        else:
            return lesson
        known = self._known.unsupported_parameters if self._known else frozenset[str]()
        told = frozenset({*known, *(f"{_HERE}{name}" for name in found)})
        said = " ".join(refusal.message.split())
        why = f'{", ".join(sorted(found))} is not taken on the Responses wire ("{said}")'
        return None if told == known else Lesson((("unsupported_parameters", told),), why, "said in a refusal")


class ResponsesReader(ReplyReader):
    """Reads one response of the Responses wire."""

    events: ResponseEvents

    def _tell(self, event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        if isinstance(event.get("choices"), list) and "output" not in event:
            msg = "the endpoint answered a request of the Responses API with a reply of Chat Completions"
            raise BrokenReplyError(msg, endpoint=self._endpoint, remedy=NOT_SERVED)
        return self.events.feed(event, self._body.event)

    @property
    def _progress(self) -> object:
        return super()._progress, self.events.count

    @property
    def _ended(self) -> bool:
        return self.events.ended

    def _settle(self) -> None:
        if marks := self.events.marks():
            self.reply.metadata[KEPT] = {"endpoint": self._endpoint, "items": marks}
