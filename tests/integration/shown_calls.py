"""A call of a tool that sends mail, in the forms in which replies show it; and what the model is asked about it."""

from __future__ import annotations

import pytest

from graph.testing import Call, EmulatedEndpoint

MAIL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
CALL = Call("send_email", {"to": "bob@example.org", "text": "hi"})
FENCED = f"```json\n{MAIL}\n```"
MARKED = f"<tool_call>\n{MAIL}\n</tool_call>"
DOUBTFUL = f"Sure! Here is the function call:\n\n{FENCED}\n\nLet me know if you need anything else!"
QUESTION = "Send hi to bob@example.org."
MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])

sent: list[str] = []


def send_email(to: str, text: str) -> str:
    """Send an email."""
    sent.append(f"{to}: {text}")
    return "It is sent."


def read_page(url: str) -> str:
    """Read a page."""
    return f"A page at {url}."


TOOLS = [send_email, read_page]


def notes(endpoint: EmulatedEndpoint) -> list[str]:
    """The last message of each request behind the first."""
    return [body["messages"][-1]["content"] for body in endpoint.bodies[1:]]
