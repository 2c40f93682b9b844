"""Logistic regression: the optimum that scikit-learn finds, whatever the data look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning

from kobai.learn import LogisticRegression

from .conftest import Examples


def exact(**parameters: Any) -> LogisticRegression:
    return LogisticRegression(**{"tol": 1e-9, "max_iter": 20_000, **parameters})


def reference(
    X: NDArray[Any], y: NDArray[Any], weights: Any = None, **parameters: Any
) -> linear_model.LogisticRegression:
    """scikit-learn's estimator at the optimum, by a method other than ours."""
    model = linear_model.LogisticRegression(
        solver="newton-cholesky", tol=1e-12, max_iter=1000, **parameters
    )
    return model.fit(X, y, weights)


def assert_same(
    model: LogisticRegression, expected: linear_model.LogisticRegression, tolerance: float = 1e-5
) -> None:
    assert model.coef_.shape == expected.coef_.shape
    assert model.intercept_.shape == expected.intercept_.shape
    largest = np.abs(expected.coef_).max()
    assert np.abs(model.coef_ - expected.coef_).max() <= tolerance * largest
    assert np.allclose(model.intercept_, expected.intercept_, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("C", [1e-3, 1.0, 10.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_two_classes(standard: Examples, C: float, fit_intercept: bool) -> None:
    parameters: dict[str, Any] = {"C": C, "fit_intercept": fit_intercept}
    assert_same(exact(**parameters).fit(*standard), reference(*standard, **parameters))


def test_lbfgs_agrees(standard: Examples) -> None:
    expected = linear_model.LogisticRegression(tol=1e-8, max_iter=10_000).fit(*standard)
    assert_same(exact().fit(*standard), expected, 1e-4)
    assert_same(LogisticRegression(tol=1e-6).fit(*standard), expected, 1e-3)


@pytest.mark.parametrize("C", [1e-3, 1.0, 10.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_four_classes(blobs: Examples, C: float, fit_intercept: bool) -> None:
    parameters: dict[str, Any] = {"C": C, "fit_intercept": fit_intercept}
    assert_same(exact(**parameters).fit(*blobs), reference(*blobs, **parameters))


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0}, {0: 0.2, 3: 5}])
def test_class_weights(blobs: Examples, class_weight: Any) -> None:
    X, y = blobs[0][:60], np.minimum(blobs[1], 1 if isinstance(class_weight, str) else 3)[:60]
    weights = np.random.default_rng(0).random(60)
    parameters = {"class_weight": class_weight}
    assert_same(exact(**parameters).fit(X, y, weights), reference(X, y, weights, **parameters))


def test_features_in_their_own_units(cancer: Examples) -> None:
    """Steps as many as for standardised features would do, where other methods need thousands."""
    assert_same(exact().fit(*cancer), reference(*cancer))
    assert LogisticRegression().fit(*cancer).n_iter_[0] < 300


def test_units_and_offsets_do_not_matter_without_a_penalty(blobs: Examples) -> None:
    X, y = blobs[0], blobs[1] % 2
    plain = exact(C=np.inf).fit(X, y)
    units, offsets = np.array([1e-6, 1.0, 1e8]), np.array([5.0, -300.0, 1e9])
    model = exact(C=np.inf).fit(X * units + offsets, y)
    assert np.allclose(model.coef_ * units, plain.coef_, rtol=1e-5)
    steps = [exact(C=np.inf, tol=1e-6).fit(F, y).n_iter_[0] for F in (X, X * units + offsets)]
    assert abs(steps[0] - steps[1]) <= 1


@pytest.mark.parametrize("classes", [2, 3])
def test_more_features_than_examples(classes: int) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(20, 50)) + 3, np.arange(20) % classes
    assert_same(exact().fit(X, y), reference(X, y))


def test_a_feature_that_repeats_another(blobs: Examples) -> None:
    X = np.column_stack([blobs[0], blobs[0][:, 0], 2 * blobs[0][:, 1]])
    assert_same(exact().fit(X, blobs[1]), reference(X, blobs[1]))


def test_a_constant_column_has_no_say(blobs: Examples) -> None:
    X = np.column_stack([blobs[0], np.full(80, 0.1), np.zeros(80)])
    for C in (1.0, np.inf):
        model, without = exact(C=C).fit(X, blobs[1] % 2), exact(C=C).fit(blobs[0], blobs[1] % 2)
        assert model.coef_[0, 3:].tolist() == [0, 0]
        assert np.allclose(model.coef_[:, :3], without.coef_)


def test_constant_columns_alone() -> None:
    model = exact().fit(np.full((10, 3), 7.0), np.arange(10) < 3)
    assert np.allclose(model.predict_proba([[7.0, 7.0, 7.0]]), [[0.7, 0.3]])


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("features", [3, 60])
def test_whole_weights_equal_repeated_rows(blobs: Examples, classes: int, features: int) -> None:
    random = np.random.default_rng(0)
    X, y = np.column_stack([blobs[0], random.normal(size=(80, features - 3))]), blobs[1] % classes
    times = random.integers(0, 4, 80)
    weighed = LogisticRegression(C=0.1, tol=1e-8).fit(X, y, times)
    repeated = LogisticRegression(C=0.1, tol=1e-8).fit(np.repeat(X, times, 0), np.repeat(y, times))
    kept = times > 0
    dropped = LogisticRegression(C=0.1, tol=1e-8).fit(X[kept], y[kept], times[kept])
    assert np.allclose(weighed.coef_, repeated.coef_, rtol=1e-5, atol=1e-7)
    assert np.array_equal(weighed.coef_, dropped.coef_)
    assert_same(weighed, reference(X, y, times, C=0.1))


def test_float32_is_kept(standard: Examples) -> None:
    X, y = standard
    weights = np.linspace(1, 2, len(y))
    for target in (y, np.arange(len(y)) % 3):
        double = LogisticRegression(tol=1e-6).fit(X, target, weights)
        single = LogisticRegression(tol=1e-4, C=np.float64(1)).fit(X.astype("f4"), target, weights)
        assert single.coef_.dtype == single.intercept_.dtype == np.float32
        assert single.predict_proba(X.astype("f4")).dtype == np.float32
        assert np.allclose(single.coef_, double.coef_, atol=0.03)


def test_the_loss_curve(standard: Examples) -> None:
    X, y = standard
    model = LogisticRegression().fit(X, y)
    z = model.decision_function(X)
    loss = np.mean(np.logaddexp(0, z) - y * z) + np.sum(model.coef_**2) / (2 * len(y))
    assert model.loss_curve_[0] == pytest.approx(np.log(2))
    assert model.loss_curve_[-1] == pytest.approx(loss, rel=1e-12)
    assert len(model.loss_curve_) == model.n_iter_[0] + 1
    assert model.n_iter_.shape == (1,)


def test_too_few_steps_are_told(standard: Examples) -> None:
    model = LogisticRegression(max_iter=3)
    with pytest.warns(ConvergenceWarning, match="tol=1e-08 after max_iter=3") as caught:
        model.fit(*standard)
    assert caught[0].filename == __file__
    assert model.n_iter_.tolist() == [3]
    assert model.score(*standard) > 0.9


def test_classes_that_a_plane_separates() -> None:
    """Without a penalty there is no optimum: that is told, and the answers are right."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    for y, columns in (([0, 0, 1, 1], X), ([0, 1, 2, 2], np.column_stack([X, X**2]))):
        with pytest.warns(ConvergenceWarning, match="separated .* Give a finite C") as caught:
            model = LogisticRegression(C=np.inf).fit(columns, y)
        assert caught[0].filename == __file__
        assert np.isfinite(model.coef_).all()
        assert model.predict(columns).tolist() == y


def test_many_features_and_few_examples_take_a_moment() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 5_000))
    y = np.arange(40) % 2
    assert LogisticRegression().fit(X, y).score(X, y) == 1
