"""Which changes show that a measured fact is false."""

from __future__ import annotations

from typing import Any

import pytest

from graph.endpoint.doubts import contradictions
from graph.endpoint.facts import EffectiveProfile

FORMS = frozenset({"auto", "none", "required", "named"})


@pytest.mark.parametrize(
    ("flag", "measured", "now", "contradicted"),
    [
        ("strict_tools", True, False, True),
        ("strict_tools", False, False, False),
        ("tool_choice", FORMS, FORMS - {"required"}, True),
        ("context_tokens", 8192, 4096, True),
        ("forbidden_tool_names", {"search"}, {"search", "browse"}, False),
        ("forbidden_tool_names", {"search"}, {"browse"}, True),
        ("unsupported_parameters", {"seed"}, {"seed", "logit_bias"}, False),
    ],
)
@pytest.mark.parametrize(
    ("source", "evidence"), [("measured", "doctor, x: y"), ("measured", "Not so."), ("known", "u")]
)
def test_only_the_doctors_facts_are_contradicted_and_by_growing_lists_never(
    flag: str, measured: Any, now: Any, *, contradicted: bool, source: Any, evidence: str
) -> None:
    profile = EffectiveProfile.default().with_fact(flag, measured, source=source, evidence=evidence)
    value = frozenset(now) if isinstance(now, set) else now
    found = contradictions(profile.facts, {flag: value})
    assert set(found) == ({flag} if contradicted and evidence.startswith("doctor") else set())
