"""A network that predicts numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.metrics import r2_score

from kobai.errors import ArgumentError
from kobai.learn.layers import OUTPUTS
from kobai.learn.learned import kept_on_failure
from kobai.learn.multilayer import Activations, MultilayerPerceptron
from kobai.learn.network import Loss, absolute_error, poisson, squared_error
from kobai.learn.solvers import Solver
from kobai.learn.table import Table, checked

Array = NDArray[Any]
LOSSES: dict[str, Loss] = {
    "squared_error": squared_error,
    "absolute_error": absolute_error,
    "poisson": poisson,
}


class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """A multilayer perceptron for numbers, whose loss and activations may be any NumPy functions.

    It minimises what `MLPClassifier` does, with another last layer: the logits themselves, or their
    exponentials with the loss "poisson". Standardise the features, and targets of large size.

    Args:
        loss: "squared_error" (half of it), "absolute_error", "poisson" (half of the deviance, for
            targets of at least 0), or a NumPy function of predictions and targets, both of shape
            (m, outputs), that returns shape (m,), or (m, outputs) to be summed.
        early_stopping: set a part aside, and keep the parameters that have the best R² on it.

    All other parameters are those of `MLPClassifier`.

    Attributes:
        validation_scores_: R² on the validation part after each epoch.
        out_activation_: "identity" or "exp".

    All others are those of `MLPClassifier`, but for `classes_`.

    Example:
        >>> import numpy as np
        >>> from kobai.learn import MLPRegressor
        >>> def pinball(a, y, q=0.9):
        ...     return np.maximum(q * (y - a), (q - 1) * (y - a))
        >>> random = np.random.default_rng(0)
        >>> X = random.uniform(-1, 1, (2000, 1))
        >>> y = X[:, 0] + random.normal(size=2000)
        >>> model = MLPRegressor(loss=pinball, learning_rate_init=0.01, random_state=0).fit(X, y)
        >>> round(float(np.mean(y < model.predict(X))), 1)
        0.9

    Source: Rumelhart, Hinton and Williams, Nature 323 (1986) 533.
    """

    def __init__(
        self,
        *,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: Activations = "relu",
        loss: str | Loss = "squared_error",
        solver: str | Solver = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            loss=loss,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
        )

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Args:
            X: the features, shape (m, n); float32 is kept, all else becomes float64.
            y: numbers, shape (m,) or (m, outputs).
            sample_weight: the examples' weights, shape (m,), at least 0; None for 1. An example of
                weight 0 is as if it were not there.

        Raises:
            ArgumentError: a parameter is outside its range.
            ValueError: scikit-learn refuses X, y or the weights.

        Warns:
            ConvergenceWarning: `max_iter` epochs were not enough.
        """
        with kept_on_failure(self):
            self._require_parameters()
            goes_on = self.warm_start and hasattr(self, "coefs_")
            table = self._read(X, y, sample_weight, goes_on=goes_on)
            return self._train(table, (X, y, sample_weight), goes_on=goes_on)

    def predict(self, X: ArrayLike) -> Array:
        """The numbers for each row, shape (rows,), or (rows, outputs) if there are several."""
        z = self._logits(X)
        with np.errstate(all="ignore"):
            a: Array = OUTPUTS[self.out_activation_](z)
        return a[:, 0] if self.n_outputs_ == 1 else a

    def _read(self, X: Any, y: Any, sample_weight: ArrayLike | None, *, goes_on: bool) -> Table:
        """The examples, without those of weight zero."""
        X, y, weights = checked(self, X, y, sample_weight, reset=not goes_on, is_numeric=True)
        if self.loss == "poisson" and (y < 0).any():
            raise ArgumentError(
                "a target is below 0", repair='use another loss than "poisson", or other targets'
            )
        targets = y.reshape(len(y), -1).astype(X.dtype)
        if goes_on and targets.shape[1] != self.n_outputs_:
            raise ArgumentError(
                f"y has {targets.shape[1]} columns",
                repair=f"give {self.n_outputs_}, as before, or fit without warm_start",
            )
        self.n_outputs_ = targets.shape[1]
        self.out_activation_ = "exp" if self.loss == "poisson" else "identity"
        return Table(X, targets, weights)

    def _loss(self) -> Loss:
        if callable(self.loss):
            return self.loss
        if self.loss in LOSSES:
            return LOSSES[self.loss]
        raise ArgumentError(
            f"loss is {self.loss!r}",
            repair=f"use one of {', '.join(LOSSES)}, or a NumPy function of (prediction, target)",
        )

    def _strata(self, y: Array) -> None:
        return None

    def _score(self, a: Array, y: Array, s: Array) -> float:
        return float(r2_score(y, a, sample_weight=s))
