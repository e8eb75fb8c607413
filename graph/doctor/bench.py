"""What the checks work at: one endpoint, what is known of it so far, and one way to ask it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.facts import EffectiveProfile
from graph.endpoint.reasoning_details import DETAILS
from graph.endpoint.refusals import left_without_cap, lesson_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.doctor.check import Outcome
    from graph.doctor.wire import Seen, Wire
    from graph.endpoint.known import Server
    from graph.endpoint.reply import Reply
    from graph.endpoint.settings import Settings

Message = dict[str, Any]

MANNERS: Final = frozenset(
    {
        "token_cap",
        "temperature_fixed",
        "temperature_above_zero",
        "serves",
        "thinking_needs_stream",
        "tools_need_reasoning_effort_none",
        "stream_usage",
        "max_output_tokens",
        "unsupported_parameters",
    }
)
"""Flags without which no question can be put at all: what a refusal teaches of them holds from then on."""

THINKING_ROOM: Final = 1024
"""Tokens that a model which thinks may use for that, beside those of its answer."""

_LESSONS: Final = 4

CITIES: Final = ("Paris", "Rome", "Oslo")


def tool(name: str = "get_code", **properties: Any) -> dict[str, Any]:
    """A tool in the standard's form; `get_code` takes a city."""
    properties = properties or {"city": {"type": "string"}}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    described = "A city's secret code." if name == "get_code" else f"Use {name.replace('_', ' ')}."
    return {"type": "function", "function": {"name": name, "description": described, "parameters": schema}}


def user(text: str) -> Message:
    """A user's message."""
    return {"role": "user", "content": text}


ONE_CALL: Final = "What is the code of Paris? Use the tool get_code."
TWO_CALLS: Final = "What are the codes of Paris and Rome? Call get_code twice in parallel."
PLAIN: Final = "Reply with the one word OK."

MADE_UP_ID: Final = "portolan1"
"""The id of a call that no model made: nine letters and digits, which every endpoint takes."""


def calls_message(seen: Seen, *, content: str | None = None) -> Message:
    """The assistant's message with its calls, as the plain stack sends it back."""
    calls = seen.reply.calls if seen.reply else ()
    return {
        "role": "assistant",
        "content": content,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in calls
        ],
    }


def details_of(reply: Reply | None) -> Message:
    """The list `reasoning_details` that came beside a reply, under its name; nothing if none came."""
    return {DETAILS: reply.metadata[DETAILS]} if reply is not None and DETAILS in reply.metadata else {}


