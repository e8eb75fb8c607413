"""What an emulated endpoint remembers of each request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal["open", "answered", "cut", "client-gone"]


@dataclass(slots=True)
class RecordedRequest:
    """One request, in the order of arrival.

    Attributes:
        method: HTTP method.
        path: Path at the provider: without the endpoint's own prefix, and without the query.
        headers: Header names in lower case.
        raw: The body's bytes.
        body: The parsed JSON object; empty where there is none.
        status: The status that was answered; None until then, and where the connection was closed without one.
        refused: The message of the refusal, where validation refused the request.
        altered: What the provider made of the reply's text and calls under this request's terms, where they were not
            said as the script has them; a sentence each.
        unthought: Why the reply's reasoning was not sent, where the script has some.
        outcome: `answered` in full, `cut` off on purpose, or the client had gone (`client-gone`).
        finished: Set when the outcome is known.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: dict[str, Any]
    status: int | None = None
    refused: str | None = None
    altered: list[str] = field(default_factory=list)
    unthought: str = ""
    outcome: Outcome = "open"
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The request's messages (Responses: its input, where that is a list)."""
        found = self.body.get("messages", self.body.get("input", []))
        return found if isinstance(found, list) else []

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The request's tools."""
        found = self.body.get("tools")
        return found if isinstance(found, list) else []

    @property
    def stream(self) -> bool:
        """Whether the request asks for a stream."""
        return self.body.get("stream") is True
