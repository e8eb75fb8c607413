"""A check: what it sends, what must come back, why that matters, what it costs, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graph.doctor.bench import Bench

Outcome = Literal["honoured", "ignored", "rejected", "broken", "flaky", "inconclusive", "skipped"]
"""What came of a check.

* `honoured`: it came back as it must.
* `ignored`: accepted, but without effect. A finding, since nothing tells the client.
* `rejected`: refused aloud, in words that were understood.
* `broken`: something came back that a client cannot use as it is.
* `flaky`: it came back as it must in some tries and not in others.
* `inconclusive`: the model did not play along, or the endpoint was too busy, so nothing is known.
* `skipped`: not sent, since another check showed that it makes no sense here.
"""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check found.

    Attributes:
        outcome: in one word.
        summary: in one sentence, for people.
        facts: values of profile flags that are now known.
        details: further findings, a sentence each.
    """

    outcome: Outcome
    summary: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to an endpoint.

    Attributes:
        name: for `--only`.
        title: for people.
        sends: what it sends.
        expects: what must come back.
        why: why it matters to an agent.
        tokens: about what it costs, prompt and replies together, for a model that does not think, counted by the
            emulated endpoints (four characters are a token). Refused requests cost nothing.
        more: what it costs more with `--full`.
        requests: how many requests it sends at most, if none of them has to be put another way.
        decides: the profile flags that it can decide.
        full: whether it runs only with `--full`, or by name.
        needs: checks that must have been honoured, flaky or broken (that is: calls come in some form) before it.
        run: does it.
    """

    name: str
    title: str
    sends: str
    expects: str
    why: str
    run: Callable[[Bench], Verdict]
    tokens: int = 0
    more: int = 0
    requests: int = 1
    decides: tuple[str, ...] = ()
    full: bool = False
    needs: tuple[str, ...] = ()
