"""`langgraph dev` for tests: in a process of its own, in a folder of its own, offline."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

REPO = Path(__file__).resolve().parents[2]
OFFLINE = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "LANGSMITH_TRACING": "false"}
"""Without these the command tells its makers that it ran and asks the package index for a newer version."""
COMMAND = str(Path(sysconfig.get_path("scripts"), "langgraph"))
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "XDG_CACHE_HOME")
_URL = re.compile(r"API: (?:\x1b\[\d+m)?(http://[\w.:]+)")
_COLOURS = re.compile(r"\x1b\[\d+m")


class StudioServer:
    """Serves the repository's `langgraph.json` as a user does who starts it in a clone.

    Args:
        folder: becomes the working directory, where `.env` is looked for and the server keeps its threads.
        env: added to an environment that has none of the developer's settings.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._log = folder / "server.log"
        for name in ("langgraph.json", "graph", "tools", "pyproject.toml"):
            (folder / name).symlink_to(REPO / name)
        inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
        with socket.socket() as free, self._log.open("wb") as log:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            free.close()
            self._process = subprocess.Popen(
                [COMMAND, "dev", "--no-browser", "--no-reload", "--port", port],
                cwd=folder,
                env={**inherited, "HOME": str(folder), "PYTHONUTF8": "1", **OFFLINE, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What the server said so far, without colours."""
        return _COLOURS.sub("", self._log.read_text(encoding="utf-8", errors="replace"))

    def wait_until_ready(self, timeout_s: float = 120.0) -> str:
        """Wait until the server answers, and return its URL.

        Raises:
            AssertionError: it ended, or did not answer in time; the text is its log.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                self._process.wait(0.1)  # the pause between two looks
            except subprocess.TimeoutExpired:
                # The command takes another port if the one it was given is taken meanwhile, so what it says counts.
                if (url := _URL.search(self.log)) and _answers(url[1]):
                    return url[1]
            else:
                break
        msg = f"the server did not start (exit code {self._process.poll()}):\n{self.log}"
        raise AssertionError(msg)

    def wait_for_end(self, timeout_s: float = 120.0) -> int:
        """Wait until the server ends by itself, and return its exit code."""
        return self._process.wait(timeout_s)

    def stop(self, timeout_s: float = 60.0) -> int:
        """Stop it as Ctrl-C does, and return its exit code; one that does not stop is killed, and that is an error."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ok", trust_env=False, timeout=30).json()["ok"] is True
    except httpx.TransportError:
        return False
