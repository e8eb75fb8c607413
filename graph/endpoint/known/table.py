"""Reading the table, and choosing from it."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic resolves annotations when the class is made
import functools
import tomllib
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from graph.endpoint.facts import Fact, check_value


class Block(BaseModel):
    """Facts that share their scope, their evidence and their date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    evidence: str
    date: dt.date
    flags: dict[str, Any]
    servers: tuple[str, ...] = ()
    models: tuple[str, ...] = ("*",)
    excluded: tuple[str, ...] = Field((), alias="except")
    except_paths: tuple[str, ...] = ()
    since: str | None = None
    before: str | None = None

    @field_validator("flags")
    @classmethod
    def _checked(cls, flags: dict[str, Any]) -> dict[str, Any]:
        return {flag: check_value(flag, value) for flag, value in flags.items()}

    def covers(self, *, model: str, path: str, server: str | None, version: str | None) -> bool:
        """Whether the block speaks of this model, path and server. An unknown version counts as the newest."""
        if self.servers and server not in self.servers:
            return False
        if not any(fnmatchcase(model, pattern) for pattern in self.models):
            return False
        if any(fnmatchcase(model, pattern) for pattern in self.excluded):
            return False
        if any(path.startswith(prefix) for prefix in self.except_paths):
            return False
        if version is None:
            return self.before is None
        number = _number(version)
        return (self.since is None or number >= _number(self.since)) and (
            self.before is None or number < _number(self.before)
        )


class Provider(BaseModel):
    """One file of the table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hosts: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    facts: tuple[Block, ...]

    def serves(self, *, host: str, server: str | None) -> bool:
        """Whether this is the provider at `host` (with the port, where there is one), or `server`."""
        return server in self.servers or any(
            fnmatchcase(host, p) or fnmatchcase(host.rsplit(":", 1)[0], p) for p in self.hosts
        )


def _number(version: str) -> tuple[int, ...]:
    """`0.10.1.1` as numbers, as far as there are any: `0.11rc1` counts as 0.11."""
    numbers: list[int] = []
    for part in version.lstrip("v").split("."):
        digits = "".join(c for c in part[: len(part) - len(part.lstrip("0123456789"))] if c)
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


@functools.cache
def providers() -> tuple[Provider, ...]:
    """Return the whole table, read once."""
    folder = files(__package__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(
        Provider.model_validate(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))) for name in names
    )


def known_facts(base_url: str, model: str, *, server: str | None = None, version: str | None = None) -> dict[str, Fact]:
    """Return what the table says of an endpoint, as facts of source `known`.

    Args:
        base_url: The endpoint's base URL.
        model: The model's name, in any case; a vendor's prefix (`Qwen/…`) stays part of it.
        server: What serves there, where it was recognised: `vllm`, `sglang`, `llama.cpp`, `ollama`, `embedded`.
        version: The server's version.

    Returns:
        The facts by flag; none for an endpoint that the table does not know.
    """
    parts = urlsplit(base_url if "//" in base_url else f"//{base_url}")
    host = parts.netloc.rsplit("@", 1)[-1].lower()
    facts: dict[str, Fact] = {}
    for provider in providers():
        if not provider.serves(host=host, server=server):
            continue
        for block in provider.facts:
            if block.covers(model=model.lower(), path=parts.path, server=server, version=version):
                evidence = f"{provider.name}: {block.about} ({block.evidence})"
                facts |= {
                    flag: Fact(value=value, source="known", evidence=evidence, date=block.date)
                    for flag, value in block.flags.items()
                }
    return facts
