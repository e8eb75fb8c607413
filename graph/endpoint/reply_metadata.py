"""What comes with a reply beside its words and calls: usage, ids, log probabilities, a refusal, reasoning's details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.reasoning_details import ReasoningDetails
from graph.endpoint.usage import latest

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT: Final = ("id", "model", "system_fingerprint", "service_tier", "created", "provider")


class ReplyMetadata:
    """Collects it from the events of one reply.

    Attributes:
        known: what is told of the reply, by its name; the first that came stands.
        usage: the latest usage as it came.
        details: the parts of its reasoning.
    """

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.usage: dict[str, Any] | None = None
        self.details = ReasoningDetails()
        self._logprobs: list[Any] = []
        self._refusal: list[str] = []

    def of_event(self, event: Mapping[str, Any]) -> None:
        """Take what stands beside the choices."""
        for key in _KEPT:
            if event.get(key) not in (None, ""):
                self.known.setdefault(key, event[key])
        if isinstance(usage := event.get("usage"), dict):
            self.usage = latest(self.usage, usage)

    def of_choice(self, choice: Mapping[str, Any]) -> None:
        """Take what stands beside a message."""
        if isinstance(logprobs := choice.get("logprobs"), dict) and isinstance(logprobs.get("content"), list):
            self._logprobs += logprobs["content"]
        if isinstance(usage := choice.get("usage"), dict):  # Moonshot
            self.usage = latest(self.usage, usage)

    def of_message(self, message: Mapping[str, Any]) -> None:
        """Take the refusal of a message, or of a piece of one."""
        if isinstance(refusal := message.get("refusal"), str) and refusal:
            self._refusal.append(refusal)

    @property
    def refusal(self) -> str:
        """What the model said in refusing."""
        return "".join(self._refusal)

    def beside(self, renamed: list[tuple[str, str]]) -> dict[str, Any]:
        """All of it but the model, by name.

        Args:
            renamed: the ids of the calls as they came, and what the calls are named by.
        """
        found = {key: value for key, value in self.known.items() if key != "model"}
        found |= self.details.beside(renamed)
        if self._logprobs:
            found["logprobs"] = {"content": self._logprobs}
        if self._refusal:
            found["refusal"] = self.refusal
        return found
