"""Logistic regression reaches the optimum: a Newton method in long doubles finds nothing lower."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning

from kobai.errors import ArgumentError
from kobai.learn import LogisticRegression

from .conftest import Examples

Case = tuple[NDArray[np.float64], NDArray[np.int64], float]


def cross_entropy(z: Any, y: NDArray[np.int64]) -> Any:
    """The mean loss for logits of every class, in the precision of the logits."""
    top = z.max(axis=1)
    logs = top + np.log(np.exp(z - top[:, np.newaxis]).sum(axis=1))
    return np.mean(logs - z[np.arange(len(y)), y])


def reached(model: LogisticRegression, X: Any, y: Any) -> Any:
    w = model.coef_.T.astype(np.longdouble)
    z = X.astype(np.longdouble) @ w + model.intercept_
    if z.shape[1] == 1:
        z = np.column_stack([0 * z, z])
    return cross_entropy(z, y) + np.sum(w**2) / (2 * model.C * len(y))


def optimum(X: Any, y: Any, C: float) -> Any:
    """Newton's method with steps halved as needed, for standardised features, in long doubles."""
    m, k = len(X), int(y.max()) + 1
    scale = np.divide(1, X.std(axis=0), out=np.zeros(X.shape[1]), where=X.std(axis=0) > 0)
    B = np.column_stack([(X - X.mean(axis=0)) * scale, np.ones(m)])
    penalties = np.append(scale**2, 0)[:, np.newaxis] / (C * m)
    # Two classes have one logit; more have one for each.
    logits = np.eye(k)[1:] if k == 2 else np.eye(k)
    A = B.astype(np.longdouble)

    def loss(V: Any) -> Any:
        return cross_entropy(A @ V @ logits, y) + np.sum(penalties * V**2) / 2

    V = np.zeros((A.shape[1], len(logits)), np.longdouble)
    best = loss(V)
    for _ in range(100):
        z = A @ V @ logits
        a = np.exp(z - z.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        slopes = A.T @ (a - np.eye(k)[y]) @ logits.T / m + penalties * V
        a = a.astype(float)
        bends = np.einsum("mi,ij->mij", a, np.eye(k)) - a[:, :, np.newaxis] * a[:, np.newaxis, :]
        bends = logits @ bends @ logits.T
        H = np.einsum("mp,mij,mq->piqj", B, bends, B, optimize=True).reshape(V.size, V.size) / m
        H += np.diag(np.repeat(penalties, len(logits)))
        step = np.linalg.lstsq(H, slopes.astype(float).ravel(), rcond=1e-15)[0].reshape(V.shape)
        trials = [V - step / 2**halvings for halvings in range(30)]
        trial = next((trial for trial in trials if loss(trial) < best), V)
        found = loss(trial)
        if not found < best * (1 - np.longdouble(1e-17)):
            break
        V, best = trial, found
    return best


def cases() -> dict[str, Case]:
    random = np.random.default_rng(0)
    X = random.normal(size=(500, 8))
    w = 2 * random.normal(size=8)
    y = (X @ w + 0.5 + random.logistic(size=500) > 0).astype(np.int64)
    surer = (X @ w + 0.5 + 0.1 * random.logistic(size=500) > 0).astype(np.int64)
    units = 10.0 ** np.linspace(-6, 6, 8)
    wine, digits = load_wine(return_X_y=True), load_digits(n_class=4, return_X_y=True)
    pixels = digits[0][:150, digits[0][:150].std(axis=0) > 0][:, ::6]
    return {
        "plain": (X, y, 1.0),
        "units from 1e-6 to 1e6": (X * units, y, 1.0),
        "units and offsets": (X * units + 100 * units, y, 1.0),
        "units and offsets, no penalty": (X * units + 100 * units, y, np.inf),
        "correlated": (X @ (1e-3 * np.eye(8) + 1), y, 1e3),
        "nearly separated": (X, surer, 1e5),
        "rare class": (X, (X @ w - 7 + random.logistic(size=500) > 0).astype(np.int64), 1e3),
        "wine": (*wine, 1.0),
        "wine, separated": (*wine, 100.0),
        "digits": (pixels, digits[1][:150], 1.0),
        "three classes, units": (X * units, y + (X[:, 0] > 1), 10.0),
    }


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize("solver", ["auto", "newton-cg"])
def test_no_lower_loss_is_known(name: str, solver: Any) -> None:
    X, y, C = cases()[name]
    model = LogisticRegression(C=C, solver=solver).fit(X, y)
    least = optimum(X, y, C)
    assert abs(reached(model, X, y) - least) <= 1e-9 * least
    assert model.loss_curve_[-1] == pytest.approx(float(least), rel=1e-9)


def test_breast_cancer(cancer: Examples) -> None:
    X, y = cancer
    for C in (1.0, 1e4):
        least = optimum(X, y, C)
        assert abs(reached(LogisticRegression(C=C).fit(X, y), X, y) - least) <= 1e-9 * least


@pytest.mark.parametrize("parameters", [{}, {"solver": "newton-cg"}, {"l1_ratio": 0.5}], ids=str)
@pytest.mark.parametrize("classes", [2, 4])
def test_a_warm_start_begins_where_the_last_fit_ended(
    blobs: Examples, parameters: Any, classes: int
) -> None:
    X, y = blobs[0] * [1e-3, 1, 1e3] + [1.0, 0, 0], blobs[1] % classes
    cold = LogisticRegression(C=0.5, tol=1e-10, warm_start=True, **parameters).fit(X, y)
    steps, loss = cold.n_iter_[0], cold.loss_curve_[-1]
    again = cold.fit(X, y)
    assert again.n_iter_[0] <= min(3, steps - 1)
    assert again.loss_curve_[0] == pytest.approx(loss, rel=1e-12)
    near = again.set_params(C=0.6).fit(X, y)
    other = LogisticRegression(C=0.6, tol=1e-10, **parameters).fit(X, y)
    assert near.loss_curve_[-1] == pytest.approx(other.loss_curve_[-1], rel=1e-12)
    assert np.allclose(near.coef_, other.coef_, rtol=1e-4)


def test_a_warm_start_with_more_features_than_examples() -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(20, 50)) + 3, np.arange(20) % 2
    model = LogisticRegression(warm_start=True).fit(X, y)
    first = model.coef_
    assert np.allclose(model.fit(X, y).coef_, first, rtol=1e-5)
    assert model.n_iter_[0] <= 2


def test_a_warm_start_on_something_else(blobs: Examples) -> None:
    X, y = blobs
    model = LogisticRegression(warm_start=True).fit(X, y)
    for features, target in ((X[:, :2], y), (X, y % 2), (X, y + 1)):
        with pytest.raises(ArgumentError, match="warm_start"):
            model.fit(features, target)


def test_without_warm_start_nothing_is_left_of_the_last_fit(blobs: Examples) -> None:
    X, y = blobs
    model = LogisticRegression().fit(X, y)
    first, other = model.coef_.tobytes(), LogisticRegression().fit(X, y).coef_.tobytes()
    assert model.fit(X, 3 - y).fit(X, y).coef_.tobytes() == first == other


def test_steps_run_out_in_a_warm_start_too(standard: Examples) -> None:
    model = LogisticRegression(max_iter=5, warm_start=True)
    losses = []
    for _ in range(3):
        with pytest.warns(ConvergenceWarning, match="max_iter=5"):
            losses.append(model.fit(*standard).loss_curve_[0])
    assert losses[0] > losses[1] > losses[2]