def made_up_call(arguments: str = '{"city": "Paris"}', call_id: str = MADE_UP_ID) -> Message:
    """An assistant's message with one call, which no model made."""
    function = {"name": "get_code", "arguments": arguments}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def result(content: Any, call_id: str = MADE_UP_ID) -> Message:
    """A tool's message."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


@dataclass(slots=True)
class Bench:
    """The state of one examination.

    Attributes:
        wire: sends.
        settings: the user's settings, for the agent's own loop.
        effective: the profile as far as it is measured, over the defaults alone: what the table says is not believed
            here, it is what is being measured.
        known: the profile that held before, for what to try first.
        keep: whether what is measured is stored.
        full: whether all checks were asked for.
        overflow: whether a large window may be filled, too.
        outcomes: of the checks so far.
        server: what serves there, where a reply told.
        told: what serves there, as the caller knows (the embedded model).
        call: a reply with one tool call, once there was one.
        answer: a reply to the plain question, a streamed one if there was one.
        prompt_tokens: of the plain question, as a plain reply counted them.
        thinks: whether the model thinks when nothing is said; None: not seen.
        thinking_on: the fields that made it think.
        room: tokens added to every cap.
        remedy: what to do where not even the plain question is answered.
        refused_caps: the names of the cap on the reply that were refused.
    """

    wire: Wire
    settings: Settings
    known: EffectiveProfile
    keep: bool = True
    full: bool = False
    overflow: bool = False
    effective: EffectiveProfile = field(default_factory=EffectiveProfile.default)
    learned: dict[str, tuple[Any, str]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    server: Server | None = None
    told: Server | None = None
    call: Seen | None = None
    answer: Seen | None = None
    prompt_tokens: int | None = None
    thinks: bool | None = None
    room: int = 0
    remedy: str = ""
    refused_caps: set[str] = field(default_factory=set)
    nonces: dict[str, str] = field(default_factory=lambda: {city: secrets.token_hex(4) for city in CITIES})

    def code(self, city: str = "Paris") -> str:
        """What only the tool knows."""
        return self.nonces[city]

    def ask(
        self,
        messages: Sequence[Message] | str,
        *,
        cap: int = 16,
        stream: bool | None = None,
        fields: Mapping[str, Any] | None = None,
        adapt: bool = True,
    ) -> Seen:
        """Put one question, in the manner that the endpoint accepts as far as that is known.

        Args:
            messages: the messages, or the user's only one.
            cap: tokens of the answer; what thinking needs is added.
            stream: as a stream; None: as this endpoint serves.
            fields: further fields of the body, which are what is asked about and are not touched.
            adapt: whether a refusal that teaches a manner is answered by another try.
        """
        given = [user(messages)] if isinstance(messages, str) else list(messages)
        for _ in range(_LESSONS):
            body = self.body(given, cap=cap, stream=stream, fields=fields or {})
            seen = self.wire.settled("/chat/completions", body)
            if not adapt or not self._learn(seen, fields or {}):
                break
        return seen

    def body(
        self, messages: Sequence[Message], *, cap: int, stream: bool | None, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of a request in the manner that is known."""
        profile = self.effective.profile
        if stream is None or profile.serves != "both":
            stream = self.must_stream(fields)
        stream = stream or self.must_stream(fields)
        body: dict[str, Any] = {"model": self.wire.endpoint.model, "messages": list(messages), "stream": stream}
        if profile.token_cap != "none":  # noqa: S105 - tokens of text
            body[self.cap_name] = min(cap + self.room, profile.max_output_tokens or cap + self.room)
        if profile.temperature_fixed is None:
            body["temperature"] = 0.01 if profile.temperature_above_zero else 0
        if fields.get("tools") and profile.tools_need_reasoning_effort_none:
            body["reasoning_effort"] = "none"
        if stream and profile.stream_usage:
            body["stream_options"] = {"include_usage": True}
        for unsupported in profile.unsupported_parameters:
            body.pop(unsupported, None)
        return {**body, **fields}

    @property
    def cap_name(self) -> str:
        """The field that caps the reply."""
        newer, older = "max_completion_tokens", "max_tokens"
        return newer if self.effective.profile.token_cap == newer else older

    def must_stream(self, fields: Mapping[str, Any]) -> bool:
        """Whether a plain request would be refused."""
        profile = self.effective.profile
        if profile.serves != "both":
            return profile.serves == "stream_only"
        off = profile.thinking_off
        without = bool(off) and all(fields.get(name) == value for name, value in off.items())
        return profile.thinking_needs_stream and not without

    def _learn(self, seen: Seen, fields: Mapping[str, Any]) -> bool:
        """Take in what a refusal teaches of the manner; whether it changes the next request."""
        if seen.error is None:
            return False
        lesson = left_without_cap(lesson_from(seen.error, seen.body, self.effective.profile), self.refused_caps)
        changes = {flag: value for flag, value in lesson.changes if flag in MANNERS} if lesson else {}
        if not lesson or not changes or any(name in fields for name in _FIELDS_OF.get(next(iter(changes)), ())):
            return False
        before = self.effective.profile
        if changes.get("unsupported_parameters", frozenset()) & fields.keys():
            return False
        for flag, value in changes.items():
            self.note(flag, value, f"{lesson.why}: {seen.words}")
        return self.effective.profile != before

    def note(self, flag: str, value: Any, why: str) -> None:
        """Take in what was measured of one flag."""
        self.learned[flag] = (value, why)
        self.effective = self.effective.with_fact(flag, value, source="measured", evidence=why)

    def history(self, message: Message, reply: Reply | None = None) -> Message:
        """An assistant's message of the history, in the manner that was found for those; `reply` is what it came in."""
        profile = self.effective.profile
        calls = bool(message.get("tool_calls"))
        if calls and not message["content"]:
            message = {**message, "content": "" if profile.assistant_content_with_calls == "empty" else None}
        if calls and profile.reasoning_details != "never":
            message = {**message, **details_of(reply)}
        if profile.reasoning_echo == "always" or (calls and profile.reasoning_echo == "tool_calls"):
            message = {**message, profile.reasoning_echo_field: (reply.reasoning if reply else "") or " "}
        return message

    def modes(self) -> list[tuple[bool, dict[str, Any]]]:
        """The ways to ask, as far as they are known: whether the model then thinks, and the fields to send."""
        profile = self.effective.profile
        found: list[tuple[bool, dict[str, Any]]] = [(bool(self.thinks), {})]
        if self.thinks and profile.thinking_off:
            found.append((False, dict(profile.thinking_off)))
        if not self.thinks and profile.thinking_on:
            found.append((True, dict(profile.thinking_on)))
        return found


_FIELDS_OF: Final[dict[str, tuple[str, ...]]] = {
    "token_cap": ("max_tokens", "max_completion_tokens"),
    "max_output_tokens": ("max_tokens", "max_completion_tokens"),
    "temperature_fixed": ("temperature",),
    "temperature_above_zero": ("temperature",),
    "tools_need_reasoning_effort_none": ("reasoning_effort",),
    "stream_usage": ("stream_options",),
}
"""Fields that a manner is about: where a check sends them itself, the refusal is what it asked for."""
