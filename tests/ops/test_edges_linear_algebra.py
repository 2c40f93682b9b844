"""Slopes of linear algebra, sorting and selecting where they have kinks, ties and singularities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import DerivativeError

A = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])  # of rank 2
KNOTS = np.array([0.0, 1.0, 3.0])
HEIGHTS = np.array([0.0, 2.0, 8.0])

SLOPES: tuple[tuple[str, Callable[[Any], Any], Any, Any], ...] = (
    ("norm at 0", np.linalg.norm, [0.0, 0.0], [0, 0]),
    (
        "norm of a row of zeros",
        lambda x: np.linalg.norm(x, axis=1),
        [[0, 0], [3, 4.0]],
        [[0, 0], [0.6, 0.8]],
    ),
    ("square of a norm at 0", lambda x: np.linalg.norm(x) ** 2, [0.0, 0.0], [0, 0]),
    ("norm without overflow", np.linalg.norm, [3e200, 4e200], [0.6, 0.8]),
    ("norm without underflow", np.linalg.norm, [3e-200, 4e-200], [0.6, 0.8]),
    ("norm of a number that is not finite", np.linalg.norm, [np.inf, 1.0], [np.nan, 0]),
    ("norm of order 1 at 0", lambda x: np.linalg.norm(x, 1), [0.0, -2.0], [0, -1]),
    ("norm of order 3 at 0", lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0, 0]),
    ("norm of order 3 with a 0", lambda x: np.linalg.norm(x, 3), [0.0, -2.0], [0, -1]),
    ("largest entry, tied", lambda x: np.linalg.norm(x, np.inf), [-2.0, 2.0], [-0.5, 0.5]),
    ("Frobenius norm at 0", np.linalg.norm, [[0.0, 0], [0, 0]], [[0, 0], [0, 0]]),
    ("nuclear norm at 0", lambda x: np.linalg.norm(x, "nuc"), [[0.0, 0], [0, 0]], [[0, 0], [0, 0]]),
    (
        "largest singular value at 0",
        lambda x: np.linalg.norm(x, 2),
        [[0.0, 0], [0, 0]],
        [[0, 0], [0, 0]],
    ),
    ("determinant of a matrix of rank 1", np.linalg.det, [[1.0, 2], [2, 4]], [[4, -2], [-2, 1]]),
    ("determinant of 0", np.linalg.det, [[0.0, 0], [0, 0]], [[0, 0], [0, 0]]),
    ("determinant of a matrix of rank 1, of 3", np.linalg.det, np.ones((3, 3)), np.zeros((3, 3))),
    (
        "eigenvalues that coincide, summed",
        lambda x: np.sum(np.linalg.eigvalsh(x)),
        np.eye(2),
        np.eye(2),
    ),
    (
        "the triangle that is not read",
        lambda x: np.linalg.eigvalsh(x)[1],
        [[0.0, 9], [1, 0]],
        [[0.5, 0], [1, 0.5]],
    ),
    (
        "the other triangle",
        lambda x: np.linalg.eigvalsh(x, "U")[1],
        [[0.0, 1], [9, 0]],
        [[0.5, 1], [0, 0.5]],
    ),
    (
        "entries that tie keep their order",
        lambda x: np.sort(x) * [1.0, 2, 3],
        [5.0, 1.0, 1.0],
        [3, 1, 2],
    ),
    ("nan is sorted to the end", lambda x: np.sort(x)[:2], [np.nan, 2.0, 1.0], [0, 1, 1]),
    (
        "interp at a point: the slope to its right",
        lambda x: np.interp(x, KNOTS, HEIGHTS),
        [0.0, 1.0],
        [2, 3],
    ),
    ("interp at the last point: to its left", lambda x: np.interp(x, KNOTS, HEIGHTS), 3.0, 3.0),
    ("interp outside", lambda x: np.interp(x, KNOTS, HEIGHTS), [-1.0, 4.0, np.inf], [0, 0, 0]),
    ("interp outside, by heights", lambda y: np.interp([-1.0, 4.0], KNOTS, y), HEIGHTS, [1, 0, 1]),
    (
        "select: the branch not taken",
        lambda x: np.select([x > 0], [np.log(x)], 0.0),
        [0.0, 2.0],
        [0, 0.5],
    ),
    (
        "piecewise: the branch not taken",
        lambda x: np.piecewise(x, [x > 0], [np.log]),
        [0.0, 2.0],
        [0, 0.5],
    ),
    (
        "choose: the branch not taken",
        lambda x: np.choose([0, 1], [x, np.log(x)]),
        [0.0, 2.0],
        [1, 0.5],
    ),
)


@pytest.mark.parametrize(
    ("f", "x", "slope"), [case[1:] for case in SLOPES], ids=[case[0] for case in SLOPES]
)
def test_the_slope_is_the_documented_one(f: Callable[[Any], Any], x: Any, slope: Any) -> None:
    found = kobai.grad(lambda x: np.sum(f(x)))(np.array(x, float))
    assert np.allclose(found, np.array(slope, float), rtol=1e-14, atol=1e-15, equal_nan=True)


def test_the_square_of_a_norm_has_the_second_derivative_2_at_0() -> None:
    first = kobai.grad(lambda x: np.linalg.norm(x) ** 2)
    second = kobai.grad(lambda x: np.sum(first(x) * np.array([3.0, 5.0])))(np.zeros(2))
    assert np.array_equal(second, [6.0, 10.0])


def test_a_determinant_has_a_second_derivative_where_the_matrix_is_singular() -> None:
    def along(x: Any) -> Any:
        return np.sum(kobai.grad(np.linalg.det)(x) * np.arange(9.0).reshape(3, 3))

    found = kobai.grad(along)(A)
    step = 1e-3
    for place in np.ndindex(3, 3):
        moved = np.zeros((3, 3))
        moved[place] = step
        # The slope of a cubic's slope is linear: central differences are exact.
        difference = (along(A + moved) - along(A - moved)) / (2 * step)
        assert np.isclose(found[place], difference, rtol=1e-9, atol=1e-9)


# Where no derivative exists, and NumPy gives a value all the same.
REFUSED: tuple[tuple[str, Callable[[Any], Any], Any], ...] = (
    ("eigenvectors of equal eigenvalues", lambda x: np.linalg.eigh(x).eigenvectors, np.eye(2)),
    ("singular vectors of equal values", lambda x: np.linalg.svd(x).U, np.eye(2)),
    (
        "singular vectors of a value 0",
        lambda x: np.linalg.svd(x, full_matrices=False).U,
        [[1.0, 2], [2, 4], [3, 6]],
    ),
    ("least squares of dependent columns", lambda x: np.linalg.lstsq(x, np.ones(3))[0], A),
    ("pseudo-inverse of dependent columns", np.linalg.pinv, A),
)


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_slope_that_does_not_exist_is_refused(f: Callable[[Any], Any], x: Any) -> None:
    with pytest.raises(DerivativeError):
        kobai.grad(lambda x: np.sum(f(x) ** 3))(np.array(x, float))


@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.cholesky, lambda x: np.linalg.solve(x, x)])
def test_a_singular_matrix_is_numpys_own_error(f: Callable[[Any], Any]) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        kobai.grad(lambda x: np.sum(f(x)))(np.zeros((2, 2)))
