"""In the coordinates the loss bends by at most 1, and in most directions by nearly as much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kobai.learn.coordinates import coordinates

RANDOM = np.random.default_rng(0)
TALL = RANDOM.normal(size=(200, 5)) * [1e-5, 1, 1e5, 1e10, 1] + [0, 1, 1e7, -1e12, 0]
CASES = {
    "many rows": TALL,
    "a repeated column": TALL[:, [0, 1, 1, 2, 3]],
    "a constant column": np.column_stack([TALL, np.full(200, 0.1)]),
    "few rows": RANDOM.normal(size=(5, 40)) + 3,
    "one row": np.ones((1, 3)),
    "equal rows": np.ones((2, 3)),
    "as many rows as columns": RANDOM.normal(size=(5, 5)),
}


@pytest.mark.parametrize("X", CASES.values(), ids=CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_the_bound_on_the_curvature(X: NDArray[np.float64], dtype: type, penalty: float) -> None:
    X = X.astype(dtype)
    m, n = X.shape
    s: NDArray[np.floating[Any]] = np.linspace(1, 3, m).astype(dtype)
    s /= s.mean()
    at = coordinates(X, s, np.zeros(n), curvature=0.25, penalty=penalty, has_intercept=True)
    # The loss bends most where each example's does by 1/4.
    T = np.zeros((n + 1, at.directions.shape[1] + 1))
    T[:n, :-1], T[n, -1] = at.directions, at.unit
    A = np.column_stack([X.astype(float) - at.centre, np.ones(m)]) * np.sqrt(s / m)[:, np.newaxis]
    bends = np.linalg.eigvalsh(T.T @ (0.25 * A.T @ A + penalty * np.diag([1.0] * n + [0])) @ T)
    assert bends.max() == pytest.approx(1, abs=0.02 if dtype is np.float32 else 1e-5)
    # Those that bend less repeat others, or are constant.
    dependent = n + 1 - np.linalg.matrix_rank(A / np.maximum(np.abs(A).max(axis=0), 1e-300))
    if m > n and penalty == 0:
        assert np.sum(bends < 0.9) == dependent


@pytest.mark.parametrize("name", ["many rows", "few rows"])
def test_the_size_of_parts_does_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X = CASES[name]
    made = []
    for entries in (2**20, 70):
        monkeypatch.setattr("kobai.learn.coordinates.PART_ENTRIES", entries)
        start = np.ones(X.shape[1])
        made.append(coordinates(X, None, start, curvature=0.25, penalty=0.0, has_intercept=True))
    assert np.allclose(made[0].directions, made[1].directions, rtol=1e-6)
    assert np.allclose(made[0].start, made[1].start)


def test_the_parameters() -> None:
    X = CASES["many rows"]
    start = np.arange(5.0)
    at = coordinates(X, None, start, curvature=0.25, penalty=0.0, has_intercept=True)
    w, b = at.parameters(*at.origin(True))
    assert w * X.std(axis=0) == pytest.approx(start)
    assert b == pytest.approx(-X.mean(axis=0) @ w)
    w, b = at.parameters(*at.origin(False))
    assert b == 0
