"""`portolan config`: what is in force, and where each value comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr
from rich.text import Text

from graph.cli.store import threads_path
from graph.endpoint.connect import profile_overrides
from graph.endpoint.settings import OPENAI_URL, Settings, variable_of
from graph.toolbox import collect_tools

if TYPE_CHECKING:
    from graph.cli.session import Session
    from graph.endpoint.facts import EffectiveProfile
    from graph.endpoint.sources import LoadedSettings

_LONG_KEY: Final = 20
_SHOWN_OF_KEY: Final = 4


def show(session: Session) -> None:
    """Print the settings with their sources, the endpoint, and what its profile changes.

    Raises:
        SettingsError: a setting is wrong.
    """
    loaded = session.load()
    collect_tools(None, loaded.settings)  # so that a tool that cannot be made is said here, too
    out = session.terminal
    for line in headline(loaded):
        out.show(Text(line))
    out.show("")
    out.table(("setting", "value", "from"), rows(loaded))
    changed = [
        (flag, _plain(fact.value), f"{fact.source}{f', {fact.date}' if fact.date else ''}: {fact.evidence}")
        for flag, fact in sorted(profile_of(loaded.settings).facts.items())
        if fact.source != "default"
    ]
    out.show("")
    if changed:
        out.table(("profile", "value", "from"), changed)
    else:
        out.show("profile: cautious defaults only; nothing is known of this endpoint yet.")


def headline(loaded: LoadedSettings) -> list[str]:
    """Which endpoint serves, from which file, with which threads."""
    settings = loaded.settings
    if settings.embedded:
        endpoint = f"the embedded model ({settings.model or 'the default one'}), as neither key nor base URL is set"
    else:
        endpoint = settings.endpoint().label
    return [
        f"endpoint: {endpoint}",
        f"env file: {loaded.env_file or 'none found'}",
        f"threads:  {threads_path(settings)}",
    ]


def rows(loaded: LoadedSettings) -> list[tuple[str, str, str]]:
    """Each setting: its variable, its value for people, its source."""
    settings = loaded.settings
    found = []
    for field in Settings.model_fields:
        if field == "profile_overrides":
            continue
        source = loaded.sources.get(field)
        value = _value(field, getattr(settings, field))
        if field == "base_url" and settings.base_url is None and settings.api_key is not None:
            value = OPENAI_URL
        variable = source.variable if source else variable_of(field)
        found.append((variable, value, str(source) if source else "default"))
    for flag, value in sorted(settings.profile_overrides.items()):
        variable = f"AGENT_PROFILE_{flag.upper()}"
        found.append((variable, value, str(loaded.sources.get(variable, "set by the user"))))
    return found


def _value(field: str, value: Any) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return mask_url(secret) if field == "database_url" else mask(secret)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    if isinstance(value, dict):  # as AGENT_PROFILE_… takes it
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def mask(key: str) -> str:
    """A key that can be told from another one: its last four characters, and nothing of a short one."""
    return f"********{key[-_SHOWN_OF_KEY:]}" if len(key) >= _LONG_KEY else "********"


def mask_url(url: str) -> str:
    """A database's address without what may be a password: all of a local file, the scheme of anything else."""
    scheme, mark, _ = url.partition("://")
    return url if not mark or scheme.startswith("sqlite") else f"{scheme}://********"


def profile_of(settings: Settings) -> EffectiveProfile:
    """The profile as the adapter will see it."""
    from graph.endpoint import knowledge, store  # noqa: PLC0415 - beside profiles
    from graph.endpoint.profiles import effective_profile  # noqa: PLC0415 - reads the whole table

    overrides = profile_overrides(settings)
    if settings.embedded:
        return effective_profile("", settings.model or "", overrides=overrides, server="embedded")
    endpoint = settings.endpoint()
    return knowledge.profile_of(store.read(endpoint.base_url, endpoint.model), overrides=overrides)
