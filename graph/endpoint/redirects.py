"""Redirects: followed where the request stays what it is and where it is, and nowhere else.

A prompt, like a key, goes to the endpoint that the user named. HTTP clients follow a redirect to any host, only without
the key, and make a GET of a POST for status 301 and 302; the answer then is a login page or a 405.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx2

REDIRECT: Final = range(300, 400)
_MOST: Final = 5
"""Redirects in a row, at most."""

_SECURE: Final = ("http", "https")


def sent(client: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """The response to a request, its body not read yet; redirects that stay at the endpoint are followed."""
    response = client.send(request, stream=True, follow_redirects=False)
    if response.status_code not in REDIRECT:
        return response
    for _ in range(_MOST):
        following = onward(response)
        if following is None:
            break
        response.close()
        response = client.send(following, stream=True, follow_redirects=False)
    return response


async def asent(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    """`sent` for an event loop."""
    response = await client.send(request, stream=True, follow_redirects=False)
    if response.status_code not in REDIRECT:
        return response
    for _ in range(_MOST):
        following = onward(response)
        if following is None:
            break
        await response.aclose()
        response = await client.send(following, stream=True, follow_redirects=False)
    return response


def onward(response: httpx2.Response) -> httpx2.Request | None:
    """The request that a redirect asks for; None if this is no redirect, or not one to follow.

    To follow is one to the same host and port, or from http to https at the same host, that keeps the method (status
    307 and 308; https://www.rfc-editor.org/rfc/rfc9110#section-15.4).
    """
    following = response.next_request if response.status_code in REDIRECT else None
    if following is None or following.method != response.request.method:
        return None
    here, there = response.request.url, following.url
    same_place = (here.scheme, here.port) == (there.scheme, there.port)
    secured = (here.scheme, there.scheme) == _SECURE and here.port is None and there.port is None
    return following if here.host == there.host and (same_place or secured) else None
