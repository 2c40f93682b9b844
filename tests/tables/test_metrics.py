from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from kobai.tables.metrics import judge, scores


def test_the_figures_are_scikit_learns() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(3), size=50)
    train_codes, codes = random.integers(3, size=80), random.integers(3, size=50)
    figures = judge(random.dirichlet(np.ones(3), size=80), train_codes, probabilities, codes)
    predicted = probabilities.argmax(axis=1)
    shares = np.tile(np.bincount(train_codes) / 80, (50, 1))
    assert figures.test.accuracy == accuracy_score(codes, predicted)
    assert figures.test.log_loss == pytest.approx(log_loss(codes, probabilities), rel=1e-12)
    assert figures.confusion.tolist() == confusion_matrix(codes, predicted).tolist()
    assert figures.majority == np.bincount(train_codes).argmax()
    assert figures.baseline.accuracy == np.mean(codes == figures.majority)
    assert figures.baseline.log_loss == pytest.approx(log_loss(codes, shares), rel=1e-12)


def test_a_confident_error_leaves_the_loss_finite() -> None:
    figures = scores(np.array([[1.0, 0.0]]), np.array([1]))
    assert figures.accuracy == 0
    assert figures.log_loss == pytest.approx(708.396, abs=1e-3)
