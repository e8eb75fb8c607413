"""Units of measure, by pint (https://pint.readthedocs.io)."""

from __future__ import annotations

import difflib
import functools
import math
import re
from typing import TYPE_CHECKING, Any

from langchain_core.tools import ToolException
from pydantic import Field

from tools.building import ToolArgs, build_tool

if TYPE_CHECKING:
    import pint
    from langchain_core.tools import BaseTool

    from tools.config import ToolConfig

__all__ = ["build_convert_units", "convert_units"]

_MAX_LENGTH = 80
_MAX_EXPONENT = 9
_MAX_NESTING = 2

_TEMPERATURES = {"C": "degC", "F": "degF", "K": "kelvin", "R": "degR"}
"""Letters that mean a temperature only when both sides are one: alone, C is the coulomb and F the farad."""

_ALIASES = {
    "摄氏度": "degC", "华氏度": "degF", "开尔文": "kelvin", "℃": "degC", "℉": "degF", "°C": "degC", "°F": "degF",
    "° C": "degC", "° F": "degF", "centigrade": "degC", "degrees celsius": "degC", "degrees fahrenheit": "degF",
    "公里": "kilometer", "千米": "kilometer", "米": "meter", "分米": "decimeter", "厘米": "centimeter",
    "毫米": "millimeter", "英里": "mile", "海里": "nautical_mile", "英尺": "foot", "英寸": "inch", "码": "yard",
    "里": "chinese_li", "尺": "chinese_chi", "寸": "chinese_cun",
    "吨": "metric_ton", "公斤": "kilogram", "千克": "kilogram", "克": "gram", "毫克": "milligram", "磅": "pound",
    "盎司": "ounce", "斤": "chinese_jin", "两": "chinese_liang",
    "升": "liter", "毫升": "milliliter", "加仑": "gallon", "平方米": "meter^2", "平方公里": "kilometer^2",
    "公顷": "hectare", "亩": "chinese_mu", "立方米": "meter^3",
    "小时": "hour", "分钟": "minute", "秒": "second", "天": "day", "周": "week",
}  # fmt: skip

_CHINESE = (
    "chinese_jin = 0.5 kilogram",
    "chinese_liang = 0.05 kilogram",
    "chinese_li = 500 meter",
    "chinese_chi = meter / 3",
    "chinese_cun = meter / 30",
    "chinese_mu = 2000 / 3 * meter ** 2",
)
"""Market units since 1959: State Council order on the metric system of 1959-06-25 (jin of 10 liang)."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[^\W\d]\w*|[°%µ][^\W\d]*)
        |(?P<power>(?:\^|\*\*)\s*-?\d+)
        |(?P<one>1(?=\s*/))
        |(?P<open>\()
        |(?P<close>\))
        |(?P<sign>[*/·])
    )""",
    re.VERBOSE,
)


class ConvertUnitsArgs(ToolArgs):
    """Arguments of `convert_units`."""

    value: float = Field(description="How much, e.g. 26.2", allow_inf_nan=False)
    from_unit: str = Field(description="Unit it is in, e.g. mile, kg, degF, km/h")
    to_unit: str = Field(description="Unit to convert to, e.g. kilometer, pound, degC, m/s")


@functools.cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint  # noqa: PLC0415 - takes a second to import and build, which only a conversion should cost

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(on_redefinition="ignore")
    for definition in _CHINESE:
        registry.define(definition)
    return registry


def convert_units(value: float, from_unit: str, to_unit: str) -> str:
    """Convert a quantity to another unit: length, mass, volume, temperature, speed, energy, data and others.

    It does not know currencies.
    """
    import pint  # noqa: PLC0415 - see _registry

    pair = from_unit.strip().upper(), to_unit.strip().upper()
    if set(pair) <= _TEMPERATURES.keys():
        from_unit, to_unit = (_TEMPERATURES[letter] for letter in pair)
    source, target = _unit(from_unit), _unit(to_unit)
    try:
        result = _registry().Quantity(value, source).to(target)
        number = float(result.magnitude)
    except pint.DimensionalityError as error:
        msg = (
            f"{from_unit!r} measures {_dimension(source)} and {to_unit!r} measures {_dimension(target)}: "
            "one cannot be converted to the other. Check both units."
        )
        raise ToolException(msg) from error
    except (pint.PintError, ArithmeticError, ValueError) as error:
        msg = f"{from_unit!r} cannot be converted to {to_unit!r}: {error}."
        raise ToolException(msg) from error
    if not math.isfinite(number):
        msg = "The result is too large: the limit is about 1.8e308."
        raise ToolException(msg)
    return f"{_show(value)} {source} = {_show(number)} {target}"


