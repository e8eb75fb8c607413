"""Each provider with what the table knows of it: no request of a run is refused, and nothing has to be learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import ToolMessage

from graph import Agent, Endpoint, Settings, build_graph
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.known import known_facts
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

URLS: Mapping[str, tuple[str, dict[str, str]]] = {
    "openai": ("https://api.openai.com/v1", {}),
    "openai-reasoning": ("https://api.openai.com/v1", {}),
    "openai-gpt-5.6": ("https://api.openai.com/v1", {}),
    "dashscope": ("https://dashscope.aliyuncs.com/compatible-mode/v1", {}),
    "dashscope-thinking": ("https://dashscope.aliyuncs.com/compatible-mode/v1", {}),
    "dashscope-stream-only": ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", {}),
    "vllm-0.32": ("http://127.0.0.1:8000/v1", {"server": "vllm", "version": "0.32.0"}),
    "vllm-0.9": ("http://127.0.0.1:8000/v1", {"server": "vllm", "version": "0.9.2"}),
    "deepseek-v4": ("https://api.deepseek.com", {}),
    "kimi": ("https://api.moonshot.cn/v1", {}),
    "ollama": ("http://127.0.0.1:11434/v1", {}),
    "sglang": ("http://127.0.0.1:30000/v1", {"server": "sglang"}),
    "llamacpp": ("http://127.0.0.1:8080/v1", {"server": "llama.cpp"}),
    "openrouter": ("https://openrouter.ai/api/v1", {}),
    "zhipu": ("https://open.bigmodel.cn/api/paas/v4", {}),
    "ark": ("https://ark.cn-beijing.volces.com/api/v3", {}),
    "siliconflow": ("https://api.siliconflow.cn/v1", {}),
}


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize("provider", URLS)
def test_no_request_is_refused(provider: str, mode: str, runner: Any) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    two = Reply(
        calls=[Call("add", {"a": 1, "b": 2}), Call("add", {"a": 30, "b": 40})], reasoning="Both sums are needed."
    )
    script = [two, Reply("3 and 70.", reasoning="Done."), Reply(calls=[Call("add", {"a": 1, "b": 1})]), Reply("2.")]
    with EmulatedEndpoint(provider, script, exact=False) as endpoint:  # not all of them think
        url, more = URLS[provider]
        facts = known_facts(url, endpoint.model, **more)
        where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        settings = Settings(max_tokens=512, temperature=None if "reasoning" in provider else 0.0)
        model = ChatEndpoint.at(where, settings, profile_overrides=facts)
        graph = build_graph(Agent(tools=[add], endpoint=model), settings=settings)
        messages = runner(mode)(graph, "1 + 2 and 30 + 40?")
        messages = runner(mode)(graph, [*messages, ("user", "1 + 1?")])
    assert [message.text for message in messages if isinstance(message, ToolMessage)] == ["3", "70", "2"]
    assert messages[-1].text == "2."
    assert [request.refused for request in endpoint.requests] == [None] * 4
