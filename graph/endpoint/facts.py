"""Where each flag of a profile comes from: facts with source, evidence and date, and the profile they add up to."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from graph.endpoint.profile import DEFAULTS_WEIGHED, Profile
from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SOURCES", "EffectiveProfile", "Fact", "Source", "check_flag", "check_value"]

Source = Literal["default", "known", "measured", "user"]
"""Where a fact comes from, weakest first: a stronger one replaces a weaker one, and of two equals the later."""

SOURCES: Final[tuple[Source, ...]] = get_args(Source)

_ADAPTERS: Final[Mapping[str, TypeAdapter[Any]]] = {
    name: TypeAdapter(field.rebuild_annotation()) for name, field in Profile.model_fields.items()
}


class Fact(BaseModel):
    """One value of one flag, and why it is believed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    value: Any
    """The flag's value, of the type that `Profile` gives it."""

    source: Source
    """Who says so."""

    evidence: str = ""
    """A URL, the endpoint's own words, or the name of the variable or file that set it."""

    date: dt.date | None = None
    """When it was seen or published. None: not said."""


def check_flag(flag: str) -> None:
    """Raise `SettingsError` with the nearest names if `flag` is not one of the profile's."""
    if flag in Profile.model_fields:
        return
    near = difflib.get_close_matches(flag, Profile.model_fields, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "`portolan profile` shows them all."
    msg = f"There is no profile flag `{flag}`"
    raise SettingsError(msg, remedy=hint)


def check_value(flag: str, value: object) -> Any:
    """Return `value` as the type that `flag` has.

    Raises:
        SettingsError: The flag does not exist, or the value is not one it can have.
    """
    check_flag(flag)
    try:
        return _ADAPTERS[flag].validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"The profile flag `{flag}` cannot be {value!r}"
        raise SettingsError(msg, detail=str(first["msg"]), remedy=f"Allowed: {allowed(flag)}.") from None


def allowed(flag: str) -> str:
    """Say which values `flag` takes, for people."""
    schema = _ADAPTERS[flag].json_schema()
    return _describe(schema)


def _describe(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return ", ".join(_describe(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(v) for v in schema["enum"])
    if schema.get("type") == "array":
        return f"a list of: {_describe(schema.get('items', {}))}"
    words = {
        "boolean": "true, false",
        "integer": "a whole number from 1",
        "number": "a number",
        "null": "null",
        "string": "text",
        "object": "a table of fields",
    }
    return words.get(str(schema.get("type")), "a value")


@dataclass(frozen=True, slots=True)
class EffectiveProfile:
    """The profile that counts, and a fact for every one of its flags.

    Made by `graph.endpoint.profiles.effective_profile`, or from the defaults by `EffectiveProfile.default()`.
    """

    profile: Profile
    facts: Mapping[str, Fact]

    @classmethod
    def default(cls) -> EffectiveProfile:
        """Return the cautious profile of an endpoint of which nothing is known."""
        profile = Profile()
        weighed = dt.date.fromisoformat(DEFAULTS_WEIGHED)
        evidence = "cautious default"
        return cls(
            profile,
            MappingProxyType(
                {
                    flag: Fact(value=getattr(profile, flag), source="default", evidence=evidence, date=weighed)
                    for flag in Profile.model_fields
                }
            ),
        )

    def with_fact(
        self, flag: str, value: object, source: Source, evidence: str = "", date: dt.date | None = None
    ) -> EffectiveProfile:
        """Return the profile with one more fact, or this one where a stronger source has already spoken.

        Args:
            flag: Name of a field of `Profile`.
            value: Its value; checked and converted.
            source: Who says so. `user` outranks `measured`, that `known`, that `default`; equals replace each other.
            evidence: A URL, the endpoint's words, or the name of the variable or file.
            date: When it was seen.

        Raises:
            SettingsError: The flag does not exist, or the value is not one it can have.
        """
        return self.with_facts({flag: Fact(value=value, source=source, evidence=evidence, date=date)})

    def with_facts(self, facts: Mapping[str, Fact]) -> EffectiveProfile:
        """Return the profile with more facts, each as in `with_fact`."""
        merged = dict(self.facts)
        for flag, fact in facts.items():
            checked = fact.model_copy(update={"value": check_value(flag, fact.value)})
            if SOURCES.index(fact.source) >= SOURCES.index(merged[flag].source):
                merged[flag] = checked
        profile = Profile(**{flag: fact.value for flag, fact in merged.items()})
        return EffectiveProfile(profile, MappingProxyType(merged))

    def of_source(self, source: Source) -> dict[str, Fact]:
        """Return the facts of one source: what was measured, say, to store it."""
        return {flag: fact for flag, fact in self.facts.items() if fact.source == source}

    def to_json(self) -> str:
        """Return all facts as JSON text; `from_json` reads it back."""
        values = self.profile.model_dump(mode="json")
        facts = {
            flag: {**fact.model_dump(mode="json", exclude={"value"}), "value": values[flag]}
            for flag, fact in self.facts.items()
        }
        return json.dumps({"facts": facts}, ensure_ascii=False, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> EffectiveProfile:
        """Read what `to_json` wrote. Flags that this version does not have are left out.

        Raises:
            SettingsError: The text is not such a profile.
        """
        try:
            entries = json.loads(text)["facts"]
            facts = {flag: Fact.model_validate(e) for flag, e in entries.items() if flag in Profile.model_fields}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            msg = "The stored profile cannot be read"
            raise SettingsError(
                msg, detail=str(error), remedy="Delete the file, or let the doctor write it anew."
            ) from None
        return cls.default().with_facts(facts)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickle by way of JSON, since read-only mappings do not pickle."""
        return (EffectiveProfile.from_json, (self.to_json(),))
