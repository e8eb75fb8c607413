"""Which server software answers, and in which version, from what its replies say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


ServerName = Literal["vllm", "sglang", "llama.cpp", "ollama", "embedded"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that the table of known endpoints has facts about."""

    name: ServerName
    version: str | None = None


_OWNERS: Final[Mapping[str, ServerName]] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
}
_FINGERPRINT_VLLM: Final = re.compile(r"vllm-(\d+(?:\.\d+)+)")


def recognise(headers: Mapping[str, str], body: Mapping[str, Any]) -> Server | None:
    """Return the server that sent a reply, or None if the reply does not say.

    Reads what was recorded from the servers themselves (2026-11-22): vLLM 0.32 signs replies with
    `system_fingerprint` `vllm-0.32.0-ef998f0e`, Ollama with `fp_ollama`, llama.cpp with its `Server` header; the list
    of models names its owner (`owned_by`: `vllm`, `sglang`, `llamacpp`).

    Args:
        headers: The reply's headers, names in any case.
        body: The reply's JSON: a completion, a chunk, or the list of models.
    """
    fingerprint = str(body.get("system_fingerprint") or "")
    if found := _FINGERPRINT_VLLM.match(fingerprint):
        return Server("vllm", found[1])
    if fingerprint == "fp_ollama":
        return Server("ollama")
    if any(name.lower() == "server" and value == "llama.cpp" for name, value in headers.items()):
        return Server("llama.cpp")
    models = body.get("data")
    first = models[0] if isinstance(models, list) and models else None
    owner = first.get("owned_by") if isinstance(first, dict) else None
    name = _OWNERS.get(owner) if isinstance(owner, str) else None
    return Server(name) if name else None
