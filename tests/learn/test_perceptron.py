"""The single unit: AND is learned from any start, and an end is a minimum."""

from __future__ import annotations

import numpy as np
import pytest

from kobai.learn import Perceptron

from .conftest import Examples

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("target", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 1, 1]])
def test_logic(target: list[int]) -> None:
    for seed in range(20):
        model = Perceptron(random_state=seed).fit(INPUTS, target)
        assert model.predict(INPUTS).tolist() == target
        assert model.loss_curve_[-1] < 0.01 * model.loss_curve_[0]


def test_xor_is_beyond_it() -> None:
    model = Perceptron(tol=1e-6).fit(INPUTS, [0, 1, 1, 0])
    assert model.score(INPUTS, [0, 1, 1, 0]) < 1


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_end_is_a_minimum_of_the_squared_error(blobs: Examples, fit_intercept: bool) -> None:
    X, y, s = blobs[0], blobs[1] % 2, np.linspace(1, 3, 80)
    model = Perceptron(tol=1e-9, max_iter=10_000, fit_intercept=fit_intercept).fit(X, y, s)
    a = model.predict_proba(X)[:, 1]
    dz = s * (a - y) * a * (1 - a) / np.sum(s)
    assert X.T @ dz == pytest.approx(np.zeros(3), abs=1e-9)
    if fit_intercept:
        assert np.sum(dz) == pytest.approx(0, abs=1e-9)
    else:
        assert model.intercept_.tolist() == [0]
    error = np.sum(s * (a - y) ** 2) / (2 * np.sum(s))
    assert model.loss_curve_[-1] == pytest.approx(error, rel=1e-12)
    assert isinstance(model.n_iter_, int)


def test_units_and_offsets_do_not_matter(blobs: Examples) -> None:
    X, y = blobs[0], blobs[1] % 2
    units = np.array([1e-6, 1.0, 1e6])
    plain, other = (Perceptron().fit(features, y) for features in (X, X * units + 5 * units))
    assert np.allclose(other.coef_ * units, plain.coef_)


@pytest.mark.parametrize("features", [3, 60])
def test_whole_weights_equal_repeated_rows(blobs: Examples, features: int) -> None:
    random = np.random.default_rng(0)
    X, y = np.column_stack([blobs[0], random.normal(size=(80, features - 3))]), blobs[1] % 2
    times = random.integers(0, 4, 80)
    weighed = Perceptron().fit(X, y, times)
    repeated = Perceptron().fit(np.repeat(X, times, 0), np.repeat(y, times))
    assert np.allclose(weighed.predict_proba(X), repeated.predict_proba(X), atol=1e-4)


def test_the_start_is_drawn_as_scikit_learn_draws() -> None:
    def coef(random_state: int | np.random.RandomState | None) -> bytes:
        return Perceptron(random_state=random_state).fit(INPUTS, [0, 0, 0, 1]).coef_.tobytes()

    assert coef(0) == coef(0) == coef(np.random.RandomState(0))
    assert coef(0) != coef(1)
    np.random.seed(3)
    first = coef(None)
    assert coef(None) != first
    np.random.seed(3)
    assert coef(None) == first
