"""For each rule, a request that breaks it and nothing else."""

from __future__ import annotations

from typing import Any

from wire_client import TOOL

USER = {"role": "user", "content": "What is 1 + 2?"}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
OBJECT = {"type": "json_object"}
NAMED = {"type": "function", "function": {"name": "add"}}


def call(arguments: Any = '{"a": 1}', **other: Any) -> dict[str, Any]:
    function = {"name": "add"} if arguments is ... else {"name": "add", "arguments": arguments}
    return {"id": "call00001", "type": "function", "function": function, **other}


def assistant(*calls: Any, **other: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "", "tool_calls": list(calls), "reasoning_content": "Let me see.", **other}
    return {key: value for key, value in said.items() if value is not ...}


def result(content: Any = "3", call_id: str = "call00001") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def turns(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [USER, *messages]}


def function(**parts: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "add", "parameters": {}, **parts}}]}


TOOLS = {"tools": [TOOL]}

BREACHES: dict[str, dict[str, Any]] = {
    "unknown_model": {"model": "no-such-model"},
    "unknown_parameter": {"no_such_parameter": 1},
    "no_messages": {"messages": []},
    "stream_only": {"stream": ...},
    "plain_only": {"stream": True},
    "stream_options_plain": {"stream": ..., "stream_options": {"include_usage": True}},
    "max_tokens_name": {"max_tokens": 10},
    "max_completion_tokens_name": {"max_completion_tokens": 10},
    "both_caps": {"max_tokens": 10, "max_completion_tokens": 10},
    "output_range": {"max_tokens": 10_000_000},
    "temperature_range": {"temperature": 2.5},
    "temperature_fixed": {"temperature": 0.5},
    "n_range": {"n": 1000},
    "n_greedy": {"n": 2, "temperature": 0},
    "n_with_tools": {"n": 2, **TOOLS},
    "context_overflow": {"messages": [{"role": "user", "content": "x" * 4_200_000}]},
    "context_overflow_output": {"max_tokens": 4090},
    "empty_tools": {"tools": []},
    "too_many_tools": {"tools": [TOOL] * 200},
    "tool_without_function": {"tools": [{"type": "function"}]},
    "tool_without_name": {"tools": [{"type": "function", "function": {"description": "no name"}}]},
    "tool_name": function(name="search"),
    "tools_unsupported": TOOLS,
    "tools_need_no_effort": TOOLS,
    "strict": function(strict=True),
    "choice_without_tools": {"tool_choice": "auto"},
    "parallel_parameter": {**TOOLS, "parallel_tool_calls": True},
    "parallel_without_tools": {"parallel_tool_calls": True},
    "choice_required": {**TOOLS, "tool_choice": "required"},
    "choice_named": {**TOOLS, "tool_choice": NAMED},
    "choice_unknown_tool": {**TOOLS, "tool_choice": {"type": "function", "function": {"name": "nope"}}},
    "choice_forced_thinking": {**TOOLS, "tool_choice": "required", "enable_thinking": True},
    "thinking_plain": {"stream": ...},
    "thinking_disabled": {"enable_thinking": False},
    "thinking_budget": {"thinking_budget": 0},
    "two_thinking_switches": {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
    "reasoning_effort": {"reasoning_effort": "low"},
    "reasoning_missing": {**turns(assistant(call(), reasoning_content=...), result()), "enable_thinking": True},
    "signature_missing": turns(assistant(call()), result()),
    "reasoning_unknown": turns(assistant(call()), result()),
    "json_schema": {"response_format": SCHEMA},
    "json_object": {"response_format": OBJECT},
    "json_without_word": {"response_format": OBJECT},
    "json_thinking": {
        "response_format": OBJECT,
        "messages": [{"role": "user", "content": "As json."}],
        "enable_thinking": True,
    },
    "json_with_forced_choice": {
        "response_format": OBJECT,
        "messages": [{"role": "user", "content": "As json."}],
        **TOOLS,
        "tool_choice": "required",
    },
    "unknown_role": {"messages": [{"role": "narrator", "content": "Once"}, USER]},
    "late_system": turns({"role": "system", "content": "Be brief."}),
    "alternation": turns(USER),
    "user_after_tool": turns(assistant(call()), result(), USER),
    "no_user": {"messages": [{"role": "system", "content": "Be brief."}]},
    "content_missing": turns(assistant(call(), content=...), result()),
    "content_null": turns(assistant(call(), content=None), result()),
    "image": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
    "tool_content_list": turns(assistant(call()), result([{"type": "text", "text": "3"}])),
    "content_list": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Well?"}]}]},
    "empty_tool_calls": turns(assistant(content="Three.")),
    "empty_assistant": turns({"role": "assistant", "content": ""}, USER),
    "arguments_missing": turns(assistant(call(...)), result()),
    "arguments_type": turns(assistant(call({"a": 1})), result()),
    "arguments_not_json": turns(assistant(call('{"a": 1')), result()),
    "empty_call_id": turns(assistant(call(id="")), result(call_id="")),
    "call_id_form": turns(assistant(call(id="call_1")), result(call_id="call_1")),
    "duplicate_call_id": turns(assistant(call(), call()), result(), result()),
    "orphan_result": turns(result()),
    "unanswered_call": turns(assistant(call()), USER),
}
"""Rule: what the request has; `...` takes a key away."""
