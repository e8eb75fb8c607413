"""The `portolan` command. Importing it is cheap: LangGraph and the rest are imported by the commands that need them."""

from graph.cli.app import app, main

__all__ = ["app", "main"]
