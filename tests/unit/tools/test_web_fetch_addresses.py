"""Where fetching may go: each address, redirect and certificate is checked, and nothing else is connected to."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_fetching import LOCAL, Names, make
from toolbench import Site, call, serve

from tools import ToolConfig
from tools.web.tool import build_web_fetch
from tools.web.transport import Gate

if TYPE_CHECKING:
    from pathlib import Path


def test_redirects_are_followed_and_counted(site: Site) -> None:
    for number in range(5):
        site.redirect(f"/{number}", f"/{number + 1}", 301 + number % 2)
    site.page("/5", b"arrived", "text/plain")
    assert "arrived" in call(make(), url=site.url("/0"))[1]
    site.redirect("/5", "/0")
    assert "redirected more than 5 times" in call(make(), url=site.url("/0"))[1]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://127.0.0.2:{port}/secret", "is this machine itself"),
        ("//127.0.0.2:{port}/secret", "is this machine itself"),
        ("http://[::1]:{port}/secret", "is this machine itself"),
        ("http://[::ffff:127.0.0.2]:{port}/secret", "is this machine itself"),
        ("http://169.254.169.254/latest/meta-data/", "link-local"),
        ("http://inner.test:{port}/secret", "on a private network"),
        ("http://mixed.test:{port}/secret", "is this machine itself"),
        ("file:///etc/passwd", "give a full URL"),
        ("gopher://127.0.0.1:{port}/", "give a full URL"),
        ("http://user:password@site.test:{port}/secret", "user name or password"),
        ("http://none.test/", "cannot be found"),
        ("http://[bad/", "cannot be found"),
    ],
)
def test_redirects_are_checked_like_the_first(site: Site, target: str, said: str) -> None:
    site.redirect("/", target.format(port=site.port))
    site.page("/secret", b"the secret", "text/plain")
    names = Names(site=[["127.0.0.1"]], inner=[["192.168.0.1"]], mixed=[["127.0.0.1", "127.0.0.2"]])
    status, text = call(make(names), url=site.url())
    assert status == "error"
    assert said in text
    assert "password@" not in text
    assert [path for _, path in site.asked] == ["/"]


def test_the_address_that_was_checked_is_the_one_connected_to(site: Site) -> None:
    inner = Site(port=site.port)
    inner.page("/", b"the secret", "text/plain")
    server = serve(inner, "127.0.0.2")  # same port, another address: where a name that changed would lead
    try:
        site.page("/", b"public", "text/plain")
        names = Names(rebind=[["127.0.0.1"], ["127.0.0.2"]])
        assert "public" in call(make(names), url=site.url(host="rebind.test"))[1]
        assert names.asked == ["rebind.test"]  # looked up once: the system was not asked again
        assert inner.asked == []
        assert "is this machine itself" in call(make(names), url=site.url(host="rebind.test"))[1]
        assert inner.asked == []
    finally:
        server.shutdown()
        server.server_close()


def test_every_hop_is_looked_up_and_checked_anew(site: Site) -> None:
    site.redirect("/", "/next")
    site.page("/next", b"the secret", "text/plain")
    names = Names(rebind=[["127.0.0.1"], ["10.0.0.1"]])
    assert "on a private network" in call(make(names), url=site.url(host="rebind.test"))[1]
    assert [path for _, path in site.asked] == ["/"]


def test_another_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    site.page("/", b"answered", "text/plain")
    with socket.socket() as closed:
        closed.bind(("127.0.0.3", site.port))  # bound, not listening: connections are refused
        allowed = {IPv4Address("127.0.0.3"), LOCAL}
        gate = Gate(
            resolve=Names(site=[["127.0.0.3", "127.0.0.1"]]),
            refusal=lambda address: None if address in allowed else "no",
        )
        assert "answered" in call(build_web_fetch(ToolConfig(), gate), url=site.url())[1]


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.page("/", b"direct", "text/plain")
    assert "direct" in call(make(), url=site.url())[1]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "site.test",
        "ftp://site.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "data:,x",
        "http:///x",
    ],
)
def test_only_full_web_urls(url: str) -> None:
    assert "give a full URL" in call(make(), url=url)[1]


def test_hosts_that_are_not_found_or_do_not_answer() -> None:
    assert "cannot be found" in call(make(), url="http://none.test/")[1]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "could not be reached" in call(make(), url=f"http://site.test:{closed.getsockname()[1]}/")[1]
    (plain,) = (build_web_fetch(ToolConfig()),)
    assert "cannot be found" in call(plain, url="http://name.invalid/")[1]  # reserved never to exist: RFC 2606


@given(st.text(max_size=60))
@settings(deadline=None)
def test_no_url_raises(url: str) -> None:
    assert call(make(), url=url)[0] == "error"
    assert call(make(), url=f"http://{url}")[1]


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a name; give the server's context and one of a client that trusts it."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - skipped where it is missing
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.crt").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.crt")
    return server, ssl.create_default_context(cadata=pem.decode())


def test_certificates_are_checked_against_the_name_on_every_hop(tmp_path: Path) -> None:
    server_context, client_context = certificate(tmp_path, "site.test")
    secure = Site()
    server = serve(secure, wrap=lambda plain: server_context.wrap_socket(plain, server_side=True))
    try:
        secure.page("/", b"over TLS", "text/plain")
        secure.redirect("/away", f"https://other.test:{secure.port}/")
        names = Names(site=[["127.0.0.1"]], other=[["127.0.0.1"]])
        base = f"https://site.test:{secure.port}"
        assert "over TLS" in call(make(names, client_context), url=base)[1]
        # The other name is at the same address: a connection kept open would have served it unchecked.
        assert "not valid for 'other.test'" in call(make(names, client_context), url=f"{base}/away")[1]
        assert "certificate verify failed" in call(make(names), url=base)[1]
    finally:
        server.shutdown()
        server.server_close()
