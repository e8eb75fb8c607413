"""What cannot be a tool is a sentence that names it, before anything is sent."""

from __future__ import annotations

import functools
from collections.abc import Callable  # noqa: TC003 - LangChain resolves the annotations of functions
from typing import Any

import pytest
from langchain_core.tools import tool

from graph import Agent, Settings, build_graph
from graph.errors import SettingsError


def no_docstring(a: int) -> int:
    return a


async def no_docstring_async(a: int) -> int:
    return a


def unknown_type(a: Nothing) -> int:  # type: ignore[name-defined]  # noqa: F821 - which is the point
    """Take what is not there."""


def no_json(a: Callable[[int], int]) -> int:
    """Take a function."""
    return a(1)


def by_place(a: int, /) -> int:
    """Take an argument without a name."""
    return a


def unannotated(a):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - which is the point
    """Take anything."""
    return a


class Adder:
    """Adds, but has no name."""

    def __call__(self, a: int) -> int:
        """Add one."""
        return a + 1


@tool
def no_json_made(a: Callable[[int], int]) -> int:
    """Take a function."""
    return a(1)


CASES: list[tuple[Any, str, str]] = [
    (no_docstring, "the function 'no_docstring' cannot be a tool, since it has no docstring", "Give it one"),
    (no_docstring_async, "the function 'no_docstring_async' cannot be a tool, since it has no doc", "Give it one"),
    (lambda a: a, " cannot be a tool, since it has no name", "Write a function"),
    (functools.partial(unannotated, a=1), "functools.par", "Write a function"),
    (Adder(), "<test_refused", "Write a function"),
    (unknown_type, "the function 'unknown_type' cannot be a tool: name 'Nothing' is not defined", "Annotate each"),
    (no_json, "the arguments of the tool 'no_json' cannot be told to a model: Cannot generate", "Annotate each"),
    (no_json_made, "the arguments of the tool 'no_json_made' cannot be told to a model: Cannot", "Annotate each"),
    (by_place, "the function 'by_place' cannot be a tool, since 'a' cannot be given by name", "Leave the / out"),
    (max, "the function 'max' cannot be a tool: no signature found", "Annotate each"),
    ({"type": "function"}, "{'type': 'function'} is no tool", "Give functions, LangChain tools"),
    (None, "None is no tool", "Give functions, LangChain tools"),
]


@pytest.mark.parametrize(("given", "said", "remedy"), CASES, ids=[case[1][:40] for case in CASES])
def test_it_is_refused_by_name(given: Any, said: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build_graph(Agent(tools=["calculator", given]), settings=Settings())
    assert said in caught.value.summary
    assert caught.value.remedy.startswith(remedy)


def test_two_tools_of_one_name() -> None:
    with pytest.raises(SettingsError, match="two tools are named 'unannotated'"):
        build_graph(Agent(tools=[unannotated, tool(unannotated)]), settings=Settings())


def test_a_function_without_annotations_is_taken() -> None:
    build_graph(Agent(tools=[unannotated]), settings=Settings())
