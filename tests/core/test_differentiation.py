"""From a formula as it is written to a gradient that is right where the formula is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai

Z = np.array([1000.0, -1000.0, 0.5])
Y = np.array([0.0, 1.0, 1.0])
LOSS = 1000 + 1000 + np.log1p(np.exp(-0.5))
SLOPE = [1.0, -1.0, -1 / (1 + np.exp(0.5))]


def naive(z: Any) -> Any:
    a = 1 / (1 + np.exp(-z))
    return np.sum(-(Y * np.log(a) + (1 - Y) * np.log(1 - a)))


def with_minus_outside(z: Any) -> Any:
    a = 1 / (1 + np.exp(-z))
    return -np.sum(Y * np.log(a) + (1 - Y) * np.log(1 - a))


def with_positive_exponent(z: Any) -> Any:
    a = np.exp(z) / (1 + np.exp(z))
    return np.sum(-Y * np.log(a) - (1 - Y) * np.log1p(-a))


def with_sum_first(z: Any) -> Any:
    a = 1 / (np.exp(-z) + 1)
    return np.sum(-(Y * np.log(a))) - np.sum((1 - Y) * np.log(1 - a))


def with_softplus(z: Any) -> Any:
    return np.sum(np.log(1 + np.exp(z)) - Y * z)


@pytest.mark.parametrize(
    "loss",
    [naive, with_minus_outside, with_positive_exponent, with_sum_first, with_softplus],
    ids=lambda f: f.__name__,
)
def test_the_naive_cross_entropy_is_right_where_it_saturates(loss: Any) -> None:
    value, slope = kobai.value_and_grad(loss)(Z)
    assert np.isclose(value, 2000.474076984180, rtol=1e-14)
    assert np.isclose(value, LOSS, rtol=1e-14)
    assert np.allclose(slope, SLOPE, rtol=1e-14, atol=0)


def test_labels_that_are_traced_too_make_no_difference() -> None:
    def loss(z: Any, y: Any) -> Any:
        a = 1 / (1 + np.exp(-z))
        return np.sum(-(y * np.log(a) + (1 - y) * np.log(1 - a)))

    value, slopes = kobai.value_and_grad(loss, (0, 1))(Z, Y)
    assert np.isclose(value, LOSS, rtol=1e-14)
    assert np.allclose(slopes[0], SLOPE, rtol=1e-14, atol=0)
    assert np.allclose(slopes[1], -Z, rtol=1e-14)


@pytest.mark.parametrize(
    ("f", "x", "value", "slope"),
    [
        (lambda x: 1 / (1 + np.exp(-x)), -1000.0, 0.0, 0.0),
        (lambda x: -np.log(1 - 1 / (1 + np.exp(-x))), 40.0, 40.0, 1.0),
        (lambda x: np.log(np.exp(x)), 1000.0, 1000.0, 1.0),
        (lambda x: np.log(np.sum(np.exp(x))), [1000.0, 1000.0], 1000 + np.log(2), [0.5, 0.5]),
        (lambda x: np.log(1 + x), 1e-20, 1e-20, 1.0),
    ],
    ids=["sigmoid", "its logarithm", "log exp", "log sum exp", "log of 1 plus"],
)
def test_formulas_that_overflow_are_right_all_the_same(
    f: Any, x: Any, value: Any, slope: Any
) -> None:
    found, gradient = kobai.value_and_grad(f)(np.array(x))
    assert np.allclose(found, value, rtol=1e-14, atol=0)
    assert np.allclose(gradient, slope, rtol=1e-14, atol=0)


def test_nothing_is_clamped() -> None:
    slope = kobai.grad(lambda a: -np.log(a))(1e-300)
    assert np.isclose(slope, -1e300, rtol=1e-15)
    assert kobai.grad(np.exp)(-745.0) == np.exp(-745.0) > 0
