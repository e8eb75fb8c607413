"""How requests are made, as the settings say: thinking, recovery, retries and time-outs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from graph.endpoint.knowledge import Knowledge


CONSTRUCTOR: Final = "timeout of ChatEndpoint"
"""What set a time-out, in words, where the model's constructor did."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a request is made, as the settings say.

    Attributes:
        thinking: the thinking switch; auto leaves it to the endpoint.
        recover: recover tool calls from text; auto: unless the endpoint is known not to leak them.
        max_retries: further tries of a failed request.
        retry_time_s: seconds after which no further try is begun.
        read_timeout_s: seconds without a byte, for a reply that is not streamed.
        stream_timeout_s: seconds without an event, for one that is.
        read_set_by: what sets `read_timeout_s`, in words.
        stream_set_by: what sets `stream_timeout_s`, in words.
        set_apart: the parts of a time-out, `write` and `pool`, that the model's constructor sets by themselves.
    """

    thinking: Literal["auto", "on", "off"] = "auto"
    recover: Literal["auto", "on", "off"] = "auto"
    max_retries: int = 3
    retry_time_s: float = 60.0
    read_timeout_s: float = 300.0
    stream_timeout_s: float = 120.0
    read_set_by: str = "timeout or policy.read_timeout_s of ChatEndpoint"
    stream_set_by: str = "timeout or policy.stream_timeout_s of ChatEndpoint"
    set_apart: frozenset[str] = frozenset()

    def set_by(self, part: str, *, streamed: bool, own: Any) -> str:
        """What sets a part of a request's time-out, in words.

        Args:
            part: `read`, `write` or `pool`.
            streamed: whether the request asks for a stream.
            own: the time-out of the call; None: it has none. One that is a number leaves the parts that are set apart.
        """
        if part in self.set_apart and (own is None or isinstance(own, int | float)):
            return CONSTRUCTOR
        if own is not None:
            return "timeout of the call"
        return self.stream_set_by if streamed else self.read_set_by


def recovers(policy: Policy, knowledge: Knowledge) -> bool:
    """Whether calls are recovered from text: as the user says, or unless the endpoint is known not to leak them.

    The table or the user may say so; that the doctor's few calls came whole is no promise for others.
    """
    fact = knowledge.effective.facts["leaks_tool_calls"]
    never = fact.value is False and fact.source != "measured"
    return policy.recover == "on" or (policy.recover == "auto" and not never)
