"""The tool that fetches pages, behind a gate which knows the names of local servers."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Any

from tools import ToolConfig
from tools.web.addresses import Address, refusal
from tools.web.tool import build_web_fetch
from tools.web.transport import Gate

if TYPE_CHECKING:
    import ssl

    from langchain_core.tools import BaseTool

LOCAL = IPv4Address("127.0.0.1")
ARTICLE = (
    "<!doctype html><html><head><title>Tides</title><script>var hidden = 1</script></head><body><nav>Menu</nav>"
    "<article><h1>Tides</h1>" + "<p>The moon pulls the sea, and the sea comes and goes twice a day.</p>" * 6 +
    "</article></body></html>"
)  # fmt: skip


class Names:
    """A resolver of invented names that remembers what it was asked.

    The answers of a name are given in turn, the last one again and again.
    """

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = names
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[Address]:
        self.asked.append(host)
        if host.replace(".", "").isdigit() or ":" in host:
            return [ip_address(host)]
        answers = self.names.get(host.partition(".")[0])
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return [ip_address(text) for text in (answers.pop(0) if len(answers) > 1 else answers[0])]


def only_local(address: Address) -> str | None:
    """Let the test's own server through and judge all other addresses as in earnest."""
    return None if address == LOCAL else refusal(address)


def make(names: Names | None = None, context: ssl.SSLContext | None = None, **bounds: Any) -> BaseTool:
    gate = Gate(resolve=names or Names(site=[["127.0.0.1"]]), refusal=only_local, ssl_context=context)
    return build_web_fetch(ToolConfig(**bounds), gate)
