"""Which addresses of the Internet a page may be fetched from.

Only public ones: what can be reached from this machine alone (its own services, its network, a cloud's metadata
service) is nothing that a page's text may send the model to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["Address", "Resolver", "refusal", "resolve"]

Address = IPv4Address | IPv6Address

Resolver = Callable[[str, int], list[Address]]
"""Gives the addresses of a host name; it may block. Raises `OSError` when there are none."""

_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments; Oracle's cloud has its metadata at 192.0.0.192
        "192.88.99.0/24",  # relays from IPv6 to IPv4 (RFC 7526)
        "168.63.129.16/32",  # Azure's platform services, on a public address
    )
)
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Beyond what `ipaddress` calls private, which differs between Python's patch versions (IANA's special-purpose
registries, seen 2026-11)."""

_PUBLIC_V6 = IPv6Network("2000::/3")  # all that is assigned for use in public (RFC 4291, 2.4; IANA, seen 2026-11)
_TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 inside IPv6, where a network has no IPv4 (RFC 6052)
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))  # 6to4 and Teredo: IPv4 inside, long out of use


def _among(address: Address) -> bool:
    refused = _REFUSED_V6 if isinstance(address, IPv6Address) else _REFUSED_V4
    return any(address in network for network in refused)


def _is_special(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return not address.is_global or address.is_reserved or address not in _PUBLIC_V6 or _among(address)
    return not address.is_global or address.is_reserved or _among(address)


def _is_tunnel(address: Address) -> bool:
    return isinstance(address, IPv6Address) and any(address in network for network in _TUNNELS)


_RULES: tuple[tuple[Callable[[Address], bool], str], ...] = (
    (lambda address: isinstance(address, IPv6Address) and bool(address.scope_id), "belongs to one network link only"),
    (lambda address: address.is_loopback or address.is_unspecified, "is this machine itself"),
    (lambda address: address.is_link_local, "is link-local"),
    (lambda address: address.is_multicast, "is multicast"),
    (_is_tunnel, "leads through a tunnel to another address"),
    (lambda address: address.is_private, "is on a private network"),
    (_is_special, "is reserved for special use"),
)


def refusal(address: Address) -> str | None:
    """Say why an address is refused; None when it is public.

    An IPv4 address inside an IPv6 one (mapped, translated) is judged as that IPv4 address.
    """
    if isinstance(address, IPv6Address) and not address.scope_id:
        if address.ipv4_mapped:
            return refusal(address.ipv4_mapped)
        if address in _TRANSLATED:
            return refusal(IPv4Address(int(address) & 0xFFFFFFFF))
    return next((reason for applies, reason in _RULES if applies(address)), None)


def resolve(host: str, port: int) -> list[Address]:
    """Look a host up as the system does, which also reads `127.1`, `0x7f000001` and the like as addresses."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))
