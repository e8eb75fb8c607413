"""A Markdown page taken apart: headings, code blocks, tables, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Each code block: language and text."""
        return _FENCE.findall(self.text)

    def code(self, language: str) -> list[str]:
        return [text for found, text in self.blocks if found == language]

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Each heading: level and words."""
        return [(len(hashes), words) for hashes, words in _HEADING.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def tables(self) -> list[list[list[str]]]:
        """Each table: rows of cells, the titles first, without the line of dashes."""
        tables: list[list[list[str]]] = []
        before = ""
        for line in self.prose.splitlines():
            if line.startswith("|"):
                if not before.startswith("|"):
                    tables.append([])
                cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
                if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                    tables[-1].append(cells)
            before = line
        return tables

    def column(self, table: int, column: int = 0) -> list[str]:
        """A column of a table, without its title."""
        return [row[column] for row in self.tables[table][1:]]


README = Page(ROOT / "README.md")
README_ZH = Page(ROOT / "README.zh-CN.md")
PAGES = (README, README_ZH, Page(ROOT / "CONTRIBUTING.md"), Page(ROOT / "docs" / "DESIGN.md"))
