"""A process with an embedded model ends as it would without one, whatever goes on at that moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = [pytest.mark.model, pytest.mark.timeout(1800)]

PRELUDE = """
import http.client, json, multiprocessing, os, sys, threading
from urllib.parse import urlsplit
from graph.endpoint.embedded import serve

def ask(endpoint, tokens, stream=False):
    connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=600)
    body = {"messages": [{"role": "user", "content": "Count to 500."}], "max_tokens": tokens, "stream": stream}
    key = endpoint.api_key.get_secret_value()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": "Bearer " + key})
    return connection.getresponse()

def ask_for_ever(endpoint):
    asked.set()
    try:
        ask(endpoint, 1500).read()
    except OSError:
        pass

asked = threading.Event()
endpoint = serve(context_tokens=1024, notify=lambda text: None)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PRELUDE + textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("", 0, id="end"),
        pytest.param("sys.exit(7)", 7, id="exit"),
        pytest.param(
            """
            for _ in range(3):
                threading.Thread(target=ask_for_ever, args=(endpoint,), daemon=True).start()
            asked.wait()
            ask(endpoint, 1).read()
            """,
            0,
            id="requests in flight",
        ),
        pytest.param("reply = ask(endpoint, 1500, stream=True); reply.readline()", 0, id="stream half read"),
    ],
)
def test_process_ends_cleanly_and_silently(script: str, code: int) -> None:
    done = run(script)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_exception_keeps_its_exit_code_and_traceback() -> None:
    done = run("raise ValueError('boom')")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("ValueError: boom")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to one process")
def test_interrupt_ends_it() -> None:
    script = PRELUDE + "print('up', flush=True)\nask(endpoint, 1500).read()\n"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=600)
    assert process.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in stderr  # an import that it falls into may wrap it


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_ends_and_serves_on_its_own() -> None:
    done = run(
        """
        ask(endpoint, 1).read()
        child = os.fork()
        if not child:
            own = serve(context_tokens=1024, notify=lambda text: None)
            assert own.base_url != endpoint.base_url
            assert ask(own, 1).status == 200
            sys.exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        worker = multiprocessing.get_context("fork").Process(target=os.getpid)
        worker.start()
        worker.join()
        assert worker.exitcode == 0
        assert ask(endpoint, 1).status == 200
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
