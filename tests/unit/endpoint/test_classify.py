"""What a refusal is and what to do next; every body that is known is in `tests/integration/test_refusal_rows.py`."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import httpx2
import openai
import pytest

from graph import errors
from graph.endpoint.known import known_facts
from graph.endpoint.profile import Profile
from graph.endpoint.profiles import effective_profile
from graph.endpoint.proxies import Way
from graph.endpoint.refusals import classify, classify_exception, read_error
from graph.endpoint.refusals.rules import rules

OPENAI = "https://api.openai.com/v1"
DASHSCOPE = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"
LOCAL = "http://localhost:8000/v1"


def error_of(
    status: int | None, body: Any, base_url: str = LOCAL, headers: dict[str, str] | None = None
) -> errors.PortolanError:
    profile = effective_profile(base_url, "m").profile
    return classify(read_error(status, headers or {}, body), profile=profile, endpoint=f"m at {base_url}")


def wrapped(message: str, code: Any = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", errors.ServerError),
        (wrapped("Failed to call a function.", "tool_use_failed"), errors.TransientError),
    ],
)
def test_what_a_whole_request_does_not_end_in(body: Any, kind: type[errors.PortolanError]) -> None:
    """An empty body is a broken reply, and a call that Groq could not read is read here.

    All other bodies that are known are in `tests/integration/test_refusal_rows.py`.
    """
    error = error_of(None, body)
    assert type(error) is kind
    assert "again" in error.remedy or "AGENT_TEMPERATURE" in error.remedy


def test_the_providers_words_and_request_id_are_kept_but_no_key() -> None:
    body = wrapped("Incorrect API key provided: sk-abcdefgh12345678.", "invalid_api_key") | {"request_id": "rq-1"}
    error = error_of(401, body, OPENAI)
    assert "Incorrect API key provided" in str(error)
    assert "rq-1" in str(error)
    assert "abcdefgh" not in str(error)


def test_a_key_that_has_no_right_to_something_is_not_called_a_wrong_key() -> None:
    words = wrapped("Your organization must be verified to stream this model.")
    assert str(error_of(403, words, OPENAI)).startswith("Access was refused (m at ")
    assert str(error_of(401, words, OPENAI)).startswith("The key was refused (m at ")


def test_the_wait_that_was_asked_for_is_handed_on() -> None:
    error = error_of(429, b"", headers={"Retry-After": "3"})
    assert isinstance(error, errors.RateLimitError)
    assert error.retry_after_s == 3
    assert str(error).endswith(" It asks to wait 3 seconds.")
    assert "asks to wait" not in str(error_of(429, b"", headers={"Retry-After": "0"}))


def test_every_rule_has_an_error_a_remedy_and_its_evidence() -> None:
    for rule in rules():
        assert issubclass(rule.error, errors.PortolanError)
        assert rule.remedy.endswith((".", "}")), rule.remedy
        assert rule.evidence
        assert rule.words or rule.code or rule.status


def test_insufficient_quota_is_a_throttle_only_where_the_profile_says_so() -> None:
    assert "quota_is_throttle" in known_facts(DASHSCOPE, "qwen-plus")
    body = read_error(429, {}, wrapped("quota", "insufficient_quota"))
    assert isinstance(classify(body, profile=Profile(), endpoint="m at x"), errors.QuotaError)
    assert isinstance(classify(body, profile=Profile(quota_is_throttle=True), endpoint="m at x"), errors.RateLimitError)


REQUEST = httpx2.Request("POST", f"{LOCAL}/chat/completions")


def caused(outer: Exception, inner: BaseException) -> Exception:
    outer.__cause__ = inner
    return outer


UNREACHABLE, TIMEOUT = errors.UnreachableError, errors.EndpointTimeoutError


@pytest.mark.parametrize(
    ("exc", "base_url", "way", "kind", "words"),
    [
        (caused(openai.APITimeoutError(REQUEST), httpx2.ReadTimeout("")), LOCAL, None, TIMEOUT, "allow more time."),
        (
            caused(openai.APITimeoutError(REQUEST), httpx2.ConnectTimeout("")),
            LOCAL,
            None,
            TIMEOUT,
            "listens on that port",
        ),
        (httpx2.ReadTimeout("read"), OPENAI, None, TIMEOUT, "allow more time."),
        (TimeoutError(), OPENAI, None, TIMEOUT, "allow more time."),
        (
            caused(openai.APIConnectionError(request=REQUEST), httpx2.ConnectError("[Errno 111] Connection refused")),
            LOCAL,
            None,
            UNREACHABLE,
            "listens on that port",
        ),
        (
            httpx2.ConnectError("All connection attempts failed"),
            LOCAL,
            Way("HTTP_PROXY", certain=False),
            UNREACHABLE,
            "NO_PROXY=localhost",
        ),
        (
            httpx2.ConnectError("[Errno -2] Name or service not known"),
            "https://api.opnai.com/v1",
            None,
            UNREACHABLE,
            "host name api.opnai.com",
        ),
        (socket.gaierror(-2, "Name or service not known"), OPENAI, None, UNREACHABLE, "host name"),
        (
            caused(httpx2.ConnectError("x"), ssl.SSLCertVerificationError(1, "certificate verify failed")),
            OPENAI,
            None,
            UNREACHABLE,
            "SSL_CERT_FILE",
        ),
        (
            httpx2.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
            "https://localhost:8000/v1",
            None,
            UNREACHABLE,
            "http://",
        ),
        (httpx2.ProxyError("403 Forbidden"), OPENAI, Way("HTTPS_PROXY"), UNREACHABLE, "HTTPS_PROXY"),
        (
            httpx2.RemoteProtocolError("peer closed connection without sending complete message body"),
            OPENAI,
            None,
            UNREACHABLE,
            "time-out",
        ),
        (ConnectionResetError(104, "Connection reset by peer"), OPENAI, None, UNREACHABLE, "time-out"),
        (httpx2.ConnectError(""), "https://10.0.0.9:8000/v1", None, UNREACHABLE, "firewall"),
        (ExceptionGroup("g", [httpx2.ConnectError("Connection refused")]), OPENAI, None, UNREACHABLE, "firewall"),
    ],
)
def test_a_failed_connection_is_named_with_what_to_check(
    exc: Exception, base_url: str, way: Way | None, kind: type[errors.PortolanError], words: str
) -> None:
    error = classify_exception(exc, endpoint=f"m at {base_url}", way=way)
    assert type(error) is kind
    assert words in error.remedy
    assert base_url in str(error)


@pytest.mark.parametrize(
    "exc", [ValueError("x"), KeyError("y"), openai.OpenAIError("z"), RuntimeError("connection pool")]
)
def test_a_fault_of_the_program_is_not_blamed_on_the_endpoint(exc: Exception) -> None:
    assert classify_exception(exc, endpoint="m at x") is None


def test_a_typed_error_stays_what_it_is() -> None:
    error = errors.QuotaError("x")
    assert classify_exception(error, endpoint="m at x") is error
