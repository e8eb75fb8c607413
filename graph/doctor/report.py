"""What an examination found, as data: the JSON of `--json`, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer

from graph.doctor.check import Outcome  # noqa: TC001 - pydantic resolves annotations when the class is made
from graph.endpoint.facts import Fact  # noqa: TC001
from graph.errors import SettingsError

SCHEMA: Final = 1
"""Version of the JSON. It grows with any change that a reader could trip over."""

State = Literal["yes", "partly", "no", "unknown"]


def plain(value: Any) -> Any:
    """A flag's value as JSON has it, sets in order."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (tuple, list)):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


class Evidence(BaseModel):
    """One exchange, shortened and without keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sent: str
    status: int
    came: str


class CheckResult(BaseModel):
    """What one check found; see `graph.doctor.check.Verdict`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    why: str
    outcome: Outcome
    summary: str
    details: tuple[str, ...] = ()
    seconds: float = 0.0
    tokens: int = 0
    requests: int = 0
    evidence: tuple[Evidence, ...] = ()


class Level(BaseModel):
    """One of the four levels of compatibility."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    title: str
    state: State
    summary: str


class Report(BaseModel):
    """All of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA
    endpoint: str
    model: str
    server: str | None = None
    server_version: str | None = None
    date: str
    failure: str = ""
    levels: tuple[Level, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    recommendation: tuple[str, ...] = ()
    tokens: int = 0
    uncounted: int = 0
    requests: int = 0
    seconds: float = 0.0

    @field_serializer("facts")
    def _plain_facts(self, facts: dict[str, Fact]) -> dict[str, Any]:
        return {
            flag: {**fact.model_dump(mode="json", exclude={"value"}), "value": plain(fact.value)}
            for flag, fact in facts.items()
        }

    @property
    def exit_code(self) -> int:
        """0: the agent can run; 1: it cannot; 2: the endpoint cannot be reached, or refuses the key."""
        if self.failure:
            return 2
        loop = self.levels[2] if self.levels else None
        return 0 if loop is not None and loop.state in ("yes", "partly") else 1

    def check(self, name: str) -> CheckResult | None:
        """One check's result."""
        return next((one for one in self.checks if one.name == name), None)


def read_report(text: str, origin: str) -> Report:
    """Read what `--json` wrote.

    Raises:
        SettingsError: it is something else, or of another version.
    """
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        msg = f"{origin} is not a report of this version of the doctor"
        detail = str(error.errors()[0]["msg"])
        raise SettingsError(msg, detail=detail, remedy="Write one with `portolan doctor --json > FILE`.") from None
