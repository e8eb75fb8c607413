"""No provider of the world: the strictest of all at once, and a gateway that gets everything wrong."""

from __future__ import annotations

from dataclasses import fields

from graph.testing.errors import Refusal
from graph.testing.provider import Behaviour, Provider
from graph.testing.providers.dashscope import RULES as DASHSCOPE_RULES
from graph.testing.providers.mistral import MISTRAL
from graph.testing.providers.openai import PARAMETERS
from graph.testing.providers.openai import RULES as OPENAI_RULES
from graph.testing.providers.vendors import DEEPSEEK, KIMI
from graph.testing.providers.vllm import RULES as VLLM_RULES
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Wire

_MORE = {
    "strict": Refusal(400, "tools.0.function.strict: Extra inputs are not permitted", code="extra_forbidden"),
    "n_range": Refusal(400, "Only one completion is supported, got n={n}."),
    "json_schema": DEEPSEEK.rules.json_schema,
    "reasoning_missing": DEEPSEEK.rules.reasoning_missing,
    "content_list": DEEPSEEK.rules.content_list,
    "empty_assistant": KIMI.rules.empty_assistant,
    "two_thinking_switches": KIMI.rules.two_thinking_switches,
    "user_after_tool": MISTRAL.rules.user_after_tool,
    "call_id_form": MISTRAL.rules.call_id_form,
    "late_system": VLLM_RULES.late_system,
    "image": VLLM_RULES.image,
    "json_with_forced_choice": Refusal(400, "tool_choice cannot be used with response_format."),
    "n_greedy": None,
    "context_overflow_output": None,
    "n_with_tools": None,
    "choice_required": None,
    "thinking_plain": None,
    "reasoning_effort": None,
}


def _union() -> Rules:
    """OpenAI's rules, then DashScope's and vLLM's where OpenAI has none, then the others' that concern messages."""
    found: dict[str, Refusal | None] = {}
    for rule in fields(Rules):
        if rule.name != "limits":
            options = (getattr(rules, rule.name) for rules in (OPENAI_RULES, DASHSCOPE_RULES, VLLM_RULES))
            found[rule.name] = next((option for option in options if option is not None), None)
    limits = Limits(
        n=1,
        tools=64,
        temperature_top="open",
        reasoning_scope="turns",
        tool_names=("search",),
        roles=("system", "user", "assistant", "tool"),
        parameters=PARAMETERS | {"enable_thinking", "thinking", "chat_template_kwargs", "thinking_budget"},
    )
    return Rules(**{**found, **_MORE}, limits=limits)  # type: ignore[arg-type]  # a mapping has one value type


STRICTEST = Provider(
    name="strictest",
    model="strictest",
    rules=_union(),
    wire=Wire(reasoning="reasoning_content", id_format="{n:09d}"),
    behaviour=Behaviour(
        parallel_default=True, thinking="off", switches=("enable_thinking", "thinking", "chat_template_kwargs")
    ),
)
"""Every rule about the form of a request that some provider has: a thread that it accepts is accepted anywhere."""

HOSTILE = Provider(
    name="hostile",
    model="hostile",
    error="flat",
    rules=Rules(bad_key=OPENAI_RULES.bad_key, empty_tools=OPENAI_RULES.empty_tools),
    wire=Wire(
        empty_content="absent",
        role="every",
        call_id="unique",
        next_id="new",
        next_name="repeated",
        index="absent",
        finish="twice",
        named_finish="tool_calls",
        done=False,
        usage="every-chunk",
        reasoning="both",
        data_prefix="data:",
        comments=(": PROCESSING", ":"),
        obfuscation=True,
        http_chunk=7,
    ),
    behaviour=Behaviour(caps=(), thinking="on", cut_finish="tool_calls"),
)
"""Name repeated, index missing, a new id in every chunk, cumulative usage, the finish reason twice, no `[DONE]`, flat
errors, and bytes cut at every seventh. Other quirks come in through `wire=`."""

ALL = (STRICTEST, HOSTILE)
