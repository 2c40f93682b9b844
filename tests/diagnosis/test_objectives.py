"""Objectives of boosting libraries, in each library's own manner of calling them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.hand_derivations import sigmoid

import kobai

SCORES, LABELS = np.array([0.5, -1.0, 2.0, 0.3]), np.array([1.0, 0.0, 1.0, 0.0])


def log_loss(score: Any, label: Any) -> Any:
    p = 1 / (1 + np.exp(-score))
    return -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))


def labels_first(label: Any, score: Any) -> Any:
    return log_loss(score, label)


def squared(score: Any, label: Any) -> Any:
    return np.sum((score - label) ** 2) / 2


def of_xgboost(predt: Any, dtrain: Any) -> Any:
    p = sigmoid(predt)
    return p - dtrain.get_label(), p * (1 - p)


def of_lightgbm(preds: Any, train_data: Any) -> Any:
    labels = train_data.get_label()
    p = sigmoid(preds)
    grad = p - labels
    hess = p * (1 - p)
    return grad, hess


def of_another_name(raw: Any, matrix: Any) -> Any:
    p = sigmoid(raw)
    return p - matrix.get_label(), p * (1 - p)


def of_scikit_learn(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
    p = sigmoid(y_pred)
    grad, hess = p - y_true, p * (1 - p)
    if sample_weight is not None:
        grad, hess = grad * sample_weight, hess * sample_weight
    return grad, hess


@pytest.mark.parametrize("hand", [of_xgboost, of_lightgbm, of_another_name, of_scikit_learn])
def test_every_signature(hand: Any) -> None:
    for result in (
        kobai.check(log_loss, hand, SCORES, LABELS),
        kobai.check(log_loss, hand, SCORES, LABELS, wrt="score"),
        kobai.check(labels_first, hand, LABELS, SCORES),
    ):
        assert result, str(result)
        assert result["hess"].verdict == "right"


def no_slope(y_true: Any, y_pred: Any) -> Any:
    p = sigmoid(y_pred)
    grad = p - y_true
    hess = np.ones_like(p)
    return grad, hess


def half_a_slope(preds: Any, train_data: Any) -> Any:
    p = sigmoid(preds)
    grad = p - train_data.get_label()
    hess = p * (1 + p)
    return grad, hess


def by_the_probability(preds: Any, train_data: Any) -> Any:
    y = train_data.get_label()
    p = sigmoid(preds)
    grad = -y / p + (1 - y) / (1 - p)
    hess = p * (1 - p)
    return grad, hess


def turned(y_true: Any, y_pred: Any) -> Any:
    p = sigmoid(y_pred)
    return y_true - p, p * (1 - p)


def doubled(predt: Any, dtrain: Any) -> Any:
    grad = predt - dtrain.get_label()
    hess = 2 * np.ones_like(predt)
    return grad, hess


@pytest.mark.parametrize(
    ("loss", "hand", "step", "kinds"),
    [
        (log_loss, no_slope, "hess", {"activation", "missing"}),
        (log_loss, half_a_slope, "hess", {"sign"}),
        (log_loss, by_the_probability, "grad", {"activation", "missing", "variable"}),
        (log_loss, turned, "dscore", {"sign"}),
        (squared, doubled, "hess", {"factor"}),
    ],
)
def test_common_slips(loss: Any, hand: Any, step: str, kinds: set[str]) -> None:
    result = kobai.check(loss, hand, SCORES, LABELS)
    assert result.first_wrong == step, str(result)
    assert result.kind in kinds, str(result)
