"""Labels of every kind, and data that can't be learned from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import DataConversionWarning

from kobai.errors import ArgumentError
from kobai.learn import LogisticRegression, Perceptron

ESTIMATORS = pytest.mark.parametrize("make", [LogisticRegression, Perceptron])
Make = Callable[..., LogisticRegression | Perceptron]
X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 3.0], [3.0, 2.0], [4.0, 5.0], [5.0, 4.0]])


@ESTIMATORS
@pytest.mark.parametrize(
    "labels",
    [
        [0, 1],
        [7, -2],
        ["no", "yes"],
        ["猫", "犬"],
        [True, False],
        [1.0, 2.0],
        np.array(["b", "a"], object),
        np.array([3, 200], np.uint8),
    ],
    ids=str,
)
def test_two_labels(make: Make, labels: Any) -> None:
    y = np.asarray(labels)[[0, 0, 0, 1, 1, 1]]
    model = make().fit(X, y)
    assert model.classes_.tolist() == sorted(set(y.tolist()))
    assert model.classes_.dtype == y.dtype
    assert model.predict(X[[0, 5]]).tolist() == y[[0, 5]].tolist()
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (6, 2)
    assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(X)).all()
    assert model.coef_.shape == (1, 2)
    assert model.intercept_.shape == (1,)


@pytest.mark.parametrize("labels", [[30, 10, 20], ["c", "a", "b"]], ids=str)
def test_three_labels_in_any_order(labels: Any) -> None:
    y = np.asarray(labels)[[0, 0, 1, 1, 2, 2]]
    model = LogisticRegression(C=100).fit(X, y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.predict(X).tolist() == y.tolist()
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(6))
    assert model.decision_function(X).shape == (6, 3)


@ESTIMATORS
def test_one_class(make: Make) -> None:
    with pytest.raises(ArgumentError, match="there is one class only, 'a'"):
        make().fit(X, ["a"] * 6)
    with pytest.raises(ArgumentError, match="there is one class only, 1"):
        make().fit(X[:1], [1])
    with pytest.raises(ArgumentError, match="there is one class only, 1"):
        make().fit(X, [0, 0, 1, 1, 1, 1], sample_weight=[0, 0, 1, 1, 1, 1])


def test_a_perceptron_has_two_classes() -> None:
    with pytest.raises(ArgumentError, match="Only binary classification is supported"):
        Perceptron().fit(X, [0, 0, 1, 1, 2, 2])


@ESTIMATORS
@pytest.mark.parametrize(
    ("features", "target", "weights", "message"),
    [
        (np.full((6, 2), np.nan), [0, 1] * 3, None, "NaN"),
        (np.full((6, 2), np.inf), [0, 1] * 3, None, "infinity|NaN"),
        (csr_array(X), [0, 1] * 3, None, "Sparse data was passed"),
        (X, [0.5, 1.5] * 3, None, "Unknown label type: continuous"),
        (X, [0, 1, np.nan] * 2, None, "NaN"),
        (X, [0, 1], None, "inconsistent numbers of samples"),
        (X[:0], [], None, "0 sample"),
        (X[:, :0], [0, 1] * 3, None, "0 feature"),
        (X[:, 0], [0, 1] * 3, None, "Expected 2D array"),
        (X, [0, 1] * 3, [1, 2], "sample_weight.shape"),
        (X, [0, 1] * 3, [1, 1, 1, 1, 1, -1], "[Nn]egative"),
        (X, [0, 1] * 3, [0] * 6, "zero"),
        (X * 1e200, [0, 1] * 3, None, "the features are too large: their squares overflow"),
    ],
)
def test_data_that_is_refused(
    make: Make, features: Any, target: Any, weights: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make().fit(features, target, weights)


@ESTIMATORS
def test_a_column_of_labels(make: Make) -> None:
    y = np.array([0, 0, 0, 1, 1, 1])
    with pytest.warns(DataConversionWarning):
        model = make().fit(X, y[:, np.newaxis])
    assert np.array_equal(model.coef_, make().fit(X, y).coef_)


@ESTIMATORS
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tol": -1.0}, "tol is -1.0"),
        ({"tol": "small"}, "tol is 'small'"),
        ({"tol": np.nan}, "tol is nan"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"max_iter": 2.5}, "max_iter is 2.5"),
        ({"max_iter": True}, "max_iter is True"),
        ({"fit_intercept": "no"}, "fit_intercept is 'no'"),
        ({"class_weight": "even"}, "class_weight"),
        ({"class_weight": {0: -1.0}}, "the weights"),
        ({"class_weight": {0: 0.0, 1: 0.0}}, "the weights"),
        ({"class_weight": {0: np.inf}}, "the weights"),
    ],
    ids=str,
)
def test_parameters_that_are_refused(make: Make, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X, [0, 1] * 3)


@pytest.mark.parametrize("C", [0, -1.0, np.nan, "1", None, True])
def test_a_penalty_that_is_refused(C: Any) -> None:
    with pytest.raises(ArgumentError, match=r"C is .*\n  Repair: give a number above 0"):
        LogisticRegression(C=C).fit(X, [0, 1] * 3)


@ESTIMATORS
def test_a_class_of_weight_zero(make: Make) -> None:
    model = make(class_weight={1: 0.0}).fit(X, [0, 0, 0, 1, 1, 1])
    assert (model.predict(X) == 0).all()


@ESTIMATORS
def test_data_is_not_changed_and_may_be_read_only(make: Make) -> None:
    features, weights = X.copy(), np.array([0.0, 1, 2, 3, 4, 5])
    features.flags.writeable = weights.flags.writeable = False
    first = make().fit(features, [0, 0, 0, 1, 1, 1], weights)
    again = make().fit(np.asfortranarray(features), [0, 0, 0, 1, 1, 1], weights)
    assert np.allclose(first.coef_, again.coef_)


@ESTIMATORS
def test_the_width_is_checked_when_predicting(make: Make) -> None:
    with pytest.raises(ValueError, match="expecting 2 features"):
        make().fit(X, [0, 1] * 3).predict(X[:, :1])
