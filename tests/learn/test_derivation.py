"""`derivation_`: the gradient of the loss that was minimised, on a few of the examples."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kobai.learn import LogisticRegression, Perceptron

from .conftest import Examples


def test_two_classes(standard: Examples) -> None:
    derivation = LogisticRegression().fit(*standard).derivation_
    assert derivation["da"].formula == "(-y / a + (1 - y) / (1 - a)) / m"
    assert derivation["dz"].formula == "(a - y) / m"
    assert derivation["dw"].formula == "X.T @ dz + penalty * w"
    assert derivation["db"].formula == "np.sum(dz)"
    for line in ("  da = ", "  dz = da * a * (1 - a)", "  dw = ", "  db = "):
        assert line in str(derivation)


def test_more_classes(blobs: Examples) -> None:
    derivation = LogisticRegression().fit(*blobs).derivation_
    assert derivation["dz"].formula == "(a - y) / m"
    assert derivation["dw"].formula == "X.T @ dz + penalty * w"
    assert derivation["db"].formula == "np.sum(dz, axis=0)"


def test_a_perceptron() -> None:
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    derivation = Perceptron().fit(X, y).derivation_
    assert derivation["dz"].formula == "(a - y) * a * (1 - a) / m"
    assert derivation["dw"].formula == "X.T @ dz"
    assert derivation["db"].formula == "np.sum(dz)"


def test_its_values_are_those_of_the_model(standard: Examples) -> None:
    X, y = standard
    model = LogisticRegression().fit(X, y)
    derivation = model.derivation_
    rows = derivation["z"].value
    assert len(rows) == 5  # the first four, all of one class, and the first of the other
    assert set(rows) <= set(model.decision_function(X))


def test_weights_are_part_of_it(blobs: Examples) -> None:
    X, y = blobs
    derivation = LogisticRegression().fit(X, y % 2, np.linspace(1, 2, 80)).derivation_
    assert derivation["dz"].formula == "(a - y) * s / m"


def test_without_an_intercept(standard: Examples) -> None:
    derivation = LogisticRegression(fit_intercept=False).fit(*standard).derivation_
    assert "  dw = " in str(derivation)
    assert "  db = " not in str(derivation)


def test_it_survives_copies(standard: Examples) -> None:
    model = LogisticRegression().fit(*standard)
    for other in (copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert str(other.derivation_) == str(model.derivation_)


@pytest.mark.parametrize("model", [LogisticRegression(), Perceptron()])
def test_before_fit(model: Any) -> None:
    with pytest.raises(NotFittedError):
        _ = model.derivation_
    assert not hasattr(clone(model), "derivation_")


def test_a_model_made_by_hand_has_none() -> None:
    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.arange(2), np.ones((1, 1)), np.zeros(1)
    assert not hasattr(model, "derivation_")
