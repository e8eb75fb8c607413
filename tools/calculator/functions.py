"""The functions and constants that an expression may name, each within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tools.calculator.errors import CalculatorError
from tools.calculator.numbers import MAX_DIGITS, Number, add, checked, divide, power, remainder

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONSTANTS", "FUNCTIONS", "MAX_FACTORIAL", "Function", "factorial", "square_root"]

MAX_FACTORIAL = 1_000
_MAX_PLACES = 100
_MANY = 1_000_000

CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau, "phi": (1 + math.sqrt(5)) / 2}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an expression, with the number of arguments that it takes."""

    call: Callable[..., Number]
    least: int = 1
    most: int = 1


def _whole(value: Number, what: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, float) or value.denominator != 1:
        msg = f"{what} needs whole numbers."
        raise CalculatorError(msg)
    return value.numerator


def _real(call: Callable[..., float], name: str) -> Callable[..., Number]:
    """Let a function of `math` take any number and answer with text where it has no value."""

    def apply(*values: Number) -> Number:
        try:
            return checked(float(call(*(float(value) for value in values))))
        except ValueError:
            msg = f"{name} has no real value there."
            raise CalculatorError(msg) from None
        except OverflowError:
            msg = f"The result of {name} is too large: the limit is about 1.8e308."
            raise CalculatorError(msg) from None

    return apply


def factorial(value: Number) -> Number:
    """Give n! of a whole n from 0 to `MAX_FACTORIAL`."""
    whole = _whole(value, "A factorial")
    if not 0 <= whole <= MAX_FACTORIAL:
        msg = f"Factorials are computed for 0 to {MAX_FACTORIAL:,} only."
        raise CalculatorError(msg)
    return Fraction(math.factorial(whole))


def square_root(value: Number) -> Number:
    """Give the square root, exact where it is rational."""
    if value < 0:
        msg = "The square root of a negative number is not real."
        raise CalculatorError(msg)
    if isinstance(value, Fraction):
        over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if over * over == value.numerator and under * under == value.denominator:
            return Fraction(over, under)
    return _real(math.sqrt, "sqrt")(value)


def _cube_root(value: Number) -> Number:
    root = _real(math.cbrt, "cbrt")(value)
    nearest = Fraction(round(root))
    return nearest if isinstance(value, Fraction) and nearest**3 == value else root


def _log(value: Number, base: Number | None = None) -> Number:
    if base is None:
        msg = "log(x) without a base means different things. Write ln(x), log10(x), log2(x) or log(x, base)."
        raise CalculatorError(msg)
    if value <= 0 or base <= 0 or base == 1:
        msg = "log(x, base) needs x > 0, base > 0 and base not 1."
        raise CalculatorError(msg)
    quotient = divide(_logarithm(math.log)(value), _logarithm(math.log)(base))
    nearest = Fraction(round(quotient))
    exact = isinstance(value, Fraction) and isinstance(base, Fraction) and power(base, nearest) == value
    return nearest if exact else quotient


def _logarithm(call: Callable[[float], float]) -> Callable[[Number], Number]:
    """Take logarithms of whole numbers too large for a float as well, as `math.log` does."""

    def apply(value: Number) -> Number:
        if value <= 0:
            msg = "A logarithm needs a number above 0."
            raise CalculatorError(msg)
        try:
            return call(float(value))
        except (OverflowError, ValueError):  # beyond the largest float, or so small that it became 0.0
            exact = Fraction(value)
            return call(exact.numerator) - call(exact.denominator)

    return apply


def _round(value: Number, places: Number = Fraction(0)) -> Number:
    """Round halves away from zero, as taught at school."""
    digits = _whole(places, "round")
    if abs(digits) > _MAX_PLACES:
        msg = f"round(x, places) takes at most {_MAX_PLACES} places."
        raise CalculatorError(msg)
    # A float is rounded as it is written: 2.675 is meant, not the double just below it.
    exact = Fraction(repr(value)) if isinstance(value, float) else value
    scaled = abs(exact) * Fraction(10) ** digits
    rounded = Fraction(math.floor(scaled + Fraction(1, 2))) / Fraction(10) ** digits
    return checked(rounded if exact >= 0 else -rounded)


def _floor(value: Number) -> Number:
    return Fraction(math.floor(value))


def _ceil(value: Number) -> Number:
    return Fraction(math.ceil(value))


def _least(*values: Number) -> Number:
    return min(values)


def _most(*values: Number) -> Number:
    return max(values)


def _sum(*values: Number) -> Number:
    total: Number = Fraction(0)
    for value in values:
        total = add(total, value)
    return total


def _mean(*values: Number) -> Number:
    return divide(_sum(*values), Fraction(len(values)))


def _median(*values: Number) -> Number:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean(ordered[middle - 1], ordered[middle])


def _gcd(*values: Number) -> Number:
    return Fraction(math.gcd(*(_whole(value, "gcd") for value in values)))


def _lcm(*values: Number) -> Number:
    least: Number = Fraction(1)
    for value in values:
        least = checked(Fraction(math.lcm(int(least), _whole(value, "lcm"))))
    return least


def _ways(call: Callable[[int, int], int], name: str) -> Callable[[Number, Number], Number]:
    def apply(of: Number, chosen: Number) -> Number:
        total, take = _whole(of, name), _whole(chosen, name)
        if total < 0 or take < 0:
            msg = f"{name}(n, k) needs n and k of 0 or more."
            raise CalculatorError(msg)
        smaller = min(take, total - take) if name == "comb" else take
        if take <= total and (total > _MANY or smaller > MAX_FACTORIAL):
            msg = (
                f"{name}(n, k) is computed for n up to {_MANY:,} and k up to {MAX_FACTORIAL:,} "
                f"(results up to {MAX_DIGITS:,} digits)."
            )
            raise CalculatorError(msg)
        return checked(Fraction(call(total, take)))

    return apply


def _absolute(value: Number) -> Number:
    return -value if value < 0 else value


FUNCTIONS: dict[str, Function] = {
    "sqrt": Function(square_root),
    "cbrt": Function(_cube_root),
    "abs": Function(_absolute),
    "round": Function(_round, 1, 2),
    "floor": Function(_floor),
    "ceil": Function(_ceil),
    "factorial": Function(factorial),
    "comb": Function(_ways(math.comb, "comb"), 2, 2),
    "perm": Function(_ways(math.perm, "perm"), 2, 2),
    "gcd": Function(_gcd, 1, 100),
    "lcm": Function(_lcm, 1, 100),
    "mod": Function(remainder, 2, 2),
    "pow": Function(power, 2, 2),
    "exp": Function(_real(math.exp, "exp")),
    "ln": Function(_logarithm(math.log)),
    "log": Function(_log, 1, 2),
    "log10": Function(_logarithm(math.log10)),
    "log2": Function(_logarithm(math.log2)),
    "min": Function(_least, 1, 500),
    "max": Function(_most, 1, 500),
    "sum": Function(_sum, 1, 500),
    "mean": Function(_mean, 1, 500),
    "avg": Function(_mean, 1, 500),
    "median": Function(_median, 1, 500),
    "hypot": Function(_real(math.hypot, "hypot"), 1, 10),
    "degrees": Function(_real(math.degrees, "degrees")),
    "radians": Function(_real(math.radians, "radians")),
    "atan2": Function(_real(math.atan2, "atan2"), 2, 2),
    **{
        call.__name__: Function(_real(call, call.__name__))
        for call in (math.sin, math.cos, math.tan, math.asin, math.acos, math.atan, math.sinh, math.cosh, math.tanh)
    },
}
