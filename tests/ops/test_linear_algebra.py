"""Linear algebra: against 60 digits where matrices are ill-conditioned, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import kobai
from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyArray

mp: Any = mpmath
N = 5
# The Hilbert matrix of 5 rows has condition number 5e5; its entries here are floating numbers.
HILBERT = 1 / (np.arange(N)[:, None] + np.arange(N) + 1.0)
RIGHT = np.arange(1.0, N + 1)
EYE: Any = np.eye(2)
HALF: Any = 0.5


def _array(matrix: Any) -> AnyArray:
    return np.array(matrix.tolist(), float).reshape(matrix.rows, matrix.cols)


def _det(a: Any) -> Any:
    return mp.det(a) * mp.inverse(a).T


def _solve(a: Any) -> Any:
    """The slope of the sum of A^-1 b: -z x^T, where A^T z is a vector of ones."""
    x = mp.lu_solve(a, mp.matrix(RIGHT.tolist()))
    return -mp.lu_solve(a.T, mp.ones(N, 1)) * x.T


def _smallest_eigenvalue(a: Any) -> Any:
    """v v^T, with what is above the diagonal below it, where eigvalsh reads it."""
    v = mp.eigsy(a)[1][:, 0]
    s = v * v.T
    return mp.matrix(N, N) + mp.matrix(
        [[s[i, j] * (2 if i > j else int(i == j)) for j in range(N)] for i in range(N)]
    )


def _norm(a: Any) -> Any:
    return a / mp.norm(mp.matrix([x for row in a.tolist() for x in row]))


AWKWARD: tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any], float], ...] = (
    ("det", np.linalg.det, _det, 1e-10),
    ("slogdet", lambda a: np.linalg.slogdet(a)[1], lambda a: mp.inverse(a).T, 1e-10),
    ("solve", lambda a: np.sum(np.linalg.solve(a, RIGHT)), _solve, 1e-9),
    ("eigvalsh", lambda a: np.linalg.eigvalsh(a)[0], _smallest_eigenvalue, 1e-12),
    ("norm", np.linalg.norm, _norm, 1e-15),
)


@pytest.mark.parametrize(
    ("f", "exact", "tolerance"), [c[1:] for c in AWKWARD], ids=[c[0] for c in AWKWARD]
)
def test_an_ill_conditioned_matrix_loses_no_more_digits_than_its_condition_number_has(
    f: Callable[[Any], Any], exact: Callable[[Any], Any], tolerance: float
) -> None:
    found = kobai.grad(f)(HILBERT)
    with mp.workdps(60):
        expected = _array(exact(mp.matrix(HILBERT.tolist())))
    assert np.max(np.abs(found - expected)) <= tolerance * np.max(np.abs(expected))


@pytest.mark.parametrize("scale", [1e-160, 1e160])
@pytest.mark.parametrize("order", [None, 2, 3, 1.5])
def test_a_norm_neither_overflows_nor_underflows(scale: float, order: Any) -> None:
    x = np.array([1.0, -2.0, 3.0])
    value, slope = kobai.value_and_grad(lambda x: np.linalg.norm(x, order))(x * scale)
    plain_value, plain_slope = kobai.value_and_grad(lambda x: np.linalg.norm(x, order))(x)
    assert np.isclose(value, plain_value * scale, rtol=1e-15)
    assert np.allclose(slope, plain_slope, rtol=1e-14)


def test_a_norm_has_the_bits_of_numpys() -> None:
    x = np.random.default_rng(0).normal(size=(50, 7))
    value, _ = kobai.value_and_grad(lambda x: (np.sum(x), np.linalg.norm(x, axis=1)), has_aux=True)(
        x
    )
    assert np.array_equal(value[1], np.linalg.norm(x, axis=1))


@pytest.mark.parametrize("function", ["eigh", "svd", "qr", "slogdet"])
def test_several_results_come_in_numpys_named_tuple(function: str) -> None:
    kinds: list[Any] = []

    def f(x: Any) -> Any:
        kinds.append(getattr(np.linalg, function)(x))
        return np.sum(kinds[-1][1])

    kobai.grad(f)(np.diag([1.0, 2.0]))
    numpys = getattr(np.linalg, function)(EYE)
    assert type(kinds[0]) is type(numpys)
    assert len(kinds[0]) == len(numpys)


REFUSED: tuple[tuple[Callable[[Any], Any], type[Exception], str], ...] = (
    (np.linalg.eig, TraceError, "np.linalg.eigh"),
    (np.linalg.eigvals, TraceError, "np.linalg.eigh"),
    (lambda x: np.linalg.svd(x[:1]), TraceError, "full_matrices=False"),
    (lambda x: np.linalg.svd(x, hermitian=True), TraceError, "np.linalg.svd("),
    (lambda x: np.linalg.pinv(x, hermitian=True), TraceError, "np.linalg.pinv("),
    (lambda x: np.linalg.qr(x[:1]), TraceError, "first columns"),
    (lambda x: np.linalg.qr(x, mode="complete"), TraceError, "mode='reduced'"),
    (lambda x: np.linalg.inv(x[:1]), ShapeError, "as many rows as columns"),
    (lambda x: np.linalg.det(x[0]), ShapeError, "as many rows as columns"),
    (lambda x: np.linalg.solve(x, np.ones(3)), ShapeError, "row for each equation"),
    (lambda x: np.linalg.solve(x, 1.0), ShapeError, "a vector or a matrix"),
    (lambda x: np.linalg.svdvals(x[0]), ShapeError, "x[None, :]"),
    (lambda x: np.linalg.multi_dot([x]), ShapeError, "two of them"),
    (lambda x: np.linalg.norm(x, 3), TraceError, "np.linalg.norm("),
    (lambda x: np.linalg.norm(x[None], 1), TraceError, "np.linalg.norm("),
    (lambda x: np.linalg.inv(x.astype("float16")), TraceError, "np.linalg.inv("),
    (lambda x: np.linalg.lstsq(x, np.ones(3)), ShapeError, "as many rows"),
    (lambda x: np.linalg.matrix_power(x, HALF), TraceError, "np.linalg.matrix_power("),
    (np.unique, TraceError, "np.sort"),
    (np.lexsort, TraceError, "stable"),
    (lambda x: np.sort(x, order="a"), TraceError, "np.sort("),
    (lambda x: np.partition(x, 5), ShapeError, "from 0 to 1"),
    (lambda x: np.searchsorted(x, 1.0), ShapeError, "vector"),
    (lambda x: np.extract(EYE > 0, x), TraceError, "np.where"),
    (lambda x: np.compress([True, False], x), TraceError, "np.where"),
    (lambda x: np.select([EYE], [x]), TraceError, "np.select("),
    (lambda x: np.choose(np.argmax(x, axis=0), x), TraceError, "mode='clip'"),
    (lambda x: np.choose([2, 0], x), ShapeError, "count from 0"),
    (lambda x: np.interp(x, EYE, EYE), ShapeError, "two vectors"),
    (lambda x: np.piecewise(x, [x > 0], [np.sort]), TraceError, "np.where"),
    (lambda x: np.piecewise(x, [x > 0], [1, 2, 3]), TraceError, "np.piecewise("),
)


@pytest.mark.parametrize(
    ("f", "error", "repair"), REFUSED, ids=[f"{k}: {case[2]}" for k, case in enumerate(REFUSED)]
)
def test_what_is_refused_says_what_to_write(
    f: Callable[[Any], Any], error: type[Exception], repair: str
) -> None:
    with pytest.raises(error) as caught:
        kobai.grad(lambda x: np.sum(x) + np.sum(f(x)))(EYE + 0.5)
    assert repair in getattr(caught.value, "repair", "")
