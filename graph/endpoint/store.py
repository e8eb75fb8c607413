"""Measured profiles on disk: one JSON file for each base URL and model, in the platform's cache."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError

from graph.endpoint.facts import Fact
from graph.endpoint.notices import say_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FACTS: TypeAdapter[dict[str, Fact]] = TypeAdapter(dict[str, Fact])
_VERSION = 1
_LOCK_S = 5


def path_of(base_url: str, model: str) -> Path:
    """The file of an endpoint's measured facts; its name shows the model and the host, a digest tells them apart."""
    digest = hashlib.sha256(f"{base_url.rstrip('/')}\n{model}".encode()).hexdigest()[:12]
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{model}-{base_url.rpartition('//')[2]}").strip("-")[:80]
    return user_cache_path("portolan", appauthor=False) / "profiles" / f"{words}-{digest}.json"


def load(base_url: str, model: str) -> dict[str, Fact]:
    """The measured facts of an endpoint, by flag; none if there is no file. A file that is damaged is named once."""
    path = path_of(base_url, model)
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return _FACTS.validate_python(data["facts"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        say_once(f"The stored profile {path} cannot be read ({type(error).__name__}) and is not used; delete it.")
        return {}


def save(base_url: str, model: str, facts: Mapping[str, Fact]) -> Path | None:
    """Add facts to the stored ones; None if the cache cannot be written, which is said once and stops nothing."""
    path = path_of(base_url, model)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_S):
            merged = load(base_url, model) | dict(facts)
            data = {
                "version": _VERSION,
                "base_url": base_url,
                "model": model,
                "facts": _FACTS.dump_python(merged, mode="json"),
            }
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as stream:
                json.dump(data, stream, ensure_ascii=False, indent=1, sort_keys=True)
            os.replace(stream.name, path)  # noqa: PTH105 - replaces on every platform, as Path.replace does
    except (OSError, Timeout) as error:
        say_once(f"What was learned of {model} could not be stored in {path.parent} ({type(error).__name__}).")
        return None
    return path


def forget(base_url: str, model: str) -> bool:
    """Delete the stored facts of an endpoint; False if there were none."""
    try:
        path_of(base_url, model).unlink()
    except FileNotFoundError:
        return False
    return True
