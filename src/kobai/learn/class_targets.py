"""Targets of a network that classifies: labels, several of them at once, or probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from kobai.errors import ArgumentError
from kobai.learn.examples import ClassWeight

Array = NDArray[Any]
Kind = Literal["labels", "several", "probabilities"]


@dataclass(frozen=True)
class ClassTargets:
    """What the targets are.

    Attributes:
        kind: one label for each example; 0 or 1 for each of several labels; or rows of
            probabilities.
        classes: the labels in their order, shape (k,).
    """

    kind: Kind
    classes: Array

    @property
    def outputs(self) -> int:
        """How many outputs a network has for them."""
        is_binary = self.kind == "labels" and len(self.classes) == 2
        return 1 if is_binary else len(self.classes)

    @property
    def activation(self) -> Literal["logistic", "softmax"]:
        """The activation of the outputs."""
        is_each = self.kind == "several" or self.outputs == 1
        return "logistic" if is_each else "softmax"

    def shares(self, y: Array) -> Array:
        """Each class's share in each example, shape (m, k).

        Raises:
            ArgumentError: the targets are not of this kind, or not of these classes.
        """
        k = len(self.classes)
        if self.kind == "labels":
            codes = np.searchsorted(self.classes, y).clip(max=k - 1) if y.ndim == 1 else None
            if codes is None or not np.array_equal(self.classes[codes], y):
                raise ArgumentError(
                    "y has labels that are not in the classes",
                    repair=f"give labels among {self.classes.tolist()}",
                )
            one_hot: Array = np.eye(k)[codes]
            return one_hot
        if y.ndim != 2 or y.shape[1] != k:
            raise ArgumentError(f"y is of shape {y.shape}", repair=f"give it {k} columns")
        shares = y.astype(float)
        if self.kind == "probabilities":
            _require_distributions(shares)
        return shares

    def encoded(self, shares: Array, dtype: Any) -> Array:
        """The targets of the outputs, shape (m, outputs)."""
        return (shares[:, 1:] if self.outputs == 1 else shares).astype(dtype)


def read_targets(y: Array) -> ClassTargets:
    """What targets are, from a look at them.

    Raises:
        ArgumentError: there is one class only, or rows are no probabilities.
        ValueError: they are numbers on a scale, not labels.
    """
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind == "multilabel-indicator":
        return ClassTargets("several", np.arange(y.shape[1]))
    if kind == "continuous-multioutput":
        _require_distributions(y)
        return ClassTargets("probabilities", np.arange(y.shape[1]))
    check_classification_targets(y)
    if y.ndim > 1:
        raise ArgumentError(
            "Unknown label type: several columns of whole numbers",
            repair="give one column of labels, columns of 0 and 1, or rows of probabilities",
        )
    classes = unique_labels(y)
    if len(classes) < 2:
        raise ArgumentError(
            f"there is one class only, {classes.tolist()[0]!r}",
            repair="give examples, of a weight above zero, of at least two classes",
        )
    return ClassTargets("labels", classes)


def dense(y: Any) -> Any:
    """Targets as an array: indicators may be sparse."""
    return y.toarray() if hasattr(y, "toarray") else y


def class_factors(
    class_weight: ClassWeight, targets: ClassTargets, shares: Array, weights: Array | None
) -> Array:
    """A factor of the weight of each example, shape (m,).

    Raises:
        ArgumentError: the weights of the classes are not usable.
    """
    if targets.kind == "several":
        raise ArgumentError(
            "class_weight, where an example may have several labels at once",
            repair="weigh the outputs in the loss: loss=lambda a, y: weights * …",
        )
    labels = targets.classes.tolist()
    if isinstance(class_weight, Mapping):
        given = dict(class_weight)
        if not given.keys() <= set(labels) and not set(labels) <= given.keys():
            raise ArgumentError(
                f"class_weight names {sorted(given.keys() - set(labels), key=str)}",
                repair=f"use labels among {labels}",
            )
        factors = np.array([given.get(label, 1.0) for label in labels], float)
    elif class_weight == "balanced":
        totals = np.sum(shares, axis=0) if weights is None else weights @ shares
        present = totals > 0
        factors = np.divide(
            np.sum(totals), len(labels) * totals, np.ones(len(labels)), where=present
        )
    else:
        raise ArgumentError(
            f"class_weight is {class_weight!r}", repair='give a dict of labels, or "balanced"'
        )
    if not (np.isfinite(factors).all() and (factors >= 0).all() and factors.any()):
        raise ArgumentError(
            f"class_weight gives the classes the weights {factors.tolist()}",
            repair="give finite weights of at least 0, not all of them 0",
        )
    found: Array = shares @ factors
    return found


def _require_distributions(shares: Array) -> None:
    sums = np.sum(shares, axis=1)
    if not ((shares >= 0).all() and np.allclose(sums, 1, rtol=0, atol=1e-4)):
        raise ArgumentError(
            "Unknown label type: rows of numbers that are no probabilities",
            repair="give numbers of at least 0 whose rows sum to 1, or labels",
        )
