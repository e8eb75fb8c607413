"""Measured profiles on disk: one JSON file for each base URL and model, in the platform's cache.

What is learned of an emulated endpoint (`graph.testing`) is kept in a folder of that endpoint, which makes it and takes
it away: a test neither finds nor leaves anything in the user's cache.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic resolves annotations when the class is made
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.endpoint.facts import Fact, check_value
from graph.endpoint.known import Server  # noqa: TC001
from graph.endpoint.notices import say_once
from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_LOCK_S = 5

_EMULATED: Final = re.compile(r"https?://[^/]+/(portolan-emulated-\w+)/")
"""The base URL of an emulated endpoint, with the name of its folder in the temporary folder."""


class Examination(BaseModel):
    """When the doctor was here, and what served then."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    date: dt.date
    """Of the last run of the default set, or of all checks."""

    full: dt.date | None = None
    """Of the last run of all checks."""

    server: Server | None = None
    """What served then, if it showed."""


class Stored(BaseModel):
    """What the file of one endpoint holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    base_url: str
    model: str
    facts: dict[str, Fact] = Field(default_factory=dict)
    """What the doctor and refusals taught, by flag."""

    server: Server | None = None
    """What serves there, as the last reply that told said."""

    examined: Examination | None = None
    """None: the doctor was not here."""


def path_of(base_url: str, model: str) -> Path:
    """The file of an endpoint's measured facts; its name shows the model and the host, a digest tells them apart."""
    digest = hashlib.sha256(f"{base_url.rstrip('/')}\n{model}".encode()).hexdigest()[:12]
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{model}-{base_url.rpartition('//')[2]}").strip("-")[:80]
    return _folder(base_url) / f"{words}-{digest}.json"


def _folder(base_url: str) -> Path:
    emulated = _EMULATED.match(base_url)
    if emulated:
        return Path(tempfile.gettempdir(), emulated[1])
    return user_cache_path("portolan", appauthor=False) / "profiles"


def read(base_url: str, model: str) -> Stored:
    """What is stored of an endpoint; empty if there is no file.

    A file that is damaged, and a flag that this version does not have, is named once and not used.
    """
    path = path_of(base_url, model)
    try:
        stored = Stored.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Stored(base_url=base_url, model=model)
    except (OSError, ValidationError) as error:
        say_once(f"The stored profile {path} cannot be read ({type(error).__name__}) and is not used; delete it.")
        return Stored(base_url=base_url, model=model)
    wrong = sorted(flag for flag, fact in stored.facts.items() if not _valid(flag, fact))
    if wrong:
        named = ", ".join(wrong)
        say_once(
            f"The stored profile {path} has what this version does not know ({named}); `portolan doctor` mends it."
        )
    kept = {flag: fact for flag, fact in stored.facts.items() if flag not in wrong}
    return stored.model_copy(update={"facts": kept})


def _valid(flag: str, fact: Fact) -> bool:
    try:
        check_value(flag, fact.value)
    except SettingsError:
        return False
    return True


def load(base_url: str, model: str) -> dict[str, Fact]:
    """The measured facts of an endpoint, by flag."""
    return read(base_url, model).facts


def save(
    base_url: str,
    model: str,
    facts: Mapping[str, Fact],
    *,
    server: Server | None = None,
    examined: Examination | None = None,
    forget: Collection[str] = (),
) -> Path | None:
    """Add to what is stored; None if the cache cannot be written, which is said once and stops nothing.

    None, too, for an emulated endpoint that is closed, or was opened where the temporary folder is another one.

    Args:
        base_url: the endpoint's base URL.
        model: the model's name.
        facts: by flag; they replace what was stored of these flags.
        server: what serves there, if that is known by now.
        examined: the doctor's examination, if there was one.
        forget: flags of which nothing is to be stored any more.
    """
    path = path_of(base_url, model)
    if _EMULATED.match(base_url) and not path.parent.exists():
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_S):
            before = read(base_url, model)
            kept = {flag: fact for flag, fact in before.facts.items() if flag not in forget}
            after = before.model_copy(
                update={
                    "facts": kept | dict(facts),
                    "server": server or before.server,
                    "examined": examined or before.examined,
                }
            )
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as stream:
                json.dump(after.model_dump(mode="json"), stream, ensure_ascii=False, indent=1, sort_keys=True)
            os.replace(stream.name, path)  # noqa: PTH105 - replaces on every platform, as Path.replace does
    except (OSError, Timeout) as error:
        say_once(f"What was learned of {model} could not be stored in {path.parent} ({type(error).__name__}).")
        return None
    return path


def forget(base_url: str, model: str) -> bool:
    """Delete what is stored of an endpoint; False if there was nothing."""
    try:
        path_of(base_url, model).unlink()
    except FileNotFoundError:
        return False
    return True
