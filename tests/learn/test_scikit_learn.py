"""Both estimators keep scikit-learn's contract, with no check declared to fail."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from kobai.learn import LogisticRegression, Perceptron


@parametrize_with_checks([LogisticRegression(), Perceptron()])
def test_check_estimator(estimator: BaseEstimator, check: Callable[[BaseEstimator], None]) -> None:
    check(estimator)
