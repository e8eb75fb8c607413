"""What an endpoint answered, put together: the parts of one reply, whatever shape they came in."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

Fault = Literal["cut_off", "empty", "error", "calls", "leaked", "overrun"]
"""Why a reply does not count: it broke off; it is empty; an error event came; a call in it is broken; markup of a call
stands in the text and could not be read, or may be an example; it ran far past the token cap."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call whose arguments came whole: `arguments` is the JSON text of an object.

    `extra` is what came beside it and has to go back with it (Gemini's `extra_content`).
    """

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] | None = None

    @property
    def args(self) -> dict[str, Any]:
        """The arguments as a mapping."""
        value: dict[str, Any] = json.loads(self.arguments, strict=False)
        return value


@dataclass(frozen=True, slots=True)
class BrokenCall:
    """A tool call that must not run: `arguments` is the raw text that came, `reason` says what is wrong with it."""

    id: str
    name: str
    arguments: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delta:
    """What one event adds to the reply, in the form that streaming users expect.

    `call_index` is set when the delta belongs to a call; its `call_id` and `call_name` come once, in the first one.
    """

    text: str = ""
    reasoning: str = ""
    call_index: int | None = None
    call_id: str | None = None
    call_name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request; details as the endpoint gave them."""

    prompt: int
    completion: int
    total: int
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. `fault` is None when it counts; `why` then is empty.

    `recovered` counts the calls that came as text; `shown` names the tools of calls that stand in the text and may be
    meant, where nothing else is wrong; `began_thinking`: it began within a block that the template opened; `retold`:
    its text or reasoning is another than the deltas said.
    """

    text: str
    reasoning: str
    calls: tuple[Call, ...]
    broken: tuple[BrokenCall, ...]
    finish_reason: str | None
    usage: Usage | None
    model: str | None
    metadata: dict[str, Any]
    fault: Fault | None = None
    why: str = ""
    recovered: int = 0
    shown: tuple[str, ...] = ()
    began_thinking: bool = False
    retold: bool = False


CALL_ID_ALPHABET: Final = string.ascii_letters + string.digits
CALL_ID_CHARS: Final = 9
"""What an id is made of that every endpoint takes: Mistral wants just nine of these characters (mistral-common's
validator, and the chat templates of its models), OpenAI at most 40 of any, Claude any number of these, `_` and `-`."""


def new_call_id(taken: Container[str] = ()) -> str:
    """An id for a call that came without one, or with one that is taken.

    Args:
        taken: ids that the thread has already, so far as they are at hand: of two that are made, one in 10^16 repeats.
    """
    while (made := "".join(secrets.choice(CALL_ID_ALPHABET) for _ in range(CALL_ID_CHARS))) in taken:
        pass
    return made
