"""The calculator: right where it answers, and never harmed by what it is given."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toolbench import call

from tools import ToolConfig
from tools.calculator.errors import CalculatorError
from tools.calculator.numbers import MAX_DIGITS
from tools.calculator.parser import evaluate
from tools.calculator.tokens import MAX_LENGTH
from tools.calculator.tool import build_calculator

TOOL = build_calculator(ToolConfig(max_result_chars=10_000))


def compute(expression: str) -> str:
    status, text = call(TOOL, expression=expression)
    assert status == "success", text
    return text


def refused(expression: str) -> str:
    status, text = call(TOOL, expression=expression)
    assert status == "error", text
    return text


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("23 * 19", "437"),
        ("0.1 + 0.2", "0.3"),
        ("1.10 * 3", "3.3"),
        ("1/8", "0.125"),
        ("-1/8", "-0.125"),
        ("1/3", "0.333333333333333 (rounded; exactly 1/3)"),
        ("1/3*3", "1"),
        ("2^10", "1024"),
        ("2**10", "1024"),
        ("2^3^2", "512"),
        ("-2^2", "-4"),
        ("(-2)^2", "4"),
        ("2^-2", "0.25"),
        ("2^100", "1267650600228229401496703205376"),
        ("(-1)^1000000001", "-1"),
        ("1^99999999999", "1"),
        ("0^0", "1"),
        ("4^0.5", "2"),
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("10 % 3", "1"),
        ("10 mod 3", "1"),
        ("-7 mod 3", "2"),
        ("15% of 80", "12"),
        ("20%", "0.2"),
        ("200 * 10%", "20"),
        ("50 + 15% of 80", "62"),
        ("50% + 50%", "1"),
        ("100 + 10%", "110 (the percentage was taken of the number before it)"),
        ("100 - 10%", "90 (the percentage was taken of the number before it)"),
        ("5!", "120"),
        ("(3!)!", "720"),
        ("2^3!", "64"),
        ("-3!", "-6"),
        ("5²", "25"),
        ("2⁻³", "0.125"),
        ("√16", "4"),
        ("√(9/4)", "1.5"),
        ("sqrt(2) * sqrt(2)", "2"),
        ("cbrt(-27)", "-3"),
        ("sin(30°)", "0.5"),
        ("cos(pi)", "-1"),
        ("ln(e)", "1"),
        ("log(1000, 10)", "3"),
        ("floor(log(1000, 10))", "3"),
        ("log2(2^3000)", "3000"),
        ("log10(1/10^400)", "-400"),
        ("round(2.675, 2)", "2.68"),
        ("round(-2.5)", "-3"),
        ("round(1234, -2)", "1200"),
        ("floor(-2.5) + ceil(2.1)", "0"),
        ("max(1, 234) - min(3, 4, 2)", "232"),
        ("max(1,234)", "234"),
        ("mean(1, 2, 4)", "2.33333333333333 (rounded; exactly 7/3)"),
        ("median(4, 1, 3, 2)", "2.5"),
        ("gcd(12, 18) + lcm(4, 6)", "18"),
        ("comb(52, 5)", "2598960"),
        ("comb(1000000, 999999)", "1000000"),
        ("perm(5, 2)", "20"),
        ("1,234,567.5 * 2", "2469135"),
        ("（１２＋３）×４÷２−１", "29"),
        ("１５％ of ８０", "12"),
        ("［2＋３］·2", "10"),
        ("23 x 19 = ?", "437"),
        ("=1+1", "2"),
        ("1.5e3", "1500"),
        ("2e-3", "0.002"),
        (".5 + 5.", "5.5"),
        ("PI - pi", "0"),
        ("1e300 * pi", "3.14159265358979e300"),
        ("1/10^30", "0." + "0" * 29 + "1"),
        ("1/10^31", "1e-31 (rounded)"),
        ("1" + "+1" * 499, "500"),
    ],
)
def test_answers(expression: str, result: str) -> None:
    assert compute(expression) == result


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "empty"),
        ("  = ", "empty"),
        ("1 +", "ends where a number"),
        ("(1 + 2", "is missing"),
        ("1 2", "write \\* between"),
        ("2(3)", "write \\* between"),
        ("1 / 0", "Division by zero"),
        ("1 // 0", "Division by zero"),
        ("1 % 0", "Division by zero"),
        ("0 ^ -1", "Division by zero"),
        ("0.0 * sin(1) / (1 - 1)", "Division by zero"),
        ("$5 + 3", "'\\$' is not understood"),
        ("five", "'five' is not known"),
        ("sqr(4)", "Did you mean sqrt"),
        ("sqrt(-1)", "negative"),
        ("(-8)^(1/3)", "cbrt"),
        ("asin(2)", "no real value"),
        ("ln(0)", "above 0"),
        ("log(100)", "log10\\(x\\)"),
        ("log(8, 1)", "base not 1"),
        ("sqrt(1, 2)", "takes 1 argument"),
        ("2.5!", "whole numbers"),
        ("5!!", "double factorial"),
        ("(-1)!", "0 to 1,000"),
        ("round(1, 1000)", "100 places"),
        ("exp(1000)", "1.8e308"),
        ("10^400 * sin(1)", "1.8e308"),
        ("__import__('os').system('id')", "'_' is not understood"),
        ("().__class__", "is not understood"),
        ("lambda: 1", "':' is not understood"),
        ("x", "not known"),
    ],
)
def test_refusals_say_why(expression: str, said: str) -> None:
    with pytest.raises(CalculatorError, match=said):
        evaluate(expression)
    refused(expression)


@pytest.mark.parametrize(
    "expression",
    ["9^9^9^9", "9**9**9", "10^4001", "(10^2000)*(10^2001)", "2^(10^3000)", "(1/3)^99999", "1e9999", "1e-999999999"],
)
@pytest.mark.timeout(20)
def test_huge_numbers_are_refused_with_the_limit(expression: str) -> None:
    assert f"{MAX_DIGITS:,} digits" in refused(expression)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("expression", "limit"),
    [
        ("1001!", "1,000"),
        ("99999999999999999999!", "1,000"),
        ("comb(10^9, 5*10^8)", "1,000,000"),
        ("perm(1000000, 999999)", "1,000"),
        ("(" * 400 + "1" + ")" * 400, "50 levels"),
        ("-" * 900 + "1", "50 levels"),
        ("2^" * 400 + "1", "50 levels"),
        ("√" * 900 + "1", "50 levels"),
        ("abs(" * 150 + "1" + ")" * 150, "50 levels"),
        ("1" * 5000, f"{MAX_LENGTH:,}"),
    ],
)
def test_limits_are_named(expression: str, limit: str) -> None:
    assert limit in refused(expression)


def test_a_number_as_long_as_allowed_is_written_out() -> None:
    assert len(compute(f"10^{MAX_DIGITS - 1}")) == MAX_DIGITS
    assert len(compute("1000!")) == 2568


# Expressions as trees, written with all the brackets that they need, against Python's own exact arithmetic.

Exact = Callable[[Fraction, Fraction], Fraction]
OPERATORS: dict[str, Exact] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
LEAVES = st.one_of(
    st.integers(0, 10**12).map(lambda number: (str(number), Fraction(number))),
    st.decimals(0, 10**6, places=4).map(lambda number: (f"{number:f}", Fraction(number))),
)


@st.composite
def joined(draw: st.DrawFn, parts: st.SearchStrategy[tuple[str, Fraction | None]]) -> tuple[str, Fraction | None]:
    (left, a), (right, b) = draw(parts), draw(parts)
    sign = draw(st.sampled_from([*OPERATORS, "^", "u-"]))
    space = draw(st.sampled_from(["", " "]))
    if sign == "u-":
        return f"(-{left})", None if a is None else -a
    if sign == "^":
        exponent = draw(st.integers(-4, 4))
        value = None if a is None or (a == 0 and exponent < 0) else Fraction(a**exponent)
        return f"({left}{space}^{space}({exponent}))", value
    text = f"({left}{space}{sign}{space}{right})"
    if a is None or b is None or (sign == "/" and b == 0):
        return text, None
    return text, OPERATORS[sign](a, b)


TREES = st.recursive(LEAVES, joined, max_leaves=12)


@given(TREES)
@settings(deadline=None, max_examples=300)
def test_agrees_with_exact_arithmetic(tree: tuple[str, Fraction | None]) -> None:
    text, expected = tree
    if len(text) > MAX_LENGTH:
        return
    if expected is None:
        with pytest.raises(CalculatorError, match="Division by zero"):
            evaluate(text)
        return
    value, notes = evaluate(text)
    assert value == expected
    assert notes == []


PYTHON = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv}


def python_value(node: ast.expr) -> int:
    """Compute an expression of whole numbers with Python's precedence, by its syntax tree."""
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Pow):
            return python_value(node.left) ** python_value(node.right)
        return int(PYTHON[type(node.op)](python_value(node.left), python_value(node.right)))
    if isinstance(node, ast.UnaryOp):
        return -python_value(node.operand)
    assert isinstance(node, ast.Constant)
    return int(str(node.value))


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "-"]), st.integers(1, 50), st.sampled_from(["+", "-", "*", "//", "^2*", "^3+"])),
        min_size=1,
        max_size=15,
    ),
    st.integers(1, 50),
)
@settings(deadline=None)
def test_precedence_is_pythons(parts: list[tuple[str, int, str]], last: int) -> None:
    text = "".join(f"{sign}{number}{then}" for sign, number, then in parts) + str(last)
    expected = python_value(ast.parse(text.replace("^", "**"), mode="eval").body)
    assert evaluate(text) == (expected, [])


PIECES = st.sampled_from(
    [
        *"0123456789.,+-*/^%!()√°=eE x×÷−（）１％²⁻π",
        "**",
        "//",
        "mod",
        "of",
        "1e99",
        "!" * 9,
        "999",
        "sqrt(",
        "log(",
        "round(",
        "comb(",
    ]
)


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=40).map("".join)))
@example("1" + "!" * 200)
@example("comb(comb(99,50),comb(99,50))")
@example("round(1e308*pi,100)")
@example("log(2^13000,1+1e-3999)")
@example("floor(1e308*pi)^9")
@settings(deadline=None, max_examples=500)
@pytest.mark.timeout(120)
def test_never_raises(text: str) -> None:
    status, answer = call(TOOL, expression=text)
    assert status in ("success", "error")
    assert answer


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(deadline=None)
def test_functions_take_any_number(number: float) -> None:
    for name in ("sin", "exp", "sqrt", "cbrt", "floor", "ln", "round", "factorial", "tan", "atan"):
        call(TOOL, expression=f"{name}({number!r})")


async def test_async() -> None:
    assert await TOOL.ainvoke({"expression": "2+2"}) == "4"
