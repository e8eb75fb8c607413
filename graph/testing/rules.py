"""What a provider refuses, as data: each rule is None (not refused) or the refusal in the provider's own words.

`checks.py` decides when a rule is broken; the order of its table is the order in which a request is examined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.testing.errors import Refusal
from graph.testing.fields import check_values

DEFAULT_BAD_JSON = Refusal(400, "We could not parse the JSON body of your request.")
DEFAULT_NO_MESSAGES = Refusal(400, "Missing required parameter: 'messages'.", param="messages")
DEFAULT_NO_ROUTE = Refusal(404, "Invalid URL ({method} {path})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers and names that the rules compare with."""

    window: int = 128_000
    """Tokens of the context window."""
    output: int = 16_384
    """Highest cap of output tokens."""
    tools: int = 128
    """Most tools in a request."""
    n: int = 128
    """Most choices."""
    temperature: tuple[float, float] = (0.0, 2.0)
    """Allowed range."""
    temperature_top: Literal["open", "closed"] = "closed"
    """Whether the upper end is allowed. DashScope: open."""
    fixed_temperature: float = 1.0
    """The one that reasoning models allow."""
    tool_names: tuple[str, ...] = ()
    """Function names that are refused."""
    roles: tuple[str, ...] = ("system", "developer", "user", "assistant", "tool", "function")
    """Roles that are known."""
    parameters: frozenset[str] = frozenset()
    """Parameters that are known."""
    thinking_budget: int = 38_912
    """Highest thinking budget."""
    call_ids: str = "[A-Za-z0-9]{9}"
    """Which ids of calls are taken, as a regular expression."""
    reasoning_scope: Literal["calls", "turns", "all"] = "calls"
    """Which assistant messages must have their reasoning, in a request that thinks: those with calls, those of every
    turn that has calls, its final answer included (DeepSeek), or all."""
    reasoning_keys: tuple[str, ...] = ("reasoning_content",)
    """Field names under which reasoning is looked for in a request's messages."""

    def __post_init__(self) -> None:
        """Refuse a value that no limit has.

        Raises:
            ValueError: A limit has another value than it takes.
        """
        check_values(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A provider's refusals."""

    limits: Limits = Limits()

    # The request as a whole
    bad_key: Refusal | None = None
    """The key is missing or wrong."""
    bad_route: Refusal = DEFAULT_NO_ROUTE
    """The path is not served."""
    bad_json: Refusal = DEFAULT_BAD_JSON
    """The body is no JSON object."""
    unknown_model: Refusal | None = None
    """The model is not the served one."""
    unknown_parameter: Refusal | None = None
    """A parameter is not among `Limits.parameters`."""
    no_messages: Refusal | None = DEFAULT_NO_MESSAGES
    """`messages` is missing or empty."""
    stream_only: Refusal | None = None
    """The request is plain."""
    plain_only: Refusal | None = None
    """The request asks for a stream."""
    stream_options_plain: Refusal | None = None
    """`stream_options` in a plain request."""

    # Sampling and caps
    max_tokens_name: Refusal | None = None
    """`max_tokens` is sent (reasoning models of OpenAI)."""
    max_completion_tokens_name: Refusal | None = None
    """`max_completion_tokens` is sent."""
    both_caps: Refusal | None = None
    """Both are sent."""
    output_range: Refusal | None = None
    """The cap is below 1 or above `Limits.output`."""
    temperature_range: Refusal | None = None
    """The temperature is out of `Limits.temperature`."""
    temperature_fixed: Refusal | None = None
    """The temperature is not `Limits.fixed_temperature`."""
    n_range: Refusal | None = None
    """`n` is above `Limits.n`."""
    n_greedy: Refusal | None = None
    """`n` above 1 at temperature 0 (vLLM)."""
    n_with_tools: Refusal | None = None
    """`n` above 1 beside tools."""
    context_overflow: Refusal | None = None
    """Prompt is longer than `Limits.window`."""
    context_overflow_output: Refusal | None = None
    """Prompt and cap together are."""

    # Tools
    empty_tools: Refusal | None = None
    """`tools: []`."""
    too_many_tools: Refusal | None = None
    """More than `Limits.tools`."""
    tool_without_function: Refusal | None = None
    """A tool has no `function`."""
    tool_without_name: Refusal | None = None
    """A function has no name."""
    tool_name: Refusal | None = None
    """A function's name is among `Limits.tool_names`."""
    tools_unsupported: Refusal | None = None
    """Tools are sent at all, unless `tool_choice` is none."""
    tools_need_no_effort: Refusal | None = None
    """Tools without `reasoning_effort: "none"` (gpt-5.6 and later)."""
    strict: Refusal | None = None
    """A function says `strict`."""
    choice_without_tools: Refusal | None = None
    """`tool_choice` without tools."""
    parallel_parameter: Refusal | None = None
    """`parallel_tool_calls` at all."""
    parallel_without_tools: Refusal | None = None
    """`parallel_tool_calls` without tools."""
    choice_required: Refusal | None = None
    """`tool_choice: "required"`."""
    choice_named: Refusal | None = None
    """A named `tool_choice`."""
    choice_unknown_tool: Refusal | None = None
    """`tool_choice` names a tool that is not there."""
    choice_forced_thinking: Refusal | None = None
    """Required or named in a request that thinks."""

    # Thinking
    thinking_plain: Refusal | None = None
    """A plain request that thinks."""
    thinking_disabled: Refusal | None = None
    """Thinking is switched off on a model that always thinks."""
    thinking_budget: Refusal | None = None
    """The thinking budget is not positive, or above `Limits.thinking_budget`."""
    two_thinking_switches: Refusal | None = None
    """Both `thinking` and `reasoning_effort`."""
    reasoning_effort: Refusal | None = None
    """`reasoning_effort` on a model that does not reason."""
    reasoning_missing: Refusal | None = None
    """A request that thinks, and a message of `Limits.reasoning_scope` whose reasoning was not passed back. An empty
    string is enough."""
    signature_missing: Refusal | None = None
    """A message's first call lacks the signature that was given beside it (`Wire.reasoning` is `signed`)."""
    reasoning_unknown: Refusal | None = None
    """A message has reasoning, under any name."""

    # Structured output
    json_schema: Refusal | None = None
    """`response_format` of type json_schema."""
    json_object: Refusal | None = None
    """`response_format` of type json_object."""
    json_without_word: Refusal | None = None
    """json_object, and no message has the word json."""
    json_thinking: Refusal | None = None
    """json_object in a request that thinks."""
    json_with_forced_choice: Refusal | None = None
    """A response format beside a forced `tool_choice`."""

    # Messages
    unknown_role: Refusal | None = None
    """A role is not among `Limits.roles`."""
    late_system: Refusal | None = None
    """A system message that is not the first message."""
    alternation: Refusal | None = None
    """User and assistant do not take turns; calls and results do not count (templates of Mistral)."""
    user_after_tool: Refusal | None = None
    """A user message right behind a tool message (Mistral)."""
    no_user: Refusal | None = None
    """No user message."""
    content_missing: Refusal | None = None
    """An assistant message with calls has no key `content`."""
    content_null: Refusal | None = None
    """Its content is null."""
    tool_content_list: Refusal | None = None
    """A tool message's content is a list."""
    content_list: Refusal | None = None
    """Any message's content is a list."""
    image: Refusal | None = None
    """A part that is no text."""
    empty_assistant: Refusal | None = None
    """An assistant message with neither content nor calls."""
    empty_tool_calls: Refusal | None = None
    """`tool_calls: []` in a message."""
    arguments_missing: Refusal | None = None
    """A call in a message has no arguments."""
    arguments_type: Refusal | None = None
    """Its arguments are no string."""
    arguments_not_json: Refusal | None = None
    """Its arguments are not a JSON object."""
    empty_call_id: Refusal | None = None
    """A call, or a tool message, has no id."""
    call_id_form: Refusal | None = None
    """The id of a call, or that of a tool message, is not among `Limits.call_ids`."""
    duplicate_call_id: Refusal | None = None
    """Two calls of a message have one id."""
    orphan_result: Refusal | None = None
    """A tool message answers no call of the assistant message before it, or one that was answered already."""
    unanswered_call: Refusal | None = None
    """A call has no tool message right after its message."""

    # Responses
    responses_previous: Refusal | None = None
    """`previous_response_id` of a response that was not stored; none is."""
    responses_include: Refusal | None = None
    """Encrypted reasoning is asked for, of a model that does not reason."""
    responses_effort: Refusal | None = None
    """An effort is asked for, of a model that does not reason."""
    responses_temperature: Refusal | None = None
    """A temperature, of a model that reasons."""
    responses_unknown: Refusal | None = None
    """An item's id that is not stored, unless it is that of reasoning whose encrypted content was made here."""
    responses_unread: Refusal | None = None
    """An encrypted content that was not made here."""
    responses_encrypted: Refusal | None = None
    """Any encrypted content (vLLM)."""
    responses_no_content: Refusal | None = None
    """A reasoning item without a list `content` (llama.cpp)."""
    responses_empty_content: Refusal | None = None
    """A reasoning item whose `content` is empty (llama.cpp)."""
    responses_untyped: Refusal | None = None
    """An item of no known form (llama.cpp)."""
    responses_repeated: Refusal | None = None
    """Two items have one id."""
    responses_alone: Refusal | None = None
    """A reasoning item that is not followed by what it was followed by when it was made."""
    responses_bereft: Refusal | None = None
    """An item that a stored id names, without the reasoning that came before it."""
    responses_orphan: Refusal | None = None
    """A function's output without its call."""
    responses_unanswered: Refusal | None = None
    """A function call without its output."""

    def __post_init__(self) -> None:
        """Refuse what is no refusal.

        Raises:
            ValueError: A rule is neither a refusal nor None.
        """
        check_values(self)
