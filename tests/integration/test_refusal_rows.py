"""Every body that an endpoint is known to refuse with, over HTTP: the typed error, its words and what to do next.

One server answers for all hosts: it is the proxy of those that are not on this machine, so that what is known of a host
counts (`refusals.jsonl`, `overflows.jsonl`, `caps.jsonl`: a real body a line).
"""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import certifi
import pytest

from graph import Endpoint, Settings, errors
from graph.endpoint.adapter import ChatEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

How = Literal["plain", "streamed", "framed"]
"""A plain request in a thread; a streamed one in an event loop; the same, refused by one event, as by DashScope."""

_END = "-----END CERTIFICATE-----\n"
_ERRORS = range(400, 600)
_WORDS = ("message", "msg", "status_msg", "error", "detail")
LOCAL = "http://localhost:8000/v1"


class Handler(BaseHTTPRequestHandler):
    """Answers each request in the same way."""

    server: Refusing

    def do_POST(self) -> None:
        self.server.paths.append(urlsplit(self.path).path)
        self.rfile.read(int(self.headers["content-length"]))
        status, kind, body = self.server.answer
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Refusing(ThreadingHTTPServer):
    """A server of one answer, as an endpoint and as a proxy."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, str, bytes] = (500, "text/plain", b"")
        self.paths: list[str] = []

    def url_of(self, at: str) -> str:
        """Where a client finds this server in an endpoint's stead: by its port, or by way of the proxy."""
        url = urlsplit(at)
        local = url.hostname == "localhost"
        return f"http://{f'localhost:{self.server_port}' if local else url.netloc}{url.path}"


@pytest.fixture(scope="module")
def refusing() -> Iterator[Refusing]:
    with Refusing() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority's certificate. Nothing here speaks TLS, and to read all of them is most of what a client costs."""
    whole = Path(certifi.where()).read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    path.write_text(whole[whole.index("-----BEGIN") :].partition("-----END CERTIFICATE-----")[0] + _END)
    return path


@pytest.fixture(autouse=True)
def _by_proxy(refusing: Refusing, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{refusing.server_port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))


def answer(status: int | None, body: Any, how: How) -> tuple[int, str, bytes]:
    """A row's body as an answer; what has no status came in a reply that had begun well."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if how == "framed":
        text = f"data: {text}\n\n"
    kind = "text/event-stream" if text.startswith("data:") else "application/json"
    return status or 200, "text/html" if text.startswith("<") else kind, text.encode()


def refused(refusing: Refusing, at: str, status: int | None, body: Any, how: How) -> errors.PortolanError:
    """The error that a request ends in."""
    refusing.answer = answer(status, body, how)
    where = Endpoint(model="m", base_url=refusing.url_of(at), api_key="sk-emulated-key")
    model = ChatEndpoint.at(where, Settings(max_retries=0))

    async def read() -> list[Any]:
        return [piece async for piece in model.astream("1 + 2?")]

    with pytest.raises(errors.PortolanError) as caught:
        model.invoke("1 + 2?") if how == "plain" else asyncio.run(read())
    assert status not in _ERRORS or caught.value.status == status
    assert words_of(body) in caught.value.detail
    return caught.value


def words_of(body: Any) -> str:
    """The longest text of a body under the names that texts have there, as an error shows it."""
    found, left = [""], [body]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found += [value[name] for name in _WORDS if isinstance(value.get(name), str)]
        if isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)
    return errors.PortolanError("", detail=max(found, key=len)).detail


def table(name: str) -> list[dict[str, Any]]:
    """The lines of a table."""
    return [json.loads(line) for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()]


def framed(case: dict[str, Any]) -> bool:
    """Whether a row also comes as one event: DashScope's JSON does."""
    return isinstance(case["body"], dict) and "aliyuncs" in case["at"]


def ways(rows: list[dict[str, Any]]) -> list[Any]:
    """Each row in each of the ways in which it comes."""
    return [
        pytest.param(row, how, id=f"{number}-{how}")
        for number, row in enumerate(rows, 1)
        for how in ("plain", "streamed", *(["framed"] if framed(row) else []))
    ]


@pytest.mark.parametrize(("case", "how"), ways(table("refusals.jsonl")))
def test_a_refusal_gets_its_name_and_its_remedy(refusing: Refusing, case: dict[str, Any], how: How) -> None:
    error = refused(refusing, case["at"], case["status"], case["body"], how)
    url = refusing.url_of(case["at"])
    assert type(error).__name__ == case["error"], str(error)
    assert case["remedy"].replace("localhost:8000", urlsplit(url).netloc) in error.remedy, str(error)
    assert error.endpoint == f"m at {url}"
    assert "[redacted]" not in error.remedy


@pytest.mark.parametrize("how", ["plain", "streamed"])
@pytest.mark.parametrize("case", table("overflows.jsonl"))
def test_an_overflow_is_seen_in_every_providers_words(refusing: Refusing, case: dict[str, Any], how: How) -> None:
    error = refused(refusing, LOCAL, case["status"], case["body"], how)
    assert isinstance(error, errors.ContextOverflowError)
    assert (error.limit_tokens, error.requested_tokens) == (case["limit"], case["requested"])
    assert "Shorten the conversation" in error.remedy


@pytest.mark.parametrize("how", ["plain", "streamed"])
@pytest.mark.parametrize("message", [line["message"] for line in table("caps.jsonl")])
def test_a_cap_that_is_too_large_is_no_overflow(refusing: Refusing, message: str, how: How) -> None:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    error = refused(refusing, LOCAL, 400, body, how)
    assert type(error) is errors.RefusedRequestError
    assert "AGENT_MAX_TOKENS" in error.remedy
