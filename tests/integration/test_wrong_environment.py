"""Proxies and certificates that cannot be used: a sentence that names what to change, whoever asks."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest
from bare_sockets import GOOD, answering, head, server
from typer.testing import CliRunner
from ways_of_asking import ASKED

from graph import Endpoint
from graph.cli import app
from graph.doctor.wire import Wire
from graph.endpoint.adapter import ChatEndpoint
from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEME = "its scheme is none of http, https, socks5, socks5h"
PLACE = "it has no host, or a port that is not a number from 0 to 65535"

PROXIES = {
    "socks4://127.0.0.1:1080": ("socks4://127.0.0.1:1080", SCHEME),
    "ftp://me:PASSWORD@127.0.0.1:21": ("ftp://127.0.0.1:21", SCHEME),
    "http://me:PASSWORD@127.0.0.1:abc": ("http://127.0.0.1:abc", PLACE),
    "http://me:PASS/WORD@127.0.0.1:1": ("http://127.0.0.1:1", PLACE),
    "me:PASS://WORD@127.0.0.1:1": ("127.0.0.1:1", SCHEME),
    "http://127.0.0.1:70000": ("http://127.0.0.1:70000", PLACE),
    "http://": ("http://", PLACE),
    "127.0.0.1:abc": ("127.0.0.1:abc", PLACE),
}


def model(base_url: str, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(model="m", base_url=base_url, api_key="sk-emulated", max_retries=0, **fields)


@ASKED
@pytest.mark.parametrize(("value", "told"), PROXIES.items(), ids=list(PROXIES))
@pytest.mark.parametrize("named_by", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "openai_proxy"])
def test_a_proxy_that_is_none(
    named_by: str, value: str, told: tuple[str, str], ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {named_by: value} if named_by == "openai_proxy" else {}
    if not fields:
        monkeypatch.setenv(named_by, value)
    with pytest.raises(SettingsError) as caught:
        ask(model("https://name.invalid/v1", **fields))
    shown, fault = told
    assert caught.value.summary == f"{named_by} is {shown!r}, which is no proxy that can be used: {fault}"
    assert "socks5://127.0.0.1:1080" in caught.value.remedy
    assert "PASS" not in "".join(traceback.format_exception(caught.value))


@ASKED
@pytest.mark.parametrize("base_url", ["https://localhost:1/v1", "https://name.invalid/v1"])
@pytest.mark.parametrize("content", [None, "junk"])
def test_certificates_that_cannot_be_read(
    content: str | None, base_url: str, ask: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE is .*ca.pem', from which no certificates can be read: "):
        ask(model(base_url))


def test_so_it_is_for_a_proxy_that_is_spoken_to_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE is '/nonexistent.pem'"):
        model("http://name.invalid/v1", openai_proxy="https://127.0.0.1:1").invoke("Hi")


@ASKED
def test_plain_http_needs_no_certificates(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    with server(answering(head(len(GOOD)) + GOOD)) as base_url:
        assert ask(model(base_url)) == "Hello"


def test_the_doctor_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:1080")
    with pytest.raises(SettingsError, match=r"ALL_PROXY is 'socks4://127.0.0.1:1080'"):
        Wire(Endpoint(model="m", base_url="http://name.invalid/v1")).get("/models")


def test_the_command_says_so_too() -> None:
    variables = {"OPENAI_API_BASE": "https://name.invalid/v1", "AGENT_MODEL": "m", "SSL_CERT_FILE": "/nonexistent.pem"}
    done = CliRunner().invoke(app, ["ask", "Hi"], env=variables)
    assert done.exit_code == 2
    assert "SSL_CERT_FILE is '/nonexistent.pem'" in done.stderr
