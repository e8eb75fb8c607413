"""An exchange carried out: each request sent, its answer read, and what comes of it handed on as it comes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, cast

from graph.endpoint.rest import aread_rest, read_rest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from graph.endpoint.client import Clients
    from graph.endpoint.exchange import Exchange
    from graph.endpoint.reader import ReplyReader
    from graph.endpoint.reply import Delta, Reply

_OPTIONS: Final = ("extra_headers", "extra_query", "timeout")
"""What the SDK's call takes beside the body's fields."""


def ask(exchange: Exchange, clients: Clients, *, headers: bool) -> Iterator[Delta | Reply]:
    """Make an exchange: yield what may be shown, and the whole reply last.

    Args:
        exchange: the exchange.
        clients: what its requests are sent with.
        headers: tell the answer's headers, in the metadata of the reply.

    Raises:
        PortolanError: there is no reply, and no further try helps.
    """
    while True:
        reader: ReplyReader | None = None
        whole = False
        try:
            body, options = _outgoing(exchange)
            reader = exchange.reader()
            with clients.send(body, options, exchange.dispatch) as response:
                reader.begin(response.headers)
                pieces = response.iter_bytes()
                for data in pieces:
                    yield from reader.feed(data)
                    if reader.finished:
                        break
                yield from reader.close()
                whole = True
                yield _told([reader.reply], reader, headers=headers)[0]
                read_rest(response, pieces, reader.reply)
        except Exception as error:  # noqa: BLE001 - the exchange turns each into a typed error or another try
            if whole:  # it was handed on, and only the connection failed behind it
                return
            rest = exchange.caught(error, reader)
            if not isinstance(rest, list):
                time.sleep(rest)
                continue
            yield from _told(rest, reader, headers=headers)
        return


async def aask(exchange: Exchange, clients: Clients, *, headers: bool) -> AsyncIterator[Delta | Reply]:
    """`ask` for an event loop."""
    while True:
        reader: ReplyReader | None = None
        whole = False
        try:
            body, options = _outgoing(exchange)
            reader = exchange.reader()
            async with clients.asend(body, options, exchange.dispatch) as response:
                reader.begin(response.headers)
                pieces = response.aiter_bytes()
                async for data in pieces:
                    for delta in reader.feed(data):
                        yield delta
                    if reader.finished:
                        break
                for delta in reader.close():
                    yield delta
                whole = True
                yield _told([reader.reply], reader, headers=headers)[0]
                await aread_rest(response, pieces, reader.reply)
        except Exception as error:  # noqa: BLE001 - the exchange turns each into a typed error or another try
            if whole:  # it was handed on, and only the connection failed behind it
                return
            rest = exchange.caught(error, reader)
            if not isinstance(rest, list):
                await asyncio.sleep(rest)
                continue
            for item in _told(rest, reader, headers=headers):
                yield item
        return


def _outgoing(exchange: Exchange) -> tuple[dict[str, Any], dict[str, Any]]:
    """The request's body, and what is not part of it."""
    body = exchange.request()
    options = {name: body.pop(name) for name in _OPTIONS if name in body}
    return body, options | {"timeout": exchange.timeout()}


def _told(items: list[Delta | Reply], reader: ReplyReader | None, *, headers: bool) -> list[Delta | Reply]:
    """What there is of a reply, the whole last: with the headers of its answer, where they are asked for."""
    if headers and reader is not None and reader.headers:
        cast("Reply", items[-1]).metadata["headers"] = dict(reader.headers)
    return items
