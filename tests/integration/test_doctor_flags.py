"""Whatever an emulated endpoint was built to do, the doctor finds out, flag by flag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doctor_model import examine_emulated, play_along

from graph.doctor import CHECKS
from graph.endpoint import store
from graph.testing import PROVIDERS, EmulatedEndpoint, Refusal
from graph.testing.provider import thinks
from graph.testing.wire import TAGGED

if TYPE_CHECKING:
    from graph.testing import Provider

OFF: list[dict[str, Any]] = [
    {"enable_thinking": False},
    {"chat_template_kwargs": {"enable_thinking": False}},
    {"thinking": {"type": "disabled"}},
    {"reasoning_effort": "none"},
    {"reasoning": {"enabled": False}},
]
ON: list[dict[str, Any]] = [
    {"enable_thinking": True},
    {"chat_template_kwargs": {"enable_thinking": True}},
    {"thinking": {"type": "enabled"}},
    {"reasoning_effort": "low"},
    {"reasoning": {"enabled": True}},
]


DECIDES = {check.name: check.decides for check in CHECKS}


class Built:
    """What a provider was built to do, read off its rules, wire, behaviour and limits."""

    def __init__(self, provider: Provider) -> None:
        self.rules, self.limits = provider.rules, provider.rules.limits
        self.wire, self.does, self.provider = provider.wire, provider.behaviour, provider
        self.shows = self.wire.reasoning != "hidden"
        self.default = thinks({}, self.does) and self.shows
        self.off = next((off for off in OFF if self.default and self._takes(off) and not thinks(off, self.does)), None)
        self.on = next(
            (on for on in ON if self.shows and not self.default and self._takes(on) and thinks(on, self.does)), None
        )

    def _takes(self, switch: dict[str, Any]) -> bool:
        known = self.limits.parameters
        if self.rules.unknown_parameter and not set(switch) <= known:
            return False
        if self.rules.reasoning_effort and "reasoning_effort" in switch:
            return False
        return not (self.rules.thinking_disabled and self.does.thinking == "always" and switch in OFF)

    @property
    def modes(self) -> list[bool]:
        """Whether the model thinks, in each way to ask that shows."""
        if self.default:
            return [True, *([False] if self.off else [])]
        return [False, *([True] if self.on else [])]

    def flags(self) -> dict[str, Any]:
        """Every flag that shows from outside, and what it must be."""
        found = {**self._frame(), **self._messages(), **self._thinking(), **self._formats(), **self._limits()}
        return {**found, **(self._tools() if self._has_tools else self._no_tools())}

    @property
    def _has_tools(self) -> bool:
        return self.rules.tools_unsupported is None

    def _frame(self) -> dict[str, Any]:
        rules = self.rules
        serves = "stream_only" if rules.stream_only else "plain_only" if rules.plain_only else "both"
        found: dict[str, Any] = {"serves": serves, "stream_usage": True}
        if serves == "both":
            found["thinking_needs_stream"] = rules.thinking_plain is not None and self.default
        holds = [name for name in ("max_tokens", "max_completion_tokens") if name in self.does.caps]
        if rules.max_tokens_name:
            holds = ["max_completion_tokens"]
        if holds:
            found["token_cap"] = holds[0]
        served = self.provider.responses != "none" and not self.does.responses_drop_tools and not self.does.leak
        found["responses_api"] = "yes" if served else "no"
        return found

    def _messages(self) -> dict[str, Any]:
        rules, roles = self.rules, self.limits.roles
        taken = {role: rules.unknown_role is None or role in roles for role in ("system", "developer")}
        order = "none" if not taken["system"] else "leading_one" if rules.late_system else "anywhere"
        found: dict[str, Any] = {
            "system_messages": order,
            "alternating_roles": rules.alternation is not None,
            "developer_role": taken["developer"],
            "images": rules.image is None and rules.content_list is None,
        }
        if taken["system"]:
            found["needs_user_message"] = rules.no_user is not None
        return found

    def _thinking(self) -> dict[str, Any]:
        if not self.default and not self.on:
            return {}
        names = {"both": ("reasoning_content", "reasoning"), "details": ("reasoning",), "signed": ("reasoning",)}
        tags = self.wire.reasoning in TAGGED
        found: dict[str, Any] = {"thinking_tags_in_content": tags}
        if tags:
            found["thinking_opened"] = self.wire.reasoning != "think-tags"
        if not tags:
            found["reasoning_fields"] = names.get(self.wire.reasoning, (self.wire.reasoning,))
        if self.on:
            off = OFF[ON.index(self.on)]
            return {**found, "thinking": "off", "thinking_on": self.on, "thinking_off": off}
        return {**found, "thinking": "on" if self.off else "always", "thinking_off": self.off or {}}

    def _formats(self) -> dict[str, Any]:
        rules, found = self.rules, dict[str, Any]()
        modes = {mode: not (mode and rules.json_thinking) and rules.json_object is None for mode in self.modes}
        if True in modes:
            found["json_mode_in_thinking"] = modes[True]
        if False in modes or modes.get(True):
            found["json_object"] = rules.json_object is None
            found["json_schema"] = rules.json_schema is None
            if any(modes.values()):
                found["json_object_needs_word"] = rules.json_without_word is not None
        return found

    def _limits(self) -> dict[str, Any]:
        rules, found, card = self.rules, dict[str, Any](), self.provider.card
        window = card.get("max_model_len") or card.get("meta", {}).get("n_ctx")
        if rules.output_range and "max_model_len" not in card:
            found["max_output_tokens"] = self.limits.output
        if window:
            found["context_tokens"] = window
            found["truncates_prompt"] = rules.context_overflow is None
        if rules.temperature_fixed:
            found["temperature_fixed"] = self.limits.fixed_temperature
        elif rules.temperature_range and self.limits.temperature_top == "open":
            found |= {"temperature_max": self.limits.temperature[1], "temperature_max_exclusive": True}
        return found

    def _no_tools(self) -> dict[str, Any]:
        """A server that lacks a flag has tools once it is started with it; only a model that lacks them is noted."""
        assert self.rules.tools_unsupported is not None
        return {} if "--" in self.rules.tools_unsupported.message else {"tools": False}

    def _tools(self) -> dict[str, Any]:
        rules = self.rules
        found: dict[str, Any] = {
            "tools": True,
            "tools_need_reasoning_effort_none": rules.tools_need_no_effort is not None,
            "leaks_tool_calls": self.does.leak is not None,
            "parallel_tool_calls_parameter": rules.parallel_parameter is None,
            "strict_tools": rules.strict is None,
            "content_parts": rules.content_list is None,
            "tool_content_parts": rules.content_list is None and rules.tool_content_list is None,
            **self._choice(),
            **self._echo(),
        }
        if rules.signature_missing is None:
            found["call_ids"] = "nine" if rules.call_id_form else "any"
            found["user_after_tool"] = rules.user_after_tool is None and rules.alternation is None
        if rules.parallel_parameter is None or self.does.parallel_default:
            found["parallel_tool_calls_default"] = self.does.parallel_default
        if rules.tool_name and "search" in self.limits.tool_names:
            found["forbidden_tool_names"] = frozenset({"search"})
        return found

    def _choice(self) -> dict[str, Any]:
        rules, found, forced = self.rules, dict[str, Any](), set[str]()
        for mode in self.modes:
            taken = {"auto", "none"}
            if not (mode and rules.choice_forced_thinking):
                taken |= {form for form in ("required", "named") if getattr(rules, f"choice_{form}") is None}
            forced |= taken & {"required", "named"}
            found["tool_choice_in_thinking" if mode else "tool_choice"] = frozenset(taken)
        if forced:
            found["tool_choice_enforced"] = forced <= set(self.does.obeys)
        return found

    def _echo(self) -> dict[str, Any]:
        found: dict[str, Any] = {"assistant_content_with_calls": "empty" if self.rules.content_null else "null"}
        if self.rules.signature_missing:
            return {**found, "reasoning_details": "always"}
        if not self.default:
            return found
        if self.rules.reasoning_missing is None:
            return {**found, "reasoning_echo": "never"}
        scope = {"calls": "tool_calls", "turns": "always", "all": "always"}[self.limits.reasoning_scope]
        field = self.limits.reasoning_keys[0]
        return {**found, "reasoning_echo": scope, "reasoning_echo_field": field, "reasoning_echo_placeholder": True}


def _compare(provider: Provider) -> None:
    with EmulatedEndpoint(provider, play_along) as endpoint:
        report = examine_emulated(endpoint)
        stored = store.load(endpoint.base_url, endpoint.model)
    assert report.failure == ""
    assert {flag: fact.value for flag, fact in report.facts.items()} == Built(provider).flags()
    assert set(stored) == set(report.facts)
    for flag, fact in report.facts.items():
        said = fact.evidence.removeprefix("doctor, ").partition(":")[0]
        assert flag in DECIDES[said], (flag, said)
    assert all(fact.source == "measured" and fact.date and fact.evidence for fact in stored.values())


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_flag_is_what_the_endpoint_was_built_to_do(name: str) -> None:
    _compare(PROVIDERS[name])


THINKS = {"thinking": "on", "switches": ("thinking",)}
SHOWS = {"reasoning": "reasoning_content"}

VARIANTS: dict[str, dict[str, Any]] = {
    "leaks": {"behaviour": {"leak": "hermes"}},
    "leaks as fenced JSON": {"behaviour": {"leak": "fenced-json"}},
    "thinks in tags": {"behaviour": {"thinking": "on"}, "wire": {"reasoning": "think-tags"}},
    "one call at a time": {"behaviour": {"parallel_default": False}},
    "older cap only": {"behaviour": {"caps": ("max_tokens",)}},
    "newer cap only": {"behaviour": {"caps": ("max_completion_tokens",)}},
    "no cap": {"behaviour": {"caps": ()}},
    "obeys nothing": {"behaviour": {"obeys": ()}},
    "obeys names alone": {"behaviour": {"obeys": ("named",)}},
    "drops tools in Responses": {"behaviour": {"responses_drop_tools": True}},
}


E1 = Refusal(400, "E1001")
"""Words that teach nothing: the doctor finds out by trying."""

VARIANTS |= {
    "wants reasoning, unsaid": {"behaviour": THINKS, "wire": SHOWS, "rules": {"reasoning_missing": E1}},
    "wants all reasoning": {
        "behaviour": THINKS,
        "wire": SHOWS,
        "rules": {"reasoning_missing": E1, "content_null": E1},
        "limits": {"reasoning_scope": "all", "reasoning_keys": ("reasoning",)},
    },
    "no null content": {"rules": {"content_null": E1}},
    "no lists": {"rules": {"content_list": E1}},
    "no lists from tools": {"rules": {"tool_content_list": E1}},
    "no strict": {"rules": {"strict": E1}},
    "no parallel parameter": {"rules": {"parallel_parameter": E1}},
    "no required": {"rules": {"choice_required": E1}},
    "no named": {"rules": {"choice_named": E1}},
    "no formats": {"rules": {"json_schema": E1, "json_object": E1}},
    "no late system": {"rules": {"late_system": E1}},
    "nine": {"rules": {"call_id_form": E1}, "wire": {"id_format": "{n:09d}"}},
    "wants signatures": {"behaviour": THINKS, "wire": {"reasoning": "signed"}, "rules": {"signature_missing": E1}},
    "no user after a tool": {"rules": {"user_after_tool": E1}},
    "alternates": {"rules": {"alternation": E1}},
    "wants a user": {"rules": {"no_user": E1}},
    "forced not while thinking": {"behaviour": THINKS, "wire": SHOWS, "rules": {"choice_forced_thinking": E1}},
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_behaviour_shows_in_its_flag(name: str) -> None:
    _compare(PROVIDERS["openai"].but(**VARIANTS[name]))
