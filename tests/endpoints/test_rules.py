"""Each provider refuses what it refuses, with its own status, words and shape; plain and streamed."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from breaches import BREACHES, TOOLS, USER, assistant, call, result, turns
from wire_client import TOOL, ask, send

from graph.testing import PROVIDERS, EmulatedEndpoint, Provider, Refusal, Reply, Rules

PLAIN_BREACHES = {"stream_only", "thinking_plain", "stream_options_plain"}
RULES_ELSEWHERE = {"limits", "bad_key", "bad_route", "bad_json"}


def must_stream(provider: Provider) -> bool:
    """Whether plain requests are refused as such."""
    return provider.rules.thinking_plain is not None or provider.rules.stream_only is not None


def cases() -> list[Any]:
    """Provider, rule, streamed."""
    found = []
    for provider in PROVIDERS.values():
        for rule in BREACHES:
            if getattr(provider.rules, rule) is not None:
                ways = {rule not in PLAIN_BREACHES, must_stream(provider) and rule not in PLAIN_BREACHES}
                found += [
                    pytest.param(provider.name, rule, way, id=f"{provider.name}-{rule}-{way}") for way in sorted(ways)
                ]
    return found


def test_every_rule_can_be_broken() -> None:
    named = {rule.name for rule in fields(Rules) if not rule.name.startswith("responses_")}
    assert named - RULES_ELSEWHERE == set(BREACHES)


@pytest.mark.parametrize(("name", "rule", "stream"), cases())
def test_refuses(name: str, rule: str, stream: bool) -> None:
    provider = PROVIDERS[name]
    body = dict(BREACHES[rule])
    if body.get("tools") and provider.rules.tools_need_no_effort and rule != "tools_need_no_effort":
        body["reasoning_effort"] = "none"
    if "max_tokens" in body and provider.rules.max_tokens_name and rule == "output_range":
        body["max_completion_tokens"] = body.pop("max_tokens")
    with EmulatedEndpoint(provider) as endpoint:
        seen = ask(endpoint, stream, **body)
        request = endpoint.requests[0]
    refusal = getattr(provider.rules, rule)
    words = re.sub(r"\\\{\w+\\\}", ".*", re.escape(refusal.message))
    assert request.refused is not None
    assert re.fullmatch(words, request.refused, re.DOTALL)
    assert "{place}" not in request.refused
    assert seen.status == request.status == refusal.status
    if stream and provider.sse_refusals:
        assert seen.headers["content-type"].startswith("text/event-stream")
        assert seen.chunks[0]["error"]["message"] == request.refused
    elif refusal.message and refusal.shape not in ("html", "text"):
        assert request.refused in _strings(seen.json)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    return [value] if isinstance(value, str) else []


EXACT = [
    (
        "openai",
        {"tools": []},
        400,
        {
            "error": {
                "message": "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty "
                "array instead.",
                "type": "invalid_request_error",
                "param": "tools",
                "code": "empty_array",
            }
        },
    ),
    (
        "openai",
        turns(result()),
        400,
        {
            "error": {
                "message": "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                "with 'tool_calls'.",
                "type": "invalid_request_error",
                "param": "messages.[1].role",
                "code": None,
            }
        },
    ),
    (
        "dashscope",
        {"tools": []},
        400,
        {
            "error": {
                "message": "[] is too short - 'tools'",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            },
            "request_id": "00000000-0000-4000-8000-000000000000",
        },
    ),
    (
        "vllm-0.9",
        {"model": "x"},
        404,
        {
            "object": "error",
            "message": "The model `x` does not exist.",
            "type": "NotFoundError",
            "param": None,
            "code": 404,
        },
    ),
    (
        "kimi",
        turns(assistant(call(), reasoning_content=...), result()),
        400,
        {
            "error": {
                "message": "thinking is enabled but reasoning_content is missing in assistant tool call message at "
                "index 1",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        },
    ),
    (
        "zhipu",
        turns(result()),
        400,
        {
            "error": {
                "code": "1214",
                "message": "The messages parameter is illegal. Please check the documentation.",
            },
            "request_id": "20261122000000",
        },
    ),
    (
        "ark",
        turns({"role": "developer", "content": "Be brief."}),
        400,
        {
            "error": {
                "message": "The parameter `messages.role` specified in the request are not valid: invalid value: "
                "`developer`, supported values are: `system`, `assistant`, `user`, `tool`. Request id: "
                "02170000000000000000000000000000000000000000000000000",
                "type": "BadRequest",
                "param": "messages.role",
                "code": "InvalidParameter",
            }
        },
    ),
    (
        "siliconflow",
        turns(assistant(call(), content=...), result()),
        400,
        {"code": 20015, "message": "Field required", "data": None},
    ),
    (
        "sglang",
        {**TOOLS, "tool_choice": {"type": "function", "function": {"name": "nope"}}},
        400,
        {
            "object": "error",
            "message": "Tool 'nope' not found in tools list.",
            "type": "BadRequest",
            "param": "tool_choice",
            "code": 400,
        },
    ),
]


@pytest.mark.parametrize(("name", "body", "status", "expected"), EXACT)
def test_whole_body_of_a_refusal(name: str, body: Any, status: int, expected: Any) -> None:
    with EmulatedEndpoint(name) as endpoint:
        seen = ask(endpoint, **body)
    assert (seen.status, seen.json) == (status, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai", (401, "invalid_api_key")),
        ("dashscope", (401, "invalid_api_key")),
        ("vllm-0.32", (401, {"error": "Unauthorized"})),
        ("siliconflow", (401, "Invalid token")),
        ("ark", (401, "AuthenticationError")),
        ("llamacpp", (200, None)),
        ("ollama", (200, None)),
    ],
)
def test_wrong_key(name: str, expected: tuple[int, Any]) -> None:
    with EmulatedEndpoint(name, lambda _: Reply("x")) as endpoint:
        path = f"{endpoint.provider.path}/chat/completions"
        body = {"model": endpoint.model, "messages": [USER]}
        seen = send(endpoint.root_url, path, body, key="sk-wrong")
    assert seen.status == expected[0]
    if expected[1] is not None:
        assert expected[1] in (seen.json, seen.json["error"].get("code") if "message" in str(seen.json) else None)


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("dashscope", "/api/v1/chat/completions", b""),
        ("zhipu", "/api/paas/v4/v1/chat/completions", b"Not Found"),
        ("ark", "/api/v3/v1/chat/completions", b"The specified action is invalid: /api/v3/v1/chat/completions"),
        ("vllm-0.9", "/v1/responses", b'{"detail": "Not Found"}'),
        ("deepseek-v4", "/v1/responses", b""),
    ],
)
def test_unknown_route(name: str, path: str, expected: bytes) -> None:
    with EmulatedEndpoint(name) as endpoint:
        seen = send(endpoint.root_url, path, {}, key=endpoint.api_key)
    assert seen.status == 404
    assert expected in seen.body
    assert bool(expected) == bool(seen.body)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
@pytest.mark.parametrize("stream", [False, True])
def test_accepts_a_well_formed_thread(name: str, stream: bool) -> None:
    provider = PROVIDERS[name]
    answer = {"role": "assistant", "content": "3", "reasoning_content": ""}
    body = turns(assistant(call()), result("3"), answer, USER)
    tools = provider.rules.tools_unsupported is None
    more = {"tools": [TOOL]} if tools else {}
    if provider.rules.tools_need_no_effort is not None:
        more["reasoning_effort"] = "none"
    with EmulatedEndpoint(provider, [Reply("fine")]) as endpoint:
        seen = ask(endpoint, stream or must_stream(provider), **body, **more)
        assert seen.status == 200, seen.body
        assert endpoint.requests[0].refused is None


FULL = {"reasoning_content": ""}
CALLED = [assistant(call(), **FULL), result()]
ANSWER = {"role": "assistant", "content": "3"}


@pytest.mark.parametrize(
    ("name", "messages", "accepted"),
    [
        ("deepseek-v4", [*CALLED, {**ANSWER, **FULL}, USER], True),
        ("deepseek-v4", [*CALLED, ANSWER, USER], False),
        ("deepseek-v4", [ANSWER, USER, *CALLED], True),
        ("deepseek-v4", [assistant(call(), reasoning_content=...), result(), ANSWER, USER], False),
        ("kimi", [*CALLED, ANSWER, USER], True),
        ("kimi", [assistant(call(), reasoning_content=...), result(), ANSWER, USER], False),
    ],
)
def test_where_reasoning_is_wanted(name: str, messages: Any, accepted: bool) -> None:
    with EmulatedEndpoint(name, lambda _: Reply("3")) as endpoint:
        assert (ask(endpoint, **turns(*messages)).status == 200) == accepted
        assert ask(endpoint, **turns(*messages), thinking={"type": "disabled"}).status == 200


def test_openai_repeats_the_ends_of_a_wrong_key() -> None:
    with EmulatedEndpoint("openai") as endpoint:
        seen = send(endpoint.root_url, "/v1/models", method="GET", key="sk-wrong-0123456789")
    assert "sk-wrong********************6789" in seen.json["error"]["message"]


def test_a_rule_from_elsewhere() -> None:
    old = Refusal(400, 'tool_choice is one of the strings that should be ["none", "auto"]')
    with EmulatedEndpoint("dashscope", rules={"choice_required": old}) as endpoint:
        assert ask(endpoint, **TOOLS, tool_choice="required").json["error"]["message"] == old.message
