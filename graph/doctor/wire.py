"""Raw HTTP: the bytes of a reply are kept, since what a client library makes of them is part of the question."""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import httpx2

from graph.doctor.bodies import assembled, objects_in, read_body, tokens_of
from graph.endpoint.redirects import sent
from graph.endpoint.refusals import ProviderError, is_error_event, read_error
from graph.endpoint.reply import Reply  # noqa: TC001 - a field's type
from graph.endpoint.settings import Endpoint  # noqa: TC001 - a field's type
from graph.endpoint.sse import BodyReader
from graph.endpoint.transports import new_client
from graph.redact import HIDDEN, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OK: Final = 200
_FAULT: Final = 500
_TOO_MANY: Final = 429
_BUSY: Final = frozenset({429, 503, 529})
_TRIES: Final = 4
_LONGEST_WAIT_S: Final = 60.0
_RAW_CHARS: Final = 20_000
_LONG_KEY: Final = 20
_TOLD_KEY: Final = 10
"""Characters of a key that is no placeholder, and of its beginning that may not show."""


class UnreachableEndpointError(Exception):
    """No HTTP answer came."""


class BrokenExchangeError(Exception):
    """What came is neither a reply nor a refusal, twice over."""


class BusyEndpointError(Exception):
    """The endpoint goes on answering that it is too busy."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange.

    Attributes:
        body: the request's body.
        status: HTTP status.
        headers: the response's headers, names in lower case.
        raw: the beginning of the response, as it came, without keys.
        events: its events, or its one JSON body.
        done: whether `[DONE]` ended it.
        reply: what it amounts to; None where it was refused.
        error: what the endpoint said where it refused, also in a reply of status 200.
        seconds: how long it took.
        tokens: what the endpoint counted, prompt and reply.
        first_s: seconds until the first byte of the body.
        silence_s: the longest time without a byte after that.
        content: the text as it came, thinking tags and leaked calls included, without keys.
    """

    body: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    raw: str
    events: tuple[Mapping[str, Any], ...]
    done: bool
    reply: Reply | None
    error: ProviderError | None
    seconds: float
    tokens: int = 0
    first_s: float = 0.0
    silence_s: float = 0.0
    content: str = ""

    @property
    def streamed(self) -> bool:
        """Whether a stream was asked for."""
        return self.body.get("stream") is True

    @property
    def text(self) -> str:
        """The answer's text; empty where there is none."""
        return self.reply.text if self.reply else ""

    @property
    def words(self) -> str:
        """How it was refused, with the status, on one line."""
        said = " ".join((self.error.message or self.error.raw).split()) if self.error else ""
        return f"HTTP {self.status}" + (f': "{said[:300]}"' if said else "")

    @property
    def deltas(self) -> list[Mapping[str, Any]]:
        """The messages or deltas of the first choice."""
        found: list[Mapping[str, Any]] = []
        for event in self.events:
            choices = event.get("choices")
            for choice in choices[:1] if isinstance(choices, list) else ():
                part = (choice.get("delta") or choice.get("message")) if isinstance(choice, dict) else None
                if isinstance(part, dict):
                    found.append(part)
        return found

    @property
    def finish_reasons(self) -> list[str]:
        """Every finish reason that came."""
        return [
            str(choice["finish_reason"])
            for event in self.events
            for choice in (event.get("choices") or ())[:1]
            if isinstance(choice, dict) and choice.get("finish_reason")
        ]


