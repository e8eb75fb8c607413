"""Between the SDK's client and the connections: each response of the Responses wire goes through a reader."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from graph.endpoint.client import asent, sent
from graph.endpoint.redirects import REDIRECT
from graph.endpoint.responses_reader import ResponsesReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_REFUSED = REDIRECT.start
_OF_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding", "content-type"})


@dataclass(slots=True)
class Wire:
    """What one model call needs to read its responses; `reader` is that of the response that came last.

    Args:
        endpoint: model and base URL, for people.
        recover: recover calls from the text.
    """

    endpoint: str
    recover: bool
    reader: ResponsesReader | None = None

    def over(self, client: httpx2.Client) -> httpx2.Client:
        """A client over the same connections, whose responses are read here first."""
        return httpx2.Client(transport=_Transport(self, client), trust_env=False)

    def over_async(self, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
        """`over` for an event loop."""
        return httpx2.AsyncClient(transport=_AsyncTransport(self, client), trust_env=False)

    def begin(self, request: httpx2.Request) -> ResponsesReader:
        """A reader for the response to a request."""
        asked: dict[str, Any] = json.loads(request.content)
        self.reader = ResponsesReader(asked, self.endpoint, recover=self.recover)
        return self.reader

    @staticmethod
    def shaped(
        response: httpx2.Response, request: httpx2.Request, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream
    ) -> httpx2.Response:
        """The response with another body, in the form that was asked for."""
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_BODY]
        kind = "text/event-stream" if json.loads(request.content).get("stream") else "application/json"
        return httpx2.Response(
            response.status_code, headers=[*headers, ("content-type", kind)], stream=stream, request=request
        )


class _Transport(httpx2.BaseTransport):
    def __init__(self, wire: Wire, client: httpx2.Client) -> None:
        self._wire, self._client = wire, client

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = sent(self._client, request)
        if response.status_code >= _REFUSED:
            return response
        return self._wire.shaped(response, request, _Shaped(response, self._wire.begin(request)))


class _AsyncTransport(httpx2.AsyncBaseTransport):
    def __init__(self, wire: Wire, client: httpx2.AsyncClient) -> None:
        self._wire, self._client = wire, client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await asent(self._client, request)
        if response.status_code >= _REFUSED:
            return response
        return self._wire.shaped(response, request, _AsyncShaped(response, self._wire.begin(request)))


class _Shaped(httpx2.SyncByteStream):
    def __init__(self, response: httpx2.Response, reader: ResponsesReader) -> None:
        self._response, self._reader = response, reader

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in self._response.iter_bytes():
                yield from self._reader.feed(data)
        except httpx2.TransportError as error:
            if not self._reader.broke_off(error):
                raise
        yield from self._reader.close()

    def close(self) -> None:
        self._response.close()


class _AsyncShaped(httpx2.AsyncByteStream):
    def __init__(self, response: httpx2.Response, reader: ResponsesReader) -> None:
        self._response, self._reader = response, reader

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in self._response.aiter_bytes():
                for part in self._reader.feed(data):
                    yield part
        except httpx2.TransportError as error:
            if not self._reader.broke_off(error):
                raise
        for part in self._reader.close():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()
