"""The examples of a network, and a part of them to validate on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight, validate_data

from kobai.errors import ArgumentError

Array = NDArray[Any]


@dataclass(frozen=True)
class Table:
    """m examples.

    Attributes:
        X: the features, shape (m, n), of dtype float64 or float32; those below have the same.
        y: the targets, shape (m, outputs).
        s: the weights, shape (m,), above 0; None if all are 1.
    """

    X: Array
    y: Array
    s: Array | None

    @property
    def arrays(self) -> tuple[Array, ...]:
        """What a loss is given for each example."""
        return (self.X, self.y) if self.s is None else (self.X, self.y, self.s)

    @property
    def weights(self) -> Array:
        """The weights in any case."""
        return np.ones(len(self.X), self.X.dtype) if self.s is None else self.s

    def rows(self, chosen: Any) -> Table:
        """Some of the examples."""
        return Table(self.X[chosen], self.y[chosen], None if self.s is None else self.s[chosen])

    def split(
        self, share: float, random: np.random.RandomState, strata: Array | None
    ) -> tuple[Table, Table]:
        """The examples to train on, and a share of them to validate on.

        Args:
            share: how large the validation part is.
            random: draws it.
            strata: for each example its class. Both parts have their share of each class, if none
                is too small for that.

        Raises:
            ArgumentError: a part would be empty, or the validation part a single example.
        """
        m = len(self.X)
        size = int(np.ceil(share * m))
        if not 2 <= size < m:
            raise ArgumentError(
                f"the validation set is too small or leaves nothing: {size} of {m} examples",
                repair="change validation_fraction, or give more examples",
            )
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() < 2 or len(counts) > min(size, m - size):
                strata = None
        rows, others = train_test_split(
            np.arange(m), test_size=size, random_state=random, stratify=strata
        )
        return self.rows(rows), self.rows(others)


def checked(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    *,
    reset: bool,
    is_numeric: bool,
) -> tuple[Array, Array, Array | None]:
    """Features, targets and weights as arrays, without the examples of weight zero.

    Args:
        estimator: for which they are.
        X: features.
        y: targets, of one column or more.
        sample_weight: weights.
        reset: whether the features are the first that the estimator meets.
        is_numeric: whether targets are to be numbers.

    Raises:
        ValueError: scikit-learn's checks refuse them.
    """
    dtypes = [np.float64, np.float32]
    X, y = validate_data(
        estimator, X, y, dtype=dtypes, multi_output=True, y_numeric=is_numeric, reset=reset
    )
    y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    if sample_weight is None:
        return X, y, None
    s = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
    kept = s > 0
    return X[kept], y[kept], s[kept]
