"""The server's own life: scripts, threads, connections, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wire_client import ask, send

from graph.testing import EmulatedEndpoint, RecordedRequest, Reply, ScriptError, get_provider


def test_records_requests() -> None:
    with EmulatedEndpoint("openai", [Reply("3")]) as endpoint:
        ask(endpoint)
        ask(endpoint, tools=[])
        first, second = endpoint.requests
        assert endpoint.bodies == [first.body]
    assert (first.method, first.path, first.status, first.refused) == ("POST", "/v1/chat/completions", 200, None)
    assert first.headers["authorization"] == f"Bearer {endpoint.api_key}"
    assert first.body["messages"] == first.messages
    assert first.raw.startswith(b"{")
    assert second.status == 400
    assert second.refused is not None
    assert "empty array" in second.refused


def test_a_used_up_script_fails_the_test() -> None:
    endpoint = EmulatedEndpoint("openai", [Reply()])
    ask(endpoint)
    seen = ask(endpoint)
    assert seen.status == 500
    assert "used up" in seen.json["error"]["message"]
    assert seen.headers["x-should-retry"] == "false"
    with (
        pytest.raises(
            ScriptError, match=r"used up \(1 said\), and one more request came, which ends in user: What is 1"
        ),
        endpoint,
    ):
        assert endpoint.failures


def test_a_script_that_raises_fails_the_test() -> None:
    def script(request: RecordedRequest) -> Reply:
        return Reply(request.body["no such key"])

    with pytest.raises(ScriptError, match="no such key"), EmulatedEndpoint("openai", script) as endpoint:
        assert ask(endpoint).status == 500


def test_a_failing_test_keeps_its_own_error() -> None:
    endpoint = EmulatedEndpoint("openai")
    ask(endpoint)
    with pytest.raises(ZeroDivisionError), endpoint:
        raise ZeroDivisionError


def test_refused_requests_use_up_nothing() -> None:
    with EmulatedEndpoint("openai", [Reply("3")]) as endpoint:
        assert ask(endpoint, tools=[]).status == 400
        assert endpoint.remaining == 1
        assert ask(endpoint).status == 200
        endpoint.say_next(Reply("4"))
        assert ask(endpoint).json["choices"][0]["message"]["content"] == "4"


def test_a_script_of_several_threads() -> None:
    both = threading.Barrier(2, timeout=30)

    def script(request: RecordedRequest) -> Reply:
        both.wait()
        return Reply(request.messages[0]["content"])

    def client(number: int) -> str:
        answer = ask(endpoint, messages=[{"role": "user", "content": str(number)}])
        said: str = answer.json["choices"][0]["message"]["content"]
        return said

    with EmulatedEndpoint("openai", script) as endpoint, ThreadPoolExecutor(2) as pool:
        assert list(pool.map(client, range(20))) == [str(number) for number in range(20)]


def test_a_gate_holds_a_reply_back() -> None:
    gate = threading.Event()
    with (
        EmulatedEndpoint("openai", [Reply("late", gate=gate), Reply("early")]) as endpoint,
        ThreadPoolExecutor(1) as pool,
    ):
        late = pool.submit(ask, endpoint)
        endpoint.wait_for_requests(1)
        assert ask(endpoint).json["choices"][0]["message"]["content"] == "early"
        assert not late.done()
        gate.set()
        assert late.result().json["choices"][0]["message"]["content"] == "late"


def test_waiting_for_requests_ends() -> None:
    with EmulatedEndpoint("openai") as endpoint, pytest.raises(TimeoutError, match="0 of 1"):
        endpoint.wait_for_requests(1, timeout=0)


def test_many_servers_leave_nothing() -> None:
    before = threading.active_count()
    for _ in range(500):
        with EmulatedEndpoint("vllm-0.32", [Reply("3")]) as endpoint:
            ask(endpoint)
    assert threading.active_count() == before


def test_closing_twice() -> None:
    endpoint = EmulatedEndpoint("openai")
    endpoint.close()
    endpoint.close()


FORGETFUL = """
import http.client, urllib.parse
from graph.testing import EmulatedEndpoint

endpoint = EmulatedEndpoint("openai")
connection = http.client.HTTPConnection(urllib.parse.urlsplit(endpoint.base_url).netloc)
connection.request("GET", "/v1/models")
print(connection.getresponse().status, endpoint.root_url)
"""


def test_one_that_nobody_closed_lets_the_process_end_and_leaves_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", FORGETFUL], capture_output=True, text=True, check=True, timeout=60)
    status, url = done.stdout.split()
    assert (status, done.stderr) == ("401", "")
    assert not Path(tempfile.gettempdir(), url.rpartition("/")[2]).exists()


def test_unknown_provider() -> None:
    with pytest.raises(ValueError, match=r"no emulated provider 'nope'; there are .*dashscope"):
        get_provider("nope")


def test_pages() -> None:
    with EmulatedEndpoint("vllm-0.32") as endpoint:
        assert send(endpoint.root_url, "/version", method="GET").json == {"version": "0.32.0"}
        assert send(endpoint.root_url, "/health", method="GET").body == b""
        assert send(endpoint.root_url, "/v1/models", method="GET", key=endpoint.api_key).json["data"][0]["id"] == "qwen"
        assert send(endpoint.root_url, "/v1/models", method="GET").status == 401


def test_a_provider_of_ones_own() -> None:
    mine = get_provider("openai").but(name="mine", path="/gateway", wire={"done": False}, limits={"tools": 1})
    with EmulatedEndpoint(mine, [Reply("3")]) as endpoint:
        assert endpoint.base_url.endswith("/gateway")
        assert ask(endpoint, True).events[-1] != "[DONE]"
