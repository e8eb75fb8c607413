"""What in this process's environment would lead requests astray; nothing is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from graph.doctor.check import Check, Verdict
from graph.endpoint.proxies import is_loopback

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


def _client(bench: Bench) -> Verdict:
    """The adapter as the user's settings make it: which wire, and whether every call is bounded."""
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - only for this
    from pydantic import SecretStr  # noqa: PLC0415

    from graph.endpoint.adapter import ChatEndpoint  # noqa: PLC0415

    settings, endpoint = bench.settings, bench.wire.endpoint
    model = ChatEndpoint.at(endpoint, settings, server=bench.told)
    asked = settings.api == "responses"
    policy = model.policy
    faults = {
        "it would call the other wire than AGENT_API says": _responses(model) is not asked,
        "a time-out is missing": min(model.connect_timeout_s, policy.read_timeout_s, policy.stream_timeout_s) <= 0,
        "streams would not ask for usage": not model.stream_usage,
        "turns are not bounded": settings.max_turns < 1,
        "replies are not capped": not settings.max_tokens,
    }
    wrong = [what for what, holds in faults.items() if holds]
    stock = ChatOpenAI(model=endpoint.model, api_key=SecretStr("none"), base_url=endpoint.base_url)
    said = "ChatOpenAI would call the Responses API here, by the model's name; Portolan does not"
    details = (said,) if _responses(stock) and not asked else ()
    if wrong:
        return Verdict("broken", wrong[0], details=(*wrong[1:], *details))
    wire = "Responses, as AGENT_API says" if asked else "Chat Completions, whatever the model is called"
    bounds = (
        f"{settings.max_turns} turns, {settings.max_tokens} tokens a reply, {policy.stream_timeout_s:g} s of silence"
    )
    return Verdict("honoured", f"{wire}; at most {bounds}", details=details)


def _responses(model: Any) -> bool:
    """Whether a request with tools would go to `/responses`."""
    tools = [{"type": "function", "function": {"name": "get_code"}}]
    return bool(model._use_responses_api({"tools": tools}))  # noqa: SLF001 - LangChain has no public way to ask


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
    Check(
        name="client",
        title="Wire and bounds",
        sends="nothing",
        expects="the adapter on the wire that was chosen, with time-outs, a cap, a bound on turns, and usage",
        why="the plain stack chooses the Responses API by the model's name, and has no time-out",
        run=_client,
        requests=0,
    ),
)
