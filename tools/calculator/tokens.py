"""From the characters that people and models type to tokens, whatever the keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tools.calculator.errors import CalculatorError

__all__ = ["MAX_LENGTH", "Token", "tokenize"]

MAX_LENGTH = 1_000
"""Characters of an expression."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""U+FF01 to U+FF5E repeat ASCII 0x21 to 0x7E in full width (Unicode, Halfwidth and Fullwidth Forms)."""

_SYMBOLS = str.maketrans(
    {
        "×": "*", "·": "*", "⋅": "*", "∗": "*", "•": "*", "✕": "*",
        "÷": "/", "∕": "/", "⁄": "/", "：": "/",
        "−": "-", "–": "-", "—": "-", "﹣": "-",
        "﹢": "+", "［": "(", "］": ")", "【": "(", "】": ")", "｛": "(", "｝": ")",
        "[": "(", "]": ")", "{": "(", "}": ")",
        "π": " pi ", "\u3000": " ", "\u00a0": " ",
    }
)  # fmt: skip

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = re.compile(f"⁻?[{_SUPERSCRIPTS}]+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+(?![\w.]))?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPERATOR = re.compile(r"\*\*|//|[-+*/^%!°√(),]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression."""

    kind: Literal["number", "name", "operator", "end"]
    text: str


def tokenize(expression: str) -> list[Token]:
    """Split an expression into tokens; the last one is of kind `end`.

    Full-width characters, typographic operators, superscripts, thousands separators and a closing `=` are understood.
    A comma between two groups of digits separates thousands, except among the arguments of a function, where it
    separates arguments.

    Raises:
        CalculatorError: It is empty, too long, or has a character that arithmetic does not know.
    """
    if len(expression) > MAX_LENGTH:
        msg = f"The expression has {len(expression):,} characters; the limit is {MAX_LENGTH:,}. Compute it in parts."
        raise CalculatorError(msg)
    text = _RAISED.sub(_lower, expression).translate(_SYMBOLS).translate(_FULL_WIDTH)
    text = re.sub(r"[=?\s]+$", "", text).removeprefix("=").strip()
    if not text:
        msg = "The expression is empty. Give one such as `23 * 19`."
        raise CalculatorError(msg)
    tokens: list[Token] = []
    calls: list[bool] = []  # for each open bracket, whether it holds a function's arguments
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token, position = _next(text, position, in_call=bool(calls and calls[-1]))
        if token.text == "(":
            calls.append(bool(tokens) and tokens[-1].kind == "name")
        elif token.text == ")" and calls:
            calls.pop()
        tokens.append(token)
    return [*tokens, Token("end", "")]


def _lower(match: re.Match[str]) -> str:
    """Turn `²` into `^(2)`."""
    raised = match.group()
    digits = "".join(str(_SUPERSCRIPTS.index(char)) for char in raised.lstrip("⁻"))
    return f"^(-{digits})" if raised.startswith("⁻") else f"^({digits})"


def _next(text: str, position: int, *, in_call: bool) -> tuple[Token, int]:
    if not in_call and (match := _GROUPED.match(text, position)):
        return Token("number", match.group().replace(",", "")), match.end()
    if match := _NUMBER.match(text, position):
        return Token("number", match.group()), match.end()
    if match := _NAME.match(text, position):
        return Token("name", match.group()), match.end()
    if match := _OPERATOR.match(text, position):
        return Token("operator", "^" if match.group() == "**" else match.group()), match.end()
    char = text[position]
    msg = (
        f"{char!r} is not understood. Use numbers, + - * / ^ % !, brackets, and functions such as sqrt(2). "
        "Write no units or currency signs, and no words."
    )
    raise CalculatorError(msg)
