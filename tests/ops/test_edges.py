"""Values and derivatives where floating-point numbers end: zeros, infinities, nan, ties, kinks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import special
from tests.support.samples import OPS, Sample, numpys, samples_of

import kobai
from kobai.evaluation import Program
from kobai.graph import AnyArray, Op

INF, NAN = np.inf, np.nan
EDGES = np.array(
    [0.0, -0.0, 1.0, -1.0, 2.5, -3.0, INF, -INF, NAN, 1e300, -1e300, 1e-300, 5e-324, -5e-324]
)
# Functions of these names are not NumPy's, or its operators have bits of their own.
NUMPY: dict[str, Callable[..., Any]] = {
    "power": np.power,
    "sigmoid": special.expit,
    "xlogy": special.xlogy,
    "named": lambda x, name: x,
    "cast": lambda x, dtype: x.astype(dtype),
}
MAPS = tuple(op for op in OPS if op.kind == "map" and not samples_of(op)[0].attributes)


def _same_bits(found: Any, expected: Any) -> bool:
    """Equal to the last bit, the sign of zero included; one nan is like another."""
    a, b = np.asarray(found), np.asarray(expected)
    if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
        return False
    return a.dtype.kind != "f" or np.array_equal(np.signbit(a[a == 0]), np.signbit(b[b == 0]))


# SciPy's functions have no loop for half precision.
LOOPS = tuple(
    (op, dtype)
    for op in MAPS
    for dtype in ("f8", "f4", "f2")
    if op.name != "xlogy" or dtype != "f2"
)


@pytest.mark.parametrize(("op", "dtype"), LOOPS, ids=lambda x: getattr(x, "name", x))
def test_values_at_the_edges_have_numpys_bits(op: Op, dtype: str) -> None:
    with np.errstate(all="ignore"):
        edges = EDGES.astype(dtype)
        arrays: list[AnyArray] = [
            np.array(column)
            for column in zip(*itertools.product(edges, repeat=len(op.domain)), strict=True)
        ]
        if op.name == "where":
            arrays[0] = arrays[0] > 0
        function: Any = NUMPY.get(op.name) or numpys(op) or op.evaluate
        expected = function(*arrays)
    node, inputs = Sample(op, tuple(arrays)).build()
    (found,) = Program([node], inputs).run(*arrays)
    if op.name == "sigmoid":
        tolerance = 4 * np.finfo(dtype).eps
        assert np.allclose(found, expected, rtol=tolerance, atol=0, equal_nan=True)
    else:
        assert _same_bits(found, expected)


@pytest.mark.parametrize("exponent", [-2, -1, -0.5, 0, 0.0, 0.5, 1, 2, 2.0, 3, 2.5, INF, NAN])
def test_powers_with_a_number_have_the_bits_of_pythons_operator(exponent: float) -> None:
    with np.errstate(all="ignore"):
        expected = EDGES**exponent
    value, _ = _quietly(lambda x: (np.sum(x[:1]), x**exponent), EDGES)
    assert _same_bits(value[1], expected)


def _quietly(f: Callable[..., Any], x: Any) -> Any:
    with np.errstate(all="ignore"):
        return kobai.value_and_grad(f, has_aux=True)(x)


@pytest.mark.parametrize("f", [np.maximum, np.minimum])
def test_two_variables_share_the_slope_of_a_tie(f: Callable[..., Any]) -> None:
    slopes = kobai.grad(f, argnums=(0, 1))(1.5, 1.5)
    assert slopes == (0.5, 0.5)


def test_a_tie_of_a_value_with_itself_counts_once() -> None:
    assert kobai.grad(lambda x: np.maximum(x, x))(2.0) == 1.0


@pytest.mark.parametrize("x", [0.0, 1e-150, 1.0, -1e150])
def test_a_guarded_root_has_the_slope_of_its_guard_at_zero(x: float) -> None:
    found = kobai.grad(lambda x: np.where(x == 0, 0.0, np.sqrt(x * x)))(x)
    assert np.isclose(found, np.sign(x), rtol=1e-15)


def test_the_second_derivative_leaks_nothing_either() -> None:
    second = kobai.grad(kobai.grad(lambda x: np.where(x > 0, x * np.log(x), 0.0)))
    assert second(0.0) == 0.0
    assert second(2.0) == 0.5


# Points at which a careless formula loses its digits, against 60 digits of mpmath.
AWKWARD: tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any], tuple[float, ...]], ...] = (
    ("exp", np.exp, mpmath.exp, (-700.0, -1e-20, 1e-20, 700.0)),
    ("expm1", np.expm1, mpmath.expm1, (-40.0, -1e-20, 1e-20, 700.0)),
    ("log", np.log, mpmath.log, (1e-300, 1 - 1e-16, 1 + 1e-15, 1e300)),
    ("log1p", np.log1p, mpmath.log1p, (-1 + 1e-15, -1e-20, 1e-20, 1e300)),
    ("sqrt", np.sqrt, mpmath.sqrt, (1e-300, 1e300)),
    ("tanh", np.tanh, mpmath.tanh, (-3.0, -1e-20, 1e-20, 3.0)),
    ("sin", np.sin, mpmath.sin, (1e-20, 1e5, 355.0)),
    ("cos", np.cos, mpmath.cos, (1e-20, 1e5, 355.0)),
    (
        "sigmoid",
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: 1 / (1 + mpmath.exp(-x)),
        (-700.0, -40.0, 1e-20, 40.0, 700.0),
    ),
    (
        "softplus",
        lambda x: np.log(1 + np.exp(x)),
        lambda x: mpmath.log(1 + mpmath.exp(x)),
        (-700.0, -40.0, 1e-20, 40.0, 700.0),
    ),
    (
        "logit",
        special.logit,
        lambda x: mpmath.log(x / (1 - x)),
        (1e-300, 0.5, 1 - 1e-15),
    ),
)
POINTS = tuple((name, f, exact, x) for name, f, exact, points in AWKWARD for x in points)


@pytest.mark.parametrize(
    ("f", "exact", "x"), [p[1:] for p in POINTS], ids=[f"{p[0]} at {p[3]!r}" for p in POINTS]
)
def test_awkward_points_keep_their_digits(
    f: Callable[[Any], Any], exact: Callable[[Any], Any], x: float
) -> None:
    value, slope = kobai.value_and_grad(f)(x)
    with mpmath.workdps(400):
        expected = float(exact(mpmath.mpf(x)))
        expected_slope = float(mpmath.diff(exact, mpmath.mpf(x), h=mpmath.mpf(10) ** -350))
    assert np.isclose(value, expected, rtol=1e-14, atol=0)
    assert np.isclose(slope, expected_slope, rtol=1e-14, atol=0)
