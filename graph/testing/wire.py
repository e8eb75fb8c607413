"""The wire as data: how a provider writes a reply down, quirk by quirk.

The defaults are OpenAI's Chat Completions. A provider, or a single test, replaces what is different; every shape that
has been seen somewhere can be had with every provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from graph.testing.fields import check_values

Presence = Literal["absent", "null", "empty"]
"""A key that is not there, is null, or is the empty string."""

Trailing = Literal["none", "empty-function", "null-arguments", "empty-arguments", "null-function", "no-function"]
ReasoningField = Literal[
    "reasoning_content",
    "reasoning",
    "both",
    "details",
    "signed",
    "think-tags",
    "open-think",
    "open-think-attached",
    "hidden",
]
TAGGED: Final = ("think-tags", "open-think", "open-think-attached")
"""Reasoning that stands in the content, between its tags, or before the closing one alone: on a line of its own, or
with the answer right behind it."""

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Extras:
    """Keys that a provider adds around the standard ones, with the values that it gives when nothing is known."""

    body: Extra = field(default_factory=lambda: {"service_tier": "default", "system_fingerprint": None})
    """Top level of a plain reply."""
    choice: Extra = field(default_factory=lambda: {"logprobs": None})
    """A plain reply's choice."""
    message: Extra = field(default_factory=lambda: {"refusal": None, "annotations": []})
    """A plain reply's message."""
    usage: Extra = field(default_factory=dict)
    """The usage of a plain reply."""
    stream_usage: Extra = field(default_factory=dict)
    """The usage of a streamed reply."""
    chunk: Extra = field(default_factory=lambda: {"service_tier": "default", "system_fingerprint": None})
    """Every chunk."""
    first_chunk: Extra = field(default_factory=dict)
    """The first chunk."""
    last_chunk: Extra = field(default_factory=dict)
    """The last chunk before `[DONE]`, whichever that is."""
    usage_chunk: Extra = field(default_factory=dict)
    """The chunk that has the usage and no choice."""
    chunk_choice: Extra = field(default_factory=lambda: {"logprobs": None})
    """Every chunk's choice."""
    middle_choice: Extra = field(default_factory=dict)
    """The choice of every chunk but the first."""
    finish_choice: Extra = field(default_factory=dict)
    """The choice that carries the finish reason."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How replies look on the wire."""

    # Content
    empty_content: Presence = "null"
    """`content` of a plain message that has calls and no text. DashScope and llama.cpp: empty."""
    first_content: Presence = "empty"
    """`content` of the chunk that brings the role."""
    call_content: Presence = "absent"
    """`content` of a chunk that brings a piece of a call."""
    forced_call_content: Presence | None = None
    """The same where `tool_choice` forced the call; None: no difference. vLLM: null."""
    role: Literal["first", "every", "merged", "never"] = "first"
    """A chunk of its own, in every chunk, in the first chunk that has something else (DashScope), or not at all."""
    delta_nulls: tuple[str, ...] = ()
    """Keys that a delta without them has as null, text and finish."""
    call_delta_nulls: tuple[str, ...] = ()
    """Keys that a delta with a piece of a call has as null where it lacks them."""
    empty_tool_calls: bool = False
    """`tool_calls: []` in every message and delta that has none (vLLM up to 0.9)."""
    chunk_size: int = 4
    """Characters in a streamed piece of text or arguments; also one token of the emulated tokenizer."""

    # Calls
    call_id: Literal["unique", "empty", "null", "absent", "shared"] = "unique"
    """The id in the first piece of a call, and in a plain message. `shared`: all calls of a reply have one id."""
    id_format: str = "call_{n:024x}"
    """Format of a unique id: n counts the endpoint's calls, i those of this reply; also `{name}`."""
    next_id: Literal["absent", "empty", "null", "repeated", "new"] = "absent"
    """The id in later pieces. DashScope: empty; SGLang: null; `new`: another one in every chunk."""
    next_name: Literal["absent", "empty", "null", "repeated"] = "absent"
    """The name in later pieces. Some gateways repeat it."""
    call_type: Literal["first", "every", "never"] = "first"
    """Where `"type": "function"` is."""
    index: Literal["ordinal", "absent", "null", "shared", "restarted", "one-based", "by-function"] = "ordinal"
    """`shared`: 0 for all; `restarted`: 0, 1, 0, 1; `by-function`: the function's place in the request (old SGLang)."""
    arguments: Literal["text", "object", "double-encoded", "null", "absent"] = "text"
    """What form arguments have, plain and streamed. An object, null and absence come in one piece."""
    first_arguments: Literal["absent", "null", "empty", "begun"] = "empty"
    """The arguments in the first piece of a call: not there (vLLM), or their first characters already (llama.cpp)."""
    whole_calls: bool = False
    """A call comes in one chunk (Ollama, Zhipu)."""
    calls_together: bool = False
    """All calls of the reply come in one chunk."""
    interleaved: bool = False
    """The pieces of several calls alternate."""
    trailing_piece: Trailing = "none"
    """A last piece of each call with nothing in it (DashScope)."""
    message_call_index: bool = False
    """`index` inside the calls of a plain message (DashScope)."""

    # End
    finish: Literal["own-chunk", "with-last-piece", "twice", "null-delta", "missing"] = "own-chunk"
    """Where the finish reason is."""
    finish_delta: Mapping[str, Any] = field(default_factory=dict)
    """The delta beside the finish reason."""
    named_finish: str = "stop"
    """Finish reason of a call that a named `tool_choice` forced. OpenAI and vLLM: stop."""
    required_finish: str = "tool_calls"
    """Finish reason of a call that `tool_choice: "required"` forced."""
    done: bool = True
    """Whether `data: [DONE]` ends the stream."""

    # Usage
    usage: Literal["asked", "always", "never", "null", "every-chunk", "with-finish", "finish-and-extra"] = "asked"
    """`asked`: in a last chunk without choices, if `stream_options.include_usage`; `every-chunk`: cumulative."""
    usage_null: bool = False
    """`usage: null` in the chunks that bring none (DashScope; OpenAI where usage was asked for)."""
    usage_strings: bool = False
    """Counts as strings."""

    # Reasoning
    reasoning: ReasoningField = "hidden"
    """Its field; or in the content, as `<think>…</think>` or with the closing tag alone (R1-like templates). `signed`:
    OpenRouter's details with a signature for the first call, as for Gemini."""
    reasoning_null: bool = False
    """The field is null where there is none."""

    # Transport
    data_prefix: str = "data: "
    """`data:` without a space is as good SSE."""
    newline: str = "\n"
    """The line end of SSE."""
    comments: tuple[str, ...] = ()
    """SSE comments before the first event and between events, in turn."""
    obfuscation: bool = False
    """A padding field in every chunk (OpenAI)."""
    ascii: bool = False
    """JSON with escapes in place of characters beyond ASCII."""
    http_chunk: int | None = None
    """Bytes in an HTTP chunk of a stream, whatever the events are: splits characters. None: an event a chunk."""
    extras: Extras = field(default_factory=Extras)
    """Keys around the standard ones."""

    def __post_init__(self) -> None:
        """Refuse a word that no quirk has: replies would be written down as ever, and the test would test nothing.

        Raises:
            ValueError: A quirk has another value than it takes; the sentence names the nearest ones.
        """
        check_values(self)
