"""How good predicted probabilities are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one set of rows.

    Attributes:
        accuracy: the part of the rows whose most probable class is the true one.
        log_loss: the mean of -log(probability of the true class), in nats. A probability below
            the smallest normal float64 counts as that, so that one row can't make it infinite.
    """

    accuracy: float
    log_loss: float


def scores(probabilities: Probabilities, codes: Codes) -> Scores:
    """Judge probabilities of shape (rows, classes) by the true classes' codes."""
    correct = probabilities.argmax(axis=1) == codes
    true = probabilities[np.arange(len(codes)), codes]
    surprise = -np.log(np.maximum(true, np.finfo(np.float64).tiny))
    return Scores(float(correct.mean()), float(surprise.mean()))


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is on the rows that trained it, and on rows that it never saw.

    Attributes:
        train: on the training rows.
        test: on the test rows.
        baseline: on the test rows, of an answer that ignores every feature.
        majority: the code of the class that this answer always gives.
        confusion: counts of test rows, by true class (matrix rows) and predicted class (columns).
    """

    train: Scores
    test: Scores
    baseline: Scores
    majority: int
    confusion: NDArray[np.intp]


def judge(
    train: Probabilities, train_codes: Codes, test: Probabilities, test_codes: Codes
) -> Figures:
    """The figures of predicted probabilities, shape (rows, classes), against the true codes."""
    return Figures(
        train=scores(train, train_codes),
        test=scores(test, test_codes),
        baseline=_baseline(train_codes, test_codes),
        majority=int(np.bincount(train_codes).argmax()),
        confusion=_confusion(test, test_codes),
    )


def _baseline(train: Codes, test: Codes) -> Scores:
    """Every test row gets the classes' shares among the training rows."""
    shares = np.bincount(train) / len(train)
    return scores(np.tile(shares, (len(test), 1)), test)


def _confusion(probabilities: Probabilities, codes: Codes) -> NDArray[np.intp]:
    classes = probabilities.shape[1]
    pairs = codes * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
