"""What is left of a body behind the end of its reply, read so that the connection can be used again.

A stream's reply ends with `[DONE]`, its body a moment later. A connection that is closed before that costs the next
request a handshake. Some servers hold it open for long: nothing waits for these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.endpoint.transports import end_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from graph.endpoint.reply import Reply

_BOUND_S: Final = 0.1
_SHORT_S: Final = 0.002
"""Seconds that the end of a body is waited for, and at a server that held the last one open."""

_holding: set[bytes] = set()
"""Such servers: the host and port of each."""


def read_rest(response: httpx2.Response, pieces: Iterator[bytes], reply: Reply) -> None:
    """Read what is left of a body, if it comes to its end at once. Nothing of it counts, nor what fails.

    Args:
        response: the response.
        pieces: its body, read so far as the reply goes.
        reply: the reply; behind one that overran, no end is near.
    """
    if not _begins(response, reply):
        return
    try:
        for _ in pieces:
            pass
    except Exception:  # noqa: BLE001 - whatever it is, the reply is whole
        _holding.add(response.url.netloc)
    else:
        _holding.discard(response.url.netloc)


async def aread_rest(response: httpx2.Response, pieces: AsyncIterator[bytes], reply: Reply) -> None:
    """`read_rest` for an event loop."""
    if not _begins(response, reply):
        return
    try:
        async for _ in pieces:
            pass
    except Exception:  # noqa: BLE001 - as above
        _holding.add(response.url.netloc)
    else:
        _holding.discard(response.url.netloc)


def _begins(response: httpx2.Response, reply: Reply) -> bool:
    """Whether something is left, and its reading ends in time."""
    bound_s = _SHORT_S if response.url.netloc in _holding else _BOUND_S
    return not response.is_closed and reply.fault != "overrun" and end_in(response, bound_s)
