"""A provider: what it refuses, how its model behaves, and how it writes things down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from graph.testing.errors import ErrorShape, Refusal  # noqa: TC001  # `check_values` reads the annotations
from graph.testing.fields import check_names, check_values
from graph.testing.leaks import Leak  # noqa: TC001  # as above
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Wire

Choice = Literal["none", "required", "named"]
Switch = Literal["enable_thinking", "chat_template_kwargs", "thinking", "reasoning_effort", "reasoning"]
"""How a request switches thinking: DashScope's top-level flag, vLLM's template arguments, DeepSeek's object, OpenAI's
effort (`"none"`), OpenRouter's object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the provider and its model make of a request that was accepted."""

    obeys: tuple[Choice, ...] = ("none", "required", "named")
    """The values of `tool_choice` that are enforced. A forced call that the script lacks is made up from the schema."""
    parallel_default: bool = True
    """Whether several calls come in one reply without being asked for. DashScope: only with `parallel_tool_calls`."""
    parallel_switch: bool = True
    """Whether `parallel_tool_calls: false` is heeded."""
    caps: tuple[str, ...] = ("max_completion_tokens", "max_tokens")
    """Parameters that cap the output; another is ignored."""
    cut_call: Literal["arguments", "text"] = "arguments"
    """What becomes of a call that the cap cuts: cut arguments, or raw text in the leak's convention (vLLM)."""
    cuts_prompt: bool = False
    """Whether a prompt that is longer than `Limits.window` is cut to it without a word (Ollama's `num_ctx`): the usage
    alone tells."""
    cut_finish: str = "length"
    """The finish reason of a reply that the cap cut. Some gateways: tool_calls."""
    thinking: Literal["never", "off", "on", "always"] = "never"
    """Whether the model thinks if the request does not say."""
    switches: tuple[Switch, ...] = ()
    """The switches that are heeded."""
    leak: Leak | None = None
    """The convention in which every call comes as text, since the server's parser is missing or misses it."""
    text_convention: Leak = "hermes"
    """The convention of the model's template, for a call that is cut or sent as text in spite of a parser."""
    none_leaks: bool = False
    """With `tool_choice: "none"` the calls come as text, since the tools stay in the prompt (vLLM, llama.cpp)."""
    responses_drop_tools: bool = False
    """Responses ignore the tools (vLLM without a tool parser)."""

    def __post_init__(self) -> None:
        """Refuse a word that no field has.

        Raises:
            ValueError: A field has another value than it takes.
        """
        check_values(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One emulated provider; `replace` or `but` make variants of it."""

    name: str
    """Its name here."""
    model: str
    """The model's name, served and echoed."""
    path: str = "/v1"
    """Path of the base URL."""
    api_key: str = "sk-emulated-key"
    """The key that is right."""
    error: ErrorShape = "openai"
    """The shape of its errors."""
    event_error: ErrorShape | None = None
    """The shape of an error within a stream, where it differs."""
    sse_refusals: bool = False
    """Whether a refused stream request gets its 4xx body as one SSE event (DashScope)."""
    rules: Rules = field(default_factory=Rules)
    """What it refuses."""
    wire: Wire = field(default_factory=Wire)
    """How it writes replies."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    """What its model does."""
    errors: Mapping[str, Refusal] = field(default_factory=dict)
    """Errors that do not depend on the request, by name: invalid (its plain refusal of a request), key, permission,
    not_found, rate_limit, quota, billing, server, overloaded, …"""
    responses: Literal["full", "brief", "none"] = "none"
    """Whether it serves `/responses`, and with which events: OpenAI's and vLLM's, or llama.cpp's fewer ones."""
    responses_reasoning: Literal["asked", "summary", "content"] = "summary"
    """How reasoning comes there: summarised and encrypted, each if it was asked for (OpenAI), as a summary that nobody
    asked for (DashScope, Ollama), or itself (vLLM, llama.cpp)."""
    responses_paths: tuple[str, ...] = ()
    """Further paths of Responses, from the root."""
    pages: Mapping[str, Any] = field(default_factory=dict)
    """Other GET paths, from the root, and what they answer (None: an empty body)."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the model in `GET /models`."""
    beside_cards: Mapping[str, Any] = field(default_factory=dict)
    """Further keys beside the list of models."""
    server: str = "emulated"
    """The Server header."""
    stream_type: str = "text/event-stream; charset=utf-8"
    """The content type of a stream."""
    plain_type: str = "application/json"
    """The content type of a plain reply."""

    def __post_init__(self) -> None:
        """Refuse a word that no field has.

        Raises:
            ValueError: A field has another value than it takes.
        """
        check_values(self)

    def but(
        self,
        *,
        rules: Mapping[str, Any] | None = None,
        limits: Mapping[str, Any] | None = None,
        wire: Mapping[str, Any] | None = None,
        behaviour: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Provider:
        """Make a variant, with single fields of its parts replaced.

        Args:
            rules: Fields of `Rules`.
            limits: Fields of `Limits`.
            wire: Fields of `Wire`.
            behaviour: Fields of `Behaviour`.
            **changes: Fields of `Provider`.

        Raises:
            TypeError: A field does not exist.
            ValueError: A field has another value than it takes.
        """
        for kind, given in (
            (Rules, rules),
            (Limits, limits),
            (Wire, wire),
            (Behaviour, behaviour),
            (Provider, changes),
        ):
            check_names(kind, given or {})
        new_rules = replace(self.rules, **(rules or {}))
        new_rules = replace(new_rules, limits=replace(new_rules.limits, **(limits or {})))
        return replace(
            self,
            rules=new_rules,
            wire=replace(self.wire, **(wire or {})),
            behaviour=replace(self.behaviour, **(behaviour or {})),
            **changes,
        )


def thinks(body: Mapping[str, Any], behaviour: Behaviour) -> bool:
    """Whether the model thinks in this request."""
    if behaviour.thinking in ("never", "always"):
        return behaviour.thinking == "always"
    said = [switched(body, switch) for switch in behaviour.switches]
    return next((value for value in said if value is not None), behaviour.thinking == "on")


def switched(body: Mapping[str, Any], switch: Switch) -> bool | None:
    """What one switch says in this request; None where it is not used."""
    value = body.get(switch)
    if switch == "enable_thinking":
        return value if isinstance(value, bool) else None
    if switch == "reasoning_effort":
        return None if value is None else value != "none"
    if not isinstance(value, Mapping):
        return None
    if switch == "chat_template_kwargs":
        inner = value.get("enable_thinking", value.get("thinking"))
        return inner if isinstance(inner, bool) else None
    if switch == "thinking":
        return value.get("type") != "disabled"
    return value.get("enabled", True) is not False and value.get("effort") != "none"
