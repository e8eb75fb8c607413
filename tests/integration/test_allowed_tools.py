"""A choice among allowed tools: it is not heeded where it asked for a call and none came, and only there."""

from __future__ import annotations

from typing import Any, Final

import pytest
from bare_sockets import GOOD, answering, head, server
from langchain_core.tools import tool
from pydantic import SecretStr
from ways_of_asking import ASKED

from graph.endpoint.adapter import ChatEndpoint

TOOLS: Final = [{"type": "function", "function": {"name": "add"}}]


def choice(mode: str) -> dict[str, Any]:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": TOOLS}}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@ASKED
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (choice("auto"), False),
        (choice("required"), True),
        ({"type": "allowed_tools", "mode": "auto", "tools": TOOLS}, False),
        ({"type": "function", "function": {"name": "add"}}, True),
        ({"type": "function", "name": "add"}, True),
        ("required", True),
        ("auto", False),
    ],
)
def test_only_what_was_forced_can_be_missing(
    wanted: Any, ask: Any, caplog: pytest.LogCaptureFixture, *, said: bool
) -> None:
    with server(answering(head(len(GOOD)) + GOOD)) as base_url:
        model = ChatEndpoint(model="m", base_url=base_url, api_key=SecretStr("sk-emulated"), max_retries=0)
        assert ask(model.bind_tools([add]).bind(tool_choice=wanted)) == "Hello"
    assert ("does not hold the model to tool_choice" in caplog.text) is said
