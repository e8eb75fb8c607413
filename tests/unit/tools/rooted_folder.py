"""A folder to work in, with the tools on it and a secret beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolbench import call

from tools import ToolConfig, load_tools

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.tools import BaseTool

SECRET = "the secret outside"


class Folder:
    """A root with a file outside it, and the tools on it."""

    def __init__(self, base: Path, max_chars: int = 8_000) -> None:
        base = base / "base"  # the fixtures of other tests may use what is above it
        self.path = base / "root"
        self.path.mkdir(parents=True)
        self.outside = base / "outside.txt"
        self.outside.write_text(SECRET)
        loaded = load_tools(["files"], ToolConfig(root=self.path, max_result_chars=max_chars))
        self.tools: dict[str, BaseTool] = {tool.name: tool for tool in loaded}

    def put(self, path: str, content: bytes | str) -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def run(self, tool: str, **arguments: Any) -> str:
        status, text = call(self.tools[tool], **arguments)
        assert status == "success", text
        return text

    def fail(self, tool: str, **arguments: Any) -> str:
        status, text = call(self.tools[tool], **arguments)
        assert status == "error", text
        return text
