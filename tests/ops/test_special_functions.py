"""Slopes of elementary and special functions at awkward points, against 60 digits of mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import special

import kobai

Function = Callable[[Any], Any]
mp: Any = mpmath
TINY, HUGE = 1e-15, 1e20

# The function, what it is in mpmath, and points: tiny and huge, near poles and ends of domains.
CASES: dict[str, tuple[Function, Function, tuple[float, ...]]] = {
    "tan": (np.tan, mp.tan, (TINY, 1.57, -1.2, 1e5)),
    "arcsin": (np.arcsin, mp.asin, (TINY, 1 - 1e-15, -1 + 1e-10)),
    "arccos": (np.arccos, mp.acos, (TINY, 1 - 1e-15, -1 + 1e-10)),
    "arctan": (np.arctan, mp.atan, (TINY, 1e8, HUGE)),
    "sinh": (np.sinh, mp.sinh, (TINY, -700.0, 700.0)),
    "cosh": (np.cosh, mp.cosh, (TINY, -700.0, 700.0)),
    "tanh": (np.tanh, mp.tanh, (TINY, 0.5, 20.0, -20.0, 30.0)),
    "arcsinh": (np.arcsinh, mp.asinh, (TINY, -1e8, HUGE)),
    "arccosh": (np.arccosh, mp.acosh, (1 + 1e-12, 2.0, HUGE)),
    "arctanh": (np.arctanh, mp.atanh, (TINY, 1 - 1e-12, -1 + 1e-15)),
    "sinc": (np.sinc, mp.sincpi, (TINY, 1e-3, 0.2499, 0.2501, -0.7, 20.25)),
    "exp2": (np.exp2, lambda x: mp.mpf(2) ** x, (-1000.0, TINY, 1000.0)),
    "log2": (np.log2, lambda x: mp.log(x, 2), (TINY, 1.0, HUGE)),
    "cbrt": (np.cbrt, mp.cbrt, (TINY, 8.0, HUGE)),
    "hypot": (lambda x: np.hypot(x, 3e150), lambda x: mp.hypot(x, 3e150), (1e140, 4e150)),
    "arctan2": (lambda x: np.arctan2(x, 3e150), lambda x: mp.atan2(x, 3e150), (1e140, 4e150)),
    "arctan2 by x": (lambda x: np.arctan2(3e-150, x), lambda x: mp.atan2(3e-150, x), (4e-150,)),
    "remainder": (lambda x: np.remainder(7.5, x), lambda x: 7.5 - 3 * x, (2.3,)),
    "erf": (special.erf, mp.erf, (TINY, 3.0, -9.0)),
    "erfc": (special.erfc, mp.erfc, (TINY, 3.0, 25.0)),
    "erfcx": (special.erfcx, lambda x: mp.exp(x**2) * mp.erfc(x), (-3.0, 1.0, 14.0, 16.0, 1e5)),
    "erfi": (special.erfi, mp.erfi, (TINY, 3.0, -25.0)),
    "dawsn": (special.dawsn, lambda x: mp.exp(-(x**2)) * mp.erfi(x) * mp.sqrt(mp.pi) / 2, (0.1,)),
    "erfinv": (special.erfinv, mp.erfinv, (1e-20, 0.5, -0.99)),
    "ndtr": (special.ndtr, mp.ncdf, (TINY, -8.0, 8.0)),
    "log_ndtr": (special.log_ndtr, lambda x: mp.log(mp.ncdf(x)), (-30.0, -5.0, 0.0, 8.0)),
    "ndtri": (special.ndtri, lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1), (0.5, 1e-3, 0.999)),
    "gamma": (special.gamma, mp.gamma, (1e-5, 0.5, 20.0, 150.0)),
    "gammaln": (special.gammaln, mp.loggamma, (1e-5, 0.5, 20.0, 1e10)),
    "psi": (special.psi, mp.digamma, (1e-5, 0.5, 20.0, 1e10)),
    "polygamma": (lambda x: special.polygamma(2, x), lambda x: mp.polygamma(2, x), (0.1, 5.0, 1e3)),
    "betaln": (
        lambda x: special.betaln(x, 3.5),
        lambda x: mp.log(mp.beta(x, 3.5)),
        (1e-5, 0.5, 40.0),
    ),
    "gammainc": (
        lambda x: special.gammainc(2.5, x),
        lambda x: mp.gammainc(2.5, 0, x, regularized=True),
        (1e-5, 2.0, 40.0),
    ),
    "betainc": (
        lambda x: special.betainc(2.5, 0.5, x),
        lambda x: mp.betainc(2.5, 0.5, 0, x, regularized=True),
        (1e-5, 0.5, 0.999),
    ),
    "j0": (special.j0, lambda x: mp.besselj(0, x), (1e-5, 3.0, 50.0)),
    "j1": (special.j1, lambda x: mp.besselj(1, x), (1e-5, 3.0, 50.0)),
    "y0": (special.y0, lambda x: mp.bessely(0, x), (1e-5, 3.0, 50.0)),
    "y1": (special.y1, lambda x: mp.bessely(1, x), (0.1, 50.0)),
    "i0": (special.i0, lambda x: mp.besseli(0, x), (1e-5, 3.0, 500.0)),
    "i1": (special.i1, lambda x: mp.besseli(1, x), (1e-5, 3.0, 500.0)),
    "k0": (special.k0, lambda x: mp.besselk(0, x), (1e-5, 3.0, 500.0)),
    "k1": (special.k1, lambda x: mp.besselk(1, x), (0.1, 3.0, 500.0)),
    "jv": (lambda x: special.jv(2.5, x), lambda x: mp.besselj(2.5, x), (0.1, 3.0, 50.0)),
    "iv": (lambda x: special.iv(2.5, x), lambda x: mp.besseli(2.5, x), (0.1, 3.0, 500.0)),
    "kv": (lambda x: special.kv(2.5, x), lambda x: mp.besselk(2.5, x), (0.1, 3.0, 500.0)),
    "entr": (special.entr, lambda x: -x * mp.log(x), (TINY, 0.5, HUGE)),
    "kl_div": (
        lambda x: special.kl_div(0.5, x),
        lambda x: 0.5 * mp.log(0.5 / x) - 0.5 + x,
        (1e-10, 0.5 + 1e-9, 7.0),
    ),
    "xlog1py": (lambda x: special.xlog1py(x, 1e-20), lambda x: x * mp.log1p(1e-20), (2.0, 1e20)),
    "pseudo_huber": (
        lambda x: special.pseudo_huber(2.0, x),
        lambda x: 4 * (mp.sqrt(1 + (x / 2) ** 2) - 1),
        (TINY, 3.0, HUGE),
    ),
    "huber": (lambda x: special.huber(2.0, x), lambda x: 2 * (x - 1), (2.5, HUGE)),
    "exprel": (special.exprel, lambda x: mp.expm1(x) / x, (1e-20, 0.5, 0.9999, 1.0001, -30.0)),
    "expi": (special.expi, mp.ei, (1e-5, 1.0, 40.0, -3.0)),
    "exp1": (special.exp1, mp.e1, (1e-5, 1.0, 40.0)),
    "cosm1": (special.cosm1, lambda x: mp.cos(x) - 1, (TINY, 1.0)),
    "wrightomega": (special.wrightomega, lambda x: mp.lambertw(mp.exp(x)), (-20.0, 0.0, 30.0)),
}
POINTS = [(name, x) for name, (_, _, points) in CASES.items() for x in points]


def _derivative(exact: Function, x: float, order: int) -> float:
    """By a difference so fine that 60 digits are left of it."""
    with mpmath.workdps(90):
        point = mpmath.mpf(x)
        step = (abs(point) or 1) * mpmath.mpf(10) ** -30
        return float(mp.re(mp.diff(exact, point, order, h=step)))


@pytest.mark.parametrize(("name", "x"), POINTS, ids=[f"{name} at {x!r}" for name, x in POINTS])
def test_a_slope_keeps_its_digits(name: str, x: float) -> None:
    f, exact, _ = CASES[name]
    found = kobai.grad(f)(x)
    expected = _derivative(exact, x, 1)
    assert np.isclose(found, expected, rtol=1e-9, atol=0), (found, expected)


# Functions whose second derivative is 0, and one that mpmath takes long over.
CURVED = [name for name in CASES if name not in ("xlog1py", "huber", "remainder", "y1")]


@pytest.mark.parametrize("name", CURVED)
def test_a_second_derivative_keeps_its_digits(name: str) -> None:
    f, exact, points = CASES[name]
    x = points[len(points) // 2]
    found = kobai.grad(kobai.grad(f))(x)
    expected = _derivative(exact, x, 2)
    assert np.isclose(found, expected, rtol=1e-8, atol=1e-250), (found, expected)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: special.gammainc(a, 2.0),
        lambda v: special.jv(v, 2.0),
        lambda p: special.boxcox(2.0, p),
        lambda a: special.betainc(a, 2.0, 0.5),
    ],
    ids=["gammainc", "jv", "boxcox", "betainc"],
)
def test_derivatives_by_shape_parameters_are_refused(f: Function) -> None:
    with pytest.raises(kobai.errors.DerivativeError, match="has no derivative by its operand"):
        kobai.grad(f)(1.5)
