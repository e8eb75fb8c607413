"""What in this process's environment would lead requests astray; nothing is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from graph.doctor.check import Check, Verdict
from graph.endpoint.client import is_loopback

if TYPE_CHECKING:
    from graph.doctor.bench import Bench

_TRAPS = {
    "LANGSMITH_GATEWAY": "sends what ChatOpenAI says to LangSmith's gateway unless its base URL is explicit",
    "LC_OUTPUT_VERSION": "`responses/v1` makes ChatOpenAI call the Responses API",
    "OPENAI_PROXY": "ChatOpenAI sends everything through it",
    "OPENAI_CUSTOM_HEADERS": "the SDK sends these headers to any endpoint",
    "OPENAI_ORG_ID": "the SDK sends your OpenAI organisation to any endpoint",
    "OPENAI_PROJECT_ID": "the SDK sends your OpenAI project to any endpoint",
}
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def _environment(bench: Bench) -> Verdict:
    found = [f"{name} is set: {why}" for name, why in _TRAPS.items() if os.environ.get(name)]
    proxies = [name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    local = is_loopback(bench.wire.endpoint.base_url)
    if proxies and local and not (os.environ.get("NO_PROXY") or os.environ.get("no_proxy")):
        found.append(f"{', '.join(proxies)} is set without NO_PROXY: other clients send this machine's requests there")
    if bench.wire.endpoint.base_url.startswith("http://") and not local:
        found.append("the base URL is not encrypted, so the key can be read on the way")
    if not found:
        return Verdict("honoured", "nothing in the environment leads requests elsewhere")
    return Verdict("broken", f"{found[0]} (not in Portolan)", details=tuple(found[1:]))


CHECKS = (
    Check(
        name="environment",
        title="Environment",
        sends="nothing",
        expects="no variable that redirects requests or gives other vendors what is OpenAI's",
        why="the plain stack reads a dozen variables that change where requests go",
        run=_environment,
        requests=0,
    ),
)
