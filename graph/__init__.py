"""The agent: from `.env` to an answer.

from graph import build_graph

graph = build_graph()
print(graph.invoke({"messages": [("user", "What is 23 * 19?")]})["messages"][-1].text)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.agent import Agent, build_graph
    from graph.endpoint.settings import Endpoint, Settings
    from graph.endpoint.sources import load_settings
    from graph.errors import PortolanError

__all__ = ["Agent", "Endpoint", "PortolanError", "Settings", "build_graph", "load_settings"]

_HOME = {
    "Agent": "graph.agent",
    "build_graph": "graph.agent",
    "Endpoint": "graph.endpoint.settings",
    "Settings": "graph.endpoint.settings",
    "load_settings": "graph.endpoint.sources",
    "PortolanError": "graph.errors",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is asked for: `portolan --help` must not pay for LangGraph."""
    if name in _HOME:
        import importlib  # noqa: PLC0415 - only on the way to a first use

        return getattr(importlib.import_module(_HOME[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
