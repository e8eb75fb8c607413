"""One response of the Responses wire read: bytes in, a well-formed response out, and the verdict on it.

The stock code takes a stream that ends early for a whole one, raises bare errors on what fails with status 200, and
trips over arguments that are no string. So what came is read here first and handed on in the form that the stock code
reads: calls are held back until the response says how it ended, since only then it is known whether they may run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx2

from graph.endpoint.reader import Rejected
from graph.endpoint.recovery import StreamRecovery
from graph.endpoint.refusals import is_error_event, read_error
from graph.endpoint.reply import BrokenCall, Call, Fault, Reply, new_call_id
from graph.endpoint.responses_items import (
    HeldCalls,
    given_texts,
    request_text,
    response_object,
    taken_ids,
    tool_schemas,
)
from graph.endpoint.sse import BodyReader
from graph.errors import ContentFilterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILTERED: Final = frozenset({"content_filter", "sensitive"})
_UNFINISHED: Final = frozenset({"in_progress", "queued", "cancelled"})
_TERMINAL: Final = frozenset({"response.completed", "response.incomplete", "response.cancelled"})
_BEGUN: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_TEXT: Final = "response.output_text.delta"
_CALL_EVENT: Final = "response.function_call_arguments."


class ResponsesReader:
    """Reads one response; `reply` is set once the response has ended.

    Args:
        asked: the request's body.
        endpoint: model and base URL, for people.
        recover: recover calls from the text.
    """

    def __init__(self, asked: Mapping[str, Any], endpoint: str, *, recover: bool) -> None:
        self._streams = bool(asked.get("stream"))
        self._endpoint = endpoint
        self._model = str(asked.get("model") or "")
        self._body = BodyReader()
        tools = tool_schemas(asked)
        self._recovery = (
            StreamRecovery(tools, prompt=request_text(asked), given=given_texts(asked)) if recover and tools else None
        )
        self._calls = HeldCalls(tools, taken_ids(asked))
        self._customs: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []
        self._last_text: dict[str, Any] = {"type": _TEXT, "item_id": None, "output_index": 0, "content_index": 0}
        self._text: list[str] = []
        self._said = False
        self._refused = False
        self._events = 0
        self._places = 0
        self.shown = False
        self.reply: Reply | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes add.

        Raises:
            Rejected: an error came, or what is no response.
            ContentFilterError: the provider's filter stopped the reply.
        """
        for event in self._body.feed(data):
            yield from self._event(event)

    def broke_off(self, error: Exception) -> bool:
        """Whether a failure only ends what was shown in part, or comes after the end."""
        lost = isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.TimeoutException)
        return self.reply is not None or (self.shown and lost)

    def close(self) -> Iterator[bytes]:
        """Yield the rest; `reply` then is the whole reply.

        Raises:
            Rejected: the body is no response.
            ContentFilterError: the provider's filter stopped the reply.
        """
        for event in self._body.close():
            yield from self._event(event)
        if self.reply is not None:
            return
        if self._body.garbage and not self._events:
            raise Rejected(read_error(None, {}, self._body.garbage))
        yield from self._finish(None)

    def _event(self, event: object) -> Iterator[bytes]:
        if self.reply is not None:
            return
        if not isinstance(event, dict) or is_error_event(event):
            raise Rejected(read_error(None, {}, event))
        self._events += 1
        kind = str(event.get("type") or "")
        if kind in _TERMINAL:
            response = event.get("response")
            yield from self._finish(response if isinstance(response, dict) else {})
        elif not kind:
            yield from self._finish(event)
        elif self._streams:
            yield from self._streamed(kind, event)

    def _streamed(self, kind: str, event: dict[str, Any]) -> Iterator[bytes]:
        item = event.get("item")
        item_type = item.get("type") if isinstance(item, dict) else None
        event.setdefault("output_index", self._places)
        if isinstance(event["output_index"], int):
            self._places = max(self._places, event["output_index"])
        if item_type == "function_call" or kind.startswith(_CALL_EVENT):
            self._calls.take(kind, event)
        elif item_type == "custom_tool_call":
            self._customs += [event] if kind.endswith(".done") else []
        elif kind == _TEXT:
            event = {"item_id": None, "content_index": 0, **event}
            self._last_text = event
            text = event.get("delta")
            if isinstance(text, str) and text:
                self._said = True
                yield from self._say(self._recovery.feed(text) if self._recovery else text)
        elif kind not in _BEGUN or kind == "response.created":
            self._refused = self._refused or kind.startswith("response.refusal")
            self._waiting.append({"item_id": None, **event} if kind.startswith("response.output_text") else event)
            if kind.endswith(".delta"):
                yield from self._emit()

    def _say(self, text: str) -> Iterator[bytes]:
        if text:
            self._text.append(text)
            self._waiting.append({**self._last_text, "delta": text})
            yield from self._emit()

    def _emit(self) -> Iterator[bytes]:
        """Hand on what waited: until something is shown, another try of the request is possible."""
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self.shown = True
            text = json.dumps(event, ensure_ascii=True)
            yield f"event: {event['type']}\ndata: {text}\n\n".encode()

    def _finish(self, final: dict[str, Any] | None) -> Iterator[bytes]:
        """Judge the reply and hand on the rest of it; `final` is the whole response, where one came."""
        response = response_object(final or {}, self._model)
        if final is None:
            response["status"] = "incomplete"
        finish, cut = self._ending(final)
        gone = bool(cut) and finish is None
        output = response["output"]
        yield from self._take_texts(output)
        assembled = self._calls.finish(output, cut=cut, gone=gone)
        calls = [call for _, call in assembled if isinstance(call, Call)]
        broken = [call for _, call in assembled if isinstance(call, BrokenCall)]
        leaked, recovered = "", []
        if self._recovery is not None:
            found = self._recovery.close("length" if cut else None)
            yield from self._add_text(found.content, output)
            leaks = [f"{one.name or 'a call'}: {one.reason}" for one in found.broken]
            if gone:  # what stood in the text of a reply that broke off is as little run as a call of its own
                leaks += [f"{one.name}: the reply {cut}" for one in found.calls]
            elif not assembled:
                recovered = [Call(new_call_id(), one.name, one.arguments) for one in found.calls]
            leaked = "; ".join(leaks)
        items = [item for item, _ in assembled]
        items += [_item(call.id, call.name, call.arguments) for call in recovered]
        fault, why = self._judge(calls + recovered, broken, leaked, cut, gone=gone)
        self.reply = Reply(
            text="".join(self._text),
            reasoning="",
            calls=(*calls, *recovered),
            broken=tuple(broken),
            finish_reason=finish,
            usage=None,
            model=response["model"],
            metadata={},
            fault=fault,
            why=why,
            recovered=len(recovered),
        )
        yield from self._hand_on(response, items, gone=gone)

    def _take_texts(self, output: list[dict[str, Any]]) -> Iterator[bytes]:
        """Take in the texts of a whole response, as far as no event brought them."""
        if self._streams and not self._said:
            for part in _texts(output):
                yield from self._say(self._recovery.feed(part["text"]) if self._recovery else part["text"])
        elif not self._streams:
            for part in _texts(output):
                part["text"] = self._recovery.feed(part["text"]) if self._recovery else part["text"]
                self._text.append(part["text"])
        self._refused = self._refused or any(
            part.get("type") == "refusal" for item in output for part in item.get("content") or ()
        )

    def _hand_on(self, response: dict[str, Any], items: list[dict[str, Any]], *, gone: bool) -> Iterator[bytes]:
        """Yield the response, its calls among it: as a body, or as the last events."""
        output = response["output"]
        if not self._streams:
            dropped = {"function_call", "custom_tool_call"} if gone else {"function_call"}
            response["output"] = [*(item for item in output if item.get("type") not in dropped), *items]
            yield json.dumps(response).encode()
            return
        self._waiting += [] if gone else self._customs
        self._places = max(self._places, len(output))
        for item in items:
            self._places += 1
            at = {"output_index": self._places}
            head = {**item, "arguments": "", "status": "in_progress"}
            self._waiting.append({"type": "response.output_item.added", **at, "item": head})
            self._waiting.append({"type": f"{_CALL_EVENT}delta", **at, "delta": item["arguments"]})
        response["output"] = [item for item in output if item.get("type") == "message"]
        for part, text in zip(_texts(output), ["".join(self._text)], strict=False):
            part["text"] = text
        kind = "response.incomplete" if response["status"] == "incomplete" else "response.completed"
        self._waiting.append({"type": kind, "response": response})
        yield from self._emit()

    def _add_text(self, text: str, output: list[dict[str, Any]]) -> Iterator[bytes]:
        """Hand on the text that the recovery let go last."""
        if self._streams:
            yield from self._say(text)
        elif text and (parts := _texts(output)):
            parts[-1]["text"] += text
            self._text.append(text)

    def _ending(self, final: dict[str, Any] | None) -> tuple[str | None, str]:
        """The finish reason in the words of Chat Completions, where the reply ended early, and how it ended then."""
        if final is None:
            return None, "broke off (no response.completed came)"
        status, details = final.get("status"), final.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        if reason in _FILTERED:
            msg = "the content filter stopped the reply"
            remedy = "Rephrase the request, or ask the provider what its filter objects to."
            raise ContentFilterError(msg, endpoint=self._endpoint, code=reason, remedy=remedy)
        if status == "incomplete":
            return "length", "ended at the token cap"
        if status in _UNFINISHED:
            return None, f"came unfinished (its status is {status})"
        return None, ""

    def _judge(
        self, calls: list[Call], broken: list[BrokenCall], leaked: str, cut: str, *, gone: bool
    ) -> tuple[Fault | None, str]:
        if broken:
            return "calls", "; ".join(f"{call.name or 'a call'}: {call.reason}" for call in broken)
        if leaked:
            return "leaked", f"a tool call stands in the text and cannot be read ({leaked})"
        if not self._events:
            return "empty", "the response was empty"
        if not calls and not self._customs and not "".join(self._text).strip() and not self._refused:
            return "empty", f"it has neither text nor a tool call{f'; it {cut}' if cut else ''}"
        if gone:
            return "cut_off", f"it {cut}"
        return None, ""


def _item(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    """A call as the stock code reads it."""
    return {
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }


def _texts(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The text parts of an output, in order."""
    return [
        part
        for item in output
        if item.get("type") == "message"
        for part in item["content"]
        if part.get("type") == "output_text"
    ]
