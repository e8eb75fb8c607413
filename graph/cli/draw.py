"""`portolan draw`: the graph as Mermaid, text or PNG, without any network."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from graph.agent import build_graph
from graph.cli.picture import draw_png
from graph.errors import PortolanError

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.runnables.graph import Graph

    from graph.cli.session import Session


def draw(session: Session, form: str | None, output: Path | None) -> None:
    """Draw the graph that the settings make.

    Raises:
        typer.BadParameter: a PNG would go to a terminal.
        PortolanError: the file cannot be written.
    """
    form = form or format_of(output)
    if form == "png" and output is None and sys.stdout.isatty():
        msg = "A PNG is not for a terminal: add --output graph.png."
        raise typer.BadParameter(msg)
    picture = build_graph(settings=session.load().settings).get_graph()
    data = draw_png(picture) if form == "png" else (draw_text(picture) if form == "text" else picture.draw_mermaid())
    if output is None:
        if isinstance(data, bytes):
            sys.stdout.buffer.write(data)
        else:
            session.terminal.write(data.rstrip() + "\n")
        return
    try:
        if isinstance(data, bytes):
            output.write_bytes(data)
        else:
            output.write_text(data.rstrip() + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"{output} cannot be written"
        raise PortolanError(msg, detail=error.strerror or str(error), remedy="Name another file.") from error
    session.terminal.say(f"Wrote {output}.", style="dim")


def format_of(output: Path | None) -> str:
    """The form that a file's name asks for; Mermaid if it asks for none."""
    suffix = output.suffix.lower() if output else ""
    return {".png": "png", ".txt": "text"}.get(suffix, "mermaid")


def draw_text(graph: Graph) -> str:
    """The graph in characters, then its edges one by one, since lines without heads do not tell a loop."""
    edges = [f"{edge.source} {'..>' if edge.conditional else '-->'} {edge.target}" for edge in graph.edges]
    picture = "\n".join(line.rstrip() for line in graph.draw_ascii().splitlines())
    return picture + "\n\n" + "\n".join(edges)
