"""Which addresses are public, and that every way of writing the others is seen through."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toolbench import call

from tools import ToolConfig, load_tools
from tools.web.addresses import refusal, resolve

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "4000::1", "5f00::1", "2001:20::1", "3fff::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "172.32.0.1", "192.0.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert refusal(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    assert refusal(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_what_ipaddress_calls_private_is_refused(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert refusal(address)
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert refusal(IPv6Address(wrapped)) == refusal(address)


@given(st.ip_addresses(v=6))
def test_only_global_unicast_is_public(address: IPv6Address) -> None:
    if address not in (ip_address("::"), ip_address("::1")) and refusal(address) is None:
        assert int(address) >> 125 == 1 or address.ipv4_mapped or str(address).startswith("64:ff9b::")


LOOPBACK = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "１２７.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    (fetch,) = load_tools(["web_fetch"], ToolConfig())
    status, text = call(fetch, url=f"http://{host}:9/")
    assert status == "error"
    assert "is this machine itself" in text or "cannot be found" in text or "is not a URL" in text
    assert "could not be reached" not in text  # it was not tried


def test_the_system_resolver_reads_numbers() -> None:
    assert resolve("2130706433", 80) == [IPv4Address("127.0.0.1")]
