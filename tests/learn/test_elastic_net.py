"""L1 penalties: zeros are exact, and the conditions of a minimum hold, which say it is the one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.datasets import load_wine

from kobai import grad
from kobai.errors import ArgumentError
from kobai.learn import LogisticRegression

from .conftest import Examples


def exact(l1_ratio: float = 1.0, **parameters: Any) -> LogisticRegression:
    return LogisticRegression(l1_ratio=l1_ratio, tol=1e-10, **parameters)


def excess(model: LogisticRegression, X: Any, y: Any, s: Any = None) -> float:
    """How far the conditions are from being met, by coefficients of features of deviation 1.

    A slope is at most the strength of the absolute value in size where w is 0, and its negative,
    with the sign of w, elsewhere; a slope by the intercept is 0. In long doubles.
    """
    weights = np.ones(len(X)) if s is None else np.asarray(s, float)
    X = X.astype(np.longdouble)
    z = X @ model.coef_.T + model.intercept_
    if z.shape[1] == 1:
        z = np.column_stack([0 * z, z])
    a = np.exp(z - z.max(axis=1, keepdims=True))
    a /= a.sum(axis=1, keepdims=True)
    r = (a - (y[:, np.newaxis] == model.classes_)) * weights[:, np.newaxis] / weights.sum()
    r = r[:, -len(model.coef_) :]
    strength = 1 / (model.C * weights.sum())
    slopes = r.T @ X + (1 - model.l1_ratio) * strength * model.coef_
    most = model.l1_ratio * strength
    w = model.coef_
    far = np.where(w == 0, np.maximum(np.abs(slopes) - most, 0), np.abs(slopes + most * np.sign(w)))
    far /= np.maximum(X.std(axis=0), 1e-300)
    intercept = np.abs(r.sum(axis=0)).max() if model.fit_intercept else 0
    return float(max(far.max(), intercept))


@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_the_conditions_of_a_minimum(standard: Examples, l1_ratio: float, C: float) -> None:
    model = exact(l1_ratio, C=C).fit(*standard)
    assert excess(model, *standard) <= 1e-9
    assert 0 < np.count_nonzero(model.coef_) < 30 or C == 100


@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_more_classes(l1_ratio: float, fit_intercept: bool) -> None:
    X, y = load_wine(return_X_y=True)
    X = X if fit_intercept else (X - X.mean(axis=0)) / X.std(axis=0)
    model = exact(l1_ratio, fit_intercept=fit_intercept).fit(X, y)
    assert excess(model, X, y) <= 1e-9
    assert 5 <= np.count_nonzero(model.coef_ == 0) <= 30


def test_units_offsets_and_correlations(cancer: Examples) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 6))
    y = (X[:, 0] - X[:, 3] + random.logistic(size=300) > 0).astype(int)
    units = 10.0 ** np.linspace(-6, 6, 6)
    for features in (X * units, X * units + 100 * units, X @ (0.01 * np.eye(6) + 1)):
        assert excess(exact(C=10).fit(features, y), features, y) <= 1e-9
    assert excess(exact(C=10).fit(*cancer), *cancer) <= 1e-9


@pytest.mark.parametrize("classes", [2, 3])
def test_more_features_than_examples(classes: int) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(30, 400)) + 3, np.arange(30) % classes
    model = exact().fit(X, y)
    assert excess(model, X, y) <= 1e-9
    assert np.count_nonzero(model.coef_) <= 30 * classes


def test_saga_finds_the_same(standard: Examples) -> None:
    X, y = standard
    expected = linear_model.LogisticRegression(
        l1_ratio=0.7, C=0.1, solver="saga", tol=1e-12, max_iter=20_000, random_state=0
    ).fit(X, y)
    model = exact(0.7, C=0.1).fit(X, y)
    assert np.array_equal(model.coef_ == 0, expected.coef_ == 0)
    assert np.allclose(model.coef_, expected.coef_, rtol=1e-6)


def test_weights(blobs: Examples) -> None:
    X, y = blobs
    times = np.random.default_rng(0).integers(0, 4, 80)
    weighed = exact(C=0.5).fit(X, y, times)
    repeated = exact(C=0.5).fit(np.repeat(X, times, 0), np.repeat(y, times))
    kept = times > 0
    dropped = exact(C=0.5).fit(X[kept], y[kept], times[kept])
    assert excess(weighed, X, y, times) <= 1e-9
    assert np.array_equal(weighed.coef_ == 0, repeated.coef_ == 0)
    assert np.allclose(weighed.coef_, repeated.coef_, rtol=1e-6)
    assert np.array_equal(weighed.coef_, dropped.coef_)
    balanced = exact(C=0.5, class_weight={0: 2.0}).fit(X, y)
    assert excess(balanced, X, y, np.where(y == 0, 2.0, 1.0)) <= 1e-9


@pytest.mark.parametrize("classes", [2, 4])
def test_a_strong_penalty_leaves_the_intercept_alone(blobs: Examples, classes: int) -> None:
    X, y = blobs[0], np.minimum(blobs[1], classes - 1)
    model = exact(C=1e-4).fit(X, y)
    assert not model.coef_.any()
    shares = np.bincount(y) / len(y)
    assert model.predict_proba(X[:1])[0] == pytest.approx(shares, rel=1e-9)


def test_constant_and_repeated_columns(blobs: Examples) -> None:
    X, y = blobs[0], blobs[1] % 2
    wide = np.column_stack([X, np.full(80, 0.1), X[:, 0]])
    model = exact().fit(wide, y)
    assert model.coef_[0, 3] == 0
    assert model.coef_[0, 0] + model.coef_[0, 4] == pytest.approx(exact().fit(X, y).coef_[0, 0])


def test_float32(standard: Examples) -> None:
    X, y = standard
    double = exact(0.5, C=0.1).fit(X, y)
    single = exact(0.5, C=0.1).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32
    assert np.array_equal(single.coef_ == 0, double.coef_ == 0)
    assert np.allclose(single.coef_, double.coef_, atol=1e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_all_of_it_is_derived(blobs: Examples, classes: int) -> None:
    X, y = blobs[0], blobs[1] % classes
    model = exact(0.5).fit(X, y)
    assert model.derivation_["dw"].formula == "X.T @ dz + penalty * w + sparsity * np.sign(w)"
    w = model.coef_[0] if classes == 2 else model.coef_.T
    b = model.intercept_[0] if classes == 2 else model.intercept_
    target = y if classes == 2 else np.eye(4)[y]
    constants = 0.5 / 80, 0.5 / 80
    assert model._shown(w, b, X, target, *constants) == pytest.approx(model.loss_curve_[-1])
    slopes: NDArray[Any] = grad(model._shown)(w, b, X, target, *constants)
    assert np.abs(slopes[w != 0]).max() <= 1e-9


def test_no_penalty_at_all(blobs: Examples) -> None:
    X, y = blobs
    plain = LogisticRegression(C=np.inf).fit(X, y)
    assert np.array_equal(exact(C=np.inf).set_params(tol=1e-8).fit(X, y).coef_, plain.coef_)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"l1_ratio": -0.1}, "l1_ratio is -0.1"),
        ({"l1_ratio": 1.1}, "l1_ratio is 1.1"),
        ({"l1_ratio": None}, "l1_ratio is None"),
        ({"l1_ratio": 0.5, "solver": "lbfgs"}, "solver is 'lbfgs', and l1_ratio 0.5"),
        ({"solver": "saga"}, "solver is 'saga'"),
        ({"warm_start": 1}, "warm_start is 1"),
    ],
    ids=str,
)
def test_what_is_refused(blobs: Examples, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        LogisticRegression(**parameters).fit(*blobs)
