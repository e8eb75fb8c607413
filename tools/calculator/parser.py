"""From tokens to a value: a precedence-climbing parser that computes as it goes.

Own code rather than Python's `ast` or a library on top of it: postfix percent and factorial are not Python, `ast.parse`
warns and overflows on hostile input in ways that differ between versions, and libraries that evaluate Python
expressions bring attribute access, strings and calls only to forbid them again (simpleeval: CVE-2026-32640). Here
nothing exists but numbers, and every operation checks the size of its result.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from tools.calculator.errors import CalculatorError
from tools.calculator.functions import CONSTANTS, FUNCTIONS, factorial, square_root
from tools.calculator.numbers import (
    MAX_DIGITS,
    Number,
    add,
    checked,
    divide,
    floor_divide,
    multiply,
    power,
    remainder,
)
from tools.calculator.tokens import Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_DEPTH", "Value", "evaluate"]

MAX_DEPTH = 50
"""Levels of brackets, signs and powers inside one another."""

_HUNDRED = Fraction(100)

_PRODUCTS: dict[str, Callable[[Number, Number], Number]] = {
    "*": multiply,
    "/": divide,
    "//": floor_divide,
    "%": remainder,
    "x": multiply,
    "mod": remainder,
    "of": multiply,
}


@dataclass(frozen=True, slots=True)
class Value:
    """A number, and whether it was just written as a percentage."""

    number: Number
    percent: bool = False


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    position: int = 0
    depth: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self, *operators: str) -> str | None:
        """Step over the next token if it is one of these; words match in any case."""
        text = self.token.text.lower()
        if self.token.kind in ("operator", "name") and text in operators:
            self.position += 1
            return text
        return None

    def expect(self, operator: str) -> None:
        if not self.take(operator):
            found = f"found {self.token.text!r}" if self.token.text else "the expression ends"
            msg = f"A {operator!r} is missing: {found} instead."
            raise CalculatorError(msg)

    def total(self) -> Value:
        """Parse sums. `a + b%` adds b percent of a, as pocket calculators do."""
        left = self.product()
        while sign := self.take("+", "-"):
            right = self.product()
            amount = multiply(left.number, right.number) if right.percent and not left.percent else right.number
            if amount is not right.number:
                self.notes.append("the percentage was taken of the number before it")
            left = Value(add(left.number, amount if sign == "+" else -amount), left.percent and right.percent)
        return left

    def product(self) -> Value:
        left = self.sign()
        while operator := self.take(*_PRODUCTS):
            left = Value(_PRODUCTS[operator](left.number, self.sign().number))
        return left

    def sign(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"The expression is nested too deeply: the limit is {MAX_DEPTH} levels. Compute it in parts."
            raise CalculatorError(msg)
        try:
            if self.take("+"):
                return self.sign()
            if self.take("-"):
                value = self.sign()
                return Value(-value.number, value.percent)
            return self.power()
        finally:
            self.depth -= 1

    def power(self) -> Value:
        base = self.postfix()
        if self.take("^"):
            return Value(power(base.number, self.sign().number))
        return base

    def postfix(self) -> Value:
        value = self.atom()
        while True:
            if self.take("!"):
                if self.token.text == "!":
                    msg = "`!!` is not read: write (5!)! for a factorial twice, or the product for a double factorial."
                    raise CalculatorError(msg)
                value = Value(factorial(value.number))
            elif self.take("°"):
                value = Value(multiply(value.number, math.pi / 180))
            elif self.token.text == "%" and not self.begins_operand(self.position + 1):
                self.position += 1
                value = Value(divide(value.number, _HUNDRED), percent=True)
            else:
                return value

    def begins_operand(self, position: int) -> bool:
        """Tell `10 % 3`, a remainder, from `10%` and `10% of 3`."""
        token = self.tokens[position]
        if token.kind == "name":
            return token.text.lower() not in _PRODUCTS
        return token.kind == "number" or token.text in ("(", "√")

    def atom(self) -> Value:
        token = self.token
        if token.kind == "end":
            msg = "The expression ends where a number was expected."
            raise CalculatorError(msg)
        self.position += 1
        if token.kind == "number":
            return Value(self.number(token.text))
        if token.kind == "name":
            return Value(self.name(token.text))
        if token.text == "(":
            value = self.total()
            self.expect(")")
            return value
        if token.text == "√":
            return Value(square_root(self.sign().number))
        msg = f"A number was expected, not {token.text!r}."
        raise CalculatorError(msg)

    def number(self, text: str) -> Number:
        exponent = text.lower().partition("e")[2]
        if exponent and abs(int(exponent)) > MAX_DIGITS:
            msg = f"{text} is refused: numbers may have at most {MAX_DIGITS:,} digits."
            raise CalculatorError(msg)
        return checked(Fraction(text))

    def name(self, text: str) -> Number:
        name = text.lower()
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name not in FUNCTIONS:
            known = [*FUNCTIONS, *CONSTANTS]
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Known names: {', '.join(known)}."
            msg = f"{text[:40]!r} is not known. {hint} Variables and words cannot be used."
            raise CalculatorError(msg)
        function = FUNCTIONS[name]
        self.expect("(")
        values = [self.total().number]
        while self.take(","):
            values.append(self.total().number)
        self.expect(")")
        if not function.least <= len(values) <= function.most:
            bounds = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            msg = f"{name} takes {bounds} argument(s), not {len(values)}."
            raise CalculatorError(msg)
        return function.call(*values)


def evaluate(expression: str) -> tuple[Number, list[str]]:
    """Compute an expression.

    Returns:
        The value, exact where it can be, and notes on how the expression was understood.

    Raises:
        CalculatorError: It cannot be understood, has no value, or is too large; nothing else is ever raised.
    """
    parser = _Parser(tokenize(expression))
    value = parser.total()
    if parser.token.kind != "end":
        rest = parser.token.text
        hint = " To multiply, write * between the two." if rest == "(" or parser.token.kind != "operator" else ""
        msg = f"{rest[:40]!r} was not expected there.{hint}"
        raise CalculatorError(msg)
    return value.number, list(dict.fromkeys(parser.notes))
