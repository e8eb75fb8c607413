"""Choosing the profile of an endpoint: defaults, then what is known, what was measured, and the user's word."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from graph.endpoint.facts import EffectiveProfile, Fact, allowed, check_flag, check_value
from graph.endpoint.known import known_facts
from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["PREFIX", "effective_profile", "overrides_from_env", "overrides_from_toml"]

PREFIX = "AGENT_PROFILE_"
_NOT_FLAGS = frozenset({"AGENT_PROFILE_FILE"})


def effective_profile(
    base_url: str,
    model: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    measured: Mapping[str, Fact] | None = None,
    server: str | None = None,
    version: str | None = None,
) -> EffectiveProfile:
    """Return the profile that counts for an endpoint, with where each flag comes from.

    Args:
        base_url: The endpoint's base URL.
        model: The model's name.
        overrides: Flags that the user set: plain values, or facts of source `user` as the readers below make them.
        measured: What the doctor or a refusal taught, by flag; facts of other sources in it are ignored, so that a
            stored profile does not hold on to an old table.
        server: What serves there, where it was recognised (see `graph.endpoint.known.recognise`), or `embedded`.
        version: The server's version.

    Raises:
        SettingsError: An override names no flag, or gives it a value that it cannot have.
    """
    user = {
        flag: value if isinstance(value, Fact) else Fact(value=value, source="user", evidence="set by the user")
        for flag, value in (overrides or {}).items()
    }
    return (
        EffectiveProfile.default()
        .with_facts(known_facts(base_url, model, server=server, version=version))
        .with_facts({flag: fact for flag, fact in (measured or {}).items() if fact.source == "measured"})
        .with_facts(user)
    )


def overrides_from_env(mapping: Mapping[str, str], origin: Callable[[str], str] = str) -> dict[str, Fact]:
    """Read `AGENT_PROFILE_<FLAG>=value` from an environment, or from a mapping of flags without the prefix.

    A value is read as JSON where it is JSON (`true`, `128`, `["auto", "none"]`, `{"enable_thinking": false}`), as a
    list where the flag is one (`auto, none`), else as text. Empty means unset for a single value, and nothing for a
    list. `origin` says where a variable was set, for complaints.

    Raises:
        SettingsError: A variable names no flag, or its value is not one that the flag can have; the sentence names the
            variable, the value and what is allowed.
    """
    prefixed = any(name.upper().startswith(PREFIX) for name in mapping)
    found: dict[str, Fact] = {}
    for name, text in mapping.items():
        upper = name.upper()
        if (prefixed and not upper.startswith(PREFIX)) or upper in _NOT_FLAGS:
            continue
        variable = upper if prefixed else f"{PREFIX}{upper}"
        flag = upper.removeprefix(PREFIX).lower()
        try:
            check_flag(flag)
            value = _first_valid(flag, text)
        except SettingsError as error:
            msg = f"{origin(variable)}={text} is not understood: {error.summary}"
            raise SettingsError(msg, remedy=error.remedy) from None
        found[flag] = Fact(value=value, source="user", evidence=variable)
    return found


def _first_valid(flag: str, text: str) -> Any:
    """Return the first reading of `text` that the flag can have."""
    text = text.strip()
    readings: list[Any] = []
    try:
        readings.append(json.loads(text))
    except ValueError:
        if text.lower() in {"none", "null", ""}:
            readings.append(None)
        readings += [text, [piece.strip() for piece in text.replace("，", ",").split(",") if piece.strip()]]
    else:
        readings.append(text)
    for reading in readings:
        try:
            return check_value(flag, reading)
        except SettingsError:
            continue
    msg = f"the profile flag `{flag}` cannot be that"
    raise SettingsError(msg, remedy=f"Allowed: {allowed(flag)}.")


def overrides_from_toml(path: Path, origin: str = "AGENT_PROFILE_FILE") -> dict[str, Fact]:
    """Read a TOML file of flags, one `flag = value` a line, at the top or in a table `[profile]`.

    `origin` says where the file was named, for complaints.

    Raises:
        SettingsError: The file cannot be read or is not TOML (the sentence names the line), or a flag or its value is
            wrong.
    """
    remedy = "Write one `flag = value` a line; `portolan profile` shows the flags."
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        msg = f"{origin}: the profile file {path} cannot be read"
        raise SettingsError(msg, detail=error.strerror or str(error), remedy="Name a file that can.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"The profile file {path} is not TOML"
        raise SettingsError(msg, detail=str(error), remedy=remedy) from None
    table = document.pop("profile", {})
    if not isinstance(table, dict):
        msg = f"`profile` in {path} is not a table"
        raise SettingsError(msg, remedy=remedy)
    lines = text.splitlines()
    found: dict[str, Fact] = {}
    for flag, value in (document | table).items():
        try:
            found[flag] = Fact(value=check_value(flag, value), source="user", evidence=str(path))
        except SettingsError as error:
            line = next((n for n, text in enumerate(lines, 1) if text.split("=")[0].strip().strip("\"'") == flag), None)
            msg = f"{path}, line {line}: {error.summary}" if line else f"{path}: {error.summary}"
            raise SettingsError(msg, detail=error.detail, remedy=error.remedy) from None
    return found
