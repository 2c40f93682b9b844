"""The examples that an estimator learns from: checked, without those of weight zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from kobai.errors import ArgumentError

Array = NDArray[Any]
ClassWeight: TypeAlias = Mapping[Any, float] | Literal["balanced"] | None


@dataclass(frozen=True)
class Examples:
    """m examples of n features, in k classes.

    Attributes:
        X: the features, shape (m, n), of dtype float64 or float32; those below have the same.
        y: 0 and 1, shape (m,), for two classes; else one-hot rows, shape (m, k).
        s: the examples' weights, shape (m,), of mean 1; None if all weigh the same.
        classes: the labels in their order, shape (k,).
        codes: for each example the position of its label among the classes, shape (m,).
        total: the sum of the weights as they were given.
    """

    X: Array
    y: Array
    s: Array | None
    classes: Array
    codes: Array
    total: float

    @property
    def arrays(self) -> tuple[Array, ...]:
        """What a loss is given for each example: features, target and, if there is one, weight."""
        return (self.X, self.y) if self.s is None else (self.X, self.y, self.s)

    def sample(self, size: int) -> tuple[Array, ...]:
        """The arrays of a few examples: the first, and the first of each of the first classes."""
        firsts = np.unique(self.codes, return_index=True)[1][:size]
        rows = np.union1d(firsts, np.arange(min(size, len(self.X))))
        return tuple(array[rows] for array in self.arrays)


def read_examples(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    class_weight: ClassWeight,
) -> Examples:
    """Check what `fit` was given.

    Raises:
        ValueError: scikit-learn's checks refuse the arrays.
        ArgumentError: there are fewer than two classes, or a weight is not usable.
    """
    X, y = validate_data(estimator, X, y, dtype=[np.float64, np.float32])
    check_classification_targets(y)
    weights = None
    if sample_weight is not None:
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        X, y, weights = _without_zeros(X, y, weights)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ArgumentError(
            f"there is one class only, {classes.tolist()[0]!r}",
            repair="give examples, of a weight above zero, of at least two classes",
        )
    if class_weight is not None:
        factors = _class_factors(class_weight, classes, y, weights)[codes].astype(X.dtype)
        weights = factors if weights is None else factors * weights
    target = codes if len(classes) == 2 else np.eye(len(classes))[codes]
    total = float(len(X) if weights is None else np.sum(weights, dtype=np.float64))
    s = None if weights is None else weights * X.dtype.type(len(X) / total)
    return Examples(X, target.astype(X.dtype), s, classes, codes, total)


def _without_zeros(X: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    kept = weights > 0
    return (X, y, weights) if kept.all() else (X[kept], y[kept], weights[kept])


def _class_factors(
    class_weight: ClassWeight, classes: Array, y: Array, weights: Array | None
) -> Array:
    factors = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=weights)
    if not (np.isfinite(factors).all() and (factors >= 0).all() and factors.any()):
        raise ArgumentError(
            f"class_weight gives the classes the weights {factors.tolist()}",
            repair="give finite weights of at least 0, not all of them 0",
        )
    return factors
