"""Images at endpoints that take none: a new one is a clear error, an old one never keeps a thread from going on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from graph.errors import RefusedRequestError
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG: Any = {"configurable": {"thread_id": "t"}}
DOT = "data:image/png;base64,iVBORw0KGgo="
PICTURE = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": DOT}}]
BLIND = ["vllm-0.32", "llamacpp", "strictest"]


@tool
def screenshot() -> list[dict[str, Any]]:
    """Take a picture of the screen."""
    return [{"type": "text", "text": "taken"}, {"type": "image_url", "image_url": {"url": DOT}}]


@pytest.mark.parametrize("provider", BLIND)
def test_a_new_image_is_an_error_and_the_thread_goes_on(run: Any, build: Callable[..., Any], provider: str) -> None:
    with EmulatedEndpoint(provider, [Reply("I cannot see it.")]) as endpoint:
        graph = build(endpoint, checkpointer=InMemorySaver(), max_retries=0)
        asked = []
        for _ in range(2):
            with pytest.raises(RefusedRequestError, match="takes no images"):
                run(graph, [HumanMessage(PICTURE)], config=CONFIG)
            asked.append(len(endpoint.requests))
        messages = run(graph, "Never mind, hello", config=CONFIG)
    assert asked[0] == asked[1], "what was learned once is not asked again"
    assert messages[-1].text == "I cannot see it."


def test_a_thread_with_an_image_goes_on_at_an_endpoint_that_is_blind(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    saver = InMemorySaver()
    with EmulatedEndpoint("openai", [Reply("A dot.")]) as seeing:
        run(build(seeing, checkpointer=saver), [HumanMessage(PICTURE)], config=CONFIG)
        assert seeing.bodies[0]["messages"][1]["content"] == PICTURE
    with EmulatedEndpoint("vllm-0.32", [Reply("You said it was a dot.")]) as blind:
        messages = run(build(blind, checkpointer=saver), "And what was it?", config=CONFIG)
        sent = blind.bodies[-1]["messages"]
    assert messages[-1].text == "You said it was a dot."
    assert "image left out" in sent[1]["content"]
    assert DOT not in json.dumps(sent)
    assert "takes no images in earlier messages" in caplog.text


def test_an_image_that_a_tool_gives_is_left_out_and_that_is_said(
    run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("openai", [Reply(calls=[Call("screenshot")]), Reply("A screen.")]) as endpoint:
        run(build(endpoint, [screenshot]), "Look")
        result = endpoint.bodies[-1]["messages"][-1]["content"]
    assert result.startswith("taken\n[image left out")
    assert "takes no images in tools' results" in caplog.text


def test_the_user_knows_better(run: Any, build: Callable[..., Any]) -> None:
    refusal = Fault(status=404, message="No endpoints found that support image input")
    with EmulatedEndpoint("openrouter", [refusal]) as endpoint:
        graph = build(endpoint, profile_overrides={"images": "true"})
        with pytest.raises(RefusedRequestError, match="takes text only"):
            run(graph, [HumanMessage(PICTURE)])
        assert endpoint.requests[0].messages[-1]["content"] == PICTURE
