"""From a request to an answer: routes, validation, the script, and the form that was asked for."""

from __future__ import annotations

import hmac
import itertools
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.testing.answer import Answer, Drop, Hold, Part, json_answer, refusal_answer, stream_answer
from graph.testing.chat import CREATED, ChatWriter
from graph.testing.checks import examine
from graph.testing.errors import Refusal
from graph.testing.faults import WIRE_OF_FAULT, Writer, error_of, go_wrong
from graph.testing.model import take_turn
from graph.testing.responses import ResponsesWriter
from graph.testing.responses_checks import Kept, examine_responses
from graph.testing.script import Fault, Raw, Reply, Script, ScriptItem, item_of, items_of
from graph.testing.story import last_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graph.testing.provider import Provider
    from graph.testing.recorded import RecordedRequest


class Service:
    """One provider that speaks a script. Safe for requests from several threads.

    Args:
        provider: Which.
        script: What its model says.

    Raises:
        TypeError: The script holds something that cannot be said.
        ValueError: A fault names an error that the provider does not have.
    """

    def __init__(self, provider: Provider, script: Script) -> None:
        self.provider, self.failures = provider, list[str]()
        self._lock = threading.Lock()
        self._says: Callable[[RecordedRequest], ScriptItem] | None = script if callable(script) else None
        self._left: list[ScriptItem] = []
        self._length = 0
        self._numbers = (itertools.count(1), itertools.count(1))
        self._kept = Kept()
        if not callable(script):
            self.say_next(*items_of(script))

    @property
    def scripted(self) -> bool:
        """Whether it is a list that is said; a function sees what it answers to."""
        return self._says is None

    @property
    def left(self) -> list[ScriptItem]:
        """Script items that were not said."""
        with self._lock:
            return list(self._left)

    def say_next(self, *items: ScriptItem) -> None:
        """Add to the end of the script."""
        for item in items_of(items):
            if isinstance(item, Fault):
                error_of(item, self.provider)
        with self._lock:
            self._left.extend(items)
            self._length += len(items)

    def respond(self, request: RecordedRequest, body: object) -> Answer:
        """Answer one request.

        Args:
            request: The request.
            body: Its parsed JSON; an exception where it could not be parsed.
        """
        try:
            return self._route(request, body)
        except Exception as error:  # noqa: BLE001  # a script is a test's own code and may raise anything
            return self._fail(f"{type(error).__name__}: {error}")

    def _route(self, request: RecordedRequest, body: object) -> Answer:
        """Find what a path serves; the key is looked at before the body, and the body before what it says."""
        provider, rules, path = self.provider, self.provider.rules, request.path
        serve: Mapping[tuple[str, str], Callable[[RecordedRequest], Answer]] = {
            ("GET", f"{provider.path}/models"): lambda _: json_answer(self._models(), provider),
            ("POST", f"{provider.path}/chat/completions"): self._chat,
            **{("POST", path): self._responses for path in provider.responses_paths},
            **({("POST", f"{provider.path}/responses"): self._responses} if provider.responses != "none" else {}),
        }
        if request.method == "GET" and path in provider.pages:
            page = provider.pages[path]
            return Answer(200, [b""]) if page is None else json_answer(page, provider)
        if (request.method, path) not in serve:
            return refusal_answer(rules.bad_route.fill({"method": request.method, "path": path}), provider)
        if rules.bad_key is not None and not self._key_fits(request):
            return refusal_answer(rules.bad_key.fill({"key": _masked(request)}), provider)
        if not isinstance(body, dict):
            at = {"error": body.msg, "position": body.pos} if isinstance(body, json.JSONDecodeError) else {}
            return refusal_answer(rules.bad_json.fill(at), provider)
        return serve[request.method, path](request)

    def _chat(self, request: RecordedRequest) -> Answer:
        refusal = examine(request.body, self.provider)
        if refusal is not None:
            return refusal_answer(refusal, self.provider, stream=request.stream)
        return self._say(request, self._next(request), self._chat_writer)

    def _responses(self, request: RecordedRequest) -> Answer:
        refusal = examine_responses(request.body, self.provider, self._kept)
        if refusal is not None:
            return refusal_answer(refusal, self.provider, stream=request.stream)

        def writer(reply: Reply, provider: Provider, body: dict[str, Any]) -> Writer:
            if provider.behaviour.responses_drop_tools:
                body = {key: value for key, value in body.items() if key not in ("tools", "tool_choice")}
                reply = replace(reply, leak=reply.leak or provider.behaviour.text_convention)
                if reply.calls:
                    request.altered.append("its calls were sent as text, since the tools are dropped here")
            if (effort := (body.get("reasoning") or {}).get("effort")) is not None:
                body = {**body, "reasoning_effort": effort}
            return ResponsesWriter(take_turn(reply, body, provider), provider, body, self._numbers, self._kept)

        return self._say(request, self._next(request), writer)

    def _key_fits(self, request: RecordedRequest) -> bool:
        return hmac.compare_digest(_key(request).encode(), self.provider.api_key.encode())

    def _models(self) -> dict[str, Any]:
        provider = self.provider
        card = {"id": provider.model, "object": "model", "created": CREATED, "owned_by": provider.name}
        return {"object": "list", "data": [{**card, **provider.card}], **provider.beside_cards}

    def _next(self, request: RecordedRequest) -> ScriptItem | Answer:
        if self._says is not None:
            return item_of(self._says(request))
        with self._lock:
            if self._left:
                return self._left.pop(0)
        ends = last_message(request)
        return self._fail(
            f"the script is used up ({self._length} said), and one more request came, which ends in {ends}"
        )

    def _fail(self, reason: str) -> Answer:
        """An error of the test itself: HTTP 500 that clients do not retry, and told when the endpoint closes."""
        with self._lock:
            self.failures.append(reason)
        refusal = Refusal(500, f"Emulated endpoint {self.provider.name!r}: {reason}", "script_error")
        return refusal_answer(refusal, self.provider, headers={"x-should-retry": "false"})

    def _say(
        self,
        request: RecordedRequest,
        item: ScriptItem | Answer,
        writer_of: Callable[[Reply, Provider, dict[str, Any]], Writer],
    ) -> Answer:
        """Say one item of the script."""
        if isinstance(item, Answer):
            return item
        if isinstance(item, Raw):
            return _raw(item)
        reply, fault = (item.reply, item) if isinstance(item, Fault) else (item, None)
        changes = {**reply.wire, **(WIRE_OF_FAULT.get(fault.kind, {}) if fault else {})}
        provider = self.provider.but(wire=changes)
        writer = writer_of(reply, provider, request.body)
        hold = Hold(reply.gate) if reply.gate else None
        if fault is not None:
            answer = go_wrong(fault, writer, provider, stream=request.stream)
            return replace(answer, hold=answer.hold or hold)
        request.altered += writer.turn.altered
        request.unthought = writer.turn.unthought
        if request.stream:
            return stream_answer(writer.events(), provider, http_chunk=provider.wire.http_chunk, hold=hold)
        return json_answer(writer.plain(), provider, hold=hold)

    def _chat_writer(self, reply: Reply, provider: Provider, body: dict[str, Any]) -> Writer:
        turn = take_turn(reply, body, provider)
        if turn.reasoning and provider.wire.reasoning == "hidden":
            turn = replace(turn, unthought="no reasoning, since this provider hides it")
        return ChatWriter(turn, provider.wire, body, self._echo(body), self._numbers)

    def _echo(self, body: dict[str, Any]) -> str:
        return str(body.get("model") or self.provider.model)


def _key(request: RecordedRequest) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _masked(request: RecordedRequest) -> str:
    """A key as OpenAI repeats it: both ends are shown."""
    return f"{_key(request)[:8]}{'*' * 20}{_key(request)[-4:]}"


def _raw(raw: Raw) -> Answer:
    single = isinstance(raw.body, bytes)
    parts: Sequence[Part] = [raw.body] if isinstance(raw.body, bytes) else list(raw.body)
    end: list[Part] = [Drop()] if raw.close else []
    return Answer(raw.status, [*parts, *end], raw.headers, chunked=not single, cut=raw.close)
