"""The graph of LangGraph Studio and other LangGraph servers: `langgraph.json` names it, `langgraph dev` serves it.

A server imports this file once, in a thread of its own, so that nothing here blocks its event loop: settings are read
and tools are loaded now, and the model is connected in a thread by the first run. There is no checkpointer, since a
server brings its own.
"""

from __future__ import annotations

import atexit
import sys

from graph.agent import build_graph
from graph.errors import SettingsError

try:
    graph = build_graph()
except SettingsError as error:
    # The server logs the error between tracebacks of its own and ends: the sentence has to be the last thing said.
    atexit.register(sys.stderr.write, f"\nportolan: {error}\n")
    raise
