"""Where settings come from: the environment first, then one `.env` file, then the defaults."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ValidationError

from graph.endpoint.settings import Settings, Source, fields_by_variable
from graph.endpoint.urls import shown_url
from graph.errors import SettingsError
from tools.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dotenv.parser import Binding
    from pydantic_core import ErrorDetails

ENV_FILE_VARIABLE = "AGENT_ENV_FILE"
PROFILE_PREFIX = "AGENT_PROFILE_"
SECRET_FIELDS = frozenset({"api_key", "database_url"})


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, the source of each value that is not a default, and what should be said about them once.

    Sources are by field, and those of profile flags by variable.
    """

    settings: Settings
    sources: Mapping[str, Source]
    env_file: Path | None
    notes: tuple[str, ...] = ()


def find_env_file(start: Path | None = None) -> Path | None:
    """The nearest `.env` from a folder (default: the working directory) upwards."""
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        path = candidate / ".env"
        if path.is_file():
            return path
    return None


def load_settings(
    env_file: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Read the settings. The environment's own values win over the file's; an empty value counts as unset.

    Args:
        env_file: the file to read; None: `AGENT_ENV_FILE`, else the nearest `.env`, else none.
        environ: the environment; None: the process's own.
        options: values that win over both, by variable: options of a command, such as `--model` for `AGENT_MODEL`.

    Raises:
        SettingsError: a value is wrong; the sentence names the file and the line, or the environment's variable.
    """
    environ = os.environ if environ is None else environ
    path = _env_file(env_file, environ)
    values: dict[str, tuple[str, Source]] = {}
    if path is not None:
        values |= _read_file(path, environ)
    for variable, value in environ.items():
        if value.strip() and _ours(variable):
            values[variable] = (value.strip(), Source("environment", variable))
    for variable, value in (options or {}).items():
        option = f"--{variable.removeprefix('AGENT_').lower().replace('_', '-')}"
        values[variable] = (value.strip(), Source("option", option))
    strangers = _strangers(values)
    for variable in strangers:
        del values[variable]
    return _build(values, path, strangers)


def _env_file(env_file: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = env_file or environ.get(ENV_FILE_VARIABLE)
    if not named:
        return find_env_file()
    path = expanded(named)
    if not path.is_file():
        origin = "--env-file" if env_file else ENV_FILE_VARIABLE
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        msg = f"the env file {str(path)!r} (from {origin}) {what}"
        raise SettingsError(msg, remedy="Name a file like .env.example, or leave it out to use the nearest .env.")
    return path


def _ours(variable: str) -> bool:
    return variable.startswith("AGENT_") or variable in fields_by_variable()


def _read_file(path: Path, environ: Mapping[str, str]) -> dict[str, tuple[str, Source]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text (byte {error.start})"
        raise SettingsError(msg, remedy="Save the file as UTF-8.") from error
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise SettingsError(msg, remedy="Check the file's permissions.") from error
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):  # it may be a key, so it is not shown
            msg = f"{path}, line {_line_of(binding)} is not NAME=value"
            raise SettingsError(msg, remedy="Write NAME=value, with quotes around a value that spans lines.")
    values = dotenv_values(path, interpolate=True, encoding="utf-8-sig")
    found: dict[str, tuple[str, Source]] = {}
    for binding in bindings:
        value = (values.get(binding.key) or "").strip() if binding.key else ""
        if binding.key and _ours(binding.key):
            source = Source("file", binding.key, path, _line_of(binding))
            if value:
                found[binding.key] = (value, source)
            elif not _is_setting(binding.key):  # a slip of the pen that is not filled in yet
                raise _no_setting(binding.key, source)
    if ENV_FILE_VARIABLE in found and ENV_FILE_VARIABLE not in environ:
        msg = f"{found[ENV_FILE_VARIABLE][1]}: {ENV_FILE_VARIABLE} chooses the file, so it cannot stand in one"
        raise SettingsError(msg, remedy="Set it in the environment, or use --env-file.")
    return found


def _line_of(binding: Binding) -> int:
    """The line of a binding's first character that is no blank."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _strangers(values: Mapping[str, tuple[str, Source]]) -> dict[str, str]:
    """What to say of names in the environment that look like a setting's; one in the file is refused."""
    strangers: dict[str, str] = {}
    for variable, (_, source) in values.items():
        if _is_setting(variable):
            continue
        if source.kind == "file":
            raise _no_setting(variable, source)
        strangers[variable] = f"{variable} in the environment is not a setting and is not read. {_nearest(variable)}"
    return strangers


def _is_setting(variable: str) -> bool:
    return variable in fields_by_variable() or variable == ENV_FILE_VARIABLE or variable.startswith(PROFILE_PREFIX)


def _nearest(variable: str) -> str:
    near = difflib.get_close_matches(variable, [*fields_by_variable(), ENV_FILE_VARIABLE], n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else "`portolan config` lists the names there are."


def _no_setting(variable: str, source: Source) -> SettingsError:
    msg = f"{source}: {variable} is not a setting"
    return SettingsError(msg, remedy=_nearest(variable))


def _build(values: Mapping[str, tuple[str, Source]], path: Path | None, strangers: Mapping[str, str]) -> LoadedSettings:
    data: dict[str, object] = {}
    sources: dict[str, Source] = {}
    for variable, field in reversed(list(fields_by_variable().items())):  # OPENAI_API_BASE wins over OPENAI_BASE_URL
        if variable in values:
            data[field], sources[field] = values[variable]
    notes = (*strangers.values(), *_notes(values, sources))
    flags = {
        name: found
        for name, found in values.items()
        if name.startswith(PROFILE_PREFIX) and name not in fields_by_variable()
    }
    data["profile_overrides"] = {name.removeprefix(PROFILE_PREFIX).lower(): value for name, (value, _) in flags.items()}
    sources |= {name: source for name, (_, source) in flags.items()}
    try:
        settings = Settings.validated(data).with_sources(sources)
    except ValidationError as error:
        msg = "; ".join(_sentence(detail, data, sources) for detail in error.errors(include_url=False))
        raise SettingsError(msg, remedy="`.env.example` shows every setting with an example.") from None
    _check_model(settings)
    return LoadedSettings(settings, sources, path, notes)


def _sentence(detail: ErrorDetails, data: Mapping[str, object], sources: Mapping[str, Source]) -> str:
    field = str(detail["loc"][0])
    source = sources[field]
    value = "**********" if field in SECRET_FIELDS else repr(data[field])
    if field == "base_url":
        value = repr(shown_url(str(data[field])))
    reason = detail["msg"].removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    reason = reason if reason.startswith(("is ", "has ", "names ", "carries ")) else f"is refused: {reason}"
    return f"{source}: {source.variable}={value} {reason}"


def _notes(values: Mapping[str, tuple[str, Source]], sources: Mapping[str, Source]) -> tuple[str, ...]:
    notes: list[str] = []
    bases = [values[name][0] for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL") if name in values]
    if len({base.rstrip("/") for base in bases}) > 1:
        used, unused = map(shown_url, bases)
        notes.append(f"OPENAI_API_BASE={used} is used; OPENAI_BASE_URL={unused} is not.")
    key, base = sources.get("api_key"), sources.get("base_url")
    if key and base and key.kind == "environment" and base.kind == "file":
        notes.append(
            f"The key comes from the environment (OPENAI_API_KEY) and the base URL from {base}: "
            "if that key belongs to another provider, unset it or set both in one place."
        )
    return tuple(notes)


def _check_model(settings: Settings) -> None:
    """Refuse settings that name neither an endpoint with a model nor what the embedded model can be."""
    if settings.embedded:
        if settings.model and not expanded(settings.model).is_file():
            msg = (
                f"{settings.origin('model')}={settings.model!r} names neither an endpoint's model (no "
                "OPENAI_API_KEY and no OPENAI_API_BASE is set) nor a GGUF file that exists"
            )
            remedy = "Set OPENAI_API_KEY or OPENAI_API_BASE, or leave AGENT_MODEL out to use the embedded model."
            raise SettingsError(msg, remedy=remedy)
        return
    settings.endpoint()
