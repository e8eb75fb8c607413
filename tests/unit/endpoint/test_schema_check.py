"""What a TypedDict allows beyond the schema that is asked for of it: missing keys and null, wherever they may stand."""

# ruff: noqa: PYI061, TC003, UP006, UP007, UP035, UP045 - types as users write them, read at run time

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Dict, List, Literal, Optional, Union

import pytest
from typing_extensions import TypedDict

from graph.endpoint.schema_check import check_fits, schema_of


class Point(TypedDict, total=False):
    """A point."""

    x: int
    y: int


class Label(TypedDict):
    """A label."""

    text: str


class Drawing(TypedDict, total=False):
    """A drawing."""

    values: dict[str, Optional[int]]
    pair: tuple[int, Optional[int]]
    row: tuple[Optional[int], ...]
    marks: set[Optional[int]]
    fixed: frozenset[Optional[int]]
    line: Sequence[Optional[Point]]
    lines: Mapping[str, List[Optional[Point]]]
    size: Literal["small", None]
    kind: Literal["a", 1, None]
    shape: Optional[Literal["square"]]
    named: Optional[Dict[str, Point]]
    either: Union[list[Point], Label, None]
    or_text: Union[Point, str]
    told: Annotated[Point, ..., "A description."]
    perhaps: Annotated[Optional[Point], ..., "A description."]
    free: dict[str, Any]


FITS = [
    {"values": {"a": None, "b": 1}},
    {"pair": [1, None]},
    {"row": [None, 1, 2]},
    {"marks": [None]},
    {"fixed": [None, 1]},
    {"line": [None, {}, {"x": 1}]},
    {"lines": {"a": [None, {"y": 1}]}},
    {"size": None},
    {"kind": None},
    {"shape": None},
    {"named": {"a": {"x": 1}}},
    {"named": None},
    {"either": [{"x": 1}]},
    {"either": {"text": "a"}},
    {"either": None},
    {"or_text": {"x": 1}},
    {"or_text": "a"},
    {"told": {}},
    {"perhaps": None},
    {"perhaps": {"y": 1}},
    {"free": {"a": None}},
]
FITS_NOT = [
    {"values": {"a": "b"}},
    {"values": None},
    {"pair": [None, 1]},
    {"pair": [1]},
    {"row": ["a"]},
    {"marks": ["a"]},
    {"line": [{"x": None}]},
    {"lines": {"a": [1]}},
    {"size": "large"},
    {"kind": 2},
    {"shape": "round"},
    {"named": {"a": None}},
    {"either": {}},
    {"either": [{"x": "a"}]},
    {"or_text": None},
    {"told": None},
]


@pytest.mark.parametrize("found", FITS, ids=str)
def test_what_the_type_allows_fits(found: Any) -> None:
    check_fits(found, schema_of(Drawing) or {})


@pytest.mark.parametrize("found", FITS_NOT, ids=str)
def test_what_it_does_not_allow_does_not(found: Any) -> None:
    with pytest.raises(ValueError, match=r"^\$\."):
        check_fits(found, schema_of(Drawing) or {})
