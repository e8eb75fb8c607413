"""JSON as its standard has it. Python also reads `NaN` and `Infinity`, which no endpoint takes back."""

from __future__ import annotations

import json
import math
from typing import Any


def load_strictly(text: str, *, line_breaks: bool = False) -> Any:
    """Read JSON.

    Args:
        text: the text.
        line_breaks: forgive those within strings, which endpoints send and do not take back.

    Raises:
        ValueError: it is none, or holds a number that JSON does not have.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, strict=not line_breaks, parse_constant=_refuse, parse_float=_finite)


def _refuse(text: str) -> float:
    msg = f"{text} is no JSON number"
    raise ValueError(msg)


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)
