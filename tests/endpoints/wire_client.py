"""A client that sees bytes: raw HTTP, no SDK between the test and the wire."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


@dataclass(frozen=True)
class Seen:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[str]:
        """The data of each event of a stream."""
        lines = self.body.decode().splitlines()
        return [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]

    @property
    def chunks(self) -> list[Any]:
        return [json.loads(event) for event in self.events if event != "[DONE]"]


def send(root_url: str, path: str, body: object = None, *, key: str | None = None, method: str = "POST") -> Seen:
    """One request on a connection of its own; `body` may be bytes."""
    connection = http.client.HTTPConnection(urlsplit(root_url).netloc, timeout=30)
    try:
        data = body if isinstance(body, bytes | type(None)) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        return Seen(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def ask(endpoint: Any, stream: bool = False, /, **body: Any) -> Seen:
    """A chat completion with sensible defaults."""
    user = {"role": "user", "content": "What is 1 + 2?"}
    whole = {"model": endpoint.model, "messages": [user], **({"stream": True} if stream else {}), **body}
    whole = {name: value for name, value in whole.items() if value is not ...}
    return send(endpoint.root_url, f"{endpoint.provider.path}/chat/completions", whole, key=endpoint.api_key)
