"""What a test tells the emulated model to say, and what is to go wrong while it says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from graph.testing.errors import ErrorShape
from graph.testing.fields import check_names, check_word
from graph.testing.leaks import LEAKS, Leak
from graph.testing.wire import Wire

if TYPE_CHECKING:
    import threading

    from graph.testing.recorded import RecordedRequest

FaultKind = Literal[
    "refuse",
    "disconnect-before-headers",
    "disconnect",
    "disconnect-mid-chunk",
    "disconnect-mid-character",
    "end-early",
    "stall-before-headers",
    "stall",
    "keep-alive-forever",
    "error-event",
    "no-done",
    "no-finish",
    "no-blank-line",
    "not-json",
    "empty-body",
    "json-for-stream",
    "sse-for-plain",
    "error-200",
    "choices-null",
    "choices-empty",
    "choices-missing",
    "role-missing",
    "empty-event",
    "null-delta",
]
"""What goes wrong. Every kind works for plain and streamed requests; what means nothing for one changes nothing there.

* `refuse`: an HTTP error instead of the reply: a named error of the provider, or status, message, code, body.
* `disconnect-before-headers`: the connection closes with no answer at all.
* `disconnect`: it closes after `after` events (plain: half way through the body).
* `disconnect-mid-chunk`: the same, inside an HTTP chunk; `-mid-character`: inside the bytes of one UTF-8 character.
* `end-early`: the stream ends after `after` events as if it were complete: no finish reason, no `[DONE]`.
* `stall-before-headers`, `stall`: nothing more comes until `release` is set, the client leaves or the server closes.
* `keep-alive-forever`: SSE comments (plain: blank lines) and nothing else, until the client leaves or the server
  closes.
* `error-event`: after `after` events, an error in a stream that began with 200 (plain: like `error-200`).
* `no-done`, `no-finish`, `no-blank-line`: the stream lacks `[DONE]`, the finish reason, the last event's blank line.
* `not-json`, `empty-body`: HTTP 200 with text that is not JSON, or with nothing.
* `json-for-stream`, `sse-for-plain`: the reply in the other form than was asked for.
* `error-200`: HTTP 200 whose JSON body is an error.
* `choices-null`, `choices-empty`, `choices-missing`, `role-missing`: the body (plain) or the first content chunk.
* `empty-event`: an event with id and type but empty data, as the second one.
* `null-delta`: the finish reason comes in a chunk whose delta is null.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call that the model makes.

    Attributes:
        name: The function's name.
        arguments: An object; or the raw argument text, which may be cut off or no JSON at all; or None for none.
        id: The call's id, sent as it is; None for an id in the provider's style.
        index: The streamed index, sent as it is; None for what the wire does.
    """

    name: str
    arguments: Mapping[str, Any] | Sequence[Any] | str | None = field(default_factory=dict)
    id: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the model.

    Attributes:
        text: The answer's text; with calls, the text before them.
        calls: Tool calls, in order.
        reasoning: Sent under the provider's field, if the model thinks in this request.
        finish_reason: None for the one that the provider gives.
        usage: Sent in place of the counted usage.
        wire: Changes of the wire for this reply alone, as `Wire` fields.
        leak: The convention in which the calls are written into the text, on a line of their own where models write
            them so; None for what the provider does.
        gate: The reply does not begin before this event is set, the client leaves, or the server closes.
    """

    text: str = ""
    calls: Sequence[Call] = ()
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Mapping[str, Any] | None = None
    wire: Mapping[str, Any] = field(default_factory=dict)
    leak: Leak | None = None
    gate: threading.Event | None = None

    def __post_init__(self) -> None:
        """Refuse a quirk or a convention that does not exist: the reply would be written down as ever.

        Raises:
            TypeError: `wire` names a quirk that does not exist.
            ValueError: A quirk has no such value, or there is no such convention.
        """
        check_names(Wire, self.wire)
        Wire(**self.wire)
        if self.leak is not None:
            check_word("Reply.leak", self.leak, LEAKS)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong instead of a reply, or in the middle of one.

    Attributes:
        kind: See `FaultKind`.
        reply: What was being said.
        after: Events that are sent before it happens.
        error: For `refuse`: the name of one of the provider's errors (`Provider.errors`), such as `"rate_limit"`.
        status: HTTP status; overrides the named error's. Without a name it means what the provider sends with it: one
            of the 4xx is a refusal in the provider's own shape, type and code.
        message: The error's text, put into the provider's shape.
        code: The error's code.
        body: The whole body, in place of the provider's shape: JSON value, text or bytes.
        headers: Further headers, such as `{"retry-after": "0"}`.
        shape: The error's shape where it is not the provider's own.
        release: Ends a stall; the reply then goes on.
        done: Whether `[DONE]` follows an error event.
    """

    kind: FaultKind = "refuse"
    reply: Reply = field(default_factory=lambda: Reply("The answer was being written when this happened: 你好, 世界."))
    after: int = 2
    error: str | None = None
    status: int | None = None
    message: str | None = None
    code: str | int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    shape: ErrorShape | None = None
    release: threading.Event | None = None
    done: bool = True

    def __post_init__(self) -> None:
        """Refuse a kind or a shape that does not exist: nothing would go wrong, or with no body.

        Raises:
            ValueError: There is no such kind or shape.
        """
        check_word("Fault.kind", self.kind, get_args(FaultKind))
        if self.shape is not None:
            check_word("Fault.shape", self.shape, get_args(ErrorShape))


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes to answer with, exactly: for whatever `Wire` and `Fault` have no word for.

    Attributes:
        body: The body; several parts become as many HTTP chunks of a chunked answer.
        status: HTTP status.
        headers: Headers; the length or the transfer encoding is added.
        close: Drop the connection after the parts, without ending a chunked answer.
    """

    body: bytes | Sequence[bytes]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    close: bool = False


ScriptItem = Reply | Fault | Raw
Script = Sequence[ScriptItem] | Callable[["RecordedRequest"], ScriptItem]
"""What is said turn by turn; or a function of the request, called from the server's threads, several at once."""


def item_of(value: object) -> ScriptItem:
    """What stands in a script or comes from its function, if it can be said.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, ScriptItem):
        return value
    hint = f"; Reply({value!r}) says it" if isinstance(value, str) else ""
    msg = f"a script is made of Reply, Fault and Raw, and not of {value!r}{hint}"
    raise TypeError(msg)


def items_of(script: Iterable[object] | ScriptItem) -> list[ScriptItem]:
    """The items of a script that is a list.

    Raises:
        TypeError: It is no list, or something else is in it.
    """
    if isinstance(script, ScriptItem | str):
        msg = f"a script is a list, [{script!r}], or a function of the request"
        raise TypeError(msg)
    return [item_of(value) for value in script]
