"""Units of measure."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toolbench import call

from tools import ToolConfig
from tools.units import build_convert_units

TOOL = build_convert_units(ToolConfig())


@pytest.mark.parametrize(
    ("value", "source", "target", "shown"),
    [
        (26.2, "mile", "km", "26.2 mile = 42.1648128 kilometer"),
        (0.1, "km", "m", "0.1 kilometer = 100 meter"),
        (100, "degC", "degF", "100 degree_Celsius = 212 degree_Fahrenheit"),
        (100, "C", "F", "100 degree_Celsius = 212 degree_Fahrenheit"),
        (0, "celsius", "K", "0 degree_Celsius = 273.15 kelvin"),
        (-40, "°F", "℃", "-40 degree_Fahrenheit = -40 degree_Celsius"),
        (3, "C/s", "A", "3 coulomb / second = 3 ampere"),
        (36, "km/h", "m/s", "36 kilometer / hour = 10 meter / second"),
        (1, "m**2", "cm^2", "1 meter ** 2 = 10000 centimeter ** 2"),
        (1, "square meter", "cm^2", "1 meter ** 2 = 10000 centimeter ** 2"),
        (1, "J/(kg*K)", "J/(g*K)", "= 0.001 joule / gram / kelvin"),
        (1, "1/s", "Hz", "= 1 hertz"),
        (1, "GiB", "MiB", "1 gibibyte = 1024 mebibyte"),
        (5, "公斤", "斤", "5 kilogram = 10 chinese_jin"),
        (1, "亩", "平方米", "1 chinese_mu = 666.666666667 meter ** 2"),
        (1, "Kilometers", "Miles", "1 kilometer = 0.621371192237 mile"),
        (1, "miles per hour", "km/h", "= 1.609344 kilometer / hour"),
        (1, "µm", "nm", "1 micrometer = 1000 nanometer"),
    ],
)
def test_conversion(value: float, source: str, target: str, shown: str) -> None:
    status, text = call(TOOL, value=value, from_unit=source, to_unit=target)
    assert status == "success", text
    assert shown in text


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("kilogram", "meter", "'kilogram' measures mass and 'meter' measures length"),
        ("kilomter", "m", "Did you mean kilometer"),
        ("USD", "EUR", "Currencies are not known"),
        ("", "m", "is empty"),
        ("5 km", "m", "without a number"),
        ("9^9^9", "m", "is not understood"),
        ("m^9^9", "m", "do not follow one another"),
        ("m^10", "m", "powers go up to 9"),
        ("((((m))))", "m", "nested"),
        ("(m", "m", "brackets"),
        ("m)", "m", "brackets"),
        ("m" * 200, "m", "longer than 80"),
        ("__import__('os')", "m", "is not understood"),
        ("m; import os", "m", "is not understood"),
        ("m/*s", "m", "is missing"),
        ("m/", "m", "is missing"),
        ("^2", "m", "is missing"),
    ],
)
def test_refusals(source: str, target: str, said: str) -> None:
    status, text = call(TOOL, value=1, from_unit=source, to_unit=target)
    assert status == "error", text
    assert said in text


@pytest.mark.parametrize("value", ["many", "nan", "inf", float("nan"), float("inf"), [], {}])
def test_what_is_no_number_is_refused(value: object) -> None:
    status, text = call(TOOL, value=value, from_unit="m", to_unit="km")
    assert status == "error"
    assert "`value`" in text


def test_a_result_beyond_floats_is_refused() -> None:
    assert call(TOOL, value=1e308, from_unit="km", to_unit="nm")[0] == "error"


PIECES = ["m", "Ym", "kg", "degC", "*", "/", "^9", "**-9", "(", ")", " ", "1/", "9", "e", ".", "%", "米"]
UNITS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@given(st.floats(), UNITS, UNITS)
@example(1.0, "Ym^9*Ym^9*Ym^9*Ym^9*Ym^9*Ym^9*Ym^9", "ym^9*ym^9*ym^9*ym^9*ym^9*ym^9*ym^9")
@settings(deadline=None)
@pytest.mark.timeout(120)
def test_nothing_raises_or_hangs(value: float, source: str, target: str) -> None:
    assert call(TOOL, value=value, from_unit=source, to_unit=target)[1]
