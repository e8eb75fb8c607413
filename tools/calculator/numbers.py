"""Exact numbers within bounds: integers and fractions as long as they can be, floats where they must be."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction

from tools.calculator.errors import CalculatorError

__all__ = ["MAX_DIGITS", "Number", "add", "checked", "divide", "floor_divide", "multiply", "power", "remainder", "show"]

Number = Fraction | float
"""A value: exact as a `Fraction` (whole numbers too), or a `float` once a function such as `sin` made it inexact."""

MAX_DIGITS = 4_000
"""Decimal digits of a number. Python itself writes out at most 4,300
(https://docs.python.org/3/library/stdtypes.html#int-max-str-digits, read 2026-11)."""

_MAX_BITS = int(MAX_DIGITS * math.log2(10))
_SIGNIFICANT = 15  # digits that a double always keeps, IEEE 754
_PLAIN_PLACES = 30  # decimal places up to which an exact decimal is written out
_LEAST_PLAIN = -7  # powers of ten below which a number is written with an exponent
_SMALL = 10_000  # denominators up to which a rounded fraction is also shown as such


def checked(value: Number) -> Number:
    """Give back `value`, or refuse it for its size.

    Raises:
        CalculatorError: It has more than `MAX_DIGITS` digits, or is no finite number.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            msg = "The result is too large for a decimal number: the limit is about 1.8e308."
            raise CalculatorError(msg)
    elif max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        raise _too_large()
    return value


def _too_large() -> CalculatorError:
    return CalculatorError(
        f"The result is refused: numbers may have at most {MAX_DIGITS:,} digits. Use smaller numbers, or logarithms.",
    )


def _float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        msg = "A number is too large to compute with as a decimal: the limit is about 1.8e308."
        raise CalculatorError(msg) from None


def add(left: Number, right: Number) -> Number:
    """Give the sum."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return checked(left + right)
    return checked(_float(left) + _float(right))


def multiply(left: Number, right: Number) -> Number:
    """Give the product."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return checked(left * right)
    return checked(_float(left) * _float(right))


def divide(left: Number, right: Number) -> Number:
    """Give the quotient, exact for exact numbers."""
    _nonzero(right)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return checked(left / right)
    return checked(_float(left) / _float(right))


def floor_divide(left: Number, right: Number) -> Number:
    """Give the quotient rounded down."""
    _nonzero(right)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return checked(Fraction(left // right))
    return checked(_float(left) // _float(right))


def remainder(left: Number, right: Number) -> Number:
    """Give the remainder, with the sign of the divisor as in Python."""
    _nonzero(right)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return checked(left % right)
    return checked(_float(left) % _float(right))


def power(base: Number, exponent: Number) -> Number:
    """Give `base` to the `exponent`; the size of an exact result is checked before it is computed."""
    if base == 0 and exponent < 0:
        msg = "Division by zero: 0 has no negative powers."
        raise CalculatorError(msg)
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits > 1 and abs(exponent.numerator) * (bits - 1) > _MAX_BITS:
            raise _too_large()
        if bits <= 1:  # 0, 1 and -1 stay small, so only the sign depends on the exponent
            return Fraction(1) if exponent == 0 or (base == -1 and exponent % 2 == 0) else base
        return checked(Fraction(base ** int(exponent)))
    if base < 0:
        msg = "A negative number has no real power with an exponent that is not whole. For a cube root use cbrt(x)."
        raise CalculatorError(msg)
    try:
        return checked(float(_float(base) ** _float(exponent)))
    except OverflowError:
        msg = "The power is too large for a decimal number: the limit is about 1.8e308."
        raise CalculatorError(msg) from None


def _nonzero(value: Number) -> None:
    if value == 0:
        msg = "Division by zero."
        raise CalculatorError(msg)


def show(value: Number) -> str:
    """Write a number for a person: exact where that is short, otherwise to 15 significant digits, saying so."""
    if isinstance(value, float):
        return _plain(Decimal(value).normalize(Context(prec=_SIGNIFICANT)))
    if value.denominator == 1:
        return str(value.numerator)
    places = _decimal_places(value.denominator)
    if places is not None and places <= _PLAIN_PLACES:
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    rounded = _plain(Context(prec=_SIGNIFICANT).divide(Decimal(value.numerator), Decimal(value.denominator)))
    exact = f"; exactly {value}" if value.denominator <= _SMALL and abs(value) < 10**_SIGNIFICANT else ""
    return f"{rounded} (rounded{exact})"


def _decimal_places(denominator: int) -> int | None:
    """Count the decimal places of 1/denominator, or say None when they never end."""
    twos = (denominator & -denominator).bit_length() - 1
    fives, rest = 0, denominator >> twos
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    return max(twos, fives) if rest == 1 else None


def _plain(number: Decimal) -> str:
    """Write without an exponent where that is readable."""
    if number == 0:
        return "0"
    if _LEAST_PLAIN <= number.adjusted() < _SIGNIFICANT:
        text = format(number, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return format(number.normalize(), "e").replace("e+", "e")
