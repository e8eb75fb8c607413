"""The calculator as a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool
from tools.calculator.numbers import show
from tools.calculator.parser import evaluate

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_calculator", "calculate"]


class CalculatorArgs(ToolArgs):
    """Arguments of `calculator`."""

    expression: str = Field(description="What to compute, e.g. 23 * 19, (3 + 4)^2 / 7, 15% of 80, sqrt(2), 10!")


def calculate(expression: str) -> str:
    """Compute an arithmetic expression exactly: numbers, + - * / ^ % !, brackets, sqrt, round, sin, ln and the like.

    Use it for every calculation instead of computing in your head.
    """
    try:
        number, notes = evaluate(expression)
        return show(number) + "".join(f" ({note})" for note in notes)
    except ValueError as error:  # a CalculatorError, or a lower bound on digits in the interpreter's own settings
        raise ToolException(str(error)) from error


def build_calculator(config: ToolConfig) -> BaseTool:
    """Make the tool `calculator`."""
    return build_tool(calculate, name="calculator", args=CalculatorArgs, max_chars=config.max_result_chars)
