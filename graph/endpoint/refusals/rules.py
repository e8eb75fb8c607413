"""The table of what refusals mean (`rules.toml`): the error that a refusal is, and what to do next."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from graph import errors

if TYPE_CHECKING:
    from graph.endpoint.refusals.reading import ProviderError

_FLAGS: Final = re.IGNORECASE | re.DOTALL


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; what is None is not asked for."""

    error: type[errors.PortolanError]
    remedy: str
    evidence: str
    words: re.Pattern[str] | None = None
    code: re.Pattern[str] | None = None
    at: re.Pattern[str] | None = None
    status: frozenset[int] | None = None

    def remedy_for(self, error: ProviderError, endpoint: str) -> str | None:
        """Return what to do next if the row fits the error, with what its words caught filled in; else None."""
        if self.status is not None and error.status not in self.status:
            return None
        if self.at is not None and not self.at.search(endpoint):
            return None
        if self.code is not None and not any(said and self.code.fullmatch(said) for said in (error.code, error.type)):
            return None
        if self.words is None:
            return self.remedy
        found = self.words.search(error.message) or self.words.search(error.text)
        if not found:
            return None
        remedy = self.remedy
        for name, caught in found.groupdict().items():
            remedy = remedy.replace(f"{{{name}}}", caught or "")
        return remedy


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Return the table, read once."""
    text = files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    remedies: dict[str, str] = document["remedies"]
    return tuple(_rule(row, remedies) for row in document["rules"])


def _rule(row: dict[str, Any], remedies: dict[str, str]) -> Rule:
    patterns = {key: re.compile(row.pop(key), _FLAGS) for key in ("words", "code", "at") if key in row}
    status = frozenset(row.pop("status")) if "status" in row else None
    remedy = row.pop("remedy")
    return Rule(
        error=getattr(errors, row.pop("error")),
        remedy=remedies.get(remedy, remedy),
        evidence=row.pop("evidence"),
        status=status,
        **patterns,
        **row,  # a key that no rule has is an error here
    )
