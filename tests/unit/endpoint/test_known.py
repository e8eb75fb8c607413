"""The dated table: complete, and chosen by endpoint, never by a model's name alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.endpoint.known import Server, known_facts, providers, recognise
from graph.endpoint.profiles import effective_profile

OPENAI = "https://api.openai.com/v1"
DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1"
LOCAL = "http://localhost:8000/v1"


def test_every_fact_has_its_evidence_and_date() -> None:
    assert len(providers()) >= 12
    for provider in providers():
        assert provider.hosts or provider.servers, provider.name
        for block in provider.facts:
            assert block.about, provider.name
            assert block.evidence, (provider.name, block.about)
            assert dt.date(2023, 1, 1) < block.date < dt.date(2027, 1, 1), (provider.name, block.about)
            assert block.flags, (provider.name, block.about)


@pytest.mark.parametrize(
    ("base_url", "model", "server", "expected"),
    [
        (OPENAI, "gpt-4.1-mini", None, {"token_cap": "max_completion_tokens", "thinking": "none", "max_tools": 128}),
        (OPENAI, "o4-mini", None, {"thinking": "always", "parallel_tool_calls_parameter": False}),
        (OPENAI, "gpt-5-mini", None, {"thinking": "always", "tools_need_reasoning_effort_none": False}),
        (OPENAI, "gpt-5.3", None, {"thinking": "off", "tools_need_reasoning_effort_none": False}),
        (OPENAI, "gpt-5.4-mini", None, {"thinking": "off", "tools_need_reasoning_effort_none": True}),
        (OPENAI, "gpt-5.5", None, {"thinking": "on", "tools_need_reasoning_effort_none": True}),
        (OPENAI, "gpt-5.6-sol", None, {"tools_need_reasoning_effort_none": True, "temperature_fixed": 1.0}),
        (
            OPENAI,
            "gpt-6",
            None,
            {"tools_need_reasoning_effort_none": True, "thinking_off": {"reasoning_effort": "none"}},
        ),
        ("https://me.openai.azure.com/openai/v1", "gpt-4o", None, {"developer_role": True}),
        (DASHSCOPE, "qwen-plus", None, {"thinking": "off", "quota_is_throttle": True, "developer_role": False}),
        (DASHSCOPE, "qwen3.5-plus", None, {"thinking": "on", "thinking_off": {"enable_thinking": False}}),
        (DASHSCOPE, "qwen3.8-max", None, {"thinking": "on", "thinking_off": {"reasoning_effort": "none"}}),
        (DASHSCOPE, "qwen3-235b-a22b", None, {"thinking": "on", "thinking_needs_stream": True, "serves": "both"}),
        (DASHSCOPE, "qwen3-8b", None, {"thinking": "on", "thinking_needs_stream": True}),
        (DASHSCOPE, "qwen3-30b-a3b-instruct-2507", None, {"thinking": "none", "thinking_needs_stream": False}),
        (DASHSCOPE, "qwen3-next-80b-a3b-thinking", None, {"thinking": "always", "serves": "stream_only"}),
        (DASHSCOPE, "qwq-plus", None, {"serves": "stream_only", "json_schema": False}),
        (DASHSCOPE, "qwen3-coder-plus", None, {"thinking": "none"}),
        ("https://api.deepseek.com", "deepseek-v4-pro", None, {"reasoning_echo": "always", "strict_tools": False}),
        ("https://api.deepseek.com/beta", "deepseek-v4-pro", None, {"strict_tools": True, "json_schema": False}),
        ("https://api.moonshot.ai/v1", "kimi-k2.6", None, {"thinking": "on", "reasoning_echo_placeholder": True}),
        ("https://api.moonshot.cn/v1", "moonshot-v1-8k", None, {"thinking": "none", "temperature_max": 1.0}),
        ("http://192.168.1.5:11434/v1", "qwen3:8b", None, {"truncates_prompt": True, "token_cap": "max_tokens"}),
        (LOCAL, "Qwen/Qwen3-8B", "vllm", {"thinking_off": {"chat_template_kwargs": {"enable_thinking": False}}}),
        (LOCAL, "deepseek-ai/DeepSeek-V3.1", "sglang", {"thinking_on": {"chat_template_kwargs": {"thinking": True}}}),
        (LOCAL, "qwen2.5-coder", "embedded", {"leaks_tool_calls": True, "thinking": "none"}),
        (LOCAL, "qwen2.5-coder", "llama.cpp", {"leaks_tool_calls": None, "tool_choice_enforced": False}),
        ("https://openrouter.ai/api/v1", "qwen/qwen3-8b", None, {"reasoning_echo_field": "reasoning"}),
        ("https://api.z.ai/api/paas/v4", "glm-4.6", None, {"tool_choice": {"auto"}, "json_schema": False}),
        ("https://api.siliconflow.cn/v1", "Qwen/Qwen3-8B", None, {"thinking_off": {"enable_thinking": False}}),
        ("https://ark.cn-beijing.volces.com/api/v3", "doubao-seed-1-6", None, {"developer_role": False}),
    ],
)
def test_an_endpoint_gets_its_facts(base_url: str, model: str, server: str | None, expected: dict[str, Any]) -> None:
    profile = effective_profile(base_url, model, server=server).profile
    assert {flag: getattr(profile, flag) for flag in expected} == expected


@pytest.mark.parametrize(
    "base_url",
    [
        DASHSCOPE,
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "https://dashscope-us.aliyuncs.com/compatible-mode/v1",
        "https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1",
        "https://ws-1.cn-beijing.maas.aliyuncs.com/compatible-mode/v1",
        "https://coding.dashscope.aliyuncs.com/v1",
        "https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1",
        "HTTPS://DashScope.aliyuncs.com:443/compatible-mode/v1",
    ],
)
def test_all_regions_and_plans_of_dashscope_are_known(base_url: str) -> None:
    assert effective_profile(base_url, "qwen-plus").profile.quota_is_throttle


@pytest.mark.parametrize("model", ["qwen-plus", "Qwen/Qwen3-8B", "gpt-5.6-sol", "deepseek-v4-pro", "kimi-k2.6", "o3"])
@pytest.mark.parametrize("base_url", [LOCAL, "https://gateway.example/v1", "https://notapi.openai.com.example/v1"])
def test_a_name_says_nothing_about_an_unknown_endpoint(base_url: str, model: str) -> None:
    assert known_facts(base_url, model) == {}


@pytest.mark.parametrize(
    ("version", "first", "echo", "responses"),
    [
        ("0.9.2", "reasoning_content", "reasoning_content", "no"),
        ("0.10.0", "reasoning_content", "reasoning_content", "unknown"),
        ("0.10.1.1", "reasoning_content", "reasoning_content", "unknown"),
        ("0.11.0", "reasoning_content", "reasoning_content", "unknown"),
        ("0.11.1", "reasoning", "reasoning_content", "unknown"),
        ("0.12.0", "reasoning", "reasoning_content", "yes"),
        ("0.16.0", "reasoning", "reasoning", "yes"),
        ("0.32.0", "reasoning", "reasoning", "yes"),
        ("v0.33.0rc1.dev2+g123", "reasoning", "reasoning", "yes"),
        (None, "reasoning", "reasoning", "yes"),
    ],
)
def test_vllm_differs_by_version(version: str | None, first: str, echo: str, responses: str) -> None:
    profile = effective_profile(LOCAL, "m", server="vllm", version=version).profile
    assert (profile.reasoning_fields[0], profile.reasoning_echo_field, profile.responses_api) == (
        first,
        echo,
        responses,
    )


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, {"system_fingerprint": "vllm-0.32.0-ef998f0e"}, Server("vllm", "0.32.0")),
        ({}, {"system_fingerprint": "fp_ollama"}, Server("ollama")),
        ({"Server": "llama.cpp"}, {"system_fingerprint": "b0-unknown"}, Server("llama.cpp")),
        ({}, {"object": "list", "data": [{"id": "qwen", "owned_by": "vllm"}]}, Server("vllm")),
        ({}, {"object": "list", "data": [{"id": "qwen", "owned_by": "sglang"}]}, Server("sglang")),
        ({}, {"object": "list", "data": [{"id": "qwen", "owned_by": "llamacpp"}]}, Server("llama.cpp")),
        ({"server": "uvicorn"}, {"system_fingerprint": None, "data": []}, None),
        ({}, {"data": [{"owned_by": ["vllm"]}]}, None),
    ],
)
def test_a_server_is_recognised_by_what_it_says(
    headers: dict[str, str], body: dict[str, Any], expected: Server | None
) -> None:
    assert recognise(headers, body) == expected
