"""A trained model and everything needed to use it on another table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kobai.data import Table
from kobai.learn import LogisticRegression

from .preparation import Preparation
from .target import Label


@dataclass(frozen=True, slots=True)
class Model:
    """Logistic regression on the columns of a table.

    Attributes:
        target: the name of the predicted column.
        dropped: columns that were left out; tables to predict may hold them, as the target.
        classes: the labels, in the order of `coef`'s rows (of two classes, the second has the row).
        preparation: from a table to the matrix.
        coef: shape (1, width) for two classes, else (classes, width).
        intercept: shape (1,) or (classes,).
    """

    target: str
    dropped: tuple[str, ...]
    classes: tuple[Label, ...]
    preparation: Preparation
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]

    @property
    def ignored(self) -> frozenset[str]:
        """Columns that a table to predict may hold without being asked for them."""
        return frozenset((self.target, *self.dropped))

    def probabilities(self, table: Table) -> NDArray[np.float64]:
        """Of each class for each row, shape (rows, classes)."""
        result: NDArray[np.float64] = self._estimator().predict_proba(
            self.preparation.transform(table)
        )
        return result

    def codes(self, probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
        """For each row, the index of its most probable class."""
        codes: NDArray[np.intp] = probabilities.argmax(axis=1)
        return codes

    def check_header(self, source: str, names: tuple[str, ...]) -> None:
        """Refuse columns that don't match, before any row is read."""
        self.preparation.check_names(source, tuple(n for n in names if n not in self.ignored))

    def _estimator(self) -> LogisticRegression:
        """The estimator as `fit` left it. Its own classes are the codes 0, 1, ..."""
        estimator = LogisticRegression()
        estimator.classes_ = np.arange(len(self.classes))
        estimator.coef_, estimator.intercept_ = self.coef, self.intercept
        estimator.n_features_in_ = self.preparation.width
        return estimator
