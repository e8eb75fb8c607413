"""The graph as a PNG, drawn here: LangGraph's own way asks a web service."""

from __future__ import annotations

import io
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Graph

SCALE: Final = 4
"""Drawn four times as large as it is kept at half of that: smooth edges, sharp on fine screens."""

_GAP_X, _GAP_Y, _HEIGHT, _PAD, _MARGIN = 48, 72, 40, 18, 24
_FONT: Final = 16
_SHIFT: Final = 9
"""How far apart the two edges between the same two nodes run."""

_INK, _FILL, _END_FILL = "#333333", "#f2f0ff", "#bfb6fc"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its centre and size, in points."""

    x: float
    y: float
    width: float
    height: float

    def border(self, towards: Point) -> Point:
        """Where the line from the centre towards a point leaves the box."""
        dx, dy = towards[0] - self.x, towards[1] - self.y
        reach = max(abs(dx) / (self.width / 2), abs(dy) / (self.height / 2), 1e-9)
        return self.x + dx / reach, self.y + dy / reach


def ranks(graph: Graph) -> list[list[str]]:
    """The nodes in rows: each one step further from the start than the row above."""
    row = {name: 0 for name in graph.nodes if not any(edge.target == name for edge in graph.edges)}
    row = row or dict.fromkeys(list(graph.nodes)[:1], 0)
    queue = list(row)
    for name in queue:
        for edge in graph.edges:
            if edge.source == name and edge.target not in row:
                row[edge.target] = row[name] + 1
                queue.append(edge.target)
    rest = max(row.values(), default=0) + 1
    rows: dict[int, list[str]] = {}
    for name in graph.nodes:
        rows.setdefault(row.get(name, rest), []).append(name)
    return [rows[number] for number in sorted(rows)]


def place(graph: Graph) -> dict[str, Box]:
    """Where each node stands: rows below each other, each in the middle."""
    font = ImageFont.load_default(_FONT)
    rows = ranks(graph)
    widths = {name: font.getlength(graph.nodes[name].name) + 2 * _PAD for name in graph.nodes}
    lengths = [sum(widths[name] for name in row) + _GAP_X * (len(row) - 1) for row in rows]
    middle = _MARGIN + max(lengths, default=0) / 2
    boxes: dict[str, Box] = {}
    for number, row in enumerate(rows):
        left = middle - lengths[number] / 2
        for name in row:
            y = _MARGIN + _HEIGHT / 2 + number * (_HEIGHT + _GAP_Y)
            boxes[name] = Box(left + widths[name] / 2, y, widths[name], _HEIGHT)
            left += widths[name] + _GAP_X
    return boxes


def draw_png(graph: Graph) -> bytes:
    """The graph as PNG data: dashed lines are conditional, as in Mermaid's drawing."""
    boxes = place(graph)
    width = max(box.x + box.width / 2 for box in boxes.values()) + _MARGIN
    height = max(box.y + box.height / 2 for box in boxes.values()) + _MARGIN
    image = Image.new("RGB", (math.ceil(width * SCALE), math.ceil(height * SCALE)), "white")
    ink = ImageDraw.Draw(image)
    pairs = {(edge.source, edge.target) for edge in graph.edges}
    for edge in graph.edges:
        both = (edge.target, edge.source) in pairs
        _edge(ink, boxes[edge.source], boxes[edge.target], dashed=edge.conditional, shift=_SHIFT if both else 0)
    font = ImageFont.load_default(_FONT * SCALE)
    for name, box in boxes.items():
        node = graph.nodes[name].name
        outer = (box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2)
        fill = {"__start__": "white", "__end__": _END_FILL}.get(node, _FILL)
        round_ = (_HEIGHT / 2 if node.startswith("__") else 6) * SCALE
        ink.rounded_rectangle([v * SCALE for v in outer], round_, fill=fill, outline=_INK, width=SCALE)
        ink.text((box.x * SCALE, box.y * SCALE), node, fill=_INK, font=font, anchor="mm")
    stream = io.BytesIO()
    image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _edge(ink: ImageDraw.ImageDraw, source: Box, target: Box, *, dashed: bool, shift: float) -> None:
    points = _curve(source, target, shift)
    length = 0.0
    for a, b in itertools.pairwise(points):
        if not dashed or int(length / 5) % 2 == 0:  # five points of line, five of gap
            ink.line([a[0] * SCALE, a[1] * SCALE, b[0] * SCALE, b[1] * SCALE], fill=_INK, width=int(1.5 * SCALE))
        length += math.dist(a, b)
    (x, y), (px, py) = points[-1], points[-8]
    angle = math.atan2(y - py, x - px)
    wings = [(x - 11 * math.cos(angle + turn), y - 11 * math.sin(angle + turn)) for turn in (0.4, -0.4)]
    ink.polygon([(a * SCALE, b * SCALE) for a, b in ((x, y), *wings)], fill=_INK)


def _curve(source: Box, target: Box, shift: float) -> list[Point]:
    """Points from border to border: straight, or bent to its own side where the other direction runs too."""
    if source == target:
        x, y = source.x + source.width / 2, source.y
        turns = [math.pi * (1 - step / 60) for step in range(121)]
        return [(x + 16 + 16 * math.cos(turn), y + 12 * math.sin(turn)) for turn in turns]
    dx, dy = target.x - source.x, target.y - source.y
    size = math.hypot(dx, dy)
    side = (-dy / size, dx / size)
    far = size > _HEIGHT + _GAP_Y and dx == 0 and abs(dy) > _HEIGHT + _GAP_Y + 1
    bend = 2.2 * shift if not far else source.width + target.width  # around what stands between
    middle = ((source.x + target.x) / 2 + side[0] * bend, (source.y + target.y) / 2 + side[1] * bend)
    start, end = source.border(middle), target.border(middle)
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * middle[0] + t**2 * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * middle[1] + t**2 * end[1],
        )
        for t in (step / 200 for step in range(201))
    ]
