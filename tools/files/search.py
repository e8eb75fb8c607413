"""Finding files by name and by what they contain."""

from __future__ import annotations

import fnmatch
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.files.root import Root
from tools.files.text import decoded, human_size
from tools.limits import cut_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_search_files"]

_MAX_MATCHES = 200
_MAX_FILES = 20_000
_MAX_BYTES = 10 * 1024 * 1024  # of a file that is searched
_MAX_SECONDS = 15.0
_LINE = 200
_PIECE = 64 * 1024

_REST = "Narrow the search: a more exact text, a name pattern, or a subfolder as path."


class SearchFilesArgs(ToolArgs):
    """Arguments of `search_files`."""

    text: str = Field(default="", description="Text to find in the files, in any case; empty to search by name only")
    name: str = Field(default="*", description="File name pattern, e.g. *.py or report*", max_length=200)
    path: str = Field(default=".", description="Folder to search in, relative to the root")


@dataclass(slots=True)
class _Search:
    root: Root
    text: str
    name: str
    ends: float
    skipped: int = 0
    found: list[str] = field(default_factory=list)
    stopped: str = ""

    def run(self, folder: Path) -> None:
        for number, (path, entry) in enumerate(self.root.walk(folder)):
            if number >= _MAX_FILES:
                self.stopped = f"after {_MAX_FILES:,} files"
            elif time.monotonic() > self.ends:
                self.stopped = f"after {_MAX_SECONDS:.0f} seconds"
            elif len(self.found) >= _MAX_MATCHES:
                self.stopped = f"at {_MAX_MATCHES} matches"
            if self.stopped:
                return
            if not fnmatch.fnmatch(path.as_posix() if "/" in self.name else path.name, self.name):
                continue
            if self.text:
                self.look_into(path, entry.size)
            else:
                self.found.append(f"{path.as_posix()} ({human_size(entry.size)})")

    def look_into(self, path: Path, size: int) -> None:
        shown = path.as_posix()
        if size > _MAX_BYTES:
            self.skipped += 1
            return
        try:
            with self.root.open(path, 0, shown) as file:
                reader = decoded(file)
                if reader is None:
                    self.skipped += 1
                    return
                for number, line in self.matches(reader):
                    self.found.append(f"{shown}:{number}: {cut_line(line.strip(), _LINE)}")
                    if len(self.found) >= _MAX_MATCHES:
                        return
        except ToolException:  # removed or replaced meanwhile, or not readable
            self.skipped += 1

    def matches(self, reader: Iterator[str]) -> Iterator[tuple[int, str]]:
        wanted = self.text.casefold()
        for number, line in enumerate(reader, start=1):
            at = line.casefold().find(wanted)
            if at >= 0:
                # A match far into a long line is shown with what surrounds it.
                yield number, line[max(0, at - _LINE // 4) :] if at > _LINE // 2 else line


def build_search_files(config: ToolConfig) -> BaseTool:
    """Make the tool `search_files`."""
    root = Root.at(config.root) if config.root else None

    def search_files(text: str = "", name: str = "*", path: str = ".") -> str:
        """Find files by name pattern, by text inside them, or both. Gives path, line number and line of each match."""
        if root is None:  # pragma: no cover - load_tools refuses this
            msg = "No root folder is configured."
            raise ToolException(msg)
        folder = root.locate(path)
        root.entries(folder, path)  # refuses what is no folder
        search = _Search(root, text, name, time.monotonic() + _MAX_SECONDS)
        search.run(folder)
        lines = search.found or [f"Nothing found for text {text!r} in files named {name!r} under {path!r}."]
        if search.skipped:
            lines.append(f"[{search.skipped:,} files were not searched: binary, unreadable or too large.]")
        if search.stopped:
            lines.append(f"[Stopped {search.stopped}; there may be more. {_REST}]")
        return "\n".join(lines)

    return build_tool(
        search_files, name="search_files", args=SearchFilesArgs, max_chars=config.max_result_chars, rest=_REST
    )
