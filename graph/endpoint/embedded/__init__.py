"""The embedded model: a small real model inside this process, spoken to over loopback like any other endpoint.

Importing this package is cheap; llama.cpp is loaded by the first `serve`.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from graph.endpoint.embedded.errors import DiskSpaceError, EmbeddedModelError, ModelLoadError, WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["DiskSpaceError", "EmbeddedEndpoint", "EmbeddedModelError", "ModelLoadError", "WeightsError", "serve"]


@dataclass(frozen=True, slots=True)
class EmbeddedEndpoint:
    """Where the embedded model answers Chat Completions, for as long as this process lives."""

    base_url: str
    """`http://127.0.0.1:PORT/v1`. Clients must not send requests to it through a proxy from the environment."""

    api_key: SecretStr
    """Random for each process; the server refuses requests without it."""

    model: str
    """What the model is called in requests and replies."""


_Key = tuple[str, str, str]

_lock = threading.Lock()
_by_request: dict[_Key, EmbeddedEndpoint] = {}
_by_file: dict[tuple[Path, str], Future[EmbeddedEndpoint]] = {}
_said = False


def serve(
    model: str | Path | None = None,
    *,
    template: Literal["portolan", "gguf"] = "portolan",
    cache_dir: Path | None = None,
    context_tokens: int = 8192,
    notify: Callable[[str], None] | None = None,
) -> EmbeddedEndpoint:
    """Serve a GGUF model from within this process, on a free port of 127.0.0.1.

    The first call fetches the default model's weights if they are not cached (1.1 GB, once) and loads them (seconds);
    later calls with the same file and template return at once. Safe to call from several threads. A forked child does
    not share its parent's server: it loads its own when it calls `serve`. The server ends with the process.

    Args:
        model: The path of a GGUF file; None or `qwen2.5-coder-1.5b-instruct` is the default model.
        template: `portolan` makes Qwen2.5-Coder models, of any size, call tools properly: with the chat template inside
            their files they write calls as fenced JSON in their text. Any other model keeps the template in its file
            either way, as its makers' form of a tool call is the one it was trained for. `gguf` keeps it for
            Qwen2.5-Coder too.
        cache_dir: The folder for the default model's weights; None is `models` in the platform's cache folder.
        context_tokens: Window for prompt and reply together, in tokens. The first call for a file decides.
        notify: Told, in sentences, what is going on; by default they go to stderr.

    Returns:
        Base URL, key and model name for any client that speaks Chat Completions.

    Raises:
        WeightsError: the path names no file, or no source has the weights.
        DiskSpaceError: there is no room for them.
        ModelLoadError: llama.cpp cannot serve the file.
    """
    key = (str(model or ""), template, str(cache_dir or ""))
    if known := _by_request.get(key):
        return known
    with _lock:
        if known := _by_request.get(key):
            return known
        endpoint = _find_and_start(model, template, cache_dir, context_tokens, notify)
        _by_request[key] = endpoint
        return endpoint


def _find_and_start(
    model: str | Path | None,
    template: Literal["portolan", "gguf"],
    cache_dir: Path | None,
    context_tokens: int,
    notify: Callable[[str], None] | None,
) -> EmbeddedEndpoint:
    from graph.endpoint.embedded.catalog import DEFAULT_MODEL  # noqa: PLC0415 - keeps the package's import cheap
    from graph.endpoint.embedded.progress import say  # noqa: PLC0415
    from graph.endpoint.embedded.server import start  # noqa: PLC0415
    from graph.endpoint.embedded.weights import find_weights  # noqa: PLC0415

    notify = notify or say
    path = find_weights(model, cache_dir, notify)
    loading = _by_file.get((path, template))
    if loading is None:
        name = DEFAULT_MODEL.name if path.name == DEFAULT_MODEL.filename else path.stem
        _say_once(name, notify)

        def load() -> EmbeddedEndpoint:
            server = start(path, name, template, context_tokens)
            return EmbeddedEndpoint(base_url=server.base_url, api_key=SecretStr(server.api_key), model=name)

        loading = _by_file[path, template] = _in_thread(load)
    try:
        return loading.result()
    except EmbeddedModelError:
        del _by_file[path, template]
        raise


def _in_thread(make: Callable[[], EmbeddedEndpoint]) -> Future[EmbeddedEndpoint]:
    """Begin in a thread of its own, where no Ctrl-C can break in: half of a loaded model cannot be taken back."""
    future: Future[EmbeddedEndpoint] = Future()

    def run() -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001 - raised by who waits
            future.set_exception(error)

    threading.Thread(target=run, name="portolan-load").start()
    return future


def _say_once(name: str, notify: Callable[[str], None]) -> None:
    global _said  # noqa: PLW0603 - once a process
    if _said:
        return
    _said = True
    notify(
        f"No endpoint is set, so the embedded model {name} serves, on this machine. It is small: expect mistakes. For a"
        " better one, set OPENAI_API_KEY or OPENAI_API_BASE, and AGENT_MODEL, in .env (see .env.example)."
    )


def _after_fork_in_child() -> None:
    """The parent's threads are not here, and its server ends with it: forget both."""
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    _by_request.clear()
    _by_file.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
