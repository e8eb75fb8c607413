"""The graph's picture in a notebook: drawn by the notebook itself, where a bare `graph` asks a web service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph.pregel import Pregel

MERMAID_MIME = "text/vnd.mermaid"
"""What JupyterLab draws (https://jupyterlab.readthedocs.io/en/stable/user/file_formats.html, 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a graph; as the last expression of a cell it is drawn, anywhere else it reads as text.

    Attributes:
        mermaid: The picture as Mermaid's source.
        text: Its edges, one a line; `..>` is one of several ways that the run may go.
    """

    mermaid: str
    text: str

    def __str__(self) -> str:
        """The edges."""
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude  # a front end picks what it can show; both forms are small
        return {MERMAID_MIME: self.mermaid, "text/plain": self.text}


def show(graph: Pregel[Any, Any, Any, Any], *, xray: bool = False) -> Drawing:
    """Draw a compiled graph, offline.

    Args:
        graph: What `build_graph` returned.
        xray: Whether graphs inside of it are drawn too.
    """
    picture = graph.get_graph(xray=xray)
    edges = [f"{edge.source} {'..>' if edge.conditional else '-->'} {edge.target}" for edge in picture.edges]
    return Drawing(mermaid=picture.draw_mermaid(), text="\n".join(edges))
