"""What the emulated model makes of a request: choice, parallel calls, caps, thinking, calls as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from breaches import NAMED, TOOLS
from wire_client import TOOL, ask

from graph.testing import LEAKS, Call, EmulatedEndpoint, Reply
from graph.testing.leaks import write_as_text

ADD = Call("add", {"a": 1, "b": 2})
MULTIPLY = Call("multiply", {"a": 3, "b": 4})


def message(endpoint: EmulatedEndpoint, **body: Any) -> dict[str, Any]:
    seen = ask(endpoint, **body)
    assert seen.status == 200, seen.body
    choice = seen.json["choices"][0]
    return {**choice["message"], "finish": choice["finish_reason"]}


def names(message: dict[str, Any]) -> list[str]:
    return [call["function"]["name"] for call in message.get("tool_calls") or ()]


@pytest.mark.parametrize(
    ("provider", "choice", "script", "expected", "finish"),
    [
        ("openai", "none", Reply("3", [ADD]), [], "stop"),
        ("openai", "auto", Reply(calls=[ADD]), ["add"], "tool_calls"),
        ("openai", "required", Reply("3"), ["add"], "tool_calls"),
        ("openai", NAMED, Reply("3"), ["add"], "stop"),
        ("openai", NAMED, Reply(calls=[MULTIPLY, ADD]), ["add"], "stop"),
        ("ollama", "none", Reply(calls=[ADD]), ["add"], "tool_calls"),
        ("ollama", "required", Reply("3"), [], "stop"),
        ("zhipu", NAMED, Reply("3"), [], "stop"),
        ("llamacpp", NAMED, Reply("3"), [], "stop"),
        ("sglang", NAMED, Reply(calls=[ADD]), ["add"], "tool_calls"),
    ],
)
def test_tool_choice(provider: str, choice: Any, script: Reply, expected: list[str], finish: str) -> None:
    with EmulatedEndpoint(provider, [script], exact=False) as endpoint:
        said = message(endpoint, **TOOLS, tool_choice=choice)
    assert (names(said), said["finish"]) == (expected, finish)


def test_a_forced_call_that_the_script_lacks_fits_the_schema() -> None:
    with EmulatedEndpoint("openai", [Reply("3")], exact=False) as endpoint:
        said = message(endpoint, **TOOLS, tool_choice="required")
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"a": 0, "b": 0}


def test_choice_none_leaves_calls_as_text_on_vllm() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(calls=[ADD])], exact=False) as endpoint:
        said = message(endpoint, **TOOLS, tool_choice="none")
    assert said["content"] == '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'


@pytest.mark.parametrize(
    ("provider", "wanted", "expected"),
    [
        ("openai", None, ["add", "multiply"]),
        ("openai", False, ["add"]),
        ("dashscope", None, ["add"]),
        ("dashscope", True, ["add", "multiply"]),
        ("ollama", False, ["add", "multiply"]),
        ("vllm-0.9", False, ["add", "multiply"]),
        ("vllm-0.32", False, ["add"]),
    ],
)
def test_parallel_calls(provider: str, wanted: bool | None, expected: list[str]) -> None:
    more = {} if wanted is None else {"parallel_tool_calls": wanted}
    with EmulatedEndpoint(provider, [Reply(calls=[ADD, MULTIPLY])], exact=False) as endpoint:
        assert names(message(endpoint, **TOOLS, **more)) == expected


@pytest.mark.parametrize(
    ("provider", "cap", "cut"),
    [
        ("openai", "max_completion_tokens", True),
        ("openai", "max_tokens", True),
        ("ollama", "max_completion_tokens", False),
        ("ollama", "max_tokens", True),
        ("deepseek-v4", "max_completion_tokens", False),
        ("dashscope", "max_completion_tokens", False),
        ("vllm-0.32", "max_completion_tokens", True),
        ("hostile", "max_tokens", False),
    ],
)
def test_caps(provider: str, cap: str, cut: bool) -> None:
    text = "one two three four five six"
    with EmulatedEndpoint(provider, [Reply(text)], exact=False) as endpoint:
        said = message(endpoint, **{cap: 2})
    assert said["content"] == (text[:8] if cut else text)
    assert said["finish"] == ("length" if cut else "stop")


def test_a_cap_cuts_arguments() -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[ADD])], exact=False) as endpoint:
        said = message(endpoint, **TOOLS, max_tokens=3)
    assert said["tool_calls"][0]["function"]["arguments"] == '{"a": 1, "b": 2}'[: 3 * 4 - len("add")]
    assert said["finish"] == "length"


def test_a_cap_leaves_raw_text_on_vllm() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(calls=[ADD])], exact=False) as endpoint:
        said = message(endpoint, **TOOLS, max_tokens=4)
    assert (said["content"], said["finish"]) == ('<tool_call>\n{"na', "length")
    assert "tool_calls" not in said


@pytest.mark.parametrize(
    ("provider", "more", "thinks"),
    [
        ("dashscope", {}, False),
        ("dashscope", {"enable_thinking": True}, True),
        ("deepseek-v4", {}, True),
        ("deepseek-v4", {"thinking": {"type": "disabled"}}, False),
        ("vllm-0.32", {"enable_thinking": False}, True),
        ("vllm-0.32", {"chat_template_kwargs": {"enable_thinking": False}}, False),
        ("openrouter", {"reasoning": {"enabled": False}}, False),
        ("ollama", {"reasoning_effort": "none"}, False),
    ],
)
def test_thinking(provider: str, more: dict[str, Any], thinks: bool) -> None:
    with EmulatedEndpoint(provider, [Reply("3", reasoning="1 and 2 make 3.")], exact=thinks) as endpoint:
        said = message(endpoint, **more)
    found = said.get("reasoning_content") or said.get("reasoning")
    assert found == ("1 and 2 make 3." if thinks else None)


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_in_the_content(stream: bool) -> None:
    reply = Reply("3", reasoning="Hm.")
    with EmulatedEndpoint("vllm-0.32", [reply], wire={"reasoning": "think-tags"}) as endpoint:
        seen = ask(endpoint, stream)
    if stream:
        content = "".join(choice["delta"].get("content", "") for chunk in seen.chunks for choice in chunk["choices"])
    else:
        content = seen.json["choices"][0]["message"]["content"]
    assert content == "<think>\nHm.\n</think>\n\n3"


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("stream", [False, True])
def test_calls_as_text(leak: Any, stream: bool) -> None:
    calls = [Call("add", {"city": 'Köln\n"am Rhein"', "n": [1, {"x": None}]}), Call("now")]
    with EmulatedEndpoint("vllm-0.32", [Reply("Let me see. ", calls, leak=leak)]) as endpoint:
        seen = ask(endpoint, stream, tools=[TOOL])
    if stream:
        choices = [choice for chunk in seen.chunks for choice in chunk["choices"]]
        content = "".join(choice["delta"].get("content", "") for choice in choices)
        assert not any("tool_calls" in choice["delta"] for choice in choices)
    else:
        said = seen.json["choices"][0]["message"]
        content = said["content"]
        assert "tool_calls" not in said
    assert content.startswith("Let me see. ")
    assert "add" in content
    assert "now" in content
    assert "Köln" in content


BREAKS = {"qwen3-coder": "\n\n", "deepseek-v3.2": "\n\n", "deepseek-v4": "\n\n"}
BEHIND_THE_TEXT = {"llama3", "llama4", "mistral", "mistral-args", "deepseek-v3", "deepseek-v3.1", "kimi-k2"}
BEHIND_THE_TEXT |= {"harmony", "functiongemma", "granite"}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("text", ["", "\n", "Let me see.", "Let me see.\n", "Let me see.\n\n"])
def test_calls_as_text_stand_where_templates_put_them(leak: Any, text: str) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(text, [Call("now")], leak=leak)]) as endpoint:
        content = message(endpoint, tools=[TOOL])["content"]
    breaks = "" if leak in BEHIND_THE_TEXT or not text else BREAKS.get(leak, "\n")
    between = text.removeprefix("Let me see.")
    assert content == text + breaks[len(between) :] + write_as_text([("now", {})], leak)


def test_so_do_those_that_are_cut_and_those_that_must_not_be_made() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("See.", [ADD])] * 2, exact=False) as endpoint:
        cut = message(endpoint, tools=[TOOL], max_tokens=5)["content"]
        kept = message(endpoint, tools=[TOOL], tool_choice="none")["content"]
    assert cut == 'See.\n<tool_call>\n{"n'
    assert kept.startswith("See.\n<tool_call>\n{")


def test_raw_argument_text_leaks_as_it_is() -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[Call("add", '{"a": 1, ')], leak="hermes")]) as endpoint:
        said = message(endpoint)
    assert said["content"] == '<tool_call>\n{"name": "add", "arguments": {"a": 1, }\n</tool_call>'
