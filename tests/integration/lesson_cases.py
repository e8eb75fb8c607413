"""Refusals that teach: what an endpoint says, to which request, and what the next one must be like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
STRICT = {"type": "function", "function": {**TOOL["function"], "strict": True}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}}
CALLED = [
    HumanMessage("Add."),
    AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "c1"}], additional_kwargs={"reasoning_content": "R"}),
    ToolMessage("3", tool_call_id="c1"),
]
NAMED = {"type": "function", "function": {"name": "add"}}


@dataclass
class Case:
    """A refusal, the request that it meets, and what the next one must be like.

    Attributes:
        says: the endpoint's words; or a whole body.
        learns: the flags that change.
        options: what the user asked for.
        messages: the thread.
        changed: the fields of the body that differ in the second request.
        only: `plain` or `stream`, where the refusal is about that.
        status: the status that it came with.
    """

    says: Any
    learns: Mapping[str, Any]
    changed: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    messages: list[Any] = field(default_factory=lambda: [HumanMessage("Hi")])
    only: str = ""
    status: int = 400


GONE = object()
ECHOED = [
    {"role": "user", "content": "Add."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        "reasoning_content": "R",
    },
    {"role": "tool", "content": "3", "tool_call_id": "c1"},
]

CASES: dict[str, Case] = {
    "tools_need_effort_none": Case(
        "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions.",
        {"tools_need_reasoning_effort_none": True},
        {"reasoning_effort": "none"},
        {"tools": [TOOL]},
    ),
    "choice_not_in_thinking": Case(
        "The tool_choice parameter does not support being set to required or object in thinking mode",
        {"thinking": "on", "tool_choice": frozenset({"auto", "none"})},
        {"tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "required"},
    ),
    "choice_from_list": Case(
        "tool_choice is one of the strings that should be ['none', 'auto']",
        {"tool_choice": frozenset({"auto", "none"})},
        {"tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "required"},
    ),
    "choice_not_taken": Case(
        "tool_choice: named functions are not supported",
        {"tool_choice": frozenset({"auto", "none", "required"})},
        {"tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": NAMED},
    ),
    "strict": Case(
        "tools.0.function.strict: Extra inputs are not permitted",
        {"strict_tools": False},
        {"tools": [TOOL]},
        {"tools": [STRICT]},
    ),
    "thinking_streams": Case(
        "parameter.enable_thinking must be set to false for non-streaming calls",
        {"thinking_needs_stream": True, "thinking": "on"},
        {"stream": True, "stream_options": {"include_usage": True}},
        only="plain",
    ),
    "stream_only": Case(
        "This model only supports streaming mode",
        {"serves": "stream_only"},
        {"stream": True, "stream_options": {"include_usage": True}},
        only="plain",
    ),
    "no_stream_usage": Case(
        "stream_options: Extra inputs are not permitted",
        {"stream_usage": False},
        {"stream_options": GONE},
        only="stream",
    ),
    "plain_only": Case(
        "Unsupported value: 'stream' does not support true with this model.",
        {"serves": "plain_only"},
        {"stream": False, "stream_options": GONE},
        only="stream",
    ),
    "no_json_in_thinking": Case(
        "Json mode response is not supported when enable_thinking is true",
        {"thinking": "on"},
        {
            "response_format": GONE,
            "messages": [
                {"role": "system", "content": "Reply with one JSON object, and nothing else."},
                {"role": "user", "content": "Some json"},
            ],
        },
        {"response_format": {"type": "json_object"}},
        [HumanMessage("Some json")],
    ),
    "response_format": Case(
        "This response_format type is unavailable now",
        {"json_schema": False},
        {"response_format": {"type": "json_object"}, "messages": ...},
        {"response_format": SCHEMA},
    ),
    "newer_cap": Case(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {"token_cap": "max_completion_tokens"},
        {"max_tokens": GONE, "max_completion_tokens": 4096},
    ),
    "cap_range": Case("Range of max_tokens should be [1, 2048]", {"max_output_tokens": 2048}, {"max_tokens": 2048}),
    "cap_beyond_window": Case(
        "'max_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 20 "
        "input tokens (4096 > 4096 - 20).",
        {"context_tokens": 4096, "max_output_tokens": 2048},
        {"max_tokens": 2048},
    ),
    "fixed_temperature": Case(
        "Unsupported value: 'temperature' does not support 0.2. Only the default (1) value is supported.",
        {"temperature_fixed": 1.0},
        {"temperature": GONE},
        {"temperature": 0.2},
    ),
    "temperature_range": Case(
        "'temperature' must be in [0, 1]", {"temperature_max": 1.0}, {"temperature": 1.0}, {"temperature": 1.5}
    ),
    "temperature_above_zero": Case(
        "Input validation error: `temperature` must be strictly positive",
        {"temperature_above_zero": True},
        {"temperature": 0.01},
        {"temperature": 0},
        status=422,
    ),
    "temperature_or_top_p": Case(
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        {"temperature_with_top_p": False},
        {"temperature": 0.2, "top_p": GONE},
        {"temperature": 0.2, "top_p": 0.9},
    ),
    "no_top_p": Case(
        "<400> InternalError.Algo.InvalidParameter: Range of top_p should be (0.0, 1.0]",
        {"unsupported_parameters": frozenset({"top_p"})},
        {"top_p": GONE},
        {"top_p": 0},
    ),
    "echo_reasoning": Case(
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        {"reasoning_echo": "tool_calls", "reasoning_echo_placeholder": True, "thinking": "on"},
        {"messages": ECHOED},
        messages=CALLED,
    ),
    "no_thinking_budget": Case(
        "The thinking_budget parameter must be a positive integer",
        {"unsupported_parameters": frozenset({"thinking_budget"})},
        {"thinking_budget": GONE},
        {"extra_body": {"thinking_budget": 0}},
    ),
    "content_not_null": Case(
        "messages.1.content: none is not an allowed value",
        {"assistant_content_with_calls": "empty"},
        {"messages": ...},
        messages=CALLED,
    ),
    "no_system": Case(
        "System role not supported",
        {"system_messages": "none"},
        {"messages": [{"role": "user", "content": "Be brief.\n\nHi"}]},
        messages=[SystemMessage("Be brief."), HumanMessage("Hi")],
        status=500,
    ),
    "alternate": Case(
        "Conversation roles must alternate user/assistant/user/assistant/...",
        {"alternating_roles": True},
        {"messages": [{"role": "user", "content": "Hi\n\nThere"}]},
        messages=[HumanMessage("Hi"), HumanMessage("There")],
    ),
    "no_user_after_tool": Case(
        "Unexpected role 'user' after role 'tool'",
        {"user_after_tool": False},
        {"messages": ...},
        messages=[*CALLED, HumanMessage("And?")],
    ),
    "ids_of_nine": Case(
        "Tool call id was c1 but must be a-z, A-Z, 0-9, with a length of 9.",
        {"call_ids": "nine"},
        {"messages": ...},
        messages=CALLED,
    ),
    "plain_ids": Case(
        "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
        {"call_ids": "plain"},
        {"messages": ...},
        messages=[
            AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "functions.add:0"}]),
            ToolMessage("3", tool_call_id="functions.add:0"),
        ],
    ),
    "unsupported": Case(
        "Unrecognized request argument supplied: top_k",
        {"unsupported_parameters": frozenset({"top_k"})},
        {"top_k": GONE},
        {"extra_body": {"top_k": 5}},
    ),
    "parallel_tool_calls": Case(
        "parallel_tool_calls: Extra inputs are not permitted",
        {"parallel_tool_calls_parameter": False},
        {"parallel_tool_calls": GONE},
        {"tools": [TOOL], "parallel_tool_calls": True},
        status=422,
    ),
}
"""One refusal for each row, but those of `UNMET`."""

UNMET = {
    "forbidden_names": "the tool has to be renamed by the user: a sentence, and no second request",
    "max_tools": "the agent has too many tools: a sentence, and no second request",
    "always_thinks": "the switch is only sent where the profile knows one",
    "no_echo": "the cautious default gives no reasoning back",
    "system_first": "the cautious default sends one leading system message from the first",
    "no_developer": "the cautious default sends no developer message",
    "needs_user": "the cautious default sends a user message",
    "content_is_string": "the cautious default sends text as a string; a list with a picture has no other form",
    "no_images": "a new image is an error of its own, and an old one is left out: tests/integration/test_images.py",
    "details_wanted": "only what came from the endpoint goes back to it: tests/integration/test_reasoning_details.py",
    "signature_refused": "the cautious default gives no signature back; as above",
    "json_word": "the cautious default gives the word",
}
"""Rows that no request on the way of the cautious default can meet, or that nothing can be changed for."""
