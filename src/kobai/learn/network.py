"""A network and its loss: one plain NumPy function over a list of layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, TypeAlias

import numpy as np
from scipy.special import xlogy

from kobai.errors import ArgumentError
from kobai.learn.layers import Activation

# Of predictions and targets, both of shape (m, outputs): shape (m,), or (m, outputs) to be summed.
Loss: TypeAlias = Callable[..., Any]


def binary_log_loss(a: Any, y: Any) -> Any:
    """The cross-entropy of each output by itself."""
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


def log_loss(a: Any, y: Any) -> Any:
    """The cross-entropy of outputs that are one distribution."""
    return -y * np.log(a)


def squared_error(a: Any, y: Any) -> Any:
    """Half of the squared difference."""
    return (a - y) ** 2 / 2


def absolute_error(a: Any, y: Any) -> Any:
    """The size of the difference."""
    return np.abs(a - y)


def poisson(a: Any, y: Any) -> Any:
    """Half of the Poisson deviance."""
    return a - y * np.log(a) + (xlogy(y, y) - y)


@dataclass(frozen=True)
class Network:
    """What is computed, apart from the parameters.

    Attributes:
        hidden: the hidden layers' activations.
        output: the last layer's.
        loss: of each example, or of each of its outputs.
    """

    hidden: tuple[Activation, ...]
    output: Activation
    loss: Loss

    def logits(self, W: Any, b: Any, X: Any) -> Any:
        """What the output's activation is applied to, shape (m, outputs)."""
        a = X
        for i, activation in enumerate(self.hidden):
            a = activation(a @ W[i] + b[i])
        return a @ W[-1] + b[-1]

    def objective(self, W: Any, b: Any, X: Any, y: Any, alpha: Any, s: Any = None) -> Any:
        """The loss of a batch: the weighted mean over its examples, and the penalty.

        As in scikit-learn, the penalty is divided by the batch's total weight too.
        """
        a = X
        for i, activation in enumerate((*self.hidden, self.output)):
            z = a @ W[i] + b[i]
            a = activation(z)
        L = self.loss(a, y)
        _require_one_for_each(L, a)
        total = len(X) if s is None else np.sum(s)
        J = np.sum(L if s is None else _weighed(L, s)) / total
        return J + alpha / 2 * reduce(add, [np.sum(w**2) for w in W]) / total

    def validated(self, W: Any, b: Any, X: Any, y: Any, s: Any) -> tuple[Any, Any]:
        """Predictions, and their loss without a penalty."""
        a = self.output(self.logits(W, b, X))
        return a, np.sum(_weighed(self.loss(a, y), s)) / np.sum(s)


def _weighed(L: Any, s: Any) -> Any:
    return s * L if np.ndim(L) == 1 else s[:, np.newaxis] * L


def _require_one_for_each(L: Any, a: Any) -> None:
    shape, wanted = np.shape(L), np.shape(a)
    if shape not in (wanted, wanted[:1]):
        raise ArgumentError(
            f"the loss returned shape {shape} for predictions and targets of shape {wanted}",
            repair="return one number for each example, or for each of its outputs: no mean or sum "
            "over the examples, which are weighed and summed afterwards",
        )