@dataclass(slots=True)
class Wire:
    """Sends one request after another, politely.

    Args:
        endpoint: where to.
        pause_s: the least time between two requests; providers throttle bursts.
        timeout_s: how long a reply may stand still.
        sleep: how to wait.
    """

    endpoint: Endpoint
    pause_s: float = 0.5
    timeout_s: float = 120.0
    connect_timeout_s: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    log: list[Seen] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds waited, each time that the endpoint was too busy."""
    others: list[tuple[str, str]] = field(default_factory=list)
    """Requests that went another way, as what was sent and what came."""
    tokens: int = 0
    uncounted: int = 0
    _client: httpx2.Client | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def clean(self, text: str) -> str:
        """Text without the key, and without the lone surrogates that JSON's escapes allow and no encoding does.

        The beginning of the key goes, too: a reply that its cap cut may end within it.
        """
        key = self.endpoint.api_key.get_secret_value()
        text = redact(text, [key])
        if len(key) >= _LONG_KEY and key[:_TOLD_KEY] in text:
            begun = "".join(f"(?:{re.escape(letter)}" for letter in key[_TOLD_KEY:]) + ")?" * (len(key) - _TOLD_KEY)
            text = re.sub(re.escape(key[:_TOLD_KEY]) + begun, HIDDEN, text)
        return text.encode("utf-8", "replace").decode()

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None, root: str | None = None) -> Seen:
        """Send one request, again while the endpoint is too busy.

        Args:
            path: after the base URL.
            body: the JSON.
            key: another key than the endpoint's.
            root: another base URL.

        Raises:
            UnreachableEndpointError: no HTTP answer came.
            BusyEndpointError: it stays too busy.
        """
        for attempt in range(_TRIES):
            seen = self._send("POST", f"{root or self.endpoint.base_url}{path}", body, key)
            if seen.status not in _BUSY or seen.error is None or _for_good(seen.error):
                return seen
            if attempt + 1 < _TRIES:
                self.waits.append(min(seen.error.retry_after_s or 2.0 * 2**attempt, _LONGEST_WAIT_S))
                self.sleep(self.waits[-1])
        raise BusyEndpointError(seen.words)

    def get(self, path: str, *, root: str | None = None) -> Seen:
        """Fetch something.

        Args:
            path: after the base URL.
            root: another base URL.

        Raises:
            UnreachableEndpointError: no HTTP answer came.
        """
        return self._send("GET", f"{root or self.endpoint.base_url}{path}", None, None)

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None, key: str | None) -> Seen:
        if self.log and self.pause_s:
            self.sleep(self.pause_s)
        if self._client is None:
            timeout = httpx2.Timeout(self.timeout_s, connect=self.connect_timeout_s)
            self._client = new_client(self.endpoint.base_url, timeout)
        headers = {"authorization": f"Bearer {self.endpoint.api_key.get_secret_value() if key is None else key}"}
        began = time.monotonic()
        try:
            response = sent(self._client, self._client.build_request(method, url, headers=headers, json=body))
            with closing(response):
                data, broke, first, silence = read_body(response.iter_bytes(), began)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise UnreachableEndpointError(self.clean(f"{type(error).__name__}: {error}")) from None
        names = {str(name).lower(): str(value) for name, value in response.headers.items()}
        seen = self._understand(body or {}, response.status_code, names, data, time.monotonic() - began)
        content = "".join(part["content"] for part in seen.deltas if isinstance(part.get("content"), str))
        seen = replace(seen, first_s=first, silence_s=silence, content=self.clean(content))
        if broke and seen.status == _OK:
            seen = self._broken_off(seen, broke)
        self.log.append(seen)
        self.tokens += seen.tokens
        if seen.reply is not None and not seen.tokens:
            self.uncounted += 1
        return seen

    def settled(self, path: str, body: Mapping[str, Any]) -> Seen:
        """`post`, once more where a fault came: only what is said twice is a refusal, and not a passing failure.

        Raises:
            BrokenExchangeError: what came is neither a reply nor a refusal, both times.
        """
        seen = self.post(path, body)
        if seen.error is not None and (seen.status == _OK or seen.status >= _FAULT):
            seen = self.post(path, body)
            if seen.error is not None and (seen.status == _OK or not seen.error.message):
                raise BrokenExchangeError(seen.words)
        return seen

    def _broken_off(self, seen: Seen, why: str) -> Seen:
        return replace(seen, error=ProviderError(status=seen.status, message=self.clean(f"the reply broke off: {why}")))

    def _cleaned_error(self, error: ProviderError) -> ProviderError:
        """Without keys, before a sentence is cut anywhere: half a key would not be known for one."""
        return replace(error, message=self.clean(error.message), raw=self.clean(error.raw))

    def _cleaned_reply(self, reply: Reply) -> Reply:
        broken = tuple(replace(call, arguments=self.clean(call.arguments)) for call in reply.broken)
        return replace(reply, text=self.clean(reply.text), why=self.clean(reply.why), broken=broken)

    def _understand(
        self, body: Mapping[str, Any], status: int, headers: Mapping[str, str], data: bytes, seconds: float
    ) -> Seen:
        raw = self.clean(data.decode("utf-8", "replace")[:_RAW_CHARS])
        if status != _OK:
            error = self._cleaned_error(read_error(status, headers, data))
            return Seen(
                body, status, headers, raw, objects_in(data), done=False, reply=None, error=error, seconds=seconds
            )
        reader = BodyReader()
        events = [event for event in (*reader.feed(data), *reader.close()) if isinstance(event, dict)]
        wrong = next((event for event in events if is_error_event(event)), None)
        if wrong is not None or (not events and reader.garbage):
            error = self._cleaned_error(read_error(status, headers, wrong if wrong is not None else reader.garbage))
            return Seen(body, status, headers, raw, tuple(events), reader.done, None, error, seconds)
        reply = assembled(body, events, ended=reader.done) if "messages" in body else None
        reply = self._cleaned_reply(reply) if reply else None
        counted = reply.usage.total if reply and reply.usage else tokens_of(events)
        return Seen(body, status, headers, raw, tuple(events), reader.done, reply, None, seconds, counted)


def _for_good(error: ProviderError) -> bool:
    """Whether waiting does not help: an empty account has OpenAI's status for haste."""
    return error.status == _TOO_MANY and error.code == "insufficient_quota"
