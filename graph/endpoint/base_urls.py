"""What a base URL may be, and the sentence for one that is none."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx2

from graph.endpoint.urls import shown_url


def checked_base_url(value: str) -> str:
    """The base URL, without a slash at its end.

    Raises:
        ValueError: it is none; what may be secret in it is not shown.
    """
    if not value.isprintable() or any(map(str.isspace, value)):  # urlsplit leaves line breaks out, and httpx2 does not
        msg = "has a space or a line break in it"
        raise ValueError(msg)
    try:
        parts = urlsplit(value)
        started = parts.scheme in {"http", "https"} and bool(parts.hostname)
        wrong_start = "" if started else _wrong_start(value)
    except ValueError:  # whose words may quote a password
        msg = "is not a URL: its host is none"
        raise ValueError(msg) from None
    if wrong_start:
        raise ValueError(wrong_start)
    if parts.netloc.lower().removesuffix(":") in {"http", "https"} and parts.path.startswith("//"):
        behind = value.partition("://")[2].partition("//")[2]
        msg = f"has http:// or https:// twice; did you mean {shown_url(f'{parts.hostname}://{behind}')} ?"
        raise ValueError(msg)
    if parts.username or parts.password:
        msg = "carries a user name or password; put the key into OPENAI_API_KEY instead"
        raise ValueError(msg)
    if parts.query or parts.fragment:
        msg = f"has more behind its path; give the base URL alone: {shown_url(value)}"
        raise ValueError(msg)
    try:
        _ = parts.port
    except ValueError as error:
        msg = "has a port that is not a number from 0 to 65535"
        raise ValueError(msg) from error
    try:
        httpx2.URL(value)
    except httpx2.InvalidURL as error:
        msg = f"is not a URL: {error}"
        raise ValueError(msg) from None
    value = value.rstrip("/")
    if value.endswith("/chat/completions"):
        msg = f"names the route; give the base URL: {value.removesuffix('/chat/completions')}"
        raise ValueError(msg)
    return value


def _wrong_start(value: str) -> str:
    """What is wrong with a value that does not start with `http://` or `https://` and a host."""
    scheme, mark, rest = shown_url(value).rpartition("://")
    known = scheme.lower() in {"http", "https"}
    if known or not urlsplit(f"//{rest}").hostname:  # of one with a known scheme, nothing else is wrong
        places = [f"behind {scheme}{mark}"] * bool(mark) + [f"before {rest}"] * bool(rest)
        return f"has no host{' ' * bool(places)}{' and '.join(places)}; a base URL is like https://api.example.com/v1"
    return f"is not a URL that starts with http:// or https://; did you mean {_likely_scheme(rest)}://{rest} ?"


def _likely_scheme(rest: str) -> str:
    """`http` for a host of this machine or network, `https` for any other; `rest` is a URL without its scheme."""
    host = urlsplit(f"//{rest}").hostname or ""
    try:
        near = ipaddress.ip_address(host).is_private
    except ValueError:
        near = "." not in host or host.endswith((".local", ".localhost", ".internal"))
    return "http" if near else "https"
