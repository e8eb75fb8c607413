"""What level 4 says of the OpenAI Agents SDK is what the SDK does, on the same servers, in both of its modes."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from agents_sdk import WAYS, Prediction, Way, prediction, run_sdk
from doctor_model import examine_emulated, play_along

from graph.endpoint.settings import Endpoint
from graph.testing import PROVIDERS, EmulatedEndpoint, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.testing import Provider, RecordedRequest

NO = Refusal(400, "E1001")
"""Words that teach nothing."""

THINKS = {"thinking": "on", "switches": ("thinking",)}
CONTENT = {"reasoning": "reasoning_content"}
EFFORT = PROVIDERS["openai-gpt-5.6"].rules.tools_need_no_effort

CHAT_ONLY: dict[str, dict[str, Any]] = {
    "leaks calls": {"behaviour": {"leak": "hermes"}},
    "leaks calls as fenced JSON": {"behaviour": {"leak": "fenced-json"}},
    "thinks in tags": {"behaviour": {"thinking": "on"}, "wire": {"reasoning": "think-tags"}},
    "one call at a time": {"behaviour": {"parallel_default": False}},
    "no null content": {"rules": {"content_null": NO}},
    "no lists": {"rules": {"content_list": NO}},
    "no strict": {"rules": {"strict": NO}},
    "no parallel parameter": {"rules": {"parallel_parameter": NO}},
    "no forced calls": {"rules": {"choice_required": NO, "choice_named": NO}},
    "no system": {"rules": {"unknown_role": NO}, "limits": {"roles": ("user", "assistant", "tool")}},
    "alternates": {"rules": {"alternation": NO}},
    "tools without effort": {"rules": {"tools_need_no_effort": EFFORT, "reasoning_effort": None}},
    "wants reasoning": {"behaviour": THINKS, "wire": CONTENT, "rules": {"reasoning_missing": NO}},
    "wants reasoning of deepseek": {
        "model": "deepseek-x",
        "behaviour": THINKS,
        "wire": CONTENT,
        "rules": {"reasoning_missing": NO},
        "limits": {"reasoning_scope": "all"},
    },
    "wants reasoning by its other name": {
        "behaviour": THINKS,
        "wire": {"reasoning": "reasoning"},
        "rules": {"reasoning_missing": NO},
        "limits": {"reasoning_keys": ("reasoning",), "reasoning_scope": "all"},
    },
    "wants reasoning by another name than its own": {
        "behaviour": THINKS,
        "wire": {"reasoning": "reasoning"},
        "rules": {"reasoning_missing": NO},
    },
    "streams only": {"rules": {"stream_only": PROVIDERS["dashscope-stream-only"].rules.stream_only}},
    "never streams": {"rules": {"plain_only": Refusal(400, "Streaming is not supported, set stream to false.")}},
    "no call ids": {"wire": {"call_id": "absent"}},
    "empty call ids": {"wire": {"call_id": "empty"}},
    "shared call ids": {"wire": {"call_id": "shared"}},
    "arguments as an object": {"wire": {"arguments": "object"}},
    "arguments encoded twice": {"wire": {"arguments": "double-encoded"}},
    "no arguments": {"wire": {"arguments": "null"}},
    "no index": {"wire": {"index": "absent"}},
    "no type": {"wire": {"call_type": "never"}},
    "new ids in later pieces": {"wire": {"next_id": "new"}},
    "names repeated": {"wire": {"next_name": "repeated"}},
    "no finish reason": {"wire": {"finish": "missing"}},
    "no end of streams": {"wire": {"done": False}},
}
"""Endpoints without Responses, each with one thing that a client may stumble over."""

CASES: dict[str, Provider] = {
    **PROVIDERS,
    **{
        f"{name}, no Responses": replace(PROVIDERS[name], responses="none") for name in ("dashscope-thinking", "openai")
    },
    "gpt-5.6, no Responses": replace(PROVIDERS["openai-gpt-5.6"], responses="none", model="sol"),
    "dashscope, older path": replace(PROVIDERS["dashscope"], responses="none"),
    "drops tools in Responses": PROVIDERS["openai"].but(behaviour={"responses_drop_tools": True}),
    "leaks calls in both": PROVIDERS["openai"].but(behaviour={"leak": "hermes"}),
    **{name: PROVIDERS["openai"].but(responses="none", **changes) for name, changes in CHAT_ONLY.items()},
}


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No request may leave the machine: not even a name may be looked up."""
    hosts: list[Any] = []
    real = socket.getaddrinfo

    def local(host: Any, *args: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            hosts.append(host)
            msg = f"{host} was looked up"
            raise socket.gaierror(msg)
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    yield
    assert hosts == []


@cache
def foretold(name: str) -> Prediction:
    """What the doctor says of one of the cases."""
    with EmulatedEndpoint(CASES[name], play_along) as endpoint:
        report = examine_emulated(endpoint, keep=False)
        assert report.failure == ""
    # Another port next time, and nothing else.
    said = prediction(report.levels[3])
    return replace(said, base_url=said.base_url and said.base_url.removeprefix(endpoint.root_url))


def what_happens(name: str, ways: list[Way], *, base_url: str | None = None, **options: bool) -> dict[Way, str]:
    """What the SDK makes of one of the cases, in each way."""
    with EmulatedEndpoint(CASES[name], play_along) as endpoint:
        base = endpoint.base_url if base_url is None else endpoint.root_url + base_url
        where = Endpoint(model=endpoint.model, base_url=base, api_key=endpoint.api_key)
        runs = {way: asyncio.run(run_sdk(where, way, **options)) for way in ways}
    return {way: str(turns[-1]) for way, turns in runs.items()}


def works(said: str) -> bool:
    return said == "tool called, result read"


@pytest.mark.parametrize("name", CASES)
def test_the_sdk_does_what_level_4_says(name: str) -> None:
    said = foretold(name)
    happened = what_happens(
        name,
        list(said.works),
        base_url=said.base_url,
        no_effort=said.no_effort,
        no_instructions=said.no_instructions,
    )
    assert {way: works(happened[way]) for way in happened} == dict(said.works), happened


def test_without_the_conditions_that_level_4_names_it_does_not_work() -> None:
    with_conditions = {
        name: said
        for name, said in ((name, foretold(name)) for name in CASES)
        if said.no_effort or said.no_instructions or said.base_url
    }
    assert with_conditions
    for name, said in with_conditions.items():
        happened = what_happens(name, list(said.works))
        assert not any(works(words) for words in happened.values()), (name, happened)


@pytest.mark.parametrize("responses", ["full", "none"])
def test_a_server_whose_parser_fits_only_where_a_call_is_forced(responses: Any) -> None:
    """As vLLM with a parser that does not fit: it writes forced calls by the schema, and passes others on as text."""

    def unfit(request: RecordedRequest) -> Reply:
        reply = play_along(request)
        if not reply.calls or request.body.get("tool_choice") not in (None, "auto"):
            return reply
        calls = [{"name": call.name, "arguments": call.arguments} for call in reply.calls]
        return Reply("\n".join(f"```json\n{json.dumps(call)}\n```" for call in calls))

    with EmulatedEndpoint(replace(PROVIDERS["openai"], responses=responses), unfit) as endpoint:
        said = prediction(examine_emulated(endpoint, keep=False).levels[3])
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        happened = {way: str(asyncio.run(run_sdk(where, way))[-1]) for way in WAYS}
    assert dict(said.works) == {way: works(happened[way]) for way in WAYS} == dict.fromkeys(WAYS, False)


def test_every_kind_of_endpoint_is_among_the_cases() -> None:
    """The comparison above is worth something only where level 4 says this and that."""
    said = [foretold(name) for name in CASES]
    kinds = {tuple(one.works.get(way) for way in WAYS) for one in said}
    assert kinds >= {
        (True, True, None, None),
        (False, False, True, True),
        (False, False, True, False),
        (False, False, False, True),
        (False, False, False, False),
    }
    assert any(one.no_effort for one in said)
    assert any(one.no_instructions for one in said)
    assert any(one.base_url for one in said)
    assert [name for name in CASES if not foretold(name).works] == []
