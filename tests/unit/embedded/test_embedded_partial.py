"""However the bytes come, the file is right or is not there; and what a GGUF header says is read or refused."""

from __future__ import annotations

import collections
import struct
import tempfile
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.embedded.catalog import Segment, Weights
from graph.endpoint.embedded.gguf import NotGgufError, read_general
from graph.endpoint.embedded.partial import PartialFile, SourceError
from graph.endpoint.embedded.progress import reporter

CONTENT = bytes(range(100))
CUTS = (0, 30, 60, 90, 100)
WEIGHTS = Weights(
    "tiny",
    "tiny.gguf",
    len(CONTENT),
    sha256(CONTENT).hexdigest(),
    tuple(Segment(a, b, sha256(CONTENT[a:b]).hexdigest()) for a, b in pairwise(CUTS)),
)


@given(
    left=st.binary(max_size=120) | st.integers(0, 100).map(lambda n: CONTENT[:n]), sizes=st.lists(st.integers(1, 50))
)
def test_any_left_over_and_any_pieces_give_the_file(left: bytes, sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / WEIGHTS.filename
        Path(f"{target}.part").write_bytes(left)
        with PartialFile(target, WEIGHTS) as part:
            assert part.size in CUTS
            for size in [*sizes, 100]:
                part.write(CONTENT[part.size : part.size + size])
            part.finish()
        assert target.read_bytes() == CONTENT


@given(at=st.integers(0, 99), wrong=st.integers(1, 255), size=st.integers(1, 100))
def test_one_wrong_byte_is_noticed_within_its_segment(at: int, wrong: int, size: int) -> None:
    damaged = CONTENT[:at] + bytes([CONTENT[at] ^ wrong]) + CONTENT[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / WEIGHTS.filename
        with PartialFile(target, WEIGHTS) as part:
            pieces = [damaged[start : start + size] for start in range(0, len(damaged), size)]
            with pytest.raises(SourceError, match="other bytes"):
                collections.deque(map(part.write, pieces), maxlen=0)
        assert Path(f"{target}.part").read_bytes() == CONTENT[: max(cut for cut in CUTS if cut <= at)]
        assert not target.exists()


def test_more_than_the_file_is_refused(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "tiny.gguf", WEIGHTS) as part, pytest.raises(SourceError, match="more than 100"):
        part.write(CONTENT + b"!")


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def header(*pairs: tuple[str, int, bytes]) -> bytes:
    body = b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in pairs)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + body


def test_general_values_are_read_up_to_the_first_array(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    pairs = [
        ("general.basename", 8, text("Qwen2.5-Coder")),
        ("general.file_type", 4, struct.pack("<I", 15)),
        ("qwen2.block_count", 4, struct.pack("<I", 28)),
        ("tokenizer.ggml.tokens", 9, b""),
        ("general.name", 8, text("too late")),
    ]
    path.write_bytes(header(*pairs))
    assert read_general(path) == {"general.basename": "Qwen2.5-Coder", "general.file_type": 15}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "begins with"),
        (header(("general.name", 8, text("cut off")))[:-1], "ends within"),
        (header(("general.name", 99, b"")), "unknown kind 99"),
        (header(("general.name", 8, struct.pack("<Q", 1 << 40))), "a text of"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version"),
    ],
)
def test_what_is_no_gguf_file_is_refused_with_the_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    with pytest.raises(NotGgufError, match=reason):
        read_general(path)


def test_without_a_terminal_progress_is_lines(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("graph.endpoint.embedded.progress._LINE_SECONDS", 0.0)
    lines: list[str] = []
    with reporter("tiny", 1_000_000, lines.append) as report:
        report.update(0)
        report.update(500_000)
    assert lines[-1].startswith("tiny: 50% of 1.0 MB, ")
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_progress_is_a_bar(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    lines: list[str] = []
    with reporter("tiny", 1_000_000, lines.append) as report:
        report.update(100_000)
        report.update(500_000)
    out, err = capfd.readouterr()
    assert (out, lines) == ("", [])
    assert "0.5/1.0 MB" in err
