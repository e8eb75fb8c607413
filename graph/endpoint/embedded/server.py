"""llama.cpp's server in this process, through xllamacpp: loaded once, reached over loopback, ended cleanly."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import http.client
import importlib
import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from graph.endpoint.embedded.errors import ModelLoadError
from graph.endpoint.embedded.gguf import NotGgufError, read_general
from graph.endpoint.embedded.sockets import end_connections

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

__all__ = ["RunningServer", "Template", "start"]

Template = Literal["portolan", "gguf"]
"""Which chat template serves: this package's `template.jinja`, or the one inside the GGUF file."""

_TEMPLATE_FITS: Final = "Qwen2.5-Coder"
"""The `general.basename` of the models that `template.jinja` was made for."""

_SLOTS: Final = 2
"""Requests that are answered at a time; further ones wait."""

_MAX_OUTPUT_TOKENS: Final = 2048
"""Where a request sets no limit: a small model that has begun to repeat itself must end some time."""

_PROMPT_CACHE_MIB: Final = 512

_BATCH_TOKENS: Final = 256
"""A prompt is read in pieces of this size, between which llama.cpp notices that nobody waits for the reply any more."""

_SILENT, _ERRORS_ONLY = 0, 1
_IDLE_SECONDS: Final = 1.0
_END_SECONDS: Final = 10.0
_START_SECONDS: Final = 60.0
_DIAGNOSIS_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A loaded model that answers at `base_url` for whoever has the key."""

    base_url: str
    api_key: str
    handle: Any
    """The `xllamacpp.Server`; while it lives, the model serves."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"


_running: list[RunningServer] = []
_owner: int | None = None
_forked = False
"""Whether this process was forked from one with a server: llama.cpp then holds threads that are not here."""


def start(path: Path, name: str, template: Template, context_tokens: int) -> RunningServer:
    """Load a GGUF file and serve it on 127.0.0.1, at a free port, behind a random key.

    xllamacpp holds the interpreter's lock while it loads (a few seconds), so other threads pause meanwhile. Not to be
    called where Ctrl-C can break in, that is in the main thread.

    Args:
        path: The file.
        name: What the model is called in replies.
        template: `portolan` takes effect for the models it was made for; any other keeps its own template.
        context_tokens: Window for prompt and reply together, shared by the requests that run at a time.

    Raises:
        ModelLoadError: the file is no GGUF file, or llama.cpp cannot serve it; the text says why.
    """
    xllamacpp = _import_xllamacpp()
    chat_template = _chat_template(path, template)
    api_key = secrets.token_urlsafe(32)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {name}
    params.verbosity = _SILENT
    params.chat_template = chat_template
    params.n_ctx = context_tokens
    params.n_parallel = _SLOTS
    params.kv_unified = True
    params.n_batch = _BATCH_TOKENS
    params.n_predict = _MAX_OUTPUT_TOKENS
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.sampling.temp = 0.0
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = True
    _limit_threads(params)
    _warm_page_cache(path)
    try:
        handle = xllamacpp.Server(params)
    except RuntimeError as error:
        msg = f"llama.cpp cannot serve {path}"
        detail = _reason_from_child(path) or str(error)
        raise ModelLoadError(msg, detail=detail, remedy="Name another GGUF file in AGENT_MODEL.") from error
    server = RunningServer(base_url=f"{handle.listening_address}/v1", api_key=api_key, handle=handle)
    _queue_runs(server, _START_SECONDS)
    _register(server)
    return server


def _queue_runs(server: RunningServer, seconds: float) -> bool:
    """Whether the queue of tasks, which `/slots` is answered through, answers in time.

    It does not before it has started, and while a prompt is computed. A server that is destroyed before waits for ever
    (xllamacpp 2026.10, seen 2026-11-22), and one that is destroyed meanwhile waits for as long as that takes.
    """
    url = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=seconds)
    try:
        connection.request("GET", "/slots", headers={"Authorization": f"Bearer {server.api_key}"})
        slots = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return not any(slot.get("is_processing") for slot in slots)


