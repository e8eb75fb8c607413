"""One response read: bytes in, what may be shown out, the whole reply at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from graph.endpoint.assemble import ReplyAssembler
from graph.endpoint.broken_by import ERROR, in_words, kept
from graph.endpoint.finish import FAILED, FILTERED, OVERFLOWED
from graph.endpoint.reasoning_details import DETAILS
from graph.endpoint.refusals import ProviderError, is_error_event, read_error
from graph.endpoint.sse import BodyReader
from graph.errors import ContentFilterError, ContextOverflowError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from graph.endpoint.expectation import Expectation
    from graph.endpoint.reply import Delta, Reply
    from graph.errors import PortolanError

    Identify = Callable[[Mapping[str, str], Mapping[str, Any]], None]
    Witness = Callable[[Reply], None]


_OK: Final = 200


class Rejected(Exception):  # noqa: N818 - a signal between reader and exchange, which turns it into a typed error
    """An error event, or a body that is no reply, in a response that began with status 200."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(error.message)
        self.error = error


class ReplyReader:
    """Reads one response: bytes in, deltas out, `assembler.reply` at the end.

    Args:
        expectation: how the reply is read.
        endpoint: model and base URL, for people.
        stall_s: seconds that nothing but comments and empty events may come.
        identify: told of headers and the first event, which may say what serves there.
        witness: told of the whole reply.
        shows: the deltas go to somebody; else the reply can be begun again until it is whole.
    """

    def __init__(
        self,
        expectation: Expectation,
        endpoint: str,
        stall_s: float,
        *,
        identify: Identify,
        witness: Witness,
        shows: bool = True,
    ) -> None:
        self._body = BodyReader()
        self._endpoint = endpoint
        self._stall_s = stall_s
        self._last = time.monotonic()
        self._identify: Identify | None = identify
        self._witness = witness
        self._shows = shows
        self.headers: Mapping[str, str] = {}
        self.assembler = ReplyAssembler(expectation)
        self.shown = False
        self._rejected = False

    def begin(self, headers: Mapping[str, str]) -> None:
        """Take the headers of the answer: from here on it has to go on."""
        self.headers = headers
        self._last = time.monotonic()

    def feed(self, data: bytes) -> Iterator[Delta]:
        """Yield what these bytes add.

        Raises:
            Rejected: an error event came.
            TimeoutError: nothing but comments and empty events came for as long as a stream may stand still.
        """
        before = self._progress
        for event in self._body.feed(data):
            yield from self._event(event)
        if self._progress != before:
            self._last = time.monotonic()
        if time.monotonic() - self._last > self._stall_s:
            msg = f"nothing but comments and empty events came for {self._stall_s:g} s"
            raise TimeoutError(msg)

    @property
    def finished(self) -> bool:
        """Whether no further byte is wanted: the stream said so, or the reply has overrun every cap."""
        return self._ended or self.assembler.overrun

    @property
    def _ended(self) -> bool:
        """Whether the stream said that it is over."""
        return self._body.done

    @property
    def _progress(self) -> object:
        """What changes whenever more came than comments and empty events."""
        return self.assembler.progress

    def _tell(self, event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """An event in the words of Chat Completions."""
        return (event,)

    def _settle(self) -> None:
        """Add to the reply what the assembler does not know: where signed reasoning came from."""
        details = self.reply.metadata.pop(DETAILS, None)
        if details and self.reply.fault not in {"cut_off", "overrun"}:  # of what broke off, a signature may be missing
            self.reply.metadata[DETAILS] = {"endpoint": self._endpoint, "details": details}

    def broke_off(self, error: PortolanError | None) -> bool:
        """Whether what came is what there is: it is partly shown, or the connection failed after its end."""
        return isinstance(error, TransientError) and (self.shown or (self.assembler.ended and not self._rejected))

    @property
    def reply(self) -> Reply:
        """The whole reply, after `close`."""
        if self.assembler.reply is None:
            msg = "the reader was not closed"
            raise RuntimeError(msg)
        return self.assembler.reply

    def _event(self, event: object) -> Iterator[Delta]:
        if not isinstance(event, dict) or is_error_event(event):
            raise self._reject(read_error(None, {}, event))
        if self._identify is not None:  # the first event is enough
            self._identify(self.headers, event)
            self._identify = None
        for told in self._tell(event):
            for delta in self.assembler.feed(told):
                self.shown = self._shows
                yield delta

    def _reject(self, error: ProviderError) -> Rejected:
        self._rejected = True
        return Rejected(error)

    def close(self, error: PortolanError | None = None) -> Iterator[Delta]:
        """Yield the last deltas; `assembler.reply` then is the whole reply.

        Args:
            error: what it broke off by, if it did.

        Raises:
            Rejected: the body is no reply, or the provider says that it failed within it.
            ContentFilterError: the provider's filter stopped the reply.
            ContextOverflowError: the window was full within the reply.
        """
        for event in self._body.close():
            yield from self._event(event)
        body, reason = self._body, self.assembler.finish_reason
        if body.garbage and (not self.assembler.begun or not (self._rejected or reason or body.torn)):
            status = None if self.assembler.begun else _OK  # a page in the place of a reply: the URL is another's
            raise self._reject(read_error(status, {}, body.garbage))
        if not self._rejected and reason in FAILED:
            msg = f"the provider failed within the reply (`{reason}`)"
            raise self._reject(ProviderError(code=reason, message=msg))
        at_its_end = not self._rejected and (self.assembler.ended or self._ended)  # and only the connection failed
        by = error if isinstance(error, TransientError) and not at_its_end else None
        for delta in self.assembler.finish(
            ended=self._ended,
            streamed=bool(body.streamed),
            torn=body.torn,
            mangled=body.mangled,
            broken_by=in_words(by) if by else "",
        ):
            self.shown = self._shows
            yield delta
        self._settle()
        if by:
            self.reply.metadata[ERROR] = kept(by)
        self._check()
        if self.reply.fault:
            self.reply.metadata["endpoint"] = self._endpoint  # for the error that it may end in
        self._witness(self.reply)

    def _check(self) -> None:
        reply = self.reply
        if reply.finish_reason in FILTERED:
            msg = "the content filter stopped the reply"
            remedy = "Rephrase the request, or ask the provider what its filter objects to."
            raise ContentFilterError(msg, endpoint=self._endpoint, code=reply.finish_reason, remedy=remedy)
        if reply.finish_reason in OVERFLOWED:
            msg = "prompt and reply do not fit into the model's context window"
            remedy = "Shorten the thread, or choose a model with a larger window."
            raise ContextOverflowError(msg, endpoint=self._endpoint, remedy=remedy)
