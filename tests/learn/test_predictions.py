"""Probabilities are right for logits of any size, and for parameters that were set by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from kobai.learn import LogisticRegression

SIZES = np.array([[0.0], [1.0], [40.0], [800.0], [1e6], [-1.0], [-40.0], [-800.0], [-1e6]])


def made(coef: list[list[float]], intercept: list[float]) -> LogisticRegression:
    """An estimator as one is made from a file."""
    model = LogisticRegression()
    model.classes_ = np.arange(max(2, len(coef)))
    model.coef_, model.intercept_ = np.array(coef), np.array(intercept)
    model.n_features_in_ = model.coef_.shape[1]
    return model


def test_two_classes() -> None:
    model = made([[1.0]], [0.0])
    assert np.array_equal(model.decision_function(SIZES), SIZES[:, 0])
    assert model.predict(SIZES).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 0]
    probabilities, logarithms = model.predict_proba(SIZES), model.predict_log_proba(SIZES)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(9), abs=1e-15)
    assert np.array_equal(probabilities[1:5, ::-1], probabilities[5:])
    assert probabilities[6, 1] == pytest.approx(np.exp(-40), rel=1e-12)
    assert np.isfinite(logarithms).all()
    assert logarithms[8].tolist() == [0, -1e6]
    assert logarithms[2].tolist() == pytest.approx([-40, -np.exp(-40)], rel=1e-12)


def test_three_classes() -> None:
    model = made([[1.0], [0.0], [-1.0]], [0.0, 0.0, 0.0])
    assert model.predict(SIZES).tolist() == [0, 0, 0, 0, 0, 2, 2, 2, 2]
    probabilities, logarithms = model.predict_proba(SIZES), model.predict_log_proba(SIZES)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(9), abs=1e-15)
    assert probabilities[0].tolist() == pytest.approx([1 / 3] * 3)
    assert logarithms[4].tolist() == [0, -1e6, -2e6]
    assert np.isfinite(logarithms).all()


def test_before_fit() -> None:
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(LogisticRegression(), method)(SIZES)
