"""Intervals hold every value that an operation can have on them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobai.intervals import NONNEGATIVE, POSITIVE, REAL, Interval

UNIT = Interval(0, 1, low_open=True, high_open=True)
WHOLE = Interval(0, 1, is_whole=True)
INF = math.inf


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (UNIT + Interval(1, 1), Interval(1, 2, True, True)),
        (WHOLE + WHOLE, Interval(0, 2, is_whole=True)),
        (WHOLE - UNIT, Interval(-1, 1, True, True)),
        (WHOLE & UNIT, Interval(0, 1, True, True, is_whole=True)),
        (-WHOLE * WHOLE, Interval(-1, 0, is_whole=True)),
        (Interval(1, 1) - UNIT, Interval(0, 1, True, True)),
        (-UNIT, Interval(-1, 0, True, True)),
        (UNIT * UNIT, UNIT),
        (UNIT * Interval(-2, 2), Interval(-2, 2, True, True)),
        (UNIT * NONNEGATIVE, NONNEGATIVE),
        (Interval(0, 2) * UNIT, Interval(0, 2, False, True)),
        (POSITIVE * POSITIVE, POSITIVE),
        (POSITIVE + NONNEGATIVE, POSITIVE),
        (POSITIVE - POSITIVE, REAL),
        (Interval(0, 0) * REAL, Interval(0, 0)),
        (Interval(2, 3) * Interval(-5, 7), Interval(-15, 21)),
        (Interval(0, 1).union(Interval(1, 2, low_open=True)), Interval(0, 2)),
        (UNIT.union(Interval(0, 0)), Interval(0, 1, False, True)),
        (NONNEGATIVE & Interval(-1, 1, high_open=True), Interval(0, 1, False, True)),
        (UNIT & Interval(0, 1), UNIT),
    ],
    ids=[f"operation {number}" for number in range(20)],
)
def test_operations_on_intervals(found: Interval, expected: Interval) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("interval", "properties"),
    [
        (REAL, ""),
        (POSITIVE, "positive nonnegative nonzero"),
        (NONNEGATIVE, "nonnegative"),
        (UNIT, "positive nonnegative nonzero bounded"),
        (-UNIT, "negative nonzero bounded"),
        (Interval(-1, 1), "bounded"),
        (Interval(-INF, INF, True, True), "bounded"),
        (Interval(1, INF), "positive nonnegative nonzero"),
        (Interval(1, INF, high_open=True), "positive nonnegative nonzero bounded"),
    ],
    ids=str,
)
def test_properties_of_intervals(interval: Interval, properties: str) -> None:
    names = ("positive", "nonnegative", "negative", "nonzero", "bounded")
    found = [name for name in names if getattr(interval, f"is_{name}")]
    assert sorted(found) == sorted(properties.split())


@pytest.mark.parametrize(
    ("interval", "text"),
    [(UNIT, "(0, 1)"), (NONNEGATIVE, "[0, inf]"), (Interval(-0.5, 2, False, True), "[-0.5, 2)")],
)
def test_an_interval_is_printed_as_in_books(interval: Interval, text: str) -> None:
    assert str(interval) == text


def test_a_product_that_underflows_keeps_its_sign() -> None:
    tiny = Interval(1e-200, 1e-200)
    assert (tiny * tiny).is_nonnegative
    assert (tiny * tiny).high > 0
    assert not (tiny * -tiny).is_nonnegative


def test_a_sum_that_rounds_keeps_its_side() -> None:
    nearly_one = Interval(1, 1) - Interval(1e-20, 1e-20)
    assert nearly_one.low < 1
    assert not (nearly_one - Interval(1, 1)).is_nonnegative


finite = st.floats(-1e300, 1e300)


@st.composite
def _with_member(draw: st.DrawFn) -> tuple[Interval, float]:
    low, value, high = sorted(draw(st.tuples(finite, finite, finite)))
    return Interval(low, high), value


@given(_with_member(), _with_member())
def test_exact_results_lie_in_the_interval_of_the_operation(
    one: tuple[Interval, float], two: tuple[Interval, float]
) -> None:
    (a, x), (b, y) = one, two
    exact = {
        a + b: Fraction(x) + Fraction(y),
        a - b: Fraction(x) - Fraction(y),
        a * b: Fraction(x) * Fraction(y),
        -a: -Fraction(x),
        a.union(b): Fraction(y),
    }
    for interval, value in exact.items():
        assert interval.low == -INF or Fraction(interval.low) <= value
        assert interval.high == INF or value <= Fraction(interval.high)


@given(_with_member())
def test_the_image_under_an_increasing_function_holds_its_values(
    one: tuple[Interval, float],
) -> None:
    interval, value = one
    image = interval.increasing(math.atan)
    assert image.low <= math.atan(value) <= image.high
    assert image.low == 0 or math.copysign(1, image.low) == math.copysign(1, interval.low)
