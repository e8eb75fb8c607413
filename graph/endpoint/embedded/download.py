"""Fetching over HTTP: bounded in time, resumed where it was cut off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2

from graph.endpoint.embedded.partial import PartialFile, SourceError

if TYPE_CHECKING:
    from graph.endpoint.embedded.progress import Reporter

__all__ = ["DEFAULT_TIMEOUT", "fetch_http"]

DEFAULT_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
"""Seconds: 10 to connect, 30 without a byte. A host that cannot be reached must not hold up the next source."""

_CHUNK = 1 << 18
_FRUITLESS_TRIES = 2
_OK, _PARTIAL = 200, 206


def fetch_http(url: str, part: PartialFile, report: Reporter, timeout: httpx2.Timeout = DEFAULT_TIMEOUT) -> None:
    """Append to `part` what is missing, from a URL that serves the whole file.

    Proxies are taken from the environment. A connection that breaks midway is resumed with a Range request for as long
    as each try brings something.

    Args:
        url: Redirects are followed.
        part: Complete on return.
        report: Told of the bytes that are there.
        timeout: For connecting and for each read.

    Raises:
        SourceError: the server cannot be reached, refuses, stalls, or serves another file.
        OSError: the file cannot be written.
    """
    fruitless = 0
    with httpx2.Client(timeout=timeout, follow_redirects=True) as client:
        while part.missing:
            before = part.size
            try:
                _fetch_rest(client, url, part, report)
                reason = f"the connection ended {part.missing:,} bytes early"
            except httpx2.TimeoutException as error:
                reason = _timeout_reason(error, timeout)
            except httpx2.HTTPError as error:
                reason = f"{type(error).__name__}: {error}"
            except httpx2.InvalidURL as error:
                msg = f"{url!r} is not a URL: {error}"
                raise SourceError(msg) from error
            if not part.missing:
                return
            fruitless = 0 if part.size > before else fruitless + 1
            if part.size == 0 or fruitless >= _FRUITLESS_TRIES:
                raise SourceError(reason)


def _fetch_rest(client: httpx2.Client, url: str, part: PartialFile, report: Reporter) -> None:
    headers = {"Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == _PARTIAL:
            _check_range(response.headers.get("content-range", ""), part)
        elif response.status_code == _OK:
            _check_length(response.headers.get("content-length"), part)
            if part.size:
                part.restart()
        else:
            msg = f"HTTP {response.status_code} {response.reason_phrase}".rstrip()
            raise SourceError(msg)
        for chunk in response.iter_raw(_CHUNK):
            part.write(chunk)
            report.update(part.size)


def _check_range(header: str, part: PartialFile) -> None:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header.strip())
    if found and int(found[1]) == part.size and found[2] in ("*", str(part.weights.size)):
        return
    msg = f"asked for bytes from {part.size:,} of {part.weights.size:,} on, it sent {header!r}"
    raise SourceError(msg)


def _check_length(header: str | None, part: PartialFile) -> None:
    if header is not None and header != str(part.weights.size):
        msg = f"offers {header} bytes instead of {part.weights.size}: another file"
        raise SourceError(msg)


def _timeout_reason(error: httpx2.TimeoutException, timeout: httpx2.Timeout) -> str:
    if isinstance(error, httpx2.ConnectTimeout):
        return f"no connection within {timeout.connect} s"
    return f"no byte for {timeout.read} s"