def _import_xllamacpp() -> ModuleType:
    """Import it with OpenMP threads that sleep, not spin, while they wait for one another.

    Spinning threads starve each other as soon as the machine has other work: on two busy processors a token took 2.6 s
    with them and 0.35 s without (2026-11-22). libgomp reads its variables once, when it is loaded, so the environment
    is put back for child processes. What the user has set is left alone.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        return importlib.import_module("xllamacpp")
    os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        return importlib.import_module("xllamacpp")
    finally:
        del os.environ["OMP_WAIT_POLICY"]


def _chat_template(path: Path, template: Template) -> str:
    """The template to set; empty keeps the file's own."""
    try:
        general = read_general(path)
    except NotGgufError as error:
        msg = f"{path} is not a GGUF file: {error}"
        raise ModelLoadError(msg, remedy="Name a whole GGUF file in AGENT_MODEL.") from error
    except OSError as error:
        msg = f"{path} cannot be read"
        raise ModelLoadError(msg, detail=str(error)) from error
    if template == "gguf" or general.get("general.basename") != _TEMPLATE_FITS:
        return ""
    return files(__package__).joinpath("template.jinja").read_text(encoding="utf-8")


def _limit_threads(params: Any) -> None:
    """Keep to the processors this process may use: llama.cpp counts the machine's, and more threads only spin."""
    if not hasattr(os, "sched_getaffinity"):
        return
    allowed = len(os.sched_getaffinity(0))
    if allowed < (os.cpu_count() or 1):
        params.cpuparams.n_threads = allowed
        params.cpuparams_batch.n_threads = allowed


def _warm_page_cache(path: Path) -> None:
    """Read the file once: this lets other threads run, which the load itself does not."""
    buffer = bytearray(1 << 22)
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _reason_from_child(path: Path) -> str:
    """llama.cpp tells its reason to stderr alone; a child process is asked, so that this one's stderr stays clean."""
    script = (
        "import sys, xllamacpp\n"
        "params = xllamacpp.CommonParams()\n"
        "params.model.path, params.verbosity, params.n_ctx, params.warmup = sys.argv[1], int(sys.argv[2]), 256, False\n"
        "xllamacpp.Server(params)\n"
    )
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, a fixed script
            [sys.executable, "-c", script, str(path), str(_ERRORS_ONLY)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DIAGNOSIS_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    reasons = re.findall(r"error loading model: (.+)", done.stderr)
    return reasons[-1].strip() if reasons else ""


def _register(server: RunningServer) -> None:
    global _owner  # noqa: PLW0603 - one process, one set of servers
    if _owner != os.getpid():
        _owner = os.getpid()
        atexit.register(_end_all)
    _running.append(server)


def _end_all() -> None:
    """Destroy the servers while the interpreter is still whole, with no request in flight."""
    if _owner != os.getpid():
        return
    while _running:
        server = _running.pop()
        port = urlsplit(server.base_url).port
        idle = _queue_runs(server, _IDLE_SECONDS)
        ended = port is not None and end_connections(port, _END_SECONDS)
        if not idle:  # what it computes is wanted by nobody
            _leave_without_static_destructors()
        if _forked or not (idle and ended):
            _never_destroy(server)


def _never_destroy(server: RunningServer) -> None:
    """Keep a handle from its destructor, which waits for threads that a forked child does not have."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(server.handle))


def _after_fork_in_child() -> None:
    global _forked  # noqa: PLW0603 - a fact of the process
    if not _running:
        return
    _forked = True
    for server in _running:
        _never_destroy(server)
    _running.clear()
    _leave_without_static_destructors()


def _leave_without_static_destructors() -> None:
    """End the process before llama.cpp's static destructors run.

    Its log joins its thread there, and would wait for ever in a child that has none; and threads that still compute
    would crash among what is destroyed. glibc's on_exit hands the exit code to a function that runs before such
    destructors: `_exit` itself.
    """
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.on_exit(libc._exit, None)  # noqa: SLF001 - the C function's name


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