def _show(number: float) -> str:
    """Write to 12 digits: conversion factors are inexact beyond."""
    return f"{number:.12g}"


def _dimension(unit: pint.Unit) -> str:
    return str(unit.dimensionality).replace("[", "").replace("]", "").replace("dimensionless", "a plain number")


def _unit(text: str) -> pint.Unit:
    """Find a unit, or refuse it with suggestions.

    Only names, products, quotients and small powers reach pint: its parser also computes, and would compute 9^9^9.
    """
    import pint  # noqa: PLC0415 - see _registry

    plain = " ".join(text.split())
    name = _ALIASES.get(plain) or _ALIASES.get(plain.lower()) or plain
    _check(text, name)
    fallbacks = [name.replace(" ", "_"), name.lower(), name.lower().replace(" ", "_")]
    for attempt in dict.fromkeys([name, *fallbacks]):
        try:
            return _registry().parse_units(attempt)
        except (pint.PintError, ValueError, TypeError, AttributeError, LookupError, AssertionError, ArithmeticError):
            continue
    raise ToolException(_unknown(text, name))


def _check(text: str, name: str) -> None:
    fault = f"it is longer than {_MAX_LENGTH} characters" if len(name) > _MAX_LENGTH else _fault(name)
    if fault:
        msg = (
            f"{text[:60]!r} is not a unit: {fault}. "
            "Give the unit alone, without a number, e.g. kilometer, kg, degC, km/h, m^2."
        )
        raise ToolException(msg)


def _fault(name: str) -> str:
    """Say what is wrong with the form of a unit; empty when nothing is."""
    position, depth, before = 0, 0, "start"
    while position < len(name):
        match = _TOKEN.match(name, position)
        if match is None:
            return f"{name[position:].strip()[:10]!r} is not understood there"
        position, kind, piece = match.end(), match.lastgroup or "", match.group().strip()
        if kind in ("power", "sign", "close") and before in ("start", "sign", "open"):
            return f"a unit is missing before {piece[:5]!r}"
        if kind == "power" and (before == "power" or abs(int(piece.lstrip("^* "))) > _MAX_EXPONENT):
            return f"powers go up to {_MAX_EXPONENT} and do not follow one another"
        depth += (kind == "open") - (kind == "close")
        if not 0 <= depth <= _MAX_NESTING:
            break
        before = kind
    if depth:
        return "its brackets do not match or are nested too deeply"
    ends = {"start": "it is empty", "sign": "a unit is missing at its end", "open": "a unit is missing at its end"}
    return ends.get(before, "")


@functools.cache
def _names() -> list[str]:
    """Every unit's full name; symbols of one or two letters make poor suggestions."""
    registry = _registry()
    shortest = 3
    return [
        name for name in set(dir(registry)) - set(dir(type(registry))) if len(name) >= shortest and name[0].islower()
    ]


def _unknown(text: str, name: str) -> str:
    near = difflib.get_close_matches(name.lower(), _names(), n=3, cutoff=0.6)
    hint = (
        f" Did you mean {' or '.join(near)}?" if near else " Write it in full in English, e.g. kilometer, pound, degC."
    )
    return f"There is no unit {text[:60]!r}.{hint} Currencies are not known, since their rates change."


def build_convert_units(config: ToolConfig) -> BaseTool:
    """Make the tool `convert_units`."""
    return build_tool(convert_units, name="convert_units", args=ConvertUnitsArgs, max_chars=config.max_result_chars)
