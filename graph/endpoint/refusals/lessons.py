"""What a refusal teaches: the profile flags to change so that the next request is accepted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.profile import Profile
from graph.endpoint.refusals.request import CAPS
from graph.endpoint.refusals.teachings import TEACHINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.refusals.reading import ProviderError

_REFUSALS: Final = frozenset({None, 200, 400, 403, 404, 405, 415, 422, 500, 501, 502})
"""Statuses that refusals come with: 500 from templates at vLLM and llama.cpp, 502 from gateways, 200 in a stream."""

_WORDS_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to change, and why."""

    changes: tuple[tuple[str, Any], ...]
    """Flags of `Profile` with their new values, whole: a set holds what it held before, too."""

    why: str
    """One sentence for people: what the endpoint wants, and its own words."""

    evidence: str
    """Where the same refusal was seen before: a URL, or a recording."""


def lesson_from(error: ProviderError, request: Mapping[str, Any], profile: Profile | None = None) -> Lesson | None:
    """Return what a refusal teaches, or None if it is not understood or nothing would change.

    A lesson is drawn only where the request really holds what the refusal speaks of, so that the next one differs. Only
    the message counts: `param` and `type` name a field of the request also where its value alone is at fault.

    Args:
        error: What the endpoint said.
        request: The body that was sent.
        profile: The profile that the request was made by. None: the cautious default.
    """
    if error.status not in _REFUSALS:
        return None
    profile = profile or Profile()
    for teaching in TEACHINGS:
        found = teaching.words.search(error.message)
        if not found:
            continue
        wanted = teaching.learn(found, request, profile) or {}
        changes = tuple((flag, value) for flag, value in wanted.items() if getattr(profile, flag) != value)
        if changes:
            said = " ".join(error.message.split())
            said = said if len(said) <= _WORDS_CHARS else f"{said[:_WORDS_CHARS]} …"
            return Lesson(changes, f'{teaching.why} ("{said}")', teaching.evidence)
    return None


def left_without_cap(lesson: Lesson | None, refused: set[str]) -> Lesson | None:
    """Return the lesson; where it leads back to a name of the cap that was refused already, that there is to be none.

    A refusal of one name teaches the other, so an endpoint that refuses both would be asked by each in turn for ever.

    Args:
        lesson: What the last refusal of a call taught.
        refused: The names of the cap that were refused in that call so far; the one that is refused now is added.
    """
    changes = dict(lesson.changes) if lesson else {}
    if lesson is None or "token_cap" not in changes:
        return lesson
    refused |= {*CAPS} - {changes["token_cap"]}
    if not refused >= {*CAPS}:
        return lesson
    told = tuple((changes | {"token_cap": "none"}).items())
    return replace(lesson, changes=told, why=f"no cap on the reply is taken: {lesson.why}")
