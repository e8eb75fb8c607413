"""The embedded model for real, over raw HTTP: it calls the calculator, in English and in Chinese, and abstains."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from graph.endpoint.embedded import EmbeddedEndpoint, ModelLoadError, serve
from tools.calculator.tool import build_calculator
from tools.clock.tool import build_current_time
from tools.config import ToolConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.model, pytest.mark.timeout(1800)]

CALCULATOR = build_calculator(ToolConfig())
CLOCK = build_current_time(ToolConfig())


def declare(tool: Any) -> dict[str, Any]:
    schema = tool.tool_call_schema.model_json_schema()
    return {"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": schema}}


@pytest.fixture(scope="module")
def endpoint() -> EmbeddedEndpoint:
    return serve()


@pytest.fixture
def client(endpoint: EmbeddedEndpoint) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {endpoint.api_key.get_secret_value()}"}
    with httpx2.Client(base_url=endpoint.base_url, headers=headers, trust_env=False, timeout=600) as client:
        yield client


def ask(client: httpx2.Client, messages: list[dict[str, Any]], *, stream: bool) -> dict[str, Any]:
    """One reply as a message, put together from the pieces if streamed."""
    tools = [declare(CALCULATOR), declare(CLOCK)]
    body = {"model": "any", "messages": messages, "tools": tools, "max_tokens": 80, "stream": stream}
    if not stream:
        response = client.post("/chat/completions", json=body)
        assert response.status_code == 200, response.text
        message: dict[str, Any] = response.json()["choices"][0]["message"]
        return message
    whole: dict[str, Any] = {"role": "assistant", "content": ""}
    with client.stream("POST", "/chat/completions", json=body) as response:
        assert response.status_code == 200, response.read()
        for line in response.iter_lines():
            if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
                add_delta(whole, choices[0]["delta"])
    return whole


def add_delta(whole: dict[str, Any], delta: dict[str, Any]) -> None:
    whole["content"] += delta.get("content") or ""
    for piece in delta.get("tool_calls") or []:
        calls = whole.setdefault("tool_calls", [])
        if piece["index"] == len(calls):
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call = calls[piece["index"]]
        call["id"] += piece.get("id") or ""
        for name, value in piece["function"].items():
            call["function"][name] += value


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("question", ["What is 23 * 19?", "23 乘以 19 等于多少？"], ids=["English", "Chinese"])
def test_calculator_question_is_answered_through_a_call(client: httpx2.Client, question: str, *, stream: bool) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": question}]
    reply = ask(client, messages, stream=stream)
    (call,) = reply["tool_calls"]
    assert call["function"]["name"] == CALCULATOR.name
    result = CALCULATOR.invoke(json.loads(call["function"]["arguments"]))
    assert "437" in str(result)
    messages += [reply, {"role": "tool", "tool_call_id": call["id"], "content": str(result)}]
    answer = ask(client, messages, stream=stream)
    assert not answer.get("tool_calls")
    assert "437" in answer["content"]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_question_that_no_tool_fits_is_answered_without_one(client: httpx2.Client, *, stream: bool) -> None:
    answer = ask(client, [{"role": "user", "content": "Who painted the Mona Lisa?"}], stream=stream)
    assert not answer.get("tool_calls")
    assert "Vinci" in answer["content"]


def test_key_is_demanded(endpoint: EmbeddedEndpoint) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        response = httpx2.post(f"{endpoint.base_url}/chat/completions", json=body, headers=headers, trust_env=False)
        assert response.status_code == 401
    assert endpoint.api_key.get_secret_value() not in repr(endpoint)


async def test_later_calls_give_the_same_endpoint(endpoint: EmbeddedEndpoint) -> None:
    again = await asyncio.gather(*(asyncio.to_thread(serve) for _ in range(4)))
    assert all(other is endpoint for other in again)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>", "it begins with b'<htm'"),
        (b"GGUF\x03\0\0\0", "it ends within its header"),
        (b"GGUF" + (3).to_bytes(4, "little") + bytes(16), "llama.cpp cannot serve"),
    ],
)
def test_file_that_cannot_be_loaded_is_named_with_the_reason(
    data: bytes, reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(data)
    said: list[str] = []
    with pytest.raises(ModelLoadError) as caught:
        serve(path, notify=said.append)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)
    assert capfd.readouterr() == ("", ""), "llama.cpp's log reaches nobody"
